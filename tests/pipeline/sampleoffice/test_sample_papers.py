"""What stands on the sample papers, and whether their truth is true."""

import re
import unicodedata
from functools import cache
from typing import get_args

import cv2
import numpy as np
import pytest
import zxingcpp
from rapidfuzz.distance import Levenshtein

from sohoa.kernel.children import GIB, MIB, Limits, run_limited
from sohoa.pipeline.sources.sampleoffice import KINDS, Region, make_pages, make_paper
from sohoa.pipeline.sources.sampleoffice.chance import dice, seed_of
from sohoa.pipeline.sources.sampleoffice.composer import SPECIMEN
from sohoa.pipeline.sources.sampleoffice.kinds import BY_CODE
from sohoa.pipeline.sources.sampleoffice.kinds.story import telling
from sohoa.pipeline.sources.sampleoffice.papers import turned_over

FIELDS = {"code_number", "code_notation", "issued_date", "place", "issuing_agency", "subject", "signer_name", "signer_position"}


@cache
def paper(kind, seed=3, strength="clean", dpi=200):
    return make_paper(kind, seed, strength=strength, dpi=dpi)


def printed(made):
    return " ".join(line.text for page in made.pages for line in page.lines)


def darkness(pixels):
    """0 for the paper around, up to 255: how much darker each pixel is than its surroundings, whatever the light."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    around = cv2.medianBlur(cv2.resize(grey, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA), 25)
    return cv2.subtract(cv2.resize(around, (grey.shape[1], grey.shape[0])), grey)


def test_there_are_fourteen_kinds():
    assert set(KINDS) == {"QĐ", "CV", "TB", "TTr", "BC", "KH", "BB", "GPXD", "GCNHKD", "TLKS", "DON", "TK", "HĐ", "CC"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_printed_page_says_that_it_is_a_specimen(kind):
    assert all(SPECIMEN in page.text for page in paper(kind).pages if kind != "CC" and not page.blank)
    assert "MẪU" in printed(paper(kind))


def test_both_pictures_of_an_identity_card_say_that_it_is_a_specimen():
    cards = [paper("CC", seed) for seed in range(8)]
    sides = [page for card in cards if len(card.pages) == 2 for page in card.pages]
    assert sides and all("MẪU" in page.text for page in sides)


@pytest.mark.parametrize("kind", KINDS)
def test_truth_is_nfc_and_lies_on_the_page(kind):
    for page in paper(kind).pages:
        for line in page.lines:
            assert line.text and line.text == unicodedata.normalize("NFC", line.text)
            assert line.region in get_args(Region)
            for x0, y0, x1, y1 in (line.bbox, *(word.bbox for word in line.words)):
                assert 0 <= x0 < x1 <= page.width and 0 <= y0 < y1 <= page.height


@pytest.mark.parametrize("kind", KINDS)
def test_fields_say_what_is_printed(kind):
    made = paper(kind)
    text = printed(made)
    assert set(made.fields) <= FIELDS and "issued_date" in made.fields
    for name, value in made.fields.items():
        assert value == unicodedata.normalize("NFC", value)
        if name == "issued_date":
            year, month, day = value.split("-")
            assert re.search(rf"\b{day}\b.*\b0?{int(month)}\b.*\b{year}\b", text)
        else:
            assert value.casefold() in text.casefold(), name


def test_the_number_and_the_notation_stand_in_the_number_line():
    made = paper("QĐ")
    line = next(line for line in made.pages[0].lines if line.region == "code_number")
    assert line.text == f"Số: {made.fields['code_number']}/{made.fields['code_notation']}"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "CC"])
def test_a_clean_page_has_its_black_ink_inside_the_boxes_and_little_outside(kind):
    page = paper(kind).pages[0]
    pixels = page.upright
    ink = (pixels.max(axis=2) < 110) & (pixels.max(axis=2).astype(int) - pixels.min(axis=2) < 30)
    covered = np.zeros(ink.shape, bool)
    for line in page.lines:
        for x0, y0, x1, y1 in (word.bbox for word in line.words):
            # A hyphen alone is a word too; a twentieth of its box is ink.
            if "MẪU" not in line.text and SPECIMEN not in line.text and not line.handwritten:
                assert ink[y0:y1, x0:x1].mean() > 0.05, line.text
            covered[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = True
    straight = np.ones((1, 45), np.uint8)  # rules and signatures are no letters
    rules = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, straight) | cv2.morphologyEx(
        ink.astype(np.uint8), cv2.MORPH_OPEN, straight.T
    )
    stray = ink & ~covered & ~cv2.dilate(rules, np.ones((7, 7), np.uint8)).astype(bool)
    assert stray.sum() < 0.02 * ink.sum()


@pytest.mark.parametrize(("strength", "share"), [("medium", 0.99), ("hard", 0.97)])
def test_boxes_follow_the_words_through_the_scanner(strength, share):
    page = paper("CV", 1, strength).pages[0]
    dark = darkness(page.upright)
    inside = [dark[y0:y1, x0:x1].max() > 40 for line in page.lines for x0, y0, x1, y1 in (word.bbox for word in line.words)]
    assert sum(inside) >= share * len(inside)
    far = np.ones(dark.shape, bool)
    for line in page.lines:
        x0, y0, x1, y1 = line.bbox
        far[y0:y1, x0:x1] = False
    words = np.mean([dark[y0:y1, x0:x1].mean() for line in page.lines for x0, y0, x1, y1 in (word.bbox for word in line.words)])
    assert words > 6 * dark[far].mean()


@pytest.mark.parametrize(("strength", "low", "high"), [("clean", 0.0, 0.15), ("medium", 0.4, 1.0), ("hard", 1.2, 2.0)])
def test_skew_is_that_of_the_strength_and_shows_in_the_boxes(strength, low, high):
    page = paper("CV", 1, strength).pages[0]
    assert low <= abs(page.skew) <= high
    longest = max(page.lines, key=lambda line: line.bbox[2] - line.bbox[0])
    first, last = longest.words[0].bbox, longest.words[-1].bbox
    fall = (last[1] + last[3] - first[1] - first[3]) / 2 / (last[0] - first[0])
    assert np.degrees(np.arctan(fall)) == pytest.approx(page.skew, abs=0.45)


def test_hard_pages_are_darker_and_noisier_than_clean_ones():
    clean, hard = (paper("CV", 1, strength).pages[0].pixels for strength in ("clean", "hard"))
    assert np.median(hard) < np.median(clean) - 15
    assert cv2.Laplacian(hard[:200, :200], cv2.CV_64F).std() > 3 * cv2.Laplacian(clean[:200, :200], cv2.CV_64F).std()


@pytest.mark.parametrize(("kind", "seed", "dpi"), [("CV", 1, 300), ("TB", 2, 200), ("KH", 3, 200)])
def test_an_ordinary_reader_agrees_with_the_truth_of_a_clean_page(kind, seed, dpi, tmp_path):
    page = paper(kind, seed, "clean", dpi).pages[0]
    cv2.imwrite(str(tmp_path / "page.png"), page.upright[:, :, ::-1])
    ran = run_limited(
        "tesseract",
        "page.png",
        "-",
        "-l",
        "vie",
        "--psm",
        3,
        "--dpi",
        dpi,
        "tsv",
        limits=Limits(120, 4 * GIB, 64 * MIB),
        folder=tmp_path,
    )
    assert ran.status == 0, ran.stderr
    assert error_rate(page, ran.stdout.decode()) < 0.05


def error_rate(page, tsv):
    """Wrong characters by character printed. Each word read counts for the line its centre falls on, so that columns cost nothing."""
    read = [row.split("\t") for row in tsv.splitlines()[1:]]
    words = [
        (int(row[6]) + int(row[8]) / 2, int(row[7]) + int(row[9]) / 2, row[11])
        for row in read
        if len(row) == 12 and row[11].strip()
    ]
    wrong = total = 0
    for line in page.lines:
        if line.handwritten or line.region == "table":
            # No reader of print reads a pen, and none reads ruled cells well unless the rules are taken out first.
            continue
        x0, y0, x1, y1 = line.bbox
        found = sorted((x, text) for x, y, text in words if x0 <= x <= x1 and y0 <= y <= y1)
        wrong += Levenshtein.distance(line.text, " ".join(text for _, text in found))
        total += len(line.text)
    return wrong / total


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    assert paper("QĐ", 3) == make_paper("QĐ", 3, strength="clean", dpi=200)
    assert paper("QĐ", 3).pages[0].jpeg != paper("QĐ", 4).pages[0].jpeg


def test_each_seed_words_its_papers_differently():
    texts = [printed(paper(kind, seed)) for kind in ("QĐ", "DON") for seed in range(3, 7)]
    assert len(set(texts)) == len(texts)


def test_pages_come_one_by_one_and_of_every_kind():
    pages = make_pages(5, 3, strength="medium", dpi=200)
    assert next(pages).kind == KINDS[0]
    assert [page.kind for page in pages] == list(KINDS[1:3])


def test_a_page_has_the_pixels_of_its_paper_size():
    page = paper("CV", 1, "clean", 300).pages[0]
    assert (page.width, page.height) == (2480, 3508) == page.pixels.shape[1::-1]
    assert paper("CV").pages[0].pixels.shape == (2339, 1654, 3)


def test_one_page_in_twenty_went_in_upside_down():
    share = sum(turned_over(seed) for seed in range(4000)) / 4000
    assert 0.04 < share < 0.06


def test_the_boxes_of_an_upside_down_page_belong_to_the_page_turned_upright():
    page = next(page for seed in range(200) for page in make_if_turned(seed))
    assert page.upside_down
    assert np.array_equal(page.upright, page.pixels[::-1, ::-1])
    dark = darkness(page.upright)
    assert all(dark[y0:y1, x0:x1].max() > 60 for x0, y0, x1, y1 in (line.bbox for line in page.lines))


def make_if_turned(seed):
    """Makes only papers whose first page is turned, by the seed that the page will get."""
    if turned_over(seed_of("page", "DON", seed, 1)):
        yield make_paper("DON", seed, strength="clean", dpi=200).pages[0]


def test_a_blank_back_has_no_lines_and_hardly_any_ink_and_is_no_sheet_of_its_own():
    made = next(made for made in (paper("TLKS", seed) for seed in range(20)) if any(page.blank for page in made.pages))
    assert [page.blank for page in made.pages] == [False, True]
    assert made.sheets == 1
    assert made.pages[1].lines == ()
    assert (darkness(made.pages[1].pixels) > 90).sum() == 0


def test_a_third_of_the_numbered_papers_is_filled_in_by_pen():
    by_pen = 0
    for seed in range(150):
        rng = dice("by pen", seed)
        by_pen += any(line.handwritten for line in BY_CODE["CV"](rng, telling(rng)).sheets[0].lines)
    assert 0.25 < by_pen / 150 < 0.42


@pytest.mark.parametrize("kind", ["BC", "KH", "BB", "HĐ"])
def test_the_long_kinds_run_over_several_pages_and_have_tables(kind):
    counts = []
    for seed in range(12):
        rng = dice("long", kind, seed)
        draft = BY_CODE[kind](rng, telling(rng))
        counts.append(len(draft.sheets))
        assert any(line.region == "table" for sheet in draft.sheets for line in sheet.lines)
    assert max(counts) in (2, 3, 4) and sum(count > 1 for count in counts) >= 4


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_printed_overlaps_or_leaves_the_sheet(kind):
    for seed in range(6):
        rng = dice("overlap", kind, seed)
        for sheet in BY_CODE[kind](rng, telling(rng)).sheets:
            rows = []
            for line in sheet.lines:
                for word in line.words:
                    first, last = word.pieces[0], word.pieces[-1]
                    assert first.x > 3 and last.x < sheet.width - 3 and 0 < first.baseline < sheet.height
                    rows.append((round(first.baseline, 1), first.x))
            assert len(rows) == len(set(rows)), "two words begin at the same place"


@pytest.mark.parametrize("strength", ["clean", "medium"])
def test_the_code_on_an_identity_card_can_be_read_and_says_that_it_is_a_specimen(strength):
    made = paper("CC", 2, strength, 300)
    page = next(page for page in made.pages if page.codes)
    (code,) = page.codes
    x0, y0, x1, y1 = code.bbox
    assert [found.text for found in zxingcpp.read_barcodes(page.upright[y0 - 12 : y1 + 12, x0 - 12 : x1 + 12].copy())] == [
        code.text
    ]
    assert code.text.endswith("|MẪU")


def test_personal_numbers_belong_to_no_province():
    numbers = re.findall(r"\b\d{12}\b", " ".join(printed(paper(kind)) for kind in KINDS))
    assert numbers and all(number.startswith("003") for number in numbers)
