"""The web application's secret: from the environment, or made once and kept with the other keys."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sohoa.kernel.durable import write_durably


def web_secret(keys: Path) -> str:
    if given := os.environ.get("SOHOA_SECRET_KEY"):
        return given
    kept = keys / "web.secret"
    if not kept.exists():
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(kept, secrets.token_urlsafe(48).encode(), mode=0o600)
    return kept.read_text()
