from __future__ import annotations

from pathlib import Path

import pytest

from sohoa.signing.pades.sign import sign_pdf
from sohoa.signing.signers.test_authority import TestAuthority, open_test_authority
from tests.signing.pki import NOW, Held, issue, write_paper


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
