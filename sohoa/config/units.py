"""The catalogue of administrative units, before and since July 2025, and the names of bodies that issue papers."""

from __future__ import annotations

import functools
from importlib.resources import files

from sohoa.config.catalogue import rows

UnitRow = tuple[str, str, str, str, str, str]
"""(level, code, parent, name, valid_from, valid_to), see the head of administrative_units.tsv."""


@functools.cache
def administrative_units() -> tuple[UnitRow, ...]:
    """Every row of `catalogues/administrative_units.tsv`, in its order; units of one name before and since 2025 are two rows."""
    text = files("sohoa.config").joinpath("catalogues", "administrative_units.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return tuple((level, code, parent, name, since, until) for level, code, parent, name, since, until in lines[1:])


@functools.cache
def agency_names() -> tuple[str, ...]:
    """Names of bodies without their place, in sentence case: `Sở Nông nghiệp và Môi trường`."""
    return tuple(f"{row['head']} {name}".strip() for row in rows("agency_names", "body") for name in row["names"])
