"""Count indicators from the register and the archive: exact integers, Decimal, half-up, two places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Max, Min

from sohoa.config.catalogue import rows
from sohoa.kernel.clock import VIETNAM
from sohoa.storage.catalogue.register import Dossier, Unit
from sohoa.storage.indicators.period import Period
from sohoa.storage.indicators.predicates import PREDICATES, Dossiers


@dataclass(frozen=True, slots=True)
class Indicator:
    id: str
    name_vi: str
    name_en: str
    basis: str
    denominator: str
    numerator: str
    definition_vi: str
    definition_en: str
    legal_basis: str
    caveat: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator of one unit ("" is all of them). percent: None when there is nothing to divide by; never clamped."""

    indicator: Indicator
    unit: str
    unit_name: str
    numerator: int
    denominator: int
    percent: Decimal | None
    missing: tuple[str, ...]  # dossiers in the denominator but not in the numerator

    @property
    def flags(self) -> list[str]:
        flags = ["no_denominator"] if self.denominator == 0 else []
        return [*flags, "numerator_above_denominator"] if self.numerator > self.denominator else flags

    def as_dict(self) -> dict[str, object]:
        target = Decimal(self.indicator.target) if self.indicator.target else None
        gap = self.percent - target if target is not None and self.percent is not None else None
        return {
            "id": self.indicator.id,
            "name": self.indicator.name_vi,
            "unit": self.unit,
            "unit_name": self.unit_name,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "percent": None if self.percent is None else str(self.percent),
            "target": self.indicator.target,
            "gap_points": None if gap is None else str(gap),
            "change_points": None,
            "change_relative": None,
            "definition": self.indicator.definition_vi,
            "definition_en": self.indicator.definition_en,
            "legal_basis": self.indicator.legal_basis,
            "caveat": self.indicator.caveat,
            "missing": list(self.missing),
            "flags": self.flags,
        }


def indicators() -> tuple[Indicator, ...]:
    return tuple(Indicator(**row) for row in rows("indicators", "indicator"))


def percent_of(numerator: int, denominator: int) -> Decimal | None:
    """Half-up at two places, as every published figure we could check was rounded."""
    if denominator == 0:
        return None
    return (Decimal(numerator) * 100 / Decimal(denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def whole_register() -> Period | None:
    """The days the register speaks of; None when it is empty."""
    span = Dossier.objects.aggregate(first=Min("received_at"), last=Max("received_at"), resolved=Max("resolved_at"))
    if span["first"] is None:
        return None
    last = max(span["last"], span["resolved"] or span["last"])
    return Period(span["first"].astimezone(VIETNAM).date(), last.astimezone(VIETNAM).date(), "civil")


def count(period: Period, *, unit: str = "", by_unit: bool = False) -> list[Figure]:
    """Every indicator of the period: of `unit` (all units when empty), then of each unit apart when asked."""
    units = Unit.objects.filter(**({"pk": unit} if unit else {})).order_by("code")
    total = [Unit(code=unit, name=units[0].name if unit and units else "")]
    return list(_figures(period, [*total, *(units if by_unit else ())]))


def _figures(period: Period, units: Sequence[Unit]) -> Iterator[Figure]:
    for unit in units:
        for indicator in indicators():
            within = {f"{indicator.basis}__gte": period.begins, f"{indicator.basis}__lt": period.ends}
            dossiers: Dossiers = Dossier.objects.filter(**within, **({"unit_id": unit.code} if unit.code else {}))
            whole = PREDICATES[indicator.denominator](dossiers)
            part = PREDICATES[indicator.numerator](whole)
            above, below = part.count(), whole.count()
            missing = whole.exclude(pk__in=part.values("pk")).order_by("pk").values_list("pk", flat=True)
            yield Figure(indicator, unit.code, unit.name, above, below, percent_of(above, below), tuple(missing))
