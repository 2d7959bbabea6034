from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sohoa.signing.signers.agent.registering import register
from sohoa.signing.signers.agent.sealing import Pairing
from sohoa.signing.signers.agent.serving import serve
from tests.signing.agent.office import Counting, Office, in_memory


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def server(office: Office) -> Iterator[str]:
    with serve(office.desk()) as address:
        yield address


@pytest.fixture
def pairing(office: Office) -> Pairing:
    return office.pair()


@pytest.fixture
def own() -> Counting:
    return Counting(in_memory(21))


@pytest.fixture
def known(office: Office, pairing: Pairing, own: Counting) -> Pairing:
    """The pairing of an agent that has registered its certificate."""
    register(office.post, pairing.agent, own.identity(), now=office.clock())
    return pairing
