from __future__ import annotations

from pathlib import Path

import pytest

from sohoa.config.signing import SigningPlan, SigningRefused, signing_plan

WHOLE = """
level = "lt"
[services]
timestamps = ["http://127.0.0.1:9/tsa"]
ca_file = "keys/https.pem"
[trust]
roots = ["keys/roots", "/etc/neac.pem"]
[signers.van-thu]
kind = "pkcs12"
file = "keys/van-thu.p12"
passphrase_file = "keys/van-thu.pass"
name = "ỦY BAN NHÂN DÂN XÃ MẪU"
[signers.usb]
kind = "pkcs11"
library = "/usr/lib/token.so"
chain = ["keys/ca.pem"]
[digitize]
signer = "van-thu"
profile = "archive_signature"
"""


def written(home: Path, text: str) -> Path:
    (home / "signing.toml").write_text(text, encoding="utf-8")
    return home


def test_an_office_without_the_file_has_only_the_test_authority(tmp_path: Path) -> None:
    assert signing_plan(tmp_path) == SigningPlan()


def test_paths_start_at_the_home_and_names_are_kept(tmp_path: Path) -> None:
    plan = signing_plan(written(tmp_path, WHOLE))
    assert plan.level == "lt" and plan.digitize == "van-thu" and plan.digitize_profile == "archive_signature"
    assert plan.ca_file == tmp_path / "keys/https.pem"
    assert plan.roots == (tmp_path / "keys/roots", Path("/etc/neac.pem"))
    signer = plan.signers["van-thu"]
    assert signer.options == {"file": tmp_path / "keys/van-thu.p12", "passphrase_file": tmp_path / "keys/van-thu.pass"}
    assert signer.expected == "ỦY BAN NHÂN DÂN XÃ MẪU"
    assert plan.signers["usb"].options == {"library": "/usr/lib/token.so", "chain": (tmp_path / "keys/ca.pem",)}


def test_a_time_stamping_service_makes_lta_the_level(tmp_path: Path) -> None:
    assert signing_plan(written(tmp_path, '[services]\ntimestamps = ["http://127.0.0.1:9"]')).level == "lta"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("level = ", "không đọc được"),
        ('level = "x"', "b, t, lt, lta"),
        ('level = "lta"', "services.timestamps"),
        ("level = 3", "phải là chữ"),
        ('signer = "a"', "không hiểu mục «signer»"),
        ("[services]\nrevocation = 1", "true hoặc false"),
        ("[services]\ntimestamps = 'one'", "danh sách chữ"),
        ("[signers]\na = 1", "phải là một bảng"),
        ("[signers.a]\nkind = 'paper'", "kind chỉ nhận"),
        ("[signers.a]\nkind = 'pkcs12'", "thiếu signers.a.file"),
        ("[signers.a]\nkind = 'pkcs12'\nfile = 'a.p12'\npin = '1234'", "không hiểu mục «signers.a.pin»"),
        ("[digitize]\nsigner = 'a'", "chưa có người ký «a»"),
        ("trust = 'all'", "phải là một bảng"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_name(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SigningRefused) as refused:
        signing_plan(written(tmp_path, text))
    assert told in refused.value.as_dict()["vi"]


def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SigningRefused) as refused:
        signing_plan(written(tmp_path, "[signers.a]\nkind = 'agent'\nagent = 'lan'\npassword = 'rất bí mật'"))
    assert "rất bí mật" not in str(refused.value.as_dict()) + str(refused.value)
