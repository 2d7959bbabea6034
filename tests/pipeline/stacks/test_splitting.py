"""Stacks without a picture: what becomes of sheets that are lost, unread, strange or laid wrongly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.kernel.verdicts import Outcome
from sohoa.ocr.understanding.separators import FirstPage
from sohoa.pipeline.stacks.collating import collate
from sohoa.pipeline.stacks.errors import SidesDiffer
from sohoa.pipeline.stacks.marks import Mark, Place
from sohoa.pipeline.stacks.model import Doubt, PageFacts, Stack
from sohoa.pipeline.stacks.planning import Wanted, planned
from sohoa.pipeline.stacks.reporting import as_dict, sentences
from sohoa.pipeline.stacks.splitting import split, worth_reading
from tests.pipeline.stacks.scanned import DOSSIER, facts, run

P = "paper"
ONE, TWO, THREE, FOUR = (sheet.mark for sheet in run(1, 4))


def laid(*pages: Mark | str, two_sided: bool | None = None) -> Stack:
    return split(facts(*pages), two_sided=two_sided)


def pages_of(stack: Stack) -> list[tuple[int, ...]]:
    return [document.pages for document in stack.documents]


def test_a_whole_stack_is_certain():
    stack = laid(ONE, P, P, TWO, P, THREE, P, FOUR, P)
    assert pages_of(stack) == [(2, 3), (5,), (7,), (9,)]
    assert [document.place for document in stack.documents] == [Place(DOSSIER.format(1), number) for number in (1, 2, 3, 4)]
    assert stack.certain
    assert stack.removed == (1, 4, 6, 8)


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_any_one_lost_sheet_is_named(lost: int):
    marks = [mark for number, mark in enumerate((ONE, TWO, THREE, FOUR), 1) if number != lost]
    stack = laid(*(page for mark in marks for page in (mark, P, P)))
    (missing,) = stack.reconciliation.missing
    assert (missing.index, missing.place) == (lost, Place(DOSSIER.format(1), lost))
    assert not stack.certain


def test_two_lost_sheets_in_a_row_are_named_where_components_count_on():
    stack = laid(ONE, P, P, P, FOUR, P)
    assert [missing.place for missing in stack.reconciliation.missing] == [Place(DOSSIER.format(1), 2), Place(DOSSIER.format(1), 3)]
    assert stack.documents[0].doubts == (Doubt.SHEET_MISSING,)
    assert stack.documents[1].doubts == ()


def test_a_lost_sheet_of_another_dossier_is_named_by_the_one_before_it():
    marks = [sheet.mark for sheet in planned([Wanted(Place("H1", 3)), Wanted(Place("H2")), Wanted(Place("H3", 9))])]
    assert laid(marks[0], P, marks[2], P).reconciliation.missing[0].place == Place("H2")


def first(number: int, evidence: float) -> PageFacts:
    return PageFacts(number, first=FirstPage(evidence, ()))


def test_papers_of_a_lost_sheet_are_parted_at_the_only_plain_first_page():
    pages = list(facts(ONE, P, P, P, P, THREE, P, FOUR, P))
    pages[3] = first(4, 0.97)
    stack = split(pages)
    assert pages_of(stack) == [(2, 3), (4, 5), (7,), (9,)]
    assert stack.documents[1].place == Place(DOSSIER.format(1), 2)
    assert [document.doubts for document in stack.documents[:2]] == [(Doubt.SHEET_MISSING,)] * 2


def test_papers_of_a_lost_sheet_stay_together_where_two_first_pages_offer_themselves():
    pages = list(facts(ONE, P, P, P, P, THREE, P, FOUR, P))
    pages[2], pages[3] = first(3, 0.97), first(4, 0.97)
    stack = split(pages)
    assert pages_of(stack)[0] == (2, 3, 4, 5)
    assert stack.documents[0].may_begin == (3, 4)


def test_an_unread_sheet_between_its_neighbours_is_named_by_them_and_doubted():
    stack = laid(ONE, P, "?", P, THREE, P, FOUR, P)
    assert stack.reconciliation.missing == ()
    assert stack.documents[1].place == Place(DOSSIER.format(1), 2)
    assert stack.documents[1].doubts == (Doubt.SHEET_UNREAD,)
    assert not stack.certain


def test_an_unread_sheet_that_may_be_either_of_two_is_not_named():
    stack = laid(ONE, P, "?", P, FOUR, P)
    assert stack.documents[1].place is None
    assert stack.reconciliation.unread == (3,)
    assert [missing.index for missing in stack.reconciliation.missing] == [2, 3]


def test_a_sheet_seen_twice_leaves_both_its_documents_in_doubt():
    stack = laid(ONE, P, TWO, P, TWO, P, THREE, P, FOUR, P)
    assert stack.reconciliation.twice == (5,)
    assert [document.doubts for document in stack.documents] == [(), (Doubt.SHEET_TWICE,), (Doubt.SHEET_TWICE,), (), ()]


def test_two_runs_printed_for_one_dossier_are_noticed():
    again = planned([Wanted(Place(DOSSIER.format(1), 2))])[0].mark
    stack = laid(ONE, P, TWO, P, again, P, THREE, P, FOUR, P)
    assert stack.reconciliation.twice == (5,)
    assert Doubt.SHEET_TWICE in stack.documents[1].doubts


def test_pages_before_the_first_sheet_belong_to_nobody():
    stack = laid(P, P, ONE, P, TWO, P, THREE, P, FOUR, P)
    assert stack.reconciliation.before_first == (1, 2)
    assert (stack.documents[0].place, stack.documents[0].doubts) == (None, (Doubt.BEFORE_FIRST_SHEET,))


def test_a_sheet_of_a_foreign_batch_is_told():
    header, mine = (sheet.mark for sheet in run(1, 1, batch="LO-1"))
    foreign = planned([Wanted(Place("H9", 1))], batch="LO-2")[1].mark
    stack = laid(header, mine, P, foreign, P)
    assert stack.reconciliation.foreign == (4,)
    assert Doubt.FOREIGN_BATCH in stack.documents[1].doubts
    assert stack.documents[0].doubts == ()


def test_sheets_laid_in_another_order_are_believed_but_told():
    stack = laid(ONE, P, THREE, P, TWO, P, FOUR, P)
    assert stack.reconciliation.out_of_order == (5,)
    assert [document.place and document.place.component for document in stack.documents] == [1, 3, 2, 4]


def test_where_a_lost_sheets_papers_may_be_anywhere_no_document_of_the_run_is_certain():
    stack = laid(ONE, P, FOUR, P, THREE, P)
    assert stack.reconciliation.missing[0].pages is None
    assert all(Doubt.SHEET_MISSING in document.doubts for document in stack.documents)


def test_a_sheet_without_papers_is_told():
    assert laid(ONE, TWO, P, THREE, P, FOUR, P).reconciliation.without_pages == (1,)


def test_a_blank_back_leaves_with_its_sheet_and_a_papers_blank_back_stays():
    stack = laid(ONE, "_", P, "_", TWO, "_", P, P, THREE, "_", P, "_", FOUR, "_", P, "_", two_sided=True)
    assert stack.removed == (1, 2, 5, 6, 9, 10, 13, 14)
    assert pages_of(stack) == [(3, 4), (7, 8), (11, 12), (15, 16)]
    assert stack.certain


def test_a_sheet_fed_face_down_takes_the_blank_side_before_it():
    stack = laid(ONE, "_", P, "_", "_", TWO, P, P, THREE, "_", P, P, FOUR, "_", P, P, two_sided=True)
    assert stack.removed[2:4] == (5, 6)
    assert pages_of(stack)[0] == (3, 4)


def test_both_printed_sides_of_a_sheet_are_one_sheet():
    stack = laid(*(page for mark in (ONE, TWO, THREE, FOUR) for page in (mark, replace(mark, side="back"), P, P)), two_sided=True)
    assert stack.certain
    assert len(stack.sheets) == 4


def test_print_on_the_back_of_a_sheet_shows_that_the_passes_slipped():
    stack = laid(ONE, P, P, P, TWO, "_", P, P, THREE, "_", P, P, FOUR, "_", P, P, two_sided=True)
    assert stack.documents[0].doubts == (Doubt.SHEET_BACK_PRINTED,)
    assert stack.documents[0].pages == (2, 3, 4)


@pytest.mark.parametrize(
    ("expected", "two_sided", "outcome"),
    [
        (3, None, Outcome.OK),
        (3, False, Outcome.OK),
        (4, False, Outcome.FAILED),
        (2, None, Outcome.UNDETERMINED),
        (5, None, Outcome.FAILED),
    ],
)
def test_the_count_by_hand_is_held_against_the_pages(expected: int, two_sided: bool | None, outcome: Outcome):
    header, one = (sheet.mark for sheet in run(1, 1, batch="LO-1", expected=expected))
    stack = laid(header, one, P, P, P, two_sided=two_sided)
    assert stack.reconciliation.counted[0].verdict.outcome is outcome
    assert stack.certain == (outcome is Outcome.OK)


def test_a_lost_batch_header_is_told():
    stack = laid(run(1, 1, batch="LO-1")[1].mark, P)
    assert stack.reconciliation.runs[0].header_missing
    assert not stack.certain


def test_a_stack_without_sheets_is_split_by_first_pages_and_every_document_doubted():
    pages = [first(1, 0.9), first(2, 0.1), first(3, 0.99), first(4, 0.6), first(5, 0.3), PageFacts(6, blank=True), PageFacts(7)]
    stack = split(pages)
    assert pages_of(stack) == [(1, 2), (3,), (4, 5, 6, 7)]
    assert stack.documents[0].doubts == (Doubt.NO_SHEETS,)
    assert stack.documents[2].doubts == (Doubt.NO_SHEETS, Doubt.FIRST_PAGE_UNSURE, Doubt.PAGE_UNREAD)
    assert stack.documents[2].may_begin == (4, 5)
    assert all(document.place is None for document in stack.documents)


def test_only_what_may_help_is_worth_reading():
    assert worth_reading(facts(ONE, P, TWO, P, THREE, P, FOUR, P)) == ()
    assert worth_reading(facts(ONE, P, P, THREE, P, FOUR, P)) == (2, 3)
    assert worth_reading(facts(ONE, P, "?", P, THREE, P, FOUR, P)) == (3,)
    assert worth_reading(facts(P, "_", P)) == (1, 3)


def test_no_pages_at_all_are_no_documents():
    assert split(()).documents == ()


MARKS = [sheet.mark for sheet in (*run(2, 3, batch="LO-1", expected=9), *run(1, 4))]
ANY_PAGE = st.one_of(
    st.sampled_from(MARKS), st.sampled_from([replace(mark, side="back") for mark in MARKS]), st.sampled_from([P, P, P, "_", "?"])
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ANY_PAGE, max_size=30), st.sampled_from([None, True, False]), st.data())
def test_every_page_is_in_one_document_or_is_a_sheet_or_its_back(pages, two_sided, data):
    looked_at = list(facts(*pages))
    for at, page in enumerate(looked_at):
        if pages[at] == P and data.draw(st.booleans()):
            looked_at[at] = replace(page, first=FirstPage(data.draw(st.sampled_from([0.01, 0.5, 0.99])), ()))
    stack = split(looked_at, two_sided=two_sided)
    everywhere = sorted([*(page for document in stack.documents for page in document.pages), *stack.removed])
    assert everywhere == list(range(1, len(pages) + 1))
    assert all(list(document.pages) == sorted(document.pages) and document.pages for document in stack.documents)
    removed_papers = [page for page in stack.removed if pages[page - 1] == P]
    assert removed_papers == []
    assert as_dict(stack, ())["pages"] == len(pages)
    assert sentences(stack)


@given(st.lists(st.integers()))
def test_two_passes_are_collated_sheet_by_sheet(fronts):
    backs = [("back", at) for at in range(len(fronts))]
    collated = collate([("front", at) for at in range(len(fronts))], backs[::-1])
    assert collated == tuple(side for at in range(len(fronts)) for side in (("front", at), ("back", at)))


def test_passes_of_different_length_are_not_guessed_at():
    with pytest.raises(SidesDiffer) as refused:
        collate([1, 2, 3], [4, 5])
    assert refused.value.facts == {"fronts": 3, "backs": 2}
