"""Wrong words on pages with known text, counted on one's fingers."""

from __future__ import annotations

from benchmarks.reading.matching import Flags, Seen, Words, compare, flags
from benchmarks.reading.truths import PrintedLine, TruthPage

LETTER = 20  # pixels


def printed(text: str, y: int, region: str = "body", *, x: int = 100, by_pen: frozenset[int] = frozenset()) -> PrintedLine:
    return PrintedLine(tuple(text.split()), (x, y, x + LETTER * len(text), y + 40), region, by_pen)


def page(*lines: PrintedLine, slope: float = 0.0) -> TruthPage:
    return TruthPage("a.pdf", 1, 2480, 3508, slope, "scan", lines)


def seen(text: str, y: float, *, x: int = 100, slope: float = 0.0, doubtful: tuple[str, ...] = ()) -> list[Seen]:
    """The words of a line as a reader gives them; y: the line's upper edge."""
    words: list[Seen] = []
    for word in text.split():
        middle = x + LETTER * len(word) / 2
        words.append(Seen(word, middle, y + 20 + slope * middle, 0.5 if word in doubtful else 0.9, word in doubtful))
        x += LETTER * (len(word) + 1)
    return words


def counted(words: Words) -> tuple[int, int, int]:
    return words.words, words.wrong, words.tone


def test_a_wrong_word_and_a_lost_word_are_two_of_the_truths_words() -> None:
    found = compare(page(printed("Căn cứ Luật Lưu trữ", 100)), seen("Căn cử Lưu trữ", 100))
    assert counted(found.prose) == (5, 2, 1)


def test_a_word_too_many_is_no_word_of_the_truth() -> None:
    found = compare(page(printed("Căn cứ Luật", 100)), seen("Căn | cứ Luật", 100))
    assert counted(found.prose) == (3, 0, 0)


def test_running_text_read_in_another_order_is_wrong_beyond_its_longest_part() -> None:
    truth = page(printed("một hai ba", 100), printed("bốn năm", 160))
    assert counted(compare(truth, [*seen("bốn năm", 160), *seen("một hai ba", 100)]).prose) == (5, 2, 0)


def test_columns_of_the_head_may_be_read_in_any_order() -> None:
    left, right = printed("ỦY BAN NHÂN DÂN", 100, "header"), printed("CỘNG HÒA XÃ HỘI", 100, "header", x=1200)
    found = compare(page(left, right), [*seen("CỘNG HÒA XÃ HỘI", 100, x=1200), *seen("ỦY BAN NHÂN DÂN", 100)])
    assert counted(found.elsewhere) == (8, 0, 0)
    assert found.prose.words == 0


def test_what_a_pen_wrote_is_asked_of_nobody() -> None:
    truth = page(printed("Số: 05 /QĐ-UBND", 100, "header", by_pen=frozenset({1})))
    assert counted(compare(truth, seen("Số: O{_ /QĐ-UBND", 100)).all) == (2, 0, 0)


def test_seals_stamps_and_page_numbers_are_asked_of_nobody() -> None:
    truth = page(printed("2", 20, "footer"), printed("Ký bởi: Sở", 60, "stamp"), printed("", 100, "seal"), printed("Điều 1.", 200))
    found = compare(truth, [*seen("Z", 20), *seen("Ky bổi Sơ", 60), *seen("Điều 1.", 200)])
    assert counted(found.all) == (2, 0, 0)


def test_lines_on_a_leaning_page_keep_their_words() -> None:
    """Two degrees carry a line's end past the height at which the line below it begins."""
    slope, text = 0.035, " ".join(["trên"] * 20)
    lines = [PrintedLine(tuple(text.split()), (100, y, 2100, y + 110), "header") for y in (100, 160)]
    words = [word for y in (100, 160) for word in seen(text, y + 35 - slope * 1100, slope=slope)]
    assert counted(compare(page(*lines, slope=slope), words).elsewhere) == (40, 0, 0)


def test_quotes_dashes_and_composed_letters_make_no_wrong_words() -> None:
    truth = page(printed("“Thủ tục” 2024–2025", 100))
    assert counted(compare(truth, seen('"Thủ tục" 2024-2025', 100)).prose) == (3, 0, 0)


def test_flags_are_worth_the_wrong_words_that_they_hold() -> None:
    truth = page(printed("một hai ba bốn", 100))
    prose = compare(truth, seen("một hải ba bồn", 100, doubtful=("hải", "ba"))).prose
    assert flags(prose) == Flags(read=4, wrong=2, flagged=2, caught=1)
    assert flags(prose, share=0.5) == Flags(read=4, wrong=2, flagged=2, caught=1)


def test_words_beside_handwriting_are_left_out_of_the_worth_of_flags() -> None:
    truth = page(printed("ngày 05 tháng", 100, by_pen=frozenset({1})), printed("Điều 1.", 200))
    assert flags(compare(truth, [*seen("ngày oS tháng", 100), *seen("Điều 1.", 200)]).prose).read == 2
