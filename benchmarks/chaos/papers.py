"""What is given in: small papers of one or two pages, each its own, and among them what goes wrong in every office."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from sohoa.kernel.durable import sha256_of
from sohoa.pipeline.sources.sampleoffice.mishaps import EXPECTED, write_mishaps
from tests.papers import decision, pdf

BAD = tuple(name for name, code in EXPECTED.items() if code)
ONE_IN = 6  # is bad


@dataclass(frozen=True, slots=True)
class Given:
    """fates: by the file's SHA-256, the code it must be quarantined with, or "" for a paper that must be archived."""

    inbox: Path
    fates: dict[str, str]


def write_papers(inbox: Path, count: int, *, seed: int) -> Given:
    """The same seed gives the same papers."""
    chance = random.Random(seed)
    inbox.mkdir(parents=True, exist_ok=True)
    fates: dict[str, str] = {}
    for number in range(1, count + 1):
        if number % ONE_IN == 0:
            # The same bad file may come twice, from another folder; one without a byte is always the same.
            name = chance.choice(BAD)
            path = write_mishaps(inbox / f"{number:05}", seed=seed + number, which=(name,))[name]
            fates[sha256_of(path)] = EXPECTED[name]
            continue
        pages = [decision(number)] if chance.random() < 0.8 else [decision(number), ("Trang hai", f"của giấy số {number}")]
        path = inbox / f"giay-{number:05}.pdf"
        path.write_bytes(pdf(*pages))
        fates[sha256_of(path)] = ""
    return Given(inbox, fates)
