from __future__ import annotations

import re
from pathlib import Path

import pytest

from sohoa.config.catalogue import rows
from sohoa.config.settings import SETTINGS, SettingRefused, settings_from

PAGE = Path(__file__).parents[2] / "docs" / "en" / "settings.md"


def test_nothing_set_means_an_embedded_office_under_var() -> None:
    here = settings_from({})
    assert here.home == Path("var").absolute()
    assert here.database == here.home / "catalogue.sqlite3"
    assert here.s3 is None
    assert here.lock_mode == "COMPLIANCE"


def test_somebody_elses_store_is_not_locked_beyond_recall_unless_asked() -> None:
    there = {"SOHOA_S3_URL": "https://kho.example", "SOHOA_S3_ACCESS_KEY": "a", "SOHOA_S3_SECRET_KEY": "b"}
    assert settings_from(there).lock_mode == "GOVERNANCE"
    assert settings_from({**there, "SOHOA_LOCK_MODE": "compliance"}).lock_mode == "COMPLIANCE"


@pytest.mark.parametrize(
    "wrong",
    [
        {"SOHOA_JOBS": "two"},
        {"SOHOA_JOBS": "0"},
        {"SOHOA_LOCK_DAYS": "-1"},
        {"SOHOA_LOCK_MODE": "maybe"},
        {"SOHOA_S3_URL": "ftp://kho"},
        {"SOHOA_S3_URL": "http://kho"},
        {"SOHOA_DATABASE_URL": "postgres://kho/sohoa"},
    ],
)
def test_a_setting_that_is_not_understood_is_refused_by_its_name(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingRefused) as refused:
        settings_from(wrong)
    assert "SOHOA_" in str(refused.value)
    assert refused.value.exit_code == 2


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    documented = set(re.findall(r"^\| `(SOHOA_\w+)`", PAGE.read_text(), re.MULTILINE))
    assert documented == {setting.name for setting in SETTINGS}


def test_each_indicator_names_its_law_its_definition_and_its_caveat() -> None:
    for row in rows("indicators", "indicator"):
        assert all(row[name] for name in ("name_vi", "name_en", "definition_vi", "definition_en", "legal_basis", "caveat")), row[
            "id"
        ]
