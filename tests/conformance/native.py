"""The judges that come with Debian: OpenSSL, which knows signatures and nothing of PDF, and poppler."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

from tests.conformance.parts import Part

PATIENCE = 60  # seconds


def pdfsig(record: Path) -> str:
    ran = subprocess.run(["pdfsig", "-nocert", record], capture_output=True, text=True, timeout=PATIENCE, check=False)
    return ran.stdout + ran.stderr


def openssl_cms(part: Part, *, root: Path, room: Path, at: datetime | None = None) -> subprocess.CompletedProcess[str]:
    """Signature, signed attributes (the certificate named among them, which is what -cades asks for) and chain; room: for files.

    at: the time of judging, instead of now.
    """
    content = _kept(room / "covered", part.covered)
    signature = _kept(room / "signature.der", part.der)
    what = ("-cades", "-inform", "DER", "-in", signature, "-content", content, "-binary", "-purpose", "any", "-out", "/dev/null")
    return _openssl("cms", "-verify", *what, "-no-CApath", "-no-CAstore", *_trust(root, at))


def openssl_ts(
    token: bytes, about: bytes, *, root: Path, room: Path, at: datetime | None = None
) -> subprocess.CompletedProcess[str]:
    """Whether a time stamp is about these bytes and comes from who may make such."""
    what = ("-token_in", "-in", _kept(room / "token.der", token), "-data", _kept(room / "about", about))
    return _openssl("ts", "-verify", *what, *_trust(root, at))


def _trust(root: Path, at: datetime | None) -> tuple[str | Path | int, ...]:
    return ("-CAfile", root, *(() if at is None else ("-attime", int(at.timestamp()))))


def _kept(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _openssl(*command: str | Path | int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *map(str, command)], capture_output=True, text=True, timeout=PATIENCE, check=False)
