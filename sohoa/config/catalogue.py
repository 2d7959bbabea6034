"""The catalogues: facts of law and practice kept as dated data beside the code, never in it."""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files
from typing import Any


@functools.cache
def rows(catalogue: str, table: str) -> tuple[dict[str, Any], ...]:
    """The `[[table]]` entries of `catalogues/{catalogue}.toml`, in their order."""
    text = files("sohoa.config").joinpath("catalogues", f"{catalogue}.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)[table])
