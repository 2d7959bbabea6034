"""Papers judged by hand-made verdicts: the figures must say what a person counting on fingers would say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.understanding import layouts
from benchmarks.understanding.commands import main
from benchmarks.understanding.costing import measure_cost
from benchmarks.understanding.drawing import curves_svg
from benchmarks.understanding.figures import Run
from benchmarks.understanding.judging import JudgedPaper, judged, outcome_of, same
from benchmarks.understanding.papers import KnownPaper, known_papers
from benchmarks.understanding.real import labels
from benchmarks.understanding.risk import Share, curve
from benchmarks.understanding.shelf import Shelf
from benchmarks.watching import RunFailed
from sohoa.ocr.model import Alternative, Field, TypeVerdict, Understanding

TRUTH = {
    "code_number": "05",
    "code_notation": "QĐ-UBND",
    "issued_date": "2026-01-05",
    "issuing_agency": "Ủy ban nhân dân xã Tân Lộc",
}


def paper(name: str = "a", *, group: str = "clean", written: tuple[str, ...] = (), **truth: str) -> KnownPaper:
    return KnownPaper(name, group, "QĐ", {**TRUTH, **truth}, frozenset(written), frozenset(), {}, ())


def told(*review: str, sure: float = 0.95, code: str = "QĐ", **values: str) -> Understanding:
    found = {name: Field(value, sure) for name, value in {**TRUTH, **values}.items() if value}
    return Understanding(TypeVerdict(code, code, 0.97, "title"), found, review)


def outcomes(seen: JudgedPaper) -> dict[str, str]:
    return {field.field: field.outcome for field in seen.fields}


def run_of(*papers: JudgedPaper) -> Run:
    return Run(papers, 77, "fast", 0.0, len(papers))


# judging ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["ỦY BAN NHÂN DÂN XÃ TÂN LỘC", "Uỷ ban nhân dân xã Tân Lộc", "UBND xã Tân Lộc"])
def test_an_agency_is_right_in_whatever_capitals_and_tone_placement_it_is_printed(value: str) -> None:
    assert same("issuing_agency", "Ủy ban nhân dân xã Tân Lộc", value)


@pytest.mark.parametrize("value", ["Ủy ban nhân dân xã Tân Lóc", "Ủy ban nhân dân xã Tân", "ỦY BAN NHÂN DÂN . XÃ TÂN LỘC"])
def test_an_agency_with_another_tone_or_a_speck_is_wrong(value: str) -> None:
    assert not same("issuing_agency", "Ủy ban nhân dân xã Tân Lộc", value)


@pytest.mark.parametrize(("truth", "value"), [("05", "5"), ("05", "06")])
def test_a_number_is_right_only_with_every_digit(truth: str, value: str) -> None:
    assert not same("code_number", truth, value)


def test_a_notation_keeps_its_case_and_its_stroke() -> None:
    assert same("code_notation", "QĐ-UBND", "QĐ-UBND")
    assert not same("code_notation", "QĐ-UBND", "QD-UBND")
    assert not same("code_notation", "TTr-UBND", "TTR-UBND")


def test_a_subject_is_compared_without_the_words_of_its_form() -> None:
    assert same("subject", "Về việc cấp nước sạch cho xã Tân Lộc", "V/v cấp nước sạch cho xã Tân Lộc")


def test_a_subject_may_have_one_letter_in_fifty_wrong_and_no_more() -> None:
    truth = "điều chỉnh kế hoạch đầu tư công trung hạn của tỉnh nhà"
    assert same("subject", truth, truth.replace("nhà", "nha"))
    assert not same("subject", truth, truth.replace("nhà", "nao"))


def test_a_value_for_what_the_paper_does_not_say_is_invented() -> None:
    assert outcome_of("code_number", "", "05") == "invented"
    assert outcome_of("subject", "", "(Bản sao)", tolerated=["(Sử dụng cho công trình: Nhà ở riêng lẻ)"]) == "invented"


def test_a_note_printed_where_a_subject_stands_may_be_given_or_left_out() -> None:
    assert outcome_of("subject", "", "(Nhà ở riêng lẻ)", tolerated=["(Nhà ở riêng lẻ)"]) == "right"
    assert outcome_of("subject", "", "", tolerated=["(Nhà ở riêng lẻ)"]) == "rightly absent"


def test_what_stands_on_pages_that_were_not_read_is_not_asked() -> None:
    unasked = replace(paper(signer_name="Lê Văn An"), unasked=frozenset({"signer_name"}))
    assert "signer_name" not in outcomes(judged(unasked, told()))


def test_a_field_that_was_not_found_but_is_needed_makes_the_paper_least_certain() -> None:
    lacking = judged(paper(), told("code_number", code_number=""))
    assert lacking.certainty == 0.0
    assert outcomes(lacking)["code_number"] == "missing"


def test_a_paper_is_as_certain_as_its_least_certain_field() -> None:
    assert judged(paper(), told(sure=0.83)).certainty == 0.83


# figures ---------------------------------------------------------------------------------------------------------------


def test_number_notation_and_date_count_together_and_only_where_all_are_printed() -> None:
    run = run_of(
        judged(paper("a"), told()),
        judged(paper("b"), told(issued_date="2026-01-06")),
        judged(paper("c", written=("code_number",)), told(code_number="06")),
    )
    assert run.printed_key() == Share(1, 2)
    assert run.exact("code_number", written=False) == Share(2, 2)
    assert run.exact("code_number", written=True) == Share(0, 1)


def test_a_written_number_among_the_choices_counts_for_the_best_three() -> None:
    choices = Field("06", 0.5, alternatives=(Alternative("06", 0.5), Alternative("05", 0.3)))
    found = told("code_number")
    run = run_of(judged(paper(written=("code_number",)), replace(found, fields={**found.fields, "code_number": choices})))
    assert run.among_best_three("code_number") == Share(1, 1)
    assert run.exact("code_number", written=True) == Share(0, 1)


def test_review_is_needless_where_the_value_was_right_and_slips_where_a_wrong_one_was_not_sent() -> None:
    run = run_of(
        judged(paper("a"), told("code_number")),
        judged(paper("b"), told("code_number", code_number="06")),
        judged(paper("c"), told(code_number="07")),
        judged(paper("d"), told(code_number="")),
    )
    load = next(load for load in run.loads() if load.field == "code_number")
    assert (load.sent, load.needless, load.caught, load.slipped, load.omitted) == (2, 1, 1, 1, 1)
    assert [(field.paper, field.field) for field in run.needless()] == [("a", "code_number")]


def test_a_field_without_truth_that_sends_papers_to_review_is_told_too() -> None:
    run = run_of(judged(paper(), told("recipients")))
    assert [load.sent for load in run.loads() if load.field.startswith("recipients")] == [1]


def test_only_papers_sent_to_nobody_go_straight_through() -> None:
    run = run_of(judged(paper("a"), told()), judged(paper("b"), told("code_number", code_number="06")))
    assert run.straight() == Share(1, 2)
    assert run.wrong_when_straight() == Share(0, 5)
    assert run_of(judged(paper("a"), told(code_number="06"))).wrong_when_straight() == Share(1, 5)


def test_a_type_taken_for_another_is_in_the_confusion_table() -> None:
    run = run_of(judged(paper("a"), told(code="CV")), judged(paper("b"), told(code="")))
    assert sorted(run.confusions()) == [("QĐ", "", 1), ("QĐ", "CV", 1)]


def test_wrong_values_that_nobody_will_see_come_first_in_the_list() -> None:
    run = run_of(judged(paper("a"), told("code_number", code_number="")), judged(paper("b"), told(issued_date="2026-01-06")))
    assert [(field.paper, field.field) for field in run.wrong()] == [("b", "issued_date"), ("a", "code_number")]


# risk ------------------------------------------------------------------------------------------------------------------


def test_intervals_are_those_of_the_textbooks() -> None:
    assert Share(0, 600).exact == pytest.approx((0.0, 0.006129), abs=1e-6)
    assert Share(5, 100).exact == pytest.approx((0.01643, 0.11284), abs=1e-5)
    assert Share(5, 100).wilson == pytest.approx((0.02154, 0.11175), abs=1e-5)
    assert Share(0, 0).exact == Share(0, 0).wilson == (0.0, 1.0)


def known_papers_are_let_pass_by_certainty_those_that_need_nobody_first() -> None:
    sure = judged(paper("a"), told(sure=0.9))
    surer_but_doubted = judged(paper("b"), told("issued_date", sure=0.96))
    wrong = judged(paper("c"), told(sure=0.6, code_number="06"))
    drawn = curve([wrong, surer_but_doubted, sure])
    assert [point.certainty for point in drawn.points] == [0.9, 0.6, 0.96]
    assert [point.fields.part for point in drawn.points] == [0, 1, 1]


def test_the_widest_point_is_where_wrong_fields_are_still_few_enough() -> None:
    good = [judged(paper(f"g{number}"), told(sure=0.99)) for number in range(3)]
    bad = judged(paper("z"), told(sure=0.5, code_number="06"))
    widest = curve([bad, *good]).widest()
    assert widest is not None
    assert widest.coverage == 0.75
    assert curve([bad]).widest() is None
    assert curve(good).area == 0.0


def test_a_paper_that_lacks_what_it_needs_may_not_pass_unpunished() -> None:
    lacking = judged(paper("a"), told("code_number", code_number=""))
    assert curve([lacking]).points[-1].fields == Share(1, 5)


def test_the_curve_is_drawn_for_every_group_of_the_run() -> None:
    drawn = curves_svg(run_of(judged(paper("a"), told()), judged(paper("b", group="hard"), told(code_number="06"))))
    assert drawn.count('stroke-width="1.5"') == 3  # clean and medium together, clean, hard
    assert "hard, 1" in drawn


# papers, readings, real labels -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", layouts.NAMES)
def test_what_an_odd_layout_claims_to_say_is_printed_on_it(name: str) -> None:
    fields, pages = layouts.draw(name, 5, dpi=50)
    printed = " ".join(pages[0].text.split()).casefold()
    assert f"{fields['code_number']}" in printed
    assert fields["subject"].casefold() in printed
    assert fields["issuing_agency"].casefold() in printed
    assert fields["signer_name"].casefold() in " ".join(page.text for page in pages).casefold()


def test_the_same_layout_and_seed_give_the_same_bytes() -> None:
    first, again = (layouts.draw("party", 5, dpi=50)[1][0].jpeg for _ in range(2))
    assert first == again


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for both tests that read a page: reading is what takes long."""
    return tmp_path_factory.mktemp("kept")


def test_a_paper_is_drawn_and_read_once(kept: Path) -> None:
    shelf = Shelf(kept, "fast")
    (drawn,) = known_papers(shelf, 5, rounds=1, groups=("clean",), kinds=("TLKS",))
    first = drawn.pages(shelf)
    made = shelf.read
    (again,) = known_papers(shelf, 5, rounds=1, groups=("clean",), kinds=("TLKS",))
    assert again == drawn
    assert again.pages(shelf) == first
    assert made > 0
    assert shelf.read == made
    assert all(image.path.exists() for image, _ in first)


def test_the_command_tells_one_json_object(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--seed", "5", "--groups", "clean", "--kinds", "TLKS", "--mode", "fast", "--cache", str(kept), "--json"]
    assert main([*given, "--svg", str(kept / "curve.svg")]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["papers"] == 1
    assert set(report["groups"]) == {"clean"}
    assert (kept / "curve.svg").read_text(encoding="utf-8").startswith("<svg")


def test_understanding_is_weighed_against_reading_the_same_pages_anew(kept: Path) -> None:
    cost = measure_cost(Shelf(kept, "fast"), 5, kinds=("TLKS",))
    assert cost.papers == 1
    assert cost.reading > 0
    assert cost.understanding > 0


def test_a_reading_by_earlier_code_serves_only_who_asks_for_it(kept: Path) -> None:
    (drawn,) = known_papers(Shelf(kept, "fast"), 5, rounds=1, groups=("clean",), kinds=("TLKS",))
    current = drawn.pages(Shelf(kept, "fast"))
    for file in (kept / "readings").iterdir():
        file.rename(file.with_name(f"{file.stem.rsplit('-', 1)[0]}-earlier.json"))
    stale = Shelf(kept, "fast", stale=True)
    assert drawn.pages(stale) == current
    assert stale.read == 0
    assert not any(Shelf(kept, "fast").has(image) for image in drawn.images)
    assert all(stale.has(image) for image in drawn.images)


def test_labels_of_real_papers_come_from_the_table_beside_them(tmp_path: Path) -> None:
    table = (
        "| file in real/ | type | number | date | issuer |\n|---|---|---|---|---|\n"
        "| a.pdf | quyết định | 04/QĐ-BCĐ138 | 2025-02-05 | Ban Chỉ đạo 138 |\n"
        "| b.pdf | công văn | 7197/BKHCN-CDSQG | – | Bộ Khoa học |\n"
    )
    (tmp_path / "README.md").write_text(table, encoding="utf-8")
    first, second = labels(tmp_path)
    assert first.kind == "QĐ"
    assert first.truth["code_number"] == "04"
    assert first.truth["code_notation"] == "QĐ-BCĐ138"
    assert "issued_date" not in second.truth


def test_a_folder_without_labels_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    with pytest.raises(RunFailed, match="no README"):
        labels(tmp_path / "papers")
