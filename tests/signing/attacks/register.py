"""Every attack under its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.signing.attacks.forging import Seen, Writer, look, revised
from tests.signing.attacks.workshop import Workshop


@dataclass(frozen=True)
class Attack:
    """reasons: findings of which at least one must be told. fails: the file's verdict must be `failed`, not just doubtful."""

    make: Callable[[Workshop], bytes]
    reasons: frozenset[str]
    fails: bool


ATTACKS: dict[str, Attack] = {}


def attacked(shop: Workshop, name: str) -> Path:
    target = shop.folder / f"attack-{name}.pdf"
    target.write_bytes(ATTACKS[name].make(shop))
    return target


def attack(*reasons: str, fails: bool = True) -> Callable[[Callable[[Workshop], bytes]], Callable[[Workshop], bytes]]:
    def register(make: Callable[[Workshop], bytes]) -> Callable[[Workshop], bytes]:
        ATTACKS[make.__name__] = Attack(make, frozenset(reasons), fails)
        return make

    return register


def edit(change: Callable[[Writer], None]) -> Callable[[Writer], None]:
    """Register an edit of the signed file, made as a further revision that leaves every signed byte where it was."""
    ATTACKS[change.__name__] = Attack(lambda shop: shop.changed(shop.signed, change), frozenset({"MODIFIED_AFTER_SIGNING"}), True)
    return change


def overridden(shop: Workshop, dictionary: Callable[[bytes, Seen], bytes], more: dict[int, bytes] | None = None) -> bytes:
    data = shop.signed.read_bytes()
    seen = look(data)
    return revised(data, {seen.signature: dictionary(data, seen), **(more or {})})
