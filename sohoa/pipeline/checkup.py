"""What a sohoa machine must have, looked at one thing after another."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sohoa.config.settings import Settings
from sohoa.kernel.children import isolation
from sohoa.kernel.clock import iso_vietnam, now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.ocr.reading.engines import tesseract
from sohoa.pipeline.check import Check, looked_at
from sohoa.pipeline.modelfolder import model_in_use
from sohoa.pipeline.signing.checkup import signing_checks
from sohoa.signing.signers.test_authority import open_test_authority
from sohoa.storage.audit import chain
from sohoa.storage.catalogue import database
from sohoa.storage.objects.connect import open_store, running_store

LITTLE_DISK = 2 << 30  # bytes; a day's stack of a feeder is about this much
BUILT = datetime(2026, 11, 1, tzinfo=UTC)  # a clock before this release is wrong, and every signature's time with it


def checkup(here: Settings) -> Iterator[Check]:
    """Each check as it is done; one that fails stops none of the others."""
    yield _python()
    for program in ("pdftoppm", "prlimit", "setpriv"):
        yield _program(program)
    yield looked_at("Tesseract", _tesseract)
    yield _isolation()
    yield _disk(here.home)
    yield _clock()
    yield looked_at("Khóa ký thử nghiệm", lambda: _authority(here))
    yield from signing_checks(here.home, now=now())
    yield looked_at("Mô hình phân loại", lambda: _text_model(here))
    yield looked_at("Cơ sở dữ liệu", lambda: _database(here))
    yield looked_at("Kho lưu trữ", lambda: _store(here))
    if here.broker:
        yield looked_at("Hàng đợi", lambda: _broker(here))


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= (3, 11)
    return Check(
        "Python", Outcome.OK if ok else Outcome.FAILED, version, "" if ok else "Cài Python 3.11 trở lên, rồi chạy «make setup»."
    )


def _program(name: str) -> Check:
    where = shutil.which(name)
    if where:
        return Check(name, Outcome.OK, where)
    return Check(name, Outcome.FAILED, "chưa cài", "Chạy «make setup».", Exit.UNREACHABLE)


def _tesseract() -> str:
    found = tesseract.installed()
    for language in ("Vietnamese", "vie"):
        if language not in found.languages:
            raise tesseract.LanguageMissing(language=language)
    return f"{found.version}, có tiếng Việt"


def _isolation() -> Check:
    found = isolation()
    if found.boxed:
        return Check("Cách ly chương trình ngoài", Outcome.OK, "bubblewrap: không mạng, chỉ thấy thư mục của trang đang đọc")
    return Check(
        "Cách ly chương trình ngoài",
        Outcome.UNDETERMINED,
        f"bubblewrap không chạy được ({found.why_not}); vẫn giới hạn thời gian và bộ nhớ, nhưng không chặn mạng",
        "Cài bubblewrap và cho phép user namespaces.",
    )


def _disk(home: Path) -> Check:
    there = home if home.exists() else home.parent
    free = shutil.disk_usage(there).free
    said = f"còn {free / (1 << 30):.1f} GiB".replace(".", ",")
    if free >= LITTLE_DISK:
        return Check("Ổ đĩa", Outcome.OK, said)
    return Check("Ổ đĩa", Outcome.FAILED, said, "Giải phóng ít nhất 2 GiB trên ổ chứa SOHOA_HOME.")


def _clock() -> Check:
    moment = now()
    if moment >= BUILT:
        return Check("Đồng hồ", Outcome.OK, iso_vietnam(moment))
    return Check("Đồng hồ", Outcome.FAILED, iso_vietnam(moment), "Chỉnh đồng hồ máy (NTP): giờ sai thì chữ ký mang giờ sai.")


def _authority(here: Settings) -> str:
    authority = open_test_authority(here.keys / "test-authority", now=now())
    return f"{authority.signer.identity().name} – chỉ để thử"


def _text_model(here: Settings) -> str:
    version = model_in_use(here.home / "models").version
    return f"bản đã huấn luyện {version.file}" if version else "mô hình gốc của phần mềm"


def _database(here: Settings) -> str:
    database.ready(here.home)
    broken = list(chain.breaks())
    if broken:
        raise LogBroken(count=len(broken), first=broken[0].sequence)
    return f"{database.kind_and_version()}, chuỗi nhật ký liền mạch"


def _store(here: Settings) -> str:
    with running_store(here.home, here.s3) as connection, open_store(connection) as store:
        store.prepare()
        return ("kho ngoài" if here.s3 else "kho nhúng SeaweedFS") + (
            ", khóa chống xóa đang bật" if store.locks else ", không có khóa chống xóa"
        )


def _broker(here: Settings) -> str:
    from sohoa.pipeline.dispatch.celery import app_for, rings

    with rings(app_for(here.broker)):
        return "RabbitMQ trả lời" if here.broker.startswith("amqp") else "Redis trả lời"


class LogBroken(SohoaError):
    code = "pipeline.log_broken"
    vi = "Chuỗi nhật ký đứt ở {count} chỗ, đầu tiên là mục {first}."
    en = "The audit chain is broken in {count} places, first at entry {first}."
    remedy = "Giữ nguyên cơ sở dữ liệu, báo người quản trị và kiểm toán."
    remedy_en = "Keep the database as it is; tell the administrator and the auditor."
