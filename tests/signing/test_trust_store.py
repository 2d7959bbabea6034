"""Roots out of files and folders: what is believed, and what is told about files that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.validation.trust import TrustIsNotAuthority, TrustUnreadable, broken_files, describe_roots, trusted_roots
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.pki import NOW, YEAR, Held, issue, sign_otherwise


@pytest.fixture
def roots(tmp_path: Path, root: Held) -> Path:
    folder = tmp_path / "roots"
    folder.mkdir()
    root.pem(folder / "goc.pem")
    (folder / "cu.cer").write_bytes(issue("Gốc cũ", 51, ca=True, end=NOW - YEAR / 2).certificate.public_bytes(Encoding.DER))
    (folder / "README.txt").write_text("Lấy từ trang của nơi cấp")
    return folder


def test_a_folder_of_roots_is_trusted_as_a_whole(roots: Path, paper: Path, person: Held, tmp_path: Path):
    signed = sign_otherwise(paper, tmp_path / "a.pdf", person)
    assert validate_pdf(signed, trust=[roots], now=NOW).verdict is Outcome.OK


def test_roots_are_described_with_the_file_they_come_from_and_whether_they_have_expired(roots: Path):
    told = {one.file.name: (one.name, one.expired(NOW)) for one in describe_roots([roots]) if one.file}
    assert told == {"goc.pem": ("Gốc khác", False), "cu.cer": ("Gốc cũ", True)}


def test_a_root_that_is_given_twice_counts_once(roots: Path, root: Held):
    assert len(trusted_roots([roots, roots / "goc.pem", root.certificate])) == 2


@pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\n", b"\x30" * (5 << 20)])
def test_a_broken_file_in_the_folder_is_named(roots: Path, content: bytes):
    (roots / "hong.crt").write_bytes(content)
    with pytest.raises(TrustUnreadable) as refused:
        trusted_roots([roots])
    assert refused.value.facts["file"] == str(roots / "hong.crt")
    assert [file.name for file, _ in broken_files([roots])] == ["hong.crt"]


def test_the_certificate_of_a_person_is_no_root(roots: Path, person: Held):
    person.pem(roots / "nguoi.pem")
    with pytest.raises(TrustIsNotAuthority) as refused:
        trusted_roots([roots])
    assert refused.value.facts["file"] == str(roots / "nguoi.pem")


@pytest.mark.parametrize("name", ["empty", "gone"])
def test_a_folder_without_roots_and_one_that_is_not_there_are_told(tmp_path: Path, name: str):
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrustUnreadable):
        trusted_roots([tmp_path / name])


def test_nothing_wrong_means_nothing_told(roots: Path):
    problems: tuple[tuple[Path, SohoaError], ...] = broken_files([roots])
    assert problems == ()
