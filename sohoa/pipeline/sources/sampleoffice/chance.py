"""Chance from a seed: the same words give the same throws on every machine and in every process."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")


def seed_of(*parts: object) -> int:
    """64 bits from any few words. Not `hash()`, which Python salts anew in each process."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:8], "big")


def dice(*parts: object) -> random.Random:
    return random.Random(seed_of(*parts))


def grain(*parts: object) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed_of(*parts)))


def some(rng: random.Random, bank: Sequence[_T], least: int, most: int) -> list[_T]:
    """A few different entries of a phrase bank, in the bank's own order, so that paragraphs still follow one another."""
    count = min(len(bank), rng.randint(least, most))
    return [bank[index] for index in sorted(rng.sample(range(len(bank)), count))]
