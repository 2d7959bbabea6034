"""The yardstick itself: hand-made pages whose score anyone can count on their fingers."""

from __future__ import annotations

import math

from benchmarks.reading.scoring import STRAY, ReadWord, Tally, score, total
from sohoa.pipeline.sources.sampleoffice import Region, TruthLine, TruthWord

LETTER, HEIGHT = 10, 20  # pixels


def printed(text: str, x: int, y: int, region: Region = "body", *, handwritten: bool = False, slope: float = 0.0) -> TruthLine:
    """A line of type whose letters are LETTER wide and HEIGHT high; slope: pixels down per pixel across."""
    words: list[TruthWord] = []
    for word in text.split():
        width, down = len(word) * LETTER, round(y + slope * x)
        words.append(TruthWord(word, (x, down, x + width, down + HEIGHT)))
        x += width + LETTER
    return around(words, region, handwritten=handwritten)


def around(words: list[TruthWord], region: Region, *, handwritten: bool = False) -> TruthLine:
    boxes = [word.bbox for word in words]
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return TruthLine(tuple(words), region, box, handwritten)


def read(line: TruthLine, text: str | None = None) -> list[ReadWord]:
    """The line as a reader gives it: every word at its place, with other letters where `text` says so."""
    words = [word.text for word in line.words] if text is None else text.split()
    return [
        ReadWord(word, (true.bbox[0] + true.bbox[2]) / 2, (true.bbox[1] + true.bbox[3]) / 2)
        for word, true in zip(words, line.words, strict=True)
    ]


def whole(lines: list[TruthLine], words: list[ReadWord]) -> Tally:
    return total(score(lines, words).values())


def test_a_perfect_reading_scores_nothing() -> None:
    line = printed("Ủy ban nhân dân", 100, 100)
    assert whole([line], read(line)) == Tally(letters=15, errors=0, toneless=0, words=4, wrong=0)


def test_one_wrong_letter_is_one_error_and_one_wrong_word() -> None:
    line = printed("Cộng hòa xã hội", 100, 100)
    tally = whole([line], read(line, "Cộng hòa xo hội"))
    assert (tally.errors, tally.toneless, tally.wrong) == (1, 1, 1)


def test_a_lost_tone_is_an_error_only_until_marks_are_dropped() -> None:
    line = printed("sửa đổi đường", 100, 100)
    tally = whole([line], read(line, "sửa đối dường"))
    assert (tally.errors, tally.toneless, tally.wrong) == (2, 0, 2)
    assert tally.tone_damage == tally.cer > 0


def test_a_wrong_case_stays_an_error_when_marks_are_dropped() -> None:
    line = printed("SỞ", 100, 100)
    tally = whole([line], read(line, "sở"))
    assert tally.errors == tally.toneless == 2


def test_a_line_nobody_read_costs_all_its_letters() -> None:
    line = printed("Nơi nhận", 100, 100)
    assert whole([line], []).errors == len("Nơi nhận")


def test_a_word_outside_every_line_counts_as_an_insertion() -> None:
    line = printed("Quyết định", 100, 100)
    scored = score([line], [*read(line), ReadWord("xyz", 150, 500)])
    assert scored[STRAY] == Tally(letters=0, errors=3, toneless=3, words=0, wrong=1)
    assert total(scored.values()).errors == 3


def test_a_rule_read_as_a_letter_beside_a_word_is_an_error_of_that_line() -> None:
    line = printed("Trần Viết Lẫm", 100, 100, "table")
    scored = score([line], [ReadWord("|", 95, 110), *read(line)])
    assert STRAY not in scored
    assert scored["table"].errors == len("| ")


def test_the_order_of_columns_costs_nothing() -> None:
    left, right = printed("ỦY BAN NHÂN DÂN", 100, 100, "agency"), printed("CỘNG HÒA XÃ HỘI", 600, 104, "national_header")
    below = printed("Số: 05/QĐ-UBND", 100, 140, "code_number")
    words = [*read(right), *read(below), *read(left)]
    assert whole([left, right, below], words).errors == 0
    assert whole([left, right, below], words[::-1]).errors == 0


def test_words_on_a_skewed_line_stay_on_it() -> None:
    """Two degrees over a page's width carry a line past the place where its neighbour began."""
    lines = [printed(" ".join([word] * 35), 100, y, slope=math.tan(math.radians(2))) for word, y in (("trên", 100), ("dưới", 130))]
    words = [word for line in lines for word in read(line)]
    assert total(score(lines, words, skew=2).values()).errors == 0


def test_rows_inside_a_table_cell_are_read_one_after_the_other() -> None:
    first, second = printed("Cấp giấy phép", 100, 100), printed("xây dựng", 100, 130)
    cell = around([*first.words, *second.words], "table")
    tally = whole([cell], [*read(second), *read(first)])
    assert (tally.errors, tally.letters) == (0, len("Cấp giấy phép") + len("xây dựng"))


def test_letters_composed_otherwise_and_other_quotes_and_dashes_are_the_same_text() -> None:
    line = printed("“Thủ tục” 2024–2025…", 100, 100)
    assert whole([line], read(line, '"Thủ tục" 2024-2025...')).errors == 0


def test_errors_are_told_by_region_and_handwriting_apart() -> None:
    header, body = printed("Số: 05", 100, 100, "code_number"), printed("Điều 1.", 100, 200)
    pen = printed("ngày 05", 100, 300, "place_date", handwritten=True)
    scored = score([header, body, pen], [*read(header, "Số: 06"), *read(body), *read(pen, "ngày 0S")])
    assert {group: tally.errors for group, tally in scored.items()} == {"header": 1, "body": 0, "handwritten": 1}


def test_a_page_without_text_and_without_words_has_no_error_rate() -> None:
    tally = whole([], [])
    assert (tally.cer, tally.wer, tally.tone_damage) == (0, 0, 0)
