"""The generated archive is the same archive every time, or figures of two runs could not be compared."""

from __future__ import annotations

from benchmarks.search.papers import Maker
from benchmarks.search.questions import questions


def test_a_paper_is_the_same_however_many_are_made() -> None:
    first, second = Maker(), Maker()
    whole = list(first.papers(0, 60))
    assert sum(len(paper.pages) for paper in whole) == 60
    assert second.paper(3) == whole[3]
    assert len({paper.id for paper in whole}) == len(whole)


def test_questions_are_of_words_that_the_archive_has() -> None:
    pages = [page for paper in Maker().papers(0, 300) for page in paper.pages[1:]]
    asked = questions(pages, each=2)
    assert asked == questions(pages, each=2)
    assert {"frequent 1", "rare 3 no tones", "phrase", "prefix", "frequent, a month"} <= {one.kind for one in asked}
