"""Which dossier a paper belongs to: certain, suggested, disputed or unknown; never guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sohoa.storage.catalogue.matching import ATTACH, Clues, belonging
from sohoa.storage.catalogue.register import Dossier, Unit

pytestmark = pytest.mark.django_db

FIRST, SECOND, THIRD = "H99.12-260105-0001", "H99.12-260105-0002", "H99.12-260105-0003"
LY, VAN = "003163284406", "003301883911"


@pytest.fixture(autouse=True)
def register() -> None:
    unit = Unit.objects.create(pk="H99.12", name="UBND phường Đông Hải", level="commune")
    for code, owner, procedure in ((FIRST, LY, "1.004194"), (SECOND, LY, "2.000815"), (THIRD, VAN, "1.004194")):
        Dossier.objects.create(
            pk=code,
            procedure_code=procedure,
            procedure_name="Thủ tục",
            unit=unit,
            channel="direct",
            received_at=datetime(2026, 1, 5, tzinfo=UTC),
            yields_result=True,
            owner_identifier=owner,
        )


def test_without_any_clue_a_paper_belongs_nowhere() -> None:
    found = belonging(Clues())
    assert (found.code, found.score, found.suggested) == ("", 0.0, ())


@pytest.mark.parametrize(
    "clues",
    [Clues(told=FIRST), Clues(sheet=FIRST), Clues(qr=(FIRST,)), Clues(text=(FIRST,)), Clues(owner=LY, procedure="1.004194")],
    ids=["told", "sheet", "qr", "text", "owner and procedure"],
)
def test_each_clue_that_names_one_dossier_is_enough_and_is_named(clues: Clues) -> None:
    found = belonging(clues)
    assert found.code == FIRST
    assert found.score >= ATTACH
    assert len(found.reasons) == 1


def test_clues_that_agree_are_all_named() -> None:
    found = belonging(Clues(qr=(FIRST,), text=(FIRST,), owner=LY, procedure="1.004194"))
    assert found.code == FIRST
    assert found.reasons == ("qr", "text", "owner+procedure")


def test_a_code_that_was_read_but_is_not_in_the_register_is_only_suggested() -> None:
    found = belonging(Clues(text=("H99.12-260105-0099",)))
    assert found.code == ""
    assert found.suggested == ("H99.12-260105-0099",)


def test_the_owner_alone_is_a_suggestion_of_all_their_open_dossiers() -> None:
    found = belonging(Clues(owner=LY))
    assert found.code == ""
    assert set(found.suggested) == {FIRST, SECOND}


def test_two_open_dossiers_of_one_person_and_procedure_are_not_chosen_between() -> None:
    Dossier.objects.filter(pk=SECOND).update(procedure_code="1.004194")
    found = belonging(Clues(owner=LY, procedure="1.004194"))
    assert found.code == ""
    assert set(found.suggested) == {FIRST, SECOND}


def test_a_returned_dossier_takes_no_more_papers_by_its_owner() -> None:
    Dossier.objects.filter(pk=FIRST).update(returned_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert belonging(Clues(owner=LY, procedure="1.004194")).code == ""


def test_two_codes_on_one_paper_go_to_a_person() -> None:
    found = belonging(Clues(qr=(FIRST,), text=(THIRD,)))
    assert found.code == ""
    assert set(found.suggested) == {FIRST, THIRD}
    assert found.disputed


def test_what_a_person_said_stands_and_the_contradiction_is_told() -> None:
    found = belonging(Clues(told=SECOND, qr=(FIRST,)))
    assert found.code == SECOND
    assert found.disputed == (FIRST,)


def test_the_sheet_of_a_stack_stands_against_a_code_in_the_text() -> None:
    found = belonging(Clues(sheet=SECOND, text=(THIRD,)))
    assert (found.code, found.disputed) == (SECOND, (THIRD,))
