"""What a word looks like to the index: as written, folded, or with what a reader of print confuses made one.

Each form has a letter in front, so that all share one vocabulary: `x` exact, `f` folded, `s` similar, `b` two neighbours, `k` a
fact about the record. A lexeme has letters, digits and `_` only, so no database's parser or query language finds anything in it.
Positions are not kept: pairs of neighbours tell a phrase from words that merely share a page, and they keep common syllables
("ủy" and "ban" are on every page) from being compared place by place.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Iterable

from sohoa.kernel.text import fold, tokens

# Raised whenever the same text would give other lexemes: a page indexed under an older number is indexed again by `reindex`.
FORM = 1
LONGEST_WORD = 64  # letters; what runs on without a space is noise, and PostgreSQL takes lexemes of 2 kB at most
# A dense A4 page has 900 words. Past this it is no page, and PostgreSQL takes 1 MiB of lexemes for one row.
MOST_WORDS = 20_000
MOST_BYTES = 700_000

# Letters after folding. Of each group the one that Vietnamese print has most of stands for all, so that few words change. Of a thousand
# words that Tesseract misread on blurred pages 62 % had only other tones, which folding hears already. What readers take for each
# other most among the rest, h and b, is left apart: "hình" would be found with every "bình".
_ONE_LETTER = str.maketrans({"l": "i", "1": "i", "0": "o", "ø": "o", "5": "s", "8": "b", "9": "g", "q": "g", "ð": "d"})
_TWO_LETTERS = (("rn", "m"), ("vv", "w"), ("ci", "d"))


@functools.lru_cache(maxsize=100_000)
def folded(word: str) -> str:
    return fold(word)


@functools.lru_cache(maxsize=100_000)
def similar(word: str) -> str:
    """A word with what a reader of print takes for each other made one letter: `rn` m, `vv` w, `cl` d; l 1 i, 0 ø o, 5 s, 8 b, 9 q g, ð d."""
    last, now = "", folded(word).translate(_ONE_LETTER)
    while last != now:
        last = now
        for several, one in _TWO_LETTERS:
            now = now.replace(several, one)
    return now


def words_of(text: str) -> list[str]:
    """The words of a text in their order, each cut to LONGEST_WORD letters."""
    return [word[:LONGEST_WORD] for word in tokens(text)]


def exact_lexeme(word: str) -> str:
    return "x" + word


def folded_lexeme(word: str) -> str:
    return "f" + folded(word)


def similar_lexemes(word: str) -> tuple[str, ...]:
    """Where a word of the similar form may stand: under its own letter, or, if folding alone gives it, under that of folding."""
    alike = similar(word)
    return "s" + alike, "f" + alike


def pair_lexeme(left: str, right: str) -> str:
    """Two neighbours in the form that serves all tiers: who asks for tones asks for the words with their tones as well."""
    return f"b{similar(left)}_{similar(right)}"


def fact_lexeme(kind: str, value: str) -> str:
    """kind: one letter. Values are codes of any letters, so their hash stands for them; case does not count."""
    encoded = value.casefold().encode(errors="surrogatepass")
    return f"k{kind}{hashlib.blake2s(encoded, digest_size=8).hexdigest()}"


def lexemes(text: str, facts: Iterable[str]) -> list[str]:
    """Every lexeme of a page, once, the same list for the same page. facts: lexemes already. Raises nothing, whatever the text."""
    words = words_of(text)[:MOST_WORDS]
    found = dict.fromkeys(facts)
    for word in dict.fromkeys(words):
        found["x" + word] = None
        found["f" + folded(word)] = None
        if similar(word) != folded(word):
            found["s" + similar(word)] = None
    alike = [similar(word) for word in words]
    found |= dict.fromkeys(f"b{left}_{right}" for left, right in itertools.pairwise(alike))
    return list(found) if len(words) < 2000 else _bounded(found)


def _bounded(found: Iterable[str]) -> list[str]:
    kept: list[str] = []
    room = MOST_BYTES
    for lexeme in found:
        room -= len(lexeme.encode()) + 8  # PostgreSQL's own bookkeeping for each
        if room < 0:
            break
        kept.append(lexeme)
    return kept


def digest_of(text: str) -> int:
    """63 bits that tell two texts apart, and two ways of making lexemes from them."""
    return int.from_bytes(hashlib.blake2b(f"{FORM}\n{text}".encode(errors="surrogatepass"), digest_size=8).digest()) >> 1
