"""How long packages are kept, worked out from the office's rules and the register."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sohoa.config.retention import retention_plan
from sohoa.storage.catalogue.filing import move
from sohoa.storage.objects.model import RECORDS, Retention
from sohoa.storage.retention.due import handover_due
from sohoa.storage.retention.locking import apply, every_version, keep_papers, to_lock
from sohoa.storage.retention.terms import last_moment, lock_until, term_of, terms
from tests.storage.retention.archived import ENDED, NOW, SCANNED, For, dossier, paper

pytestmark = pytest.mark.django_db
RULE = Retention("GOVERNANCE", NOW + timedelta(days=3653))


def test_a_dossier_is_kept_to_the_end_of_the_year_of_its_end_and_the_years_of_its_class(folder, plan, tmp_path) -> None:
    dossier("D1")
    record = paper(folder, tmp_path, "D1")
    term = term_of(plan, record.package)
    assert (term.code, term.ended, term.until) == ("06", date(2015, 6, 1), date(2025, 12, 31))
    assert (term.dossier, term.records, term.flags, term.sources) == ("D1", (record.pk,), (), ("QĐ mẫu 01",))
    assert [term.over(day) for day in (date(2025, 12, 31), date(2026, 1, 1))] == [False, True]


def test_the_year_is_vietnams_not_the_clocks(folder, plan, tmp_path) -> None:
    dossier("D1", ended=ENDED.replace(year=2014, month=12, day=31, hour=18))
    assert term_of(plan, paper(folder, tmp_path, "D1").package).ended == date(2015, 1, 1)


def test_a_package_is_kept_as_long_as_the_longest_lived_thing_in_it(folder, plan, tmp_path) -> None:
    dossier("D1")
    paper(folder, tmp_path, "D1")
    record = paper(folder, tmp_path, "D1", name="b", kind="BB")
    assert (term := term_of(plan, record.package)).until == date(2035, 12, 31) and term.code == "05"
    dossier("D2", "1.forever")
    move(record, "D1", "D2")
    moved = term_of(plan, record.package)
    assert moved.permanent and moved.until is None and not moved.over(date(9000, 1, 1)) and moved.dossiers == ("D1", "D2")


@pytest.mark.parametrize(
    ("ended", "procedure", "flags"),
    [(None, "1.10y", ("not_ended",)), (ENDED, "1.other", ("class_unknown",)), (None, "1.other", ("class_unknown", "not_ended"))],
)
def test_what_is_not_known_or_not_ended_has_no_last_day(folder, plan, tmp_path, ended, procedure, flags) -> None:
    dossier("D1", procedure, ended)
    term = term_of(plan, paper(folder, tmp_path, "D1").package)
    assert (term.flags, term.until, term.over(date(9000, 1, 1))) == (flags, None, False)


def test_where_no_register_speaks_the_year_of_archiving_stands_in_and_says_so(folder, plan, tmp_path) -> None:
    alone = paper(folder, tmp_path, "", fields={"procedure_code": {"value": "1.10y"}})
    strange = paper(folder, tmp_path, "D9", kind="BB")
    found = {term.package: (term.until, term.flags) for term in terms(plan)}
    assert found == {
        alone.package: (date(2036, 12, 31), ("end_assumed",)),
        strange.package: (date(2046, 12, 31), ("end_assumed", "not_in_register")),
    }


def test_without_rules_nothing_is_ever_over(folder, tmp_path) -> None:
    dossier("D1")
    paper(folder, tmp_path, "D1")
    assert [(term.code, term.until, term.flags) for term in terms(retention_plan())] == [("", None, ("class_unknown",))]


def test_a_paper_is_locked_by_its_class_where_that_is_known_and_by_the_settings_where_not(plan) -> None:
    dossier("D1", ended=NOW)
    dossier("D2", "1.forever")
    dossier("D3", "1.forever", None)
    dossier("D4")

    def until(code: str, kind: str = "QĐ") -> Retention:
        return lock_until(plan, dossier=code, procedure="", type_code=kind, otherwise=RULE, now=NOW)

    assert until("D1") == Retention("GOVERNANCE", last_moment(date(2036, 12, 31)))
    assert until("D1", "BB").until == last_moment(date(2046, 12, 31))
    assert until("D2").until == last_moment(date(2055, 12, 31)), "no further ahead than the office locks at once"
    # Not resolved, term over, unknown to the register, without a dossier: what the settings say.
    assert [until(code) for code in ("D3", "D4", "D9", "")] == [RULE] * 4


def test_locks_follow_a_class_that_was_found_later_and_never_back(folder, plan, tmp_path) -> None:
    dossier("D1", ended=SCANNED)
    short, long = paper(folder, tmp_path, "D1", lock=For(500)), paper(folder, tmp_path, "", lock=For(500))
    wanted = last_moment(date(2036, 12, 31))
    assert [(one.term.package, one.until) for one in to_lock(plan, now=NOW)] == [(short.package, wanted)]
    stored = long.files.first()
    longer = wanted + timedelta(days=4000)
    file = short.files.first()
    folder.extend(RECORDS, file.key, file.version_id, Retention("COMPLIANCE", longer))
    (moved,) = apply(folder, plan, mode="GOVERNANCE", now=NOW)
    ends = sorted(about.retention.until for about in every_version(folder, short.package))
    assert moved.objects == len(ends) - 1 and set(ends) == {wanted, longer}
    assert folder.head(RECORDS, stored.key).retention.until == SCANNED + timedelta(days=500)
    assert not list(apply(folder, plan, mode="GOVERNANCE", now=NOW)), "a second run has nothing to do"
    paper(folder, tmp_path, "D1", name="late", lock=For(500))
    assert [one.objects > 0 for one in apply(folder, plan, mode="GOVERNANCE", now=NOW)] == [True]
    assert {about.retention.until for about in every_version(folder, short.package)} == {wanted, longer}
    assert keep_papers(folder, plan, mode="GOVERNANCE", now=NOW) == 0


def test_what_is_to_be_handed_over_is_told_with_its_last_day_and_its_source(folder, plan, tmp_path) -> None:
    dossier("D1", ended=SCANNED)
    dossier("D2", "1.forever", SCANNED)
    dossier("D3", ended=None)
    dossier("D4")  # before any of the laws that we know
    for code in ("D1", "D2", "D3", "D4"):
        paper(folder, tmp_path, code)
    found = [(one.term.dossier, one.handover.to, one.due) for one in handover_due(plan, by=date(2031, 12, 31))]
    assert sorted(found) == [
        ("D1", "luu_tru_hien_hanh", date(2027, 12, 31)),
        ("D2", "luu_tru_hien_hanh", date(2027, 12, 31)),
        ("D2", "luu_tru_lich_su", date(2031, 12, 31)),
    ]
    assert not list(handover_due(plan, by=date(2027, 12, 30)))
    (one, *_) = handover_due(plan, by=date(2027, 12, 31))
    assert [one.overdue(day) for day in (date(2027, 12, 31), date(2028, 1, 1))] == [False, True] and not one.end_assumed
