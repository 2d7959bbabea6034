"""The figures that press and portals published, and the way ours are counted."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.kernel.clock import VIETNAM, now
from sohoa.storage.catalogue.filing import file_record
from sohoa.storage.catalogue.models import Component, Dossier, Record, Result, Unit
from sohoa.storage.indicators.count import Figure, count, percent_of, whole_register
from sohoa.storage.indicators.period import Period, PeriodNotUnderstood, period_of

H1 = period_of("2026-H1")


def unit(code: str = "H99.1") -> Unit:
    return Unit.objects.get_or_create(code=code, defaults={"name": f"Đơn vị {code}", "level": "commune"})[0]


def dossier(
    number: int, *, channel: str = "direct", received: str = "2026-03-01T08:00", resolved: str = "", at: str = "H99.1"
) -> Dossier:
    def moment(text: str) -> datetime | None:
        return datetime.fromisoformat(text).replace(tzinfo=VIETNAM) if text else None

    return Dossier.objects.create(
        code=f"H99-{number:04}", procedure_code="1.1", procedure_name="Thử", unit=unit(at), channel=channel,
        received_at=moment(received), resolved_at=moment(resolved), yields_result=True,
    )  # fmt: skip


def archived(number: int, kind: str, *, signature: str = "ok") -> Record:
    return Record.objects.create(
        id=f"{number:020}", source_sha256=f"{number:064}", type_code=kind, pages=1, confidence=0.9, signed_on_arrival=False,
        signature_verdict=signature, archived_at=now(),
    )  # fmt: skip


def figures(period: Period = H1, **how: object) -> dict[str, Figure]:
    return {figure.indicator.id: figure for figure in count(period, **how)}


@pytest.mark.parametrize(
    ("numerator", "denominator", "published"),
    [
        (8227, 11376, "72.32"),
        (7255, 7280, "99.66"),
        (7247, 7280, "99.55"),
        (621, 1742, "35.65"),
        (7105, 37934, "18.73"),
        (591, 910, "64.95"),
    ],
)
def test_percentages_are_rounded_as_published_figures_were(numerator: int, denominator: int, published: str) -> None:
    assert percent_of(numerator, denominator) == Decimal(published)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_percentage_is_never_further_off_than_half_a_hundredth(numerator: int, denominator: int) -> None:
    percent = percent_of(numerator, denominator)
    assert percent is not None
    assert abs(percent * denominator - numerator * 100) * 200 <= denominator


def test_nothing_divided_by_nothing_is_no_percentage() -> None:
    assert percent_of(0, 0) is None


@pytest.mark.django_db
class TestCounting:
    def test_a_dossier_counts_as_digitised_only_when_every_component_that_must_be_is_archived(self) -> None:
        made = dossier(1)
        for ordinal, kind in enumerate(("DON", "TK"), 1):
            Component.objects.create(dossier=made, ordinal=ordinal, document_type=kind, name=kind, decision="required_by_rule")
        Component.objects.create(dossier=made, ordinal=3, document_type="CC", name="CC", decision="excluded_presented_only")
        file_record(archived(1, "DON"), made.code)
        half = figures()["dossier_digitization_rate"]
        assert (half.numerator, half.denominator, half.missing) == (0, 1, (made.code,))
        file_record(archived(2, "TK"), made.code)
        whole = figures()["dossier_digitization_rate"]
        assert (whole.numerator, whole.denominator, whole.missing) == (1, 1, ())

    def test_a_dossier_with_nothing_to_digitise_is_in_neither_number(self) -> None:
        Component.objects.create(dossier=dossier(1), ordinal=1, document_type="CC", name="CC", decision="excluded_copy")
        figure = figures()["dossier_digitization_rate"]
        assert (figure.denominator, figure.percent, figure.flags) == (0, None, ["no_denominator"])

    @pytest.mark.parametrize("signature", ["", "failed"])
    def test_an_unsigned_or_refuted_record_is_no_evidence(self, signature: str) -> None:
        made = dossier(1, resolved="2026-03-05T16:00")
        Result.objects.create(dossier=made, ordinal=1, document_type="GPXD", name="Giấy phép")
        file_record(archived(1, "GPXD", signature=signature), made.code)
        assert figures()["e_result_rate"].numerator == 0

    def test_an_electronic_result_counts_when_the_dossier_was_resolved_not_when_it_came(self) -> None:
        made = dossier(1, received="2025-12-20T08:00", resolved="2026-01-05T16:00")
        Result.objects.create(dossier=made, ordinal=1, document_type="GPXD", name="Giấy phép")
        file_record(archived(1, "GPXD"), made.code)
        assert (figures()["e_result_rate"].numerator, figures()["e_result_rate"].denominator) == (1, 1)
        assert figures()["online_submission_rate"].denominator == 0

    def test_one_record_fills_one_place_however_often_it_is_filed(self) -> None:
        made = dossier(1)
        for ordinal in (1, 2):
            Component.objects.create(dossier=made, ordinal=ordinal, document_type="DON", name="Đơn", decision="required_by_rule")
        record = archived(1, "DON")
        for _ in range(3):
            file_record(record, made.code)
        assert record.filings.count() == 1
        assert figures()["dossier_digitization_rate"].numerator == 0

    def test_days_are_vietnams_at_both_ends_of_a_period(self) -> None:
        dossier(1, received="2026-01-01T00:00")
        dossier(2, received="2026-06-30T23:59")
        dossier(3, received="2025-12-31T23:59")
        dossier(4, received="2026-07-01T00:00")
        assert figures()["online_submission_rate"].denominator == 2

    def test_units_are_counted_apart_and_together(self) -> None:
        dossier(1, channel="online", at="H99.1")
        dossier(2, at="H99.2")
        rows = [figure for figure in count(H1, by_unit=True) if figure.indicator.id == "online_submission_rate"]
        assert [(row.unit, row.numerator, row.denominator) for row in rows] == [("", 1, 2), ("H99.1", 1, 1), ("H99.2", 0, 1)]

    def test_the_whole_register_reaches_from_its_first_day_to_its_last(self) -> None:
        assert whole_register() is None
        dossier(1, received="2026-02-01T08:00", resolved="2026-04-01T08:00")
        assert whole_register() == Period(date(2026, 2, 1), date(2026, 4, 1), "civil")

    def test_a_figure_tells_everything_the_contract_promises(self) -> None:
        dossier(1, channel="online")
        told = figures()["online_submission_rate"].as_dict()
        assert (told["numerator"], told["denominator"], told["percent"], told["target"], told["gap_points"]) == (
            1,
            1,
            "100.00",
            "80.00",
            "20.00",
        )
        assert {"id", "unit", "change_points", "change_relative", "definition", "flags"} <= set(told)


@pytest.mark.parametrize(
    ("given", "calendar", "first", "last"),
    [
        ("2026", "civil", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-H2", "civil", date(2026, 7, 1), date(2026, 12, 31)),
        ("2024-02", "civil", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-Q4", "civil", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-H1", "admin", date(2025, 12, 15), date(2026, 6, 14)),
        ("2026-H2", "admin", date(2026, 6, 15), date(2026, 12, 14)),
        ("2026-9M", "admin", date(2025, 12, 15), date(2026, 9, 14)),
        ("2026-03", "admin", date(2026, 2, 15), date(2026, 3, 14)),
        ("2026-Q1", "admin", date(2025, 12, 15), date(2026, 3, 14)),
        ("2026-01-15..2026-02-14", "civil", date(2026, 1, 15), date(2026, 2, 14)),
    ],
)
def test_periods_are_those_of_law_and_of_the_calendar(given: str, calendar: str, first: date, last: date) -> None:
    assert period_of(given, calendar) == Period(first, last, calendar)


@pytest.mark.parametrize(
    "given", ["", "năm nay", "2026-13", "2026-H3", "2026-00", "2026-02-30..2026-03-01", "2026-03-01..2026-02-01", "20266"]
)
def test_a_period_that_cannot_be_is_refused(given: str) -> None:
    with pytest.raises(PeriodNotUnderstood):
        period_of(given)
