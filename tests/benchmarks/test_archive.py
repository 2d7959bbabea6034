"""The generated office is the same for the same seed and like a real one; its benchmarks run on a handful of papers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from benchmarks.archive import rebuilding, writing
from benchmarks.archive.answers import questions
from benchmarks.archive.office import Office
from sohoa.storage.alto import page_texts
from sohoa.storage.register_import import weigh
from tests.conformance import alto


def files_of(office: Office, number: int) -> dict[str, str]:
    return {file.role: hashlib.sha256(file.content).hexdigest() for file in office.paper(number).files}


def test_a_paper_is_the_same_for_its_number_and_seed_and_another_for_another() -> None:
    assert files_of(Office(40), 7) == files_of(Office(40), 7)
    assert files_of(Office(40), 7) != files_of(Office(40, seed=2), 7)
    assert len({Office(400).paper(number).sha256 for number in range(400)}) == 400


def test_the_text_of_a_paper_is_valid_alto_and_says_what_its_pages_say() -> None:
    paper = Office(40).paper(12)
    (text,) = (file.content for file in paper.files if file.role == "text")
    assert alto.complaints(text.decode()) == []
    assert [said for _, said in page_texts([text])] == list(paper.pages)


def test_every_dossier_gets_three_components_and_then_its_result() -> None:
    office, given = Office(400), dict[int, list[int]]()
    for number in range(400):
        dossier, part = office.place(number)
        given.setdefault(dossier, []).append(part)
    assert given == {dossier: [0, 1, 2, 3] for dossier in range(office.dossiers)}


@pytest.mark.django_db
def test_the_register_takes_every_dossier_of_the_office_but_the_few_that_are_never_told(tmp_path: Path) -> None:
    office = Office(400)
    outcome = weigh(office.register(tmp_path / "register.csv", 0, office.dossiers, ended=True))
    assert outcome.refused == [] and outcome.created == sum(dossier % 19 != 7 for dossier in range(office.dossiers))


def test_thirty_different_questions_are_asked() -> None:
    asked = questions(Office(400))
    assert len(asked) == 30 == len(set(asked))


def test_a_small_archive_comes_back_from_its_bucket_to_the_byte() -> None:
    found = rebuilding.shown(24)
    (again,) = found.again
    assert again.identical, found.as_dict()
    assert again.made["replayed"] >= 24 and again.rows > 24 * 8
    assert all(size > 100 for size in found.answer_bytes.values())


def test_bare_puts_write_the_objects_that_archiving_wrote() -> None:
    told = writing.measured(6, writers=2, block=3)
    assert len(told["ratios"]) == 2 and all(ratio > 0 for ratio in told["ratios"])
    assert told["asked"]["PUT"] == pytest.approx(told["objects"])
    assert told["asked"]["GET"] >= told["objects"] - 3, "what counts was read back"
