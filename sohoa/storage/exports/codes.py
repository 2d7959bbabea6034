"""The code tables of TT 05/2025-like packages, as the catalogue `packages_tt05.toml` has them, and what a person chose from them."""

from __future__ import annotations

from dataclasses import dataclass

from sohoa.config.catalogue import rows
from sohoa.storage.exports.errors import CodeRefused

CATALOGUE = "packages_tt05"
# Said wherever a person could take such a package for an official one.
LABEL_VI = "dựng theo ghi chú thứ cấp, chưa đối chiếu phụ lục chính thức"
LABEL_EN = "built from secondary notes; not checked against the official annexes"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person says of a package: its term (`maintenance`; "": what the office's rules say) and its access (`mode`; "": unknown)."""

    maintenance: str = ""
    mode: str = ""


def chosen(maintenance: str = "", mode: str = "") -> Chosen:
    """Raises CodeRefused."""
    for table, given in (("maintenance", maintenance), ("mode", mode)):
        if given and given not in codes(table):
            raise CodeRefused(given=given, table=table, known=", ".join(sorted(codes(table))))
    return Chosen(maintenance, mode)


def codes(table: str) -> frozenset[str]:
    return frozenset(row["code"] for row in rows(CATALOGUE, table))


def maintenance_of(retention_class: str) -> str:
    """The code of a retention class; an office may have classes of its own, which this table calls "other". "" stays ""."""
    return retention_class if not retention_class or retention_class in codes("maintenance") else OTHER_TERM


def confidence_of(*, digitised: bool, born_digital: bool) -> str:
    meaning = "both" if digitised and born_digital else "born_digital" if born_digital else "digitised"
    return next(row["code"] for row in rows(CATALOGUE, "confidence") if row["meaning"] == meaning)


VIETNAMESE = "01"
OTHER_TERM = "07"
