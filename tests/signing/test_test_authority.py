from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from sohoa.signing.signers.test_authority import (
    AuthorityDamaged,
    AuthorityExpired,
    KeyExposed,
    TestAuthority,
    open_test_authority,
)
from tests.signing.pki import NOW

OPEN_IT = """
import sys
from datetime import datetime
from pathlib import Path
from sohoa.signing.signers.test_authority import open_test_authority
print(open_test_authority(Path(sys.argv[1]), now=datetime.fromisoformat(sys.argv[2])).fingerprint)
"""


@pytest.fixture
def folder(authority: TestAuthority, tmp_path: Path) -> Path:
    """A copy of the authority's folder that a test may spoil."""
    copy = tmp_path / "keys"
    copy.mkdir(mode=0o700)
    for file in authority.root_pem.parent.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
        (copy / file.name).chmod(0o600)
    return copy


def test_keys_are_for_their_owner_alone(authority: TestAuthority):
    home = authority.root_pem.parent
    assert home.stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in home.glob("*.key.pem")} == {
        "root.key.pem": 0o600,
        "signer.key.pem": 0o600,
    }


def test_both_certificates_say_that_they_have_no_legal_value(authority: TestAuthority):
    root = x509.load_pem_x509_certificate(authority.root_pem.read_bytes())
    for certificate in (root, authority.signer.certificate):
        assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in certificate.subject.rfc4514_string()
    assert authority.signer.identity().name == "sohoa – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ (thử nghiệm)"


def test_the_signer_has_an_rsa_3072_key_and_was_issued_by_the_root(authority: TestAuthority):
    root = x509.load_pem_x509_certificate(authority.root_pem.read_bytes())
    authority.signer.certificate.verify_directly_issued_by(root)
    assert authority.signer.identity().signature_size * 8 == 3072
    assert authority.fingerprint == authority.signer.identity().fingerprint


def test_opening_again_gives_the_same_authority(authority: TestAuthority):
    again = open_test_authority(authority.root_pem.parent, now=NOW + timedelta(days=30))
    assert again.fingerprint == authority.fingerprint


def test_two_processes_that_create_it_at_once_end_with_one(tmp_path: Path):
    folder = tmp_path / "home" / "keys"
    command = [sys.executable, "-c", OPEN_IT, str(folder), NOW.isoformat()]
    with ThreadPoolExecutor(2) as pool:
        printed = list(pool.map(lambda _: subprocess.run(command, capture_output=True, text=True, check=True).stdout, range(2)))
    assert len(set(printed)) == 1
    assert open_test_authority(folder, now=NOW).fingerprint == printed[0].strip()
    assert [file.name for file in folder.parent.iterdir()] == ["keys"]


def test_an_empty_folder_made_beforehand_is_filled(authority: TestAuthority, tmp_path: Path):
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o755)
    assert open_test_authority(folder, now=NOW).fingerprint != authority.fingerprint
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("spoilt", ["signer.key.pem", "root.key.pem", "."])
def test_a_key_that_others_can_read_is_refused(folder: Path, spoilt: str):
    (folder / spoilt).chmod(0o750)
    with pytest.raises(KeyExposed) as refused:
        open_test_authority(folder, now=NOW)
    assert refused.value.code == "signing.key_exposed"


@pytest.mark.parametrize("gone", ["root.pem", "signer.pem", "signer.key.pem", "root.key.pem"])
def test_a_missing_file_is_told_and_nothing_is_made_anew(folder: Path, gone: str):
    (folder / gone).unlink()
    with pytest.raises(AuthorityDamaged):
        open_test_authority(folder, now=NOW)
    assert not (folder / gone).exists()


@pytest.mark.parametrize(
    "mixed_up", [("signer.pem", "root.pem"), ("signer.key.pem", "root.key.pem"), ("root.pem", "signer.key.pem")]
)
def test_files_that_do_not_belong_together_are_refused(folder: Path, mixed_up: tuple[str, str]):
    target, other = mixed_up
    (folder / target).write_bytes((folder / other).read_bytes())
    with pytest.raises(AuthorityDamaged):
        open_test_authority(folder, now=NOW)


@pytest.mark.parametrize("years", [-2, 11])
def test_outside_its_lifetime_the_authority_says_so(authority: TestAuthority, years: int):
    with pytest.raises(AuthorityExpired) as refused:
        open_test_authority(authority.root_pem.parent, now=NOW + timedelta(days=365 * years))
    assert "2026-03-04" in refused.value.as_dict()["vi"]
