"""How long records are kept, as an office writes it down."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sohoa.config.retention import RetentionPlan, RetentionRefused, retention_plan

RULE = '[[rule]]\nprocedure = "1.004883"\nclass = "06"\nsource = "QĐ mẫu"\n'
NEW_LAW = date(2025, 7, 1)


def plan_of(home: Path, text: str) -> RetentionPlan:
    (home / "retention.toml").write_text(text, encoding="utf-8")
    return retention_plan(home)


def test_without_a_word_from_the_office_no_period_is_claimed(tmp_path: Path) -> None:
    plan = retention_plan(tmp_path)
    assert plan.rules == () and plan.for_procedure("1.004883", NEW_LAW) is None
    told = {code: (one.years, one.permanent) for code, one in plan.classes.items()}
    assert told == {
        **{"01": (None, True), "02": (70, False), "03": (50, False), "04": (30, False)},
        **{"05": (20, False), "06": (10, False), "07": (None, False)},
    }


def test_a_rule_holds_for_the_days_on_which_the_work_ended(tmp_path: Path) -> None:
    old = RULE + "valid_to = 2025-06-30\n"
    new = RULE.replace('"06"', '"07"') + "years = 15\nvalid_from = 2025-07-01\n"
    plan = plan_of(tmp_path, old + new)
    told = [plan.for_procedure("1.004883", day) for day in (date(2025, 6, 30), NEW_LAW)]
    assert [(one.code, one.years) for one in told if one] == [("06", 10), ("07", 15)]
    assert plan.for_procedure("2.000815", NEW_LAW) is None


def test_an_office_may_speak_for_every_procedure_and_still_name_one(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, RULE + RULE.replace("1.004883", "*").replace("06", "05"))
    assert [plan.for_procedure(name, NEW_LAW).years for name in ("1.004883", "2.000815", "")] == [10, 20, 20]
    assert plan.for_type("*", NEW_LAW) is None


def test_handovers_follow_the_law_of_the_day_on_which_the_work_ended(tmp_path: Path) -> None:
    plan = retention_plan(tmp_path)
    told = {
        (code, day): [(one.to, one.years) for one in plan.handovers_of(code, "Đất đai", day)]
        for code, day in (("06", date(2024, 1, 1)), ("06", NEW_LAW), ("01", NEW_LAW), ("", date(2020, 1, 1)))
    }
    assert list(told.values()) == [
        [("luu_tru_co_quan", 1)],
        [("luu_tru_hien_hanh", 1)],
        [("luu_tru_hien_hanh", 1), ("luu_tru_lich_su", 5)],
        [],
    ]
    assert all(one.source for one in plan.handovers)


def test_a_handover_that_names_the_sector_goes_before_one_that_names_none(tmp_path: Path) -> None:
    row = '[[handover]]\nto = "ls"\nname_vi = "Lưu trữ lịch sử"\nyears = 5\nsource = "mẫu"\n'
    plan = plan_of(tmp_path, row + row.replace("years = 5", 'years = 30\nsectors = ["Đất đai"]'))
    assert [[one.years for one in plan.handovers_of("", sector, NEW_LAW)] for sector in ("Đất đai", "Tư pháp")] == [[30], [5]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[rule]]\n", "đúng một trong procedure, document_type"),
        (RULE + 'document_type = "QĐ"\n', "đúng một trong procedure, document_type"),
        (RULE.replace("06", "09"), "không có class «09»"),
        (RULE + "years = 4\n", "years chỉ ghi"),
        (RULE.replace("06", "07"), "years chỉ ghi"),
        (RULE.replace('source = "QĐ mẫu"\n', ""), "thiếu rule.source"),
        (RULE + RULE, "trùng hoặc ngược ngày"),
        (RULE + "valid_from = 2026-01-01\nvalid_to = 2025-01-01\n", "trùng hoặc ngược ngày"),
        (RULE + 'valid_from = "2026-01-01"\n', "không có ngoặc kép"),
        (RULE + "colour = 1\n", "không hiểu mục «rule.colour»"),
        ("[[class]]\ncode = '08'\nname_vi = 'lạ'\nyears = 0\n", "số nguyên từ 1"),
        ("[[class]]\ncode = '08'\nname_vi = 'lạ'\nyears = 5\npermanent = true\n", "không có years"),
        ("[rule]\nclass = '06'\n", "[[rule]]"),
        ("lock = 3\n", "lock phải là một bảng"),
        ("[[handover]]\nto = 'x'\nname_vi = 'x'\nsource = 'x'\n", "thiếu handover.years"),
        ("[[", "không đọc được"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_name(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(RetentionRefused) as refused:
        plan_of(tmp_path, text)
    assert told in refused.value.as_dict()["vi"]
