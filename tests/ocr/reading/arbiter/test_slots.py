from __future__ import annotations

from sohoa.ocr.reading.arbiter.slots import SlotLine, align
from tests.ocr.reading.arbiter.written import HEIGHT, line, line_of, reading, word


def texts(lines: tuple[SlotLine, ...]) -> list[list[list[str] | None]]:
    return [
        [None if words is None else " ".join(read.text for read in words) for words in slot.read]
        for one in lines
        for slot in one.slots
    ]


def test_words_at_one_place_share_a_slot_whatever_order_the_lines_came_in():
    upper, lower = line("Điều", "một"), line("Khoản", "hai", y=200)
    assert texts(align([reading(upper, lower), reading(lower, upper)])) == [
        ["Điều", "Điều"],
        ["một", "một"],
        ["Khoản", "Khoản"],
        ["hai", "hai"],
    ]


def test_a_word_that_one_reader_split_is_one_slot():
    whole = line_of([word("Tỉnh", 100, 100), word("Quảng", 160, 100, width=72), word("Nam", 250, 100)])
    split = line_of(
        [word("Tỉnh", 100, 100), word("Qu", 160, 100, width=22), word("ảng", 190, 100, width=42), word("Nam", 250, 100)]
    )
    assert texts(align([reading(whole), reading(split)])) == [["Tỉnh", "Tỉnh"], ["Quảng", "Qu ảng"], ["Nam", "Nam"]]
    assert texts(align([reading(split), reading(whole)])) == [["Tỉnh", "Tỉnh"], ["Qu ảng", "Quảng"], ["Nam", "Nam"]]


def test_a_line_that_reads_something_else_is_not_heard():
    mine, theirs = line("Căn", "cứ", "Luật"), line_of([word("x9", 100, 100), word("||", 146, 100), word("^~ơ", 180, 100)])
    other = line("Điều", "một", y=200)
    assert texts(align([reading(mine, other), reading(theirs, other)])) == [
        ["Căn", None],
        ["cứ", None],
        ["Luật", None],
        ["Điều", "Điều"],
        ["một", "một"],
    ]


def test_tone_marks_read_otherwise_are_no_reason_not_to_hear_a_reader():
    assert texts(align([reading(line("Cộng", "hòa")), reading(line("Công", "hoà"))])) == [["Cộng", "Công"], ["hòa", "hoà"]]


def test_a_sure_word_that_the_first_reader_missed_stands_where_it_was_read():
    full = [word("nơi", 100, 100), word(("ở", 0.95), 150, 100), word("hiện", 175, 100), word("nay", 240, 100)]
    assert texts(align([reading(line_of([full[0], *full[2:]])), reading(line_of(full))])) == [
        ["nơi", "nơi"],
        ["", "ở"],
        ["hiện", "hiện"],
        ["nay", "nay"],
    ]


def test_specks_and_doubtful_words_at_free_places_are_not_added():
    mine = line("nơi", "hiện")
    theirs = line_of([*mine.words, word(("|", 0.95), 300, 100), word(("nay", 0.3), 330, 100)])
    assert texts(align([reading(mine), reading(theirs)])) == [["nơi", "nơi"], ["hiện", "hiện"]]


def test_a_box_over_half_a_line_swallows_nothing():
    mine = line("một", "hai", "ba", "bốn", "năm", "sáu")
    slipped = line_of([word("mộthaibabốn", 100, 100, width=mine.bbox[2] - 100)])
    assert [slot[0] for slot in texts(align([reading(mine), reading(slipped)]))] == ["một", "hai", "ba", "bốn", "năm", "sáu"]


def test_neighbouring_lines_do_not_mix_even_where_boxes_are_tall():
    upper, lower = line("Võ", "Phiên"), line("cổ", "phần", y=100 + HEIGHT - 6)
    assert texts(align([reading(upper, lower), reading(lower, upper)])) == [
        ["Võ", "Võ"],
        ["Phiên", "Phiên"],
        ["cổ", "cổ"],
        ["phần", "phần"],
    ]


def test_one_reader_and_no_words_are_fine():
    assert texts(align([reading(line("một", "hai"))])) == [["một"], ["hai"]]
    assert align([reading(), reading(line("một"))]) == ()
    assert texts(align([reading(line("một")), reading()])) == [["một", None]]
