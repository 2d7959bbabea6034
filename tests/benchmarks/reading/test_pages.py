"""What the candidates read: always the same for a seed, and in part set in type that the product never met."""

from __future__ import annotations

import numpy as np

from benchmarks.reading.unseen import ANSWERS_TO, other_fonts, unseen_page
from sohoa.pipeline.sources.sampleoffice import fonts, make_paper


def test_the_same_seed_gives_the_same_page_and_another_seed_another_one() -> None:
    first, again, other = (unseen_page("QĐ", seed, dpi=100, last=False) for seed in (3, 3, 4))
    assert first == again
    assert first.text != other.text


def test_other_fonts_answer_only_while_they_are_asked_for() -> None:
    before = fonts.FACES["tinos-regular"], fonts.width_of("Nghị định", "tinos-regular", 13)
    with other_fonts():
        inside = fonts.FACES["tinos-regular"], fonts.width_of("Nghị định", "tinos-regular", 13)
    after = fonts.FACES["tinos-regular"], fonts.width_of("Nghị định", "tinos-regular", 13)
    assert before == after
    assert before[0] != inside[0]
    assert before[1] != inside[1]


def test_a_paper_of_the_office_is_not_changed_by_an_unseen_page_made_before_it() -> None:
    before = make_paper("QĐ", 8, dpi=200).pages[0].jpeg
    unseen_page("QĐ", 8, dpi=100, last=False)
    assert make_paper("QĐ", 8, dpi=200).pages[0].jpeg == before


def test_the_other_fonts_print_every_vietnamese_letter() -> None:
    """A missing letter would be an empty box, the same for all that are missing."""
    letters = "ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
    with other_fonts():
        for family in ANSWERS_TO:
            face = fonts.font(f"{family}-regular", 40.0)
            pictures = {bytes(np.asarray(face.getmask(letter, mode="L"))) for letter in letters + letters.upper()}
            assert len(pictures) == 2 * len(letters)
