from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sohoa.kernel.text import fold, mask_identifier, nfc, tokens

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
vietnamese_text = st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + " 0123456789/-.,", max_size=80)


@given(vietnamese_text)
def test_folding_does_not_see_how_letters_were_composed(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(vietnamese_text)
def test_folding_keeps_the_length_so_that_offsets_carry_over(text: str) -> None:
    assert len(fold(text)) == len(nfc(text))


@given(vietnamese_text)
def test_folded_vietnamese_is_plain_ascii(text: str) -> None:
    assert fold(text).isascii()


@given(st.text(max_size=200))
def test_text_at_the_door_is_normal_once_and_for_all(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text)
    assert "\x00" not in nfc(text)


def test_a_document_number_is_three_words_to_find() -> None:
    assert tokens("Số: 05/QĐ-UBND") == ["số", "05", "qđ", "ubnd"]


def test_an_identifier_shows_only_its_ends() -> None:
    assert mask_identifier("022123451234") == "022*****1234"


@given(st.text(alphabet="0123456789", max_size=20))
def test_masking_keeps_length_and_hides_at_least_half_of_a_short_identifier(identifier: str) -> None:
    masked = mask_identifier(identifier)
    assert len(masked) == len(identifier)
    if len(identifier) <= 6:
        assert set(masked) <= {"*"}
    else:
        assert masked.count("*") >= 1
