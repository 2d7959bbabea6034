"""No letter may come out as a box: two of Debian's most Times-like fonts lack 90 Vietnamese letters."""

import unicodedata

import pytest
from fontTools.ttLib import TTFont

from sohoa.pipeline.sources.sampleoffice import KINDS
from sohoa.pipeline.sources.sampleoffice.chance import dice
from sohoa.pipeline.sources.sampleoffice.fonts import FACES, HAND_FACES, PRINT_FACES, SampleFontMissing, font
from sohoa.pipeline.sources.sampleoffice.kinds import BY_CODE
from sohoa.pipeline.sources.sampleoffice.kinds.story import telling

TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
LOWER = [unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in TONES]
MARKED = [letter for letter in (*LOWER, "đ") if not letter.isascii()]
ALPHABET = (*MARKED, *(letter.upper() for letter in MARKED))


def raster(face: str, letter: str) -> bytes:
    mask = font(face, 64).getmask(letter)
    return bytes(str(mask.size), "ascii") + bytes(mask)


def test_the_vietnamese_alphabet_has_134_marked_letters():
    assert len(set(ALPHABET)) == 134


@pytest.mark.parametrize("face", sorted(PRINT_FACES))
def test_every_vietnamese_letter_prints_as_itself(face):
    box = raster(face, "\U0010fffd")  # a private character that no font has
    printed = {letter: raster(face, letter) for letter in ALPHABET}
    assert not [letter for letter in ALPHABET if printed[letter] == box]
    assert len(set(printed.values())) == len(ALPHABET), "two letters look the same: a mark is lost"


@pytest.mark.parametrize("face", sorted(PRINT_FACES))
def test_no_letter_prints_without_its_marks(face):
    bare = {letter: raster(face, unicodedata.normalize("NFD", letter)[0]) for letter in ALPHABET if letter not in "đĐ"}
    assert not [letter for letter, shape in bare.items() if shape == raster(face, letter)]


def test_every_character_on_a_paper_is_in_the_face_that_prints_it():
    known = {face: set(TTFont(path).getBestCmap()) for face, path in FACES.items()}
    missing = set()
    for kind in KINDS:
        for seed in range(12):
            rng = dice("characters", kind, seed)
            for sheet in BY_CODE[kind](rng, telling(rng)).sheets:
                for piece in (piece for line in sheet.lines for word in line.words for piece in word.pieces):
                    missing |= {(piece.run.face, letter) for letter in piece.run.text if ord(letter) not in known[piece.run.face]}
    assert not missing


def test_the_pen_writes_only_digits():
    written = set()
    for seed in range(30):
        rng = dice("pen", seed)
        for sheet in BY_CODE["QĐ"](rng, telling(rng)).sheets:
            pieces = [piece for line in sheet.lines for word in line.words for piece in word.pieces]
            written |= {letter for piece in pieces if piece.run.face in HAND_FACES for letter in piece.run.text}
    assert written and written <= set("0123456789")


def test_a_missing_font_is_named_with_a_way_out(monkeypatch, tmp_path):
    monkeypatch.setitem(FACES, "tinos-lost", tmp_path / "lost.ttf")
    with pytest.raises(SampleFontMissing) as caught:
        font("tinos-lost", 20)
    assert caught.value.as_dict()["code"] == "pipeline.sample_font_missing"
    assert "tinos-lost" in caught.value.as_dict()["vi"]
