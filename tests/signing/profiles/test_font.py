from __future__ import annotations

import io
import subprocess
import unicodedata
from pathlib import Path

import cv2
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from sohoa.signing.profiles.font import LetterNotInFont, SignatureFont, SignatureFontMissing, letters_of, signature_font, tidy
from sohoa.signing.profiles.stamp import Drawing, DrawnStyle
from sohoa.signing.profiles.wording import measured
from tests.papers import TINOS
from tests.signing.profiles.papers import blank, dark, scanned, seen

VOWELS = "aăâeêioôơuưy"
TONES = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
LOWER = [unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES] + list("bcdđghklmnpqrstvxfjwz")
VIETNAMESE = LOWER + [letter.upper() for letter in LOWER] + list("0123456789.,:;/-+()&'«»–")


@pytest.fixture(scope="module")
def font() -> SignatureFont:
    return signature_font()


def drawn(tmp_path: Path, lines: list[str], size: float, font: SignatureFont) -> Path:
    """The lines at (40, 40) from the top left of a page, through the product's own stamp."""
    paper = scanned(tmp_path / "blank.pdf", blank((560, 700)))
    text = measured(tuple((line,) for line in lines), size=size, font=font)
    drawing = Drawing(text.width, text.height, text, (0.0, text.height))
    target = tmp_path / "drawn.pdf"
    with paper.open("rb") as handle, target.open("wb") as out:
        writer = IncrementalPdfFileWriter(handle)
        style = DrawnStyle(drawing=drawing, font=font)
        style.create_stamp(writer, None, {}).apply(0, 40, round(700 - 40 - text.height))
        writer.write(out)
    return target


def test_every_vietnamese_letter_looks_as_in_the_system_font(tmp_path: Path, font: SignatureFont) -> None:
    """Drawn twice, by poppler from our font and by FreeType from Tinos itself: a blank, a wrong letter or a spread line differs."""
    size, zoom, each = 16.0, 5, 20
    rows: list[list[str]] = []
    for start in range(0, len(VIETNAMESE), each):
        rows += [VIETNAMESE[start : start + each], []]  # a line between, so that no mark reaches into the neighbour's place
    page = seen(drawn(tmp_path, [" ".join(row) for row in rows], size, font), dpi=72 * zoom)
    ours = dark(page.pixels)
    tinos = ImageFont.truetype(TINOS, size * zoom, layout_engine=ImageFont.Layout.BASIC)
    top = 700 - 40 - round(700 - 40 - 1.15 * size * len(rows)) - 1.15 * size * len(rows) + 40
    wrong: list[str] = []
    for number, row in enumerate(rows):
        x = 40.0
        baseline = top + 1.15 * size * number + (1.15 * size + font.cap_height * size / 1000) / 2
        for letter in row:
            advance = font.glyph(letter).advance * size / 1000
            picture = Image.new("L", ours.shape[::-1], 255)
            ImageDraw.Draw(picture).text((x * zoom, baseline * zoom), letter, font=tinos, fill=0, anchor="ls")
            theirs = np.asarray(picture) < 140
            box = (
                slice(round((baseline - size * 0.98) * zoom), round((baseline + size * 0.28) * zoom)),
                slice(round((x - 0.9) * zoom), round((x + advance + 0.9) * zoom)),
            )
            if not _same(ours[box], theirs[box]):
                wrong.append(letter)
            x += advance + font.glyph(" ").advance * size / 1000
    assert wrong == []


def _same(one, other) -> bool:
    """All ink of each within a dot and a half of ink of the other."""
    near = np.ones((5, 5), np.uint8)
    grown = [cv2.dilate(picture.astype(np.uint8), near) > 0 for picture in (one, other)]
    return bool(other.any()) and not (one & ~grown[1]).any() and not (other & ~grown[0]).any()


def test_lines_are_as_wide_as_times_is(font: SignatureFont) -> None:
    tinos = ImageFont.truetype(TINOS, 2048, layout_engine=ImageFont.Layout.BASIC)
    for letter in VIETNAMESE:
        assert font.width(letter, 10) == pytest.approx(tinos.getlength(letter) / 2048 * 10, abs=0.006)


def test_the_program_is_a_font_that_other_programs_read(font: SignatureFont) -> None:
    program = font.program(VIETNAMESE)
    assert len(program) < 60_000
    read = TTFont(io.BytesIO(program), checkChecksums=2)
    assert read["head"].unitsPerEm == 1000
    assert read["maxp"].numGlyphs == len(VIETNAMESE) + 1
    glyphs = read["glyf"]
    for number, letter in enumerate(VIETNAMESE, 1):
        name = read.getGlyphName(number)
        assert read["hmtx"][name][0] == font.glyph(letter).advance
        assert glyphs[name].numberOfContours > 0
        assert not glyphs[name].isComposite()
    ImageFont.truetype(io.BytesIO(program), 20)  # FreeType takes it too


def test_a_short_text_brings_a_small_font(font: SignatureFont) -> None:
    program = font.program(dict.fromkeys("SAO Y Ủy ban nhân dân xã Ba Vinh 2026-03-05T09:30:00+07:00"))
    assert len(program) < 9_000


@pytest.mark.parametrize(
    ("text", "named"), [("王小明", "U+738B"), ("Nguyễn 😀", "U+1F600"), ("a\ue000", "U+E000"), ("\u0301a", "U+0301")]
)
def test_a_letter_that_the_font_lacks_is_refused_and_named(font: SignatureFont, text: str, named: str) -> None:
    with pytest.raises(LetterNotInFont) as refused:
        font.must_have(text)
    assert named in refused.value.as_dict()["vi"]
    assert "Nguyễn" not in str(refused.value)


def test_composed_and_decomposed_names_are_the_same_line() -> None:
    name = "Nguyễn Thị Hường"
    assert tidy(unicodedata.normalize("NFD", name)) == tidy(name) == name
    assert tidy(" Nguyễn\u00a0\tThị\n\u200bMẫu\x00 ") == "Nguyễn Thị Mẫu"


def test_marks_that_no_single_letter_holds_are_drawn_over_their_letter(tmp_path: Path, font: SignatureFont) -> None:
    """Names in the languages of the Central Highlands: ơ̆, ê̆, č."""
    assert letters_of("Y Ơ̆m ê̆ č") == ["Y", " ", "Ơ̆", "m", " ", "ê̆", " ", "č"]
    plain, marked = font.glyph("Ơ"), font.glyph("Ơ̆")
    assert marked.advance == plain.advance
    assert marked.bounds[3] > plain.bounds[3] + 60
    path = drawn(tmp_path, ["Y Ơ̆m Ê-ban"], 30, font)
    with_mark = dark(seen(path).pixels).sum()
    (tmp_path / "second").mkdir()
    assert with_mark > dark(seen(drawn(tmp_path / "second", ["Y Ơm Ê-ban"], 30, font)).pixels).sum() + 50
    said = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    assert unicodedata.normalize("NFC", said).strip() == "Y Ơ̆m Ê-ban"


def test_a_font_file_that_is_none_is_a_clear_error(tmp_path: Path) -> None:
    for content in (b"", b"not a font", Path(TINOS).read_bytes()[:3000]):
        path = tmp_path / "font.ttf"
        path.write_bytes(content)
        with pytest.raises(SignatureFontMissing):
            SignatureFont(path)
    with pytest.raises(SignatureFontMissing):
        SignatureFont(tmp_path / "nothing.ttf")
