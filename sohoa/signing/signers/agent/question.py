"""What the person at the agent is shown before agreeing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Shown:
    """One document. title, profile, claimed (time the signature will claim): as the server says. document: SHA-256 (hex) of what will
    be signed; size: bytes; pages; path: the PDF itself, to be opened, gone once the question is answered: all four from the document
    as it was fetched and checked. size, pages, path are None when the server offered no document (only where that is allowed)."""

    title: str
    profile: str
    claimed: datetime | None
    document: str
    size: int | None
    pages: int | None
    path: Path | None


@dataclass(frozen=True, slots=True)
class Question:
    """One answer is given to all of it. signer: common name in the certificate that will sign."""

    signer: str
    shown: tuple[Shown, ...]
    made: datetime
    expires: datetime
