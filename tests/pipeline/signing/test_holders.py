"""Key holders out of signing.toml: what is built, and what is refused before anything is asked of anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from sohoa.config.signing import SigningRefused, signing_plan
from sohoa.pipeline.signing.holders import Around, holder_of
from sohoa.signing.signers.agent.holder import no_documents

REMOTE = 'url = "https://ky.example.invalid"\nuser = "001099000001"\nsp_id = "mau"\nsp_password_file = "keys/sp"'


def built(home: Path, table: str, **around: object):
    (home / "keys").mkdir(exist_ok=True)
    for name, secret in {"sp": "mat khau", "pass": "mat khau nguoi ky", "seed": "JBSW Y3DP EHPK 3PXP"}.items():
        (home / "keys" / name).write_text(secret)
        (home / "keys" / name).chmod(0o600)
    (home / "signing.toml").write_text(f"[signers.a]\n{table}", encoding="utf-8")
    return holder_of(signing_plan(home).signers["a"], Around(home / "post", no_documents, **around))


def test_a_service_that_takes_one_time_codes_signs_unattended_with_their_key(tmp_path: Path) -> None:
    told = f'kind = "sp769"\nversion = "v2"\n{REMOTE}\npassword_file = "keys/pass"\ntotp_file = "keys/seed"'
    assert built(tmp_path, told).interactive is False


def test_a_telephone_is_the_usual_way_and_needs_a_person(tmp_path: Path) -> None:
    assert built(tmp_path, f'kind = "sp769"\n{REMOTE}').interactive is True


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (f'kind = "sp769"\nversion = "v2"\n{REMOTE}\npassword_file = "keys/pass"', "không có người ở màn hình"),
        (f'kind = "sp769"\nversion = "v3"\n{REMOTE}', "version chỉ nhận v1, v2"),
        (f'kind = "sp769"\nversion = "v2"\n{REMOTE}\npassword_file = "keys/pass"\ntotp_file = "keys/sp"', "không phải khóa Base32"),
        ('kind = "pkcs11"\nlibrary = "/usr/lib/token.so"', "không có người ở màn hình"),
        ('kind = "csc"\nurl = "https://ky.example.invalid"', "client_secret_file hoặc token_file"),
    ],
)
def test_what_could_never_sign_is_refused_in_words(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(SigningRefused) as refused:
        built(tmp_path, table)
    assert told in refused.value.as_dict()["vi"]


def test_a_password_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    built(tmp_path, f'kind = "sp769"\n{REMOTE}')
    (tmp_path / "keys" / "sp").chmod(0o644)
    plan = signing_plan(tmp_path)
    with pytest.raises(Exception, match="pin_file_exposed"):
        holder_of(plan.signers["a"], Around(tmp_path / "post", no_documents))
