"""What counts as a word, and how words are mended."""

from __future__ import annotations

import unicodedata

import pytest

from sohoa.ocr.reading.own_text.judge import is_healthy
from sohoa.ocr.reading.own_text.mending import mended
from sohoa.ocr.reading.own_text.syllables import is_syllable

PROSE = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19/6/2015, UBND tỉnh Đắk Lắk ban hành Quyết định số 05/QĐ-UBND kèm theo."
SYLLABLES = "nghiêng quyết gì giếng khuỷu hoà hòa Đường UYÊN ưu yếu quốc thuở ngoằn xoong oách rượu quý kỹ giữa mượt ăn"
OTHERS = "Céng hßa x· héi chñ ViÖt Coäng bcd hạc̉ cách1 tàt zăng ngngh đượcc strength"


@pytest.mark.parametrize("word", SYLLABLES.split())
def test_syllables_of_the_language_are_known(word):
    assert is_syllable(word)
    assert is_syllable(unicodedata.normalize("NFC", word.upper()))


@pytest.mark.parametrize("word", OTHERS.split())
def test_other_runs_of_letters_are_not_syllables(word):
    assert not is_syllable(word)


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        PROSE.upper(),
        "The quick brown fox jumps over the lazy dog; see section 3(b) of the Agreement.",
        "1.234.567 25% 12/03/2024 05/QĐ-UBND UBND HĐND TNHH MTV",
        "C Ộ N G H Ò A " + PROSE,
    ],
)
def test_papers_are_healthy(text):
    assert is_healthy(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "... --- ///",
        "Céng hßa x· héi chñ nghÜa ViÖt Nam",
        "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam",
        "C?ng hòa xã h?i ch? ngh?a Vi?t Nam",
        "&Ӝ1* +Ñ$ ;­ +Ӝ, &+Ӫ 1*+Ƭ$ 9,ӊ7 1$0 7Kѭ WӟQJ",
        "\ue012\ue034\ue045 \ue0a2\ue012 \ue0b3\ue0c4",
        "Cộnghòaxãhộichủnghĩa ViệtNamĐộclậpTựdo Hạnhphúcthôngbáo",
    ],
)
def test_what_broken_tables_leave_is_not_healthy(text):
    assert not is_healthy(text.split())


@pytest.mark.parametrize(
    "raw, word",
    [
        ("Vie\u0323\u0302t", "Việt"),
        ("Vie\u0302\u0323t", "Việt"),
        ("ba\u0301\u0302t", "bất"),  # the tone before the circumflex, as some keyboards send it
        ("nu\u031b\u0301", "nứ"),
        ("\u00d0iều", "Điều"),
        ("\u0110iều", "Điều"),
        ("ngh\u0131", "nghi"),
        ("Q\u0110\u00adUBND", "QĐ-UBND"),
        ("Q\u0110\u2011UBND", "QĐ-UBND"),
        ("x\u200bã\ufeff", "xã"),
        ("\ufb01le", "file"),
        ("\uf0b7", "•"),
        ("\u200b", ""),
        ("“Điều”", "“Điều”"),
    ],
)
def test_words_are_mended(raw, word):
    assert mended(raw) == word
