"""Which packages a run looks at: all, a sample, or those whose last check is too long ago."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.storage.catalogue.packages import KnownPackage
from sohoa.storage.catalogue.records import Record
from sohoa.storage.fixity.ledger import Ledger
from sohoa.storage.fixity.walk import Walk
from sohoa.storage.packages.layout import root_of

_RANKS = 1 << 62
_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}


class ChoiceRefused(SohoaError):
    code, exit_code = "storage.choice_refused", Exit.USAGE
    vi = "Không hiểu giá trị của {name}: {how_vi}."
    en = "The value of {name} is not understood: {how}."
    remedy = "Xem «sohoa verify --help» rồi gõ lại."
    remedy_en = "See `sohoa verify --help` and type it again."


@dataclass(frozen=True, slots=True)
class Choice:
    """share: of all packages, from 0 to 1. count: that many. before: only those not wholly checked since. All None: every package."""

    share: float | None = None
    count: int | None = None
    seed: str = ""
    before: datetime | None = None

    @property
    def all(self) -> bool:
        return self.share is None and self.count is None and self.before is None

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "before": self.before.isoformat() if self.before else None}

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Choice:
        before = told.get("before")
        return cls(told.get("share"), told.get("count"), told.get("seed", ""), datetime.fromisoformat(before) if before else None)


def read_sample(said: str) -> tuple[float | None, int | None]:
    """`1%`, `0.5%` or a number of packages, as (share, count). Raises ChoiceRefused."""
    plain = said.strip().replace(",", ".")
    if re.fullmatch(r"\d{1,3}(\.\d{1,6})?%", plain) and 0 < Decimal(plain[:-1]) <= 100:
        return float(Decimal(plain[:-1]) / 100), None
    if re.fullmatch(r"\d{1,9}", plain) and int(plain):
        return None, int(plain)
    raise ChoiceRefused(
        name="--sample", how="a number from 1, or a percentage such as 1%", how_vi="cần một số từ 1, hoặc tỷ lệ như 1%"
    )


def read_rate(said: str) -> int:
    """`20MB` a second, in bytes. Raises ChoiceRefused."""
    found = re.fullmatch(r"(\d{1,9})\s*([A-Z]*)(/S)?", said.strip().upper())
    if not found or found[2] not in _UNITS or not int(found[1]):
        raise ChoiceRefused(name="--rate", how="such as 20MB, per second", how_vi="ví dụ 20MB, tính theo giây")
    return int(found[1]) * _UNITS[found[2]]


def read_age(said: str) -> timedelta:
    """`90d`, `12w`, `3y` or `6h`. Raises ChoiceRefused."""
    found = re.fullmatch(r"(\d{1,4})([hdwy])", said.strip().lower())
    if not found:
        raise ChoiceRefused(name="--older-than", how="such as 90d, 12w or 1y", how_vi="ví dụ 90d (ngày), 12w (tuần), 1y (năm)")
    return int(found[1]) * {"h": timedelta(hours=1), "d": timedelta(1), "w": timedelta(7), "y": timedelta(365)}[found[2]]


def rank_of(root: str, seed: str) -> int:
    """The same seed draws the same sample, on any machine; a longer sample holds the shorter one."""
    return int.from_bytes(hashlib.sha256(f"{seed}|{root}".encode()).digest()[:8], "big") % _RANKS


def choose(choice: Choice, ledger: Ledger, walk: Walk) -> None:
    """What the catalogue knows is among those to choose from too, so nothing hides by being gone."""

    def ranked() -> Iterator[tuple[str, int, str]]:
        for lying in walk:
            yield lying.root, rank_of(lying.root, choice.seed), ""
        for package in known_packages():
            root = root_of(package)
            yield root, rank_of(root, choice.seed), package

    ledger.offer(ranked())
    below = None if choice.share is None else int(choice.share * _RANKS)
    ledger.choose(below=below, first=choice.count, before=choice.before)


def known_packages() -> Iterator[str]:
    """The id of every package that the catalogue knows; some twice."""
    yield from KnownPackage.objects.values_list("pk", flat=True).iterator(chunk_size=1000)
    yield from Record.objects.values_list("package", flat=True).distinct().order_by().iterator(chunk_size=1000)
