"""Every checksum that somebody claims for a file, from reading it once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from sohoa.kernel.durable import CHUNK

# What manifests and METS call them, to what hashlib does. Old ones are compared too: a file that differs even there has changed.
ALGORITHMS = {
    "md5": "md5",
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "sha384": "sha384",
    "sha-384": "sha384",
    "sha512": "sha512",
    "sha-512": "sha512",
}


def digests_of(path: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """algorithms: names of hashlib. Lower-case hex by name."""
    running = {name: hashlib.new(name, usedforsecurity=False) for name in set(algorithms)}
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            for digest in running.values():
                digest.update(chunk)
    return {name: digest.hexdigest() for name, digest in running.items()}
