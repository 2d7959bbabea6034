"""A text as counts of short runs of letters: what is left of it when single letters are misread."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from sohoa.kernel.text import fold, nfc

# Where runs of letters are counted. Measured: half as many cost nothing on papers of known wording, and twice as many gain nothing.
BUCKETS = 1 << 14
SHORTEST, LONGEST = 3, 6
LETTERS_READ = 6000  # a full page has about 3,000; the rest of a very long one says nothing new about its type

_DIGITS = re.compile(r"\d+")
_OTHER = re.compile(r"[\W_]+")
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)


def plain(text: str) -> str:
    """NFC, lower case, every number the same, one space between words and at both ends."""
    return f" {_OTHER.sub(' ', _DIGITS.sub('0', nfc(text).lower())).strip()[:LETTERS_READ]} "


def runs_of(text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Buckets (ascending, each once) and how much each weighs: 1 + log(count).

    Runs of 3 to 6 letters across spaces, once with tones and once without: a page whose tones were lost keeps the second half.
    """
    said = plain(text)
    hashed = [*_hashes(said, 1), *_hashes(fold(said), 2)]
    buckets, counts = np.unique(np.concatenate(hashed), return_counts=True)
    return buckets.astype(np.int64), (1 + np.log(counts)).astype(np.float32)


def _hashes(text: str, salt: int) -> list[NDArray[np.uint64]]:
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
    found: list[NDArray[np.uint64]] = []
    rolling = np.full(len(codes), salt, np.uint64)
    for length in range(1, LONGEST + 1):
        if length > len(codes):
            break
        # Products beyond 64 bits wrap around; that is what makes a hash of them.
        rolling = rolling[: len(codes) - length + 1] * _STEP + codes[length - 1 :]
        if length >= SHORTEST:
            mixed = (rolling ^ (rolling >> np.uint64(29))) * _MIX
            found.append(mixed >> np.uint64(64 - BUCKETS.bit_length() + 1))
    return found
