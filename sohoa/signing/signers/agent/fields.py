"""JSON from the other side, read field by field: nothing that comes in is believed to have the right kind or size."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import cast

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import nfc

YEARS = range(2000, 2201)  # outside, moving between time zones may leave what a date can hold
HEX = re.compile("[0-9a-f]+")


class MessageUnreadable(SohoaError):
    code, exit_code = "signing.agent_message_unreadable", Exit.USAGE
    vi = "Máy chủ và máy ký không hiểu nhau: dữ liệu trao đổi không đúng dạng."
    en = "What the server and the signing agent told each other has not the expected form ({why})."
    remedy = "Cài cùng một phiên bản sohoa ở máy chủ và máy ký, rồi chạy lại."
    remedy_en = "Install the same version of sohoa on the server and on the agent's machine, then run again."


def shown_text(text: str, longest: int) -> str:
    """One line that a terminal may be given: NFC, no control letters, nothing that turns the direction of writing."""
    return "".join(letter for letter in nfc(text[: 4 * longest]) if letter.isprintable())[:longest]


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def packed(said: dict[str, object]) -> bytes:
    # A path may hold bytes that are no UTF-8; they come back as they were.
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")


class Fields:
    """One JSON object. Every method raises MessageUnreadable when the field is missing or not what is asked for."""

    def __init__(self, found: object) -> None:
        if not isinstance(found, dict):
            raise MessageUnreadable(why="not an object")
        self._found = cast(dict[str, object], found)

    @classmethod
    def parse(cls, data: bytes) -> Fields:
        try:
            return cls(json.loads(data))
        except (ValueError, RecursionError) as broken:
            raise MessageUnreadable(why="not JSON") from broken

    def text(self, name: str, longest: int) -> str:
        """For people; see `shown_text`. What is longer is cut."""
        return shown_text(self._string(name), longest)

    def exact(self, name: str) -> str:
        """As it was written; only for what this side wrote itself."""
        return self._string(name)

    def hexadecimal(self, name: str, length: int) -> str:
        found = self._string(name)
        if len(found) != length or not HEX.fullmatch(found):
            raise MessageUnreadable(why=name)
        return found

    def octets(self, name: str, longest: int) -> bytes:
        """Bytes written as base64."""
        found = self._string(name)
        if len(found) > longest * 4 // 3 + 4:
            raise MessageUnreadable(why=name)
        try:
            return base64.b64decode(found, validate=True)
        except (binascii.Error, ValueError) as broken:
            raise MessageUnreadable(why=name) from broken

    def whole(self, name: str, most: int) -> int:
        """A whole number from 0 to `most`."""
        found = self._found.get(name)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= most:
            raise MessageUnreadable(why=name)
        return found

    def truth(self, name: str) -> bool:
        found = self._found.get(name)
        if not isinstance(found, bool):
            raise MessageUnreadable(why=name)
        return found

    def moment(self, name: str) -> datetime:
        """Aware, UTC."""
        try:
            found = datetime.fromisoformat(self._string(name))
        except ValueError as broken:
            raise MessageUnreadable(why=name) from broken
        if found.tzinfo is None or found.year not in YEARS:
            raise MessageUnreadable(why=name)
        return found.astimezone(UTC)

    def has(self, name: str) -> bool:
        return self._found.get(name) is not None

    def part(self, name: str) -> Fields:
        return Fields(self._found.get(name))

    def parts(self, name: str, most: int) -> list[Fields]:
        found = self._found.get(name)
        if not isinstance(found, list) or len(cast(list[object], found)) > most:
            raise MessageUnreadable(why=name)
        return [Fields(one) for one in cast(list[object], found)]

    def strings(self, name: str, most: int) -> list[str]:
        found = self._found.get(name)
        if not isinstance(found, list) or len(cast(list[object], found)) > most:
            raise MessageUnreadable(why=name)
        every = cast(list[object], found)
        if not all(isinstance(one, str) for one in every):
            raise MessageUnreadable(why=name)
        return cast(list[str], every)

    def _string(self, name: str) -> str:
        found = self._found.get(name)
        if not isinstance(found, str):
            raise MessageUnreadable(why=name)
        return found
