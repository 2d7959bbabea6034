"""What the arbiter gives back."""

from __future__ import annotations

from dataclasses import dataclass

from sohoa.ocr.model import Box


@dataclass(frozen=True, slots=True)
class JudgedWord:
    """A word as decided. bbox: in pixels of the picture that was read.

    confidence: calibrated probability, 0 to 1, that the text is right as it stands.
    first_reading: what the first reader had read here; "" where it had read nothing.
    reason: "" when the text is the first reading; "evidence" when the readers alone outvote it; "model" when the language model
    decided against it; "missed" for a word that only another reader saw; "ink" where a number's comma was not as read (decimals).
    margin: share of the decision that is left for the other candidates, 0 (none) to 1.
    """

    text: str
    bbox: Box
    confidence: float
    first_reading: str
    reason: str
    margin: float

    @property
    def changed(self) -> bool:
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class JudgedLine:
    words: tuple[JudgedWord, ...]
    bbox: Box

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)
