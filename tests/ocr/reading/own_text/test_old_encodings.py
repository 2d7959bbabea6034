"""Papers in fonts from before Unicode say in Unicode what a reader sees."""

from __future__ import annotations

import subprocess
import unicodedata

import pikepdf
import pytest

from sohoa.ocr.reading.own_text.conversion import BY_FONT, BY_SOUND, NO_WORD
from sohoa.ocr.reading.own_text.legacy import converted, kind_of_font
from tests.ocr.documents import saved
from tests.ocr.reading.own_text.letters import add, boxes_off_the_ink, imaged, looked, old_page, simple_font, written

# The motto as every paper of those years has it in its bytes.
TCVN3 = [
    ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
    ("§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"),
    ("Sè: 05/Q§-UBND ngµy 12 th¸ng 3 n¨m 1999", "Số: 05/QĐ-UBND ngày 12 tháng 3 năm 1999"),
    ("UBND ph\xadêng h\xadíng dÉn tr\xadëng th«n", "UBND phường hướng dẫn trưởng thôn"),
]
VNI = [
    ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
    ("Ñoäc laäp - Töï do - Haïnh phuùc", "Độc lập - Tự do - Hạnh phúc"),
    ("Thò xaõ Kyø Anh, ngöôøi ñaët vaên baûn, myõ thuaät, lyù lòch", "Thị xã Kỳ Anh, người đặt văn bản, mỹ thuật, lý lịch"),
    ("QUYEÁT ÑÒNH CUÛA UÛY BAN NHAÂN DAÂN", "QUYẾT ĐỊNH CỦA ỦY BAN NHÂN DÂN"),
]


def page_in(font: str, samples: list[tuple[str, str]], path):
    lines = [("F", 80.0 + 30 * row, old) for row, (old, _) in enumerate(samples)]
    return saved(old_page(pikepdf.new(), *lines, fonts={"F": simple_font(font)}), path)


@pytest.mark.parametrize("font, samples, kind", [(".VnTime", TCVN3, "tcvn3"), ("VNI-Times", VNI, "vni")])
def test_a_page_in_an_old_font_is_read_in_unicode(tmp_path, font, samples, kind):
    path = page_in(font, samples, tmp_path / "a.pdf")
    image = imaged(path)
    found = looked(path, image)
    assert found.legacy == (kind,)
    assert [line.text for line in found.text.lines] == [text for _, text in samples]
    assert found.text.steps == ("own_text", kind)
    assert {word.confidence for word in found.text.words} == {1.0, BY_FONT}
    assert boxes_off_the_ink(image, found.text.words) == []


def test_the_capital_font_makes_capitals_of_small_letters(tmp_path):
    path = page_in("ABCDEF+.VnTimeH", TCVN3[:2], tmp_path / "a.pdf")
    found = looked(path)
    assert found.text.text == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐỘC LẬP - TỰ DO - HẠNH PHÚC"
    assert found.legacy == ("tcvn3_capitals",)


def test_old_and_new_fonts_on_one_page_are_told_apart(tmp_path):
    # The same codes in a Western font are what they say: "Québec" must not become Vietnamese.
    fonts = {
        "O": simple_font(".VnTime"),
        "C": simple_font(".VnTimeH"),
        "W": simple_font("Helvetica"),
        "V": simple_font("VNI-Times"),
    }
    lines = [
        ("C", 80.0, "quyÕt ®Þnh"),
        ("O", 110.0, TCVN3[0][0]),
        ("W", 140.0, "Nam Quang"),
        ("W", 160.0, "Québec"),
        ("V", 190.0, VNI[0][0]),
    ]
    pdf = old_page(pikepdf.new(), *lines, fonts=fonts)
    found = looked(saved(pdf, tmp_path / "a.pdf"))
    assert [line.text for line in found.text.lines] == ["QUYẾT ĐỊNH", TCVN3[0][1], "Nam Quang", "Québec", VNI[0][1]]
    assert found.legacy == ("tcvn3", "tcvn3_capitals", "vni")


def test_two_fonts_on_one_line_are_told_apart_below_a_crop_box(tmp_path):
    pdf = old_page(pikepdf.new(), ("O", 100.0, "ViÖt"), fonts={"O": simple_font(".VnTime")})
    page = pdf.pages[0]
    page.obj.Resources.Font["/W"] = simple_font("Helvetica")
    page.contents_add(pdf.make_stream(b"BT /W 12 Tf 1 0 0 1 120 741.89 Tm (Nam Quang, Ban Thanh tra, Caf\351) Tj ET"))
    page.obj.CropBox = pikepdf.Array([30, 600, 500, 800])
    found = looked(saved(pdf, tmp_path / "a.pdf"))
    assert sorted(word.text for word in found.text.words) == sorted(["Việt", "Nam", "Quang,", "Ban", "Thanh", "tra,", "Café"])


@pytest.mark.parametrize("samples, kind", [(TCVN3, "tcvn3"), (VNI, "vni")])
def test_an_old_encoding_is_recognised_by_its_sound_when_the_font_has_another_name(tmp_path, samples, kind):
    found = looked(page_in("TimesNewRoman", samples, tmp_path / "a.pdf"))
    assert found.legacy == (kind,)
    assert [line.text for line in found.text.lines] == [text for _, text in samples]
    assert {word.confidence for word in found.text.words} == {1.0, BY_SOUND}


def test_a_converted_word_that_is_no_word_is_given_to_a_person(tmp_path):
    path = page_in(".VnTime", [*TCVN3, ("kh¸ch hµng B¸¹µnn", "")], tmp_path / "a.pdf")
    doubtful = [(word.text, word.confidence) for word in looked(path).text.words if word.doubtful]
    assert doubtful == [("Báạànn", NO_WORD)]


def test_unicode_text_under_an_old_fonts_name_stays_as_it_is(tmp_path):
    pdf = written()
    for font in pdf.pages[0].obj.Resources.Font.values():
        font.BaseFont = pikepdf.Name("/ABCDEF+.VnTime")
    plain, renamed = looked(saved(written(), tmp_path / "a.pdf")), looked(saved(pdf, tmp_path / "b.pdf"))
    assert renamed.text == plain.text
    assert renamed.legacy == ()


def test_a_unicode_line_on_a_page_of_an_unnamed_old_font_is_left_alone(tmp_path):
    old = old_page(
        pikepdf.new(),
        *[("F", 400.0 + 30 * row, text) for row, (text, _) in enumerate(TCVN3 * 3)],
        fonts={"F": simple_font("TimesNewRoman")},
    )
    both = written([(60, 100, 12, "Người ký đã kiểm tra bản này")])
    page = both.pages[0]
    page.obj.Resources.Font["/F"] = simple_font("TimesNewRoman")
    add(both, old.pages[0].Contents.read_bytes())
    lines = [line.text for line in looked(saved(both, tmp_path / "a.pdf")).text.lines]
    assert lines == ["Người ký đã kiểm tra bản này", *[text for _, text in TCVN3 * 3]]


def test_the_table_of_tcvn3_agrees_with_the_systems_own_converter():
    letters = bytes([*range(0xA1, 0xAF), *range(0xB5, 0xBA), *range(0xBB, 0xBF), *range(0xC6, 0xCD), *range(0xCE, 0xD9)])
    letters += bytes([*range(0xDC, 0xE0), *range(0xE1, 0xF0), *range(0xF1, 0xFF)])
    letters = letters.replace(b"\xad", b"")  # a hyphen or a ư, decided by the word around it
    told = subprocess.run(["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=letters, capture_output=True, check=True, timeout=20)
    expected = unicodedata.normalize("NFC", told.stdout.decode())
    assert converted(letters.decode("latin-1"), "tcvn3") == expected


def test_every_vietnamese_vowel_is_written_in_vni_by_a_letter_and_its_marks():
    # Rows of one vowel: plain, acute, grave, hook, tilde, dot below.
    rows = {
        "aáàảãạ": "a aù aø aû aõ aï",
        "âấầẩẫậ": "aâ aá aà aå aã aä",
        "ăắằẳẵặ": "aê aé aè aú aü aë",
        "eéèẻẽẹ": "e eù eø eû eõ eï",
        "êếềểễệ": "eâ eá eà eå eã eä",
        "iíìỉĩị": "i í ì æ ó ò",
        "oóòỏõọ": "o où oø oû oõ oï",
        "ôốồổỗộ": "oâ oá oà oå oã oä",
        "ơớờởỡợ": "ô ôù ôø ôû ôõ ôï",
        "uúùủũụ": "u uù uø uû uõ uï",
        "ưứừửữự": "ö öù öø öû öõ öï",
        "yýỳỷỹỵ": "y yù yø yû yõ î",
    }
    for letters, codes in rows.items():
        assert [converted(code, "vni") for code in codes.split()] == list(letters)
        assert [converted(code.upper(), "vni") for code in codes.split()] == list(letters.upper())


@pytest.mark.parametrize(
    "old, said",
    [
        ("Th-¬ng", "Thương"),
        ("n-íc", "nước"),
        ("T-", "Tư"),
        ("-u", "ưu"),
        ("05/Q§-UBND", "05/QĐ-UBND"),
        ("-", "-"),
        ("2-3", "2-3"),
        ("Quèc-Vô", "Quốc-Vụ"),
        ("“ViÖt”", "“Việt”"),
    ],
)
def test_a_hyphen_is_taken_for_a_u_with_a_horn_where_that_makes_a_word(old, said):
    assert converted(old, "tcvn3") == said


@pytest.mark.parametrize(
    "name, kind",
    [
        (".VnTime", "tcvn3"),
        ("/ABCDEF+.VnArial-Bold", "tcvn3"),
        (".VnTimeH", "tcvn3_capitals"),
        (".VnArial NarrowH,Bold", "tcvn3_capitals"),
        (".VnTimeH-BoldItalic", "tcvn3_capitals"),
        ("VNI-Helve-Condense", "vni"),
        ("ABCDEF+VNI-Times", "vni"),
        ("TimesNewRomanPSMT", None),
        ("Verdana-Bold", None),
        ("", None),
    ],
)
def test_old_fonts_are_known_by_their_names(name, kind):
    assert kind_of_font(name) == kind
