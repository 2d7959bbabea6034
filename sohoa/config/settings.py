"""One value that holds every setting, read from the environment once, checked at start.

`docs/en/settings.md` lists them; a test compares.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from sohoa.kernel.errors import Exit, SohoaError


class SettingRefused(SohoaError):
    code, exit_code = "config.setting_refused", Exit.USAGE
    vi = "Cấu hình {name} không dùng được: {why_vi}."
    en = "The setting {name} cannot be used: {why}."
    remedy = "Sửa biến môi trường này (xem docs/en/settings.md), rồi chạy lại."
    remedy_en = "Correct this environment variable (docs/en/settings.md), then run again."


@dataclass(frozen=True, slots=True)
class Setting:
    """What a setting is for; the settings page is tested against this list."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("SOHOA_HOME", "./var", "Folder of all state: catalogue, embedded store, keys, quarantine, claims, logs."),
    Setting(
        "SOHOA_DATABASE_URL",
        "",
        "Catalogue database; empty: SQLite in SOHOA_HOME. `sqlite:///absolute/path` and "
        "`postgresql://user:password@host:port/name` are understood, with libpq's options (`?sslmode=verify-full`, `?host=/socket/folder`).",
    ),
    Setting(
        "SOHOA_BROKER_URL",
        "",
        "Rings for `sohoa worker`: `redis://host:port/0` (`rediss://`) or `amqp://user:password@host:port/vhost` (`amqps://`); empty: "
        "workers look at the table by themselves.",
    ),
    Setting(
        "SOHOA_S3_URL",
        "",
        "An S3 endpoint with Object Lock; empty: the embedded store, started and stopped by sohoa. "
        "`file:///folder`: a plain folder, which locks nothing (SOHOA_LOCK_MODE=NONE).",
    ),
    Setting("SOHOA_S3_ACCESS_KEY", "", "Access key for SOHOA_S3_URL."),
    Setting("SOHOA_S3_SECRET_KEY", "", "Secret key for SOHOA_S3_URL."),
    Setting("SOHOA_S3_ADMIN_ACCESS_KEY", "", "Keys that may make buckets, put legal holds and erase what is past its lock;"),
    Setting("SOHOA_S3_ADMIN_SECRET_KEY", "", "empty: the daily keys are tried."),
    Setting(
        "SOHOA_LOCK_MODE",
        "COMPLIANCE embedded, GOVERNANCE elsewhere",
        "Object Lock mode of archived objects: COMPLIANCE, GOVERNANCE, or NONE for a store with versions that cannot lock.",
    ),
    Setting(
        "SOHOA_LOCK_DAYS",
        "3653",
        "How long archived objects stay locked, in days. A technical default, not a retention period in law.",
    ),
    Setting("SOHOA_UNIT", "", "Code of the unit that works here, for papers that name none."),
    Setting("SOHOA_JOBS", "one per core", "How many pages are read at once."),
    Setting(
        "SOHOA_READING",
        "accurate",
        "How `digitize` reads: `accurate` (two readings of each page, compared) or `fast` (one).",
    ),
    Setting("SOHOA_SECRET_KEY", "made at first use", "Secret of the web application; embedded: kept in SOHOA_HOME/keys."),
)


@dataclass(frozen=True, slots=True)
class S3:
    """url: http, https, or file for a plain folder. admin: access and secret key. locks: False where nothing is asked to be locked."""

    url: str
    access_key: str
    secret_key: str = field(repr=False)
    admin: tuple[str, str] | None = field(default=None, repr=False)
    locks: bool = True


@dataclass(frozen=True, slots=True)
class Database:
    """Where the catalogue lies: a SQLite file (`file`), or else a database of a PostgreSQL server.

    host: a name, an address or the folder of a Unix socket; "": what libpq takes by itself, as for user, port and password (its
    passfile too). options: what else the address said, by libpq's names, such as sslmode. Neither it nor the password is ever printed.
    """

    file: Path | None = None
    name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: str = ""
    options: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """lock_days: whole days. jobs: pages read at once. s3: None means the embedded store."""

    home: Path
    database: Database
    s3: S3 | None
    lock_mode: str
    lock_days: int
    unit: str
    jobs: int
    reading: str
    broker: str = field(default="", repr=False)

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def claims(self) -> Path:
        return self.home / "claims"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def logs(self) -> Path:
        return self.home / "logs"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Raises SettingRefused naming the variable; never guesses at a value it does not understand."""
    home = Path(environment.get("SOHOA_HOME") or "var").absolute()
    s3 = _s3(environment)
    lock_mode = (environment.get("SOHOA_LOCK_MODE") or ("GOVERNANCE" if s3 else "COMPLIANCE")).upper()
    modes = ("COMPLIANCE", "GOVERNANCE", "NONE") if s3 else ("COMPLIANCE", "GOVERNANCE")
    if lock_mode not in modes:
        raise SettingRefused(name="SOHOA_LOCK_MODE", why=" or ".join(modes), why_vi=f"chỉ nhận {', '.join(modes)}")
    if s3 and s3.url.startswith("file:") and lock_mode != "NONE":
        raise SettingRefused(
            name="SOHOA_LOCK_MODE", why="a folder locks nothing: NONE", why_vi="thư mục thường không khóa được gì: đặt NONE"
        )
    reading = (environment.get("SOHOA_READING") or "accurate").lower()
    if reading not in ("fast", "accurate"):
        raise SettingRefused(name="SOHOA_READING", why="fast or accurate", why_vi="chỉ nhận fast hoặc accurate")
    return Settings(
        home=home,
        database=_database(environment.get("SOHOA_DATABASE_URL") or "", home),
        s3=replace(s3, locks=lock_mode != "NONE") if s3 else None,
        lock_mode=lock_mode,
        lock_days=_whole(environment, "SOHOA_LOCK_DAYS", 3653),
        unit=environment.get("SOHOA_UNIT") or "",
        jobs=_whole(environment, "SOHOA_JOBS", os.cpu_count() or 1),
        reading=reading,
        broker=_broker(environment.get("SOHOA_BROKER_URL") or ""),
    )


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    given = environment.get(name) or str(default)
    if not given.isdecimal() or int(given) < 1:
        raise SettingRefused(name=name, why="a whole number from 1", why_vi="cần một số nguyên từ 1 trở lên")
    return int(given)


def _broker(url: str) -> str:
    if url and (urlsplit(url).scheme not in ("redis", "rediss", "amqp", "amqps") or not urlsplit(url).hostname):
        raise SettingRefused(
            name="SOHOA_BROKER_URL", why="redis://host… or amqp://host…", why_vi="chỉ nhận redis://máy-chủ… hoặc amqp://máy-chủ…"
        )
    return url


def _database(url: str, home: Path) -> Database:
    if not url:
        return Database(home / "catalogue.sqlite3")
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        path = urlsplit(url).path
        if rest.startswith("/") and path.strip("/"):
            return Database(Path(path))
    elif scheme in ("postgresql", "postgres"):
        return _postgresql(url)
    raise _database_refused("sqlite:///… or postgresql://…/name", "chỉ nhận sqlite:///… hoặc postgresql://…/tên")


def _postgresql(url: str) -> Database:
    """libpq itself takes the address apart, so that what psql understands is understood here too."""
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as missing:
        raise _database_refused("psycopg is not installed", "chưa cài psycopg") from missing
    try:
        told = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except (ProgrammingError, UnicodeEncodeError):
        # libpq repeats the address in what it says, and with it the password: so its words end here.
        raise _database_refused("not an address libpq can read", "địa chỉ PostgreSQL viết sai") from None
    name = told.pop("dbname", "")
    if not name:
        raise _database_refused("the database's name is missing", "thiếu tên cơ sở dữ liệu")
    user, password, host, port = (told.pop(one, "") for one in ("user", "password", "host", "port"))
    if not all(one.isascii() and one.isdigit() for one in port.split(",") if one):
        raise _database_refused("the port is not a number", "cổng không phải số")
    return Database(None, name, user, password, host, port, told)


def _database_refused(why: str, why_vi: str) -> SettingRefused:
    return SettingRefused(name="SOHOA_DATABASE_URL", why=why, why_vi=why_vi)


def _s3(environment: Mapping[str, str]) -> S3 | None:
    url = environment.get("SOHOA_S3_URL") or ""
    if not url:
        return None
    if urlsplit(url).scheme == "file":
        return S3(url, "", "")
    if urlsplit(url).scheme not in ("http", "https"):
        raise SettingRefused(name="SOHOA_S3_URL", why="an http or https address", why_vi="cần địa chỉ http hoặc https")
    keys = [environment.get(name) or "" for name in ("SOHOA_S3_ACCESS_KEY", "SOHOA_S3_SECRET_KEY")]
    if not all(keys):
        raise SettingRefused(name="SOHOA_S3_ACCESS_KEY", why="both keys are needed", why_vi="cần cả khóa truy cập và khóa bí mật")
    admin = [environment.get(name) or "" for name in ("SOHOA_S3_ADMIN_ACCESS_KEY", "SOHOA_S3_ADMIN_SECRET_KEY")]
    return S3(url, keys[0], keys[1], (admin[0], admin[1]) if all(admin) else None)


@functools.cache
def settings() -> Settings:
    """The settings of this process."""
    return settings_from(os.environ)
