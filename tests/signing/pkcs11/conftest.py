"""Tokens, and holders that are closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sohoa.signing.signers.pins import (
    PinPrompt,
    PinSource,
)
from sohoa.signing.signers.pkcs11 import Pkcs11Holder
from tests.signing.tokens import (
    CURVE,
    LIBRARY,
    OURS,
    REST,
    Clock,
    Person,
    Placed,
    SoftTokens,
)


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftTokens:
    made = SoftTokens(tmp_path)
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.configuration))
    return made


@pytest.fixture
def opened(person: Person, clock: Clock) -> Iterator[Callable[..., Pkcs11Holder]]:
    """Makes holders and closes them after the test."""
    made: list[Pkcs11Holder] = []

    def make(pin: PinSource | None = None, *, library: Path = LIBRARY, **wishes: object) -> Pkcs11Holder:
        made.append(Pkcs11Holder(library, pin or PinPrompt(person), clock=clock, rest=REST, **wishes))
        return made[-1]

    yield make
    for holder in made:
        holder.close()


@pytest.fixture
def holder(tokens: SoftTokens, opened: Callable[..., Pkcs11Holder]) -> Pkcs11Holder:
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    return opened()
