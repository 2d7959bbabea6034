"""The one error family. A class owns its stable code, its exit code, the clerk's sentence, the log line and the way out."""

from __future__ import annotations

import enum
from typing import ClassVar, cast


class Exit(enum.IntEnum):
    """What a command's exit status says (a contract: scripts depend on it)."""

    OK = 0
    NEEDS_A_PERSON = 1
    USAGE = 2
    UNREACHABLE = 3


class SohoaError(Exception):
    """Anything sohoa refuses or cannot do, said so that a clerk knows the next step.

    Subclasses set `code` (stable, `room.what_happened`), `exit_code`, and four sentences: `vi` and `remedy` (Vietnamese, for
    the clerk), `en` and `remedy_en` (English). Each is a format string over the keyword arguments given when raising.
    No sentence carries a file name or a person's name: people's names live in file names, and sentences reach logs.
    """

    code: ClassVar[str] = "sohoa.error"
    exit_code: ClassVar[Exit] = Exit.NEEDS_A_PERSON
    vi: ClassVar[str] = "Có lỗi chưa rõ."
    en: ClassVar[str] = "An error without a name of its own."
    remedy: ClassVar[str] = "Báo cho người quản trị kèm mã lỗi này."
    remedy_en: ClassVar[str] = "Tell the administrator this error's code."

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(f"[{self.code}] {self.en.format(**facts)}")

    def __reduce__(self) -> tuple[object, ...]:
        # Workers hand errors to their supervisor across a process border; keyword arguments do not pickle by default.
        return _rebuild, (type(self), self.facts)

    def as_dict(self) -> dict[str, str]:
        """The shape of `error` in every `--json` answer."""
        return {
            "code": self.code,
            "vi": self.vi.format(**self.facts),
            "en": self.en.format(**self.facts),
            "remedy": self.remedy.format(**self.facts),
            "remedy_en": self.remedy_en.format(**self.facts),
        }


class InOthersWords(SohoaError):
    """A refusal that somebody else has worded: `told`, the `as_dict()` of their error, is what people are told. Without it, and for
    the log, a subclass's own sentences; `why` is the other's code."""

    def as_dict(self) -> dict[str, str]:
        told = self.facts.get("told")
        return {**super().as_dict(), **cast(dict[str, str], told or {})}


def _rebuild(kind: type[SohoaError], facts: dict[str, object]) -> SohoaError:
    return kind(**facts)


def all_errors(root: type[SohoaError] = SohoaError) -> list[type[SohoaError]]:
    """Every error class that has been imported, by code; the documents and tests are made from this list."""
    found: dict[str, type[SohoaError]] = {}
    todo = list(root.__subclasses__())
    while todo:
        kind = todo.pop()
        todo.extend(kind.__subclasses__())
        if "code" in kind.__dict__:
            found[kind.code] = kind
    return [found[code] for code in sorted(found)]
