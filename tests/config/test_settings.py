from __future__ import annotations

import re
import traceback
from pathlib import Path

import pytest

from sohoa.config.catalogue import rows
from sohoa.config.settings import SETTINGS, Database, SettingRefused, settings_from

PAGE = Path(__file__).parents[2] / "docs" / "en" / "settings.md"


def test_nothing_set_means_an_embedded_office_under_var() -> None:
    here = settings_from({})
    assert here.home == Path("var").absolute()
    assert here.database == Database(here.home / "catalogue.sqlite3")
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
        {"SOHOA_BROKER_URL": "http://kho"},
        {"SOHOA_BROKER_URL": "redis:"},
        {"SOHOA_DATABASE_URL": "mysql://kho/sohoa"},
        {"SOHOA_DATABASE_URL": "sqlite://catalogue.sqlite3"},
        {"SOHOA_DATABASE_URL": "sqlite:///"},
        {"SOHOA_DATABASE_URL": "postgresql://kho"},
        {"SOHOA_DATABASE_URL": "postgresql://kho:cổng/sohoa"},
        {"SOHOA_DATABASE_URL": "postgresql://kho/sohoa?no_such_option=1"},
        {"SOHOA_DATABASE_URL": "postgresql://kho/sohoa%00x"},
    ],
)
def test_a_setting_that_is_not_understood_is_refused_by_its_name(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingRefused) as refused:
        settings_from(wrong)
    assert "SOHOA_" in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_postgresql_address_is_taken_apart_as_libpq_does() -> None:
    told = {
        "SOHOA_DATABASE_URL": "postgresql://so%20hoa:b%C3%AD%40m%E1%BA%ADt@kho.example:5433/luu-tru?sslmode=verify-full&options=-c%20x%3D1"
    }
    assert settings_from(told).database == Database(
        None, "luu-tru", "so hoa", "bí@mật", "kho.example", "5433", {"sslmode": "verify-full", "options": "-c x=1"}
    )


def test_a_socket_and_a_file_of_passwords_do_for_host_and_password() -> None:
    by_socket = settings_from(
        {"SOHOA_DATABASE_URL": "postgres:///luu-tru?host=/run/postgresql&passfile=/etc/sohoa/pgpass"}
    ).database
    assert by_socket == Database(None, "luu-tru", host="/run/postgresql", options={"passfile": "/etc/sohoa/pgpass"})


def test_nothing_that_is_printed_of_a_database_holds_its_secrets() -> None:
    address = "postgresql://sohoa:bi-mat@kho/luu-tru?sslpassword=bi-mat"
    assert "bi-mat" not in repr(settings_from({"SOHOA_DATABASE_URL": address}))
    for broken in (address.replace("/luu-tru", ":cổng/luu-tru"), address + "&sai", address.replace("luu-tru", "%zz")):
        with pytest.raises(SettingRefused) as refused:
            settings_from({"SOHOA_DATABASE_URL": broken})
        said = traceback.format_exception(refused.value)
        assert "bi-mat" not in "".join(said) + str(refused.value.as_dict())


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    documented = set(re.findall(r"^\| `(SOHOA_\w+)`", PAGE.read_text(), re.MULTILINE))
    assert documented == {setting.name for setting in SETTINGS}


def test_each_indicator_names_its_law_its_definition_and_its_caveat() -> None:
    for row in rows("indicators", "indicator"):
        assert all(row[name] for name in ("name_vi", "name_en", "definition_vi", "definition_en", "legal_basis", "caveat")), row[
            "id"
        ]
