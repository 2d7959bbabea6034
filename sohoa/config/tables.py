"""What an office writes in a TOML file, checked piece by piece; each file refuses in its own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sohoa.kernel.errors import SohoaError


@dataclass(frozen=True, slots=True)
class Tables:
    """refused: the error for what cannot be used, from the reason in Vietnamese and in English. where: `signers.lan.`, or ""."""

    refused: Callable[[str, str], SohoaError]

    def table(self, told: Mapping[str, Any], name: str) -> dict[str, Any]:
        """{} where it is missing."""
        found: object = told.get(name, {})
        if not isinstance(found, dict):
            raise self.refused(f"{name} phải là một bảng", f"{name} must be a table")
        return cast(dict[str, Any], found)

    def only(self, told: Mapping[str, Any], *allowed: str, where: str) -> None:
        """A key that nobody reads is a misspelt one."""
        for name in told:
            if name not in allowed:
                raise self.refused(f"không hiểu mục «{where}{name}»", f"{where}{name} is not known")

    def text(self, told: Mapping[str, Any], name: str, where: str) -> str:
        """As it was written; "" where it is missing."""
        found: object = told.get(name, "")
        if not isinstance(found, str):
            raise self.refused(f"{where}{name} phải là chữ", f"{where}{name} must be a text")
        return found

    def texts(self, told: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
        found: object = told.get(name, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in cast(list[object], found)):
            raise self.refused(f"{where}{name} phải là danh sách chữ", f"{where}{name} must be a list of texts")
        return tuple(cast(list[str], found))
