"""What a person typed, understood: words, `"phrases"`, `prefix*`, numbers of papers. Nothing else is a language here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from sohoa.storage.search.expressions import Expression, Lexeme, all_of, any_of
from sohoa.storage.search.forms import (
    LONGEST_WORD,
    exact_lexeme,
    folded,
    folded_lexeme,
    pair_lexeme,
    similar,
    similar_lexemes,
    words_of,
)

EXACT, FOLDED, SIMILAR = "exact", "folded", "similar"
TIERS = (EXACT, FOLDED, SIMILAR)
# Nobody types more; who pastes a page is answered for its beginning, and told so.
MOST_LETTERS = 1000
MOST_WORDS = 32
# One letter is the beginning of too much to be worth its cost.
SHORTEST_PREFIX = 2

_FORMS: dict[str, Callable[[str], str]] = {EXACT: str, FOLDED: folded, SIMILAR: similar}
_PIECE = re.compile(r'"([^"]*)"?|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand side by side; a word alone is a phrase of one. prefix: the last may go on."""

    words: tuple[str, ...]
    prefix: bool = False

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The neighbours of which the index keeps pairs: a word that goes on has none."""
        whole = self.words[:-1] if self.prefix else self.words
        return tuple(pairwise(whole))


@dataclass(frozen=True, slots=True)
class Asked:
    """phrases: a page must have each. cut: there was more than is looked for."""

    phrases: tuple[Phrase, ...]
    cut: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for phrase in self.phrases for word in phrase.words)

    @property
    def neighbours(self) -> tuple[tuple[str, str], ...]:
        """Pairs of words as they follow each other in the question, its phrases' ends too."""
        words = [word for phrase in self.phrases for word in (phrase.words[:-1] if phrase.prefix else phrase.words)]
        return tuple(pairwise(words))

    @property
    def prefixes(self) -> tuple[str, ...]:
        return tuple(phrase.words[-1] for phrase in self.phrases if phrase.prefix)

    @property
    def held_together(self) -> tuple[Phrase, ...]:
        """Phrases that the index alone cannot promise, so the page's text is asked as well."""
        return tuple(phrase for phrase in self.phrases if len(phrase.words) > 1)


def asked_for(query: str) -> Asked:
    """Never raises. A piece without spaces that holds several words (`05/QĐ-UBND`, a dossier's code) is a phrase."""
    phrases: list[Phrase] = []
    left = MOST_WORDS
    pieces = list(_PIECE.finditer(query[:MOST_LETTERS]))
    cut = len(query) > MOST_LETTERS
    for piece in pieces:
        said = piece[1] if piece[1] is not None else piece[2]
        words = words_of(said)
        cut = cut or len(words) > left
        words = words[:left]
        left -= len(words)
        if words:
            phrases.append(Phrase(tuple(words), prefix=said.endswith("*") and len(words[-1]) >= SHORTEST_PREFIX))
    return Asked(tuple(dict.fromkeys(phrases)), cut)


class Listener:
    """Hears the words asked for in the words of a page, as a tier does. Each tier hears all that the one before it hears."""

    def __init__(self, asked: Asked, tier: str) -> None:
        self._tier = tier
        self._form = _FORMS[tier]
        self._words = {self._form(word) for word in asked.words if word not in asked.prefixes}
        self._begins = tuple(begin for word in asked.prefixes for begin in self._beginnings(word))
        self._phrases = [
            (tuple(self._form(word) for word in phrase.words), self._beginnings(phrase.words[-1]) if phrase.prefix else ())
            for phrase in asked.held_together
        ]

    def hears(self, written: str) -> bool:
        """written: a word, lower case, cut as the index cuts it."""
        formed = self._form(written)
        return formed in self._words or (bool(self._begins) and self._begin(written, formed, self._begins))

    def hears_phrases(self, written: list[str]) -> bool:
        """Whether the words of a page hold every phrase, its words side by side."""
        formed = [self._form(word) for word in written]
        return all(self._stands(words, begins, written, formed) for words, begins in self._phrases)

    def _stands(self, words: tuple[str, ...], begins: tuple[str, ...], written: list[str], formed: list[str]) -> bool:
        whole = words[:-1] if begins else words
        for at in range(len(formed) - len(words) + 1):
            if formed[at] == whole[0] and tuple(formed[at : at + len(whole)]) == whole:
                last = at + len(words) - 1
                if not begins or self._begin(written[last], formed[last], begins):
                    return True
        return False

    def _beginnings(self, word: str) -> tuple[str, ...]:
        # What is confused may lie across the end of a prefix, so there the tiers do not contain each other by themselves.
        return (similar(word), folded(word)) if self._tier == SIMILAR else (self._form(word),)

    def _begin(self, written: str, formed: str, begins: tuple[str, ...]) -> bool:
        return formed.startswith(begins[0]) or (self._tier == SIMILAR and folded(written).startswith(begins))


def expression(asked: Asked, tier: str, begins: dict[str, tuple[str, ...]]) -> Expression:
    """What a page must have for this tier. begins: for a prefix lexeme the lexemes that begin so, where they are few."""
    parts: list[Expression] = []
    for phrase in asked.phrases:
        parts += [Lexeme(pair_lexeme(*pair)) for pair in phrase.pairs]
        # A pair is kept in the form of the last tier, so there it says all that its words would say, and is much rarer than they are.
        implied = tier == SIMILAR and phrase.pairs
        whole = phrase.words[:-1] if phrase.prefix else phrase.words
        parts += [] if implied else [_word(word, tier) for word in whole]
        if phrase.prefix:
            parts.append(_beginning_with(phrase.words[-1], tier, begins))
    return all_of(list(dict.fromkeys(parts)))


def _word(word: str, tier: str) -> Expression:
    if tier == EXACT:
        return Lexeme(exact_lexeme(word))
    if tier == FOLDED:
        return Lexeme(folded_lexeme(word))
    return any_of(list(dict.fromkeys(Lexeme(alike) for alike in similar_lexemes(word))))


def prefix_lexemes(word: str, tier: str) -> tuple[str, ...]:
    if tier == EXACT:
        return (exact_lexeme(word),)
    return (folded_lexeme(word),) if tier == FOLDED else tuple(dict.fromkeys((*similar_lexemes(word), folded_lexeme(word))))


def _beginning_with(word: str, tier: str, begins: dict[str, tuple[str, ...]]) -> Expression:
    parts: list[Expression] = []
    for start in prefix_lexemes(word[:LONGEST_WORD], tier):
        parts += [Lexeme(lexeme) for lexeme in begins[start]] if start in begins else [Lexeme(start, prefix=True)]
    return any_of(parts) if parts else Lexeme("x_nothing")


def side_by_side(asked: Asked) -> Expression | None:
    """All words of the question in its order, as neighbours; None where there is but one word."""
    pairs = list(dict.fromkeys(Lexeme(pair_lexeme(*pair)) for pair in asked.neighbours))
    return all_of(pairs) if pairs else None
