from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from sohoa.signing.profiles.profile import Profile, read_profiles
from tests.signing.pki import Held, issue
from tests.signing.profiles.papers import decision, scanned

TEST_NAME = "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"


@pytest.fixture(scope="session")
def profiles() -> Mapping[str, Profile]:
    return read_profiles()


@pytest.fixture(scope="session")
def trusted() -> Held:
    return issue(f"Gốc thử nghiệm {TEST_NAME}", 1, ca=True)


@pytest.fixture(scope="session")
def officer(trusted: Held) -> Held:
    return issue(f"Nguyễn Thị Mẫu {TEST_NAME}", 2, issuer=trusted)


@pytest.fixture(scope="session")
def agency(trusted: Held) -> Held:
    return issue(f"Ủy ban nhân dân xã Ba Vinh {TEST_NAME}", 3, issuer=trusted)


@pytest.fixture(scope="session")
def office_paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scanned(tmp_path_factory.mktemp("papers") / "decision.pdf", decision())
