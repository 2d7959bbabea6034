from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sohoa.signing.signers.test_authority import TestAuthority, open_test_authority
from tests.signing.authority import Pki
from tests.signing.authority import authority as running_authority
from tests.signing.pki import NOW, Held, issue, write_paper
from tests.signing.quick import sign_pdf


@pytest.fixture(scope="session")
def signing_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signing")


@pytest.fixture(scope="session")
def authority(signing_folder: Path) -> TestAuthority:
    return open_test_authority(signing_folder / "keys", now=NOW)


@pytest.fixture(scope="session")
def paper(signing_folder: Path) -> Path:
    return write_paper(signing_folder / "paper.pdf")


@pytest.fixture(scope="session")
def signed(signing_folder: Path, paper: Path, authority: TestAuthority) -> Path:
    target = signing_folder / "signed.pdf"
    sign_pdf(paper, target, signer=authority.signer, reason="Số hóa", location="Quảng Ngãi", when=NOW)
    return target


@pytest.fixture(scope="session")
def root() -> Held:
    return issue("Gốc khác", 1, ca=True)


@pytest.fixture(scope="session")
def person(root: Held) -> Held:
    return issue("Nguyễn Thị Mẫu", 2, issuer=root)


@pytest.fixture(scope="session")
def time_authority(root: Held) -> Held:
    return issue("Cơ quan cấp dấu thời gian", 3, issuer=root, stamping=True)


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with running_authority(tmp_path_factory.mktemp("pki"), now=NOW) as pki:
        yield pki


@pytest.fixture
def pki(_running: Pki) -> Iterator[Pki]:
    """A whole PKI with its services on loopback (authority.py), up and with its clock at NOW; whatever a test does to it is undone."""
    _running.forget_counts()
    yield _running
    _running.now = NOW
    _running.start()
