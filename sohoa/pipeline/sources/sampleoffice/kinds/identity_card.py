"""Căn cước: a specimen card, both sides copied onto A4, or the two sides as pictures of the card. Its QR code can be read."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from sohoa.kernel.text import fold, nfc
from sohoa.pipeline.sources.sampleoffice.composer import SPECIMEN
from sohoa.pipeline.sources.sampleoffice.kinds.story import Story
from sohoa.pipeline.sources.sampleoffice.layout import (
    A4,
    GREY,
    MM,
    Code,
    Colour,
    Draft,
    Panel,
    Rule,
    Run,
    Sheet,
    set_line,
    words_of,
)
from sohoa.pipeline.sources.sampleoffice.model import Region
from sohoa.pipeline.sources.sampleoffice.people import PROVINCE, Person, day_between
from sohoa.pipeline.sources.sampleoffice.zones import MOTTO, NATION, short

CARD = (85.6 * MM, 53.98 * MM)  # ISO/IEC 7810, ID-1
BORDER = 3 * MM
QR_SIDE = 23.0  # mm
RED_WORD: Colour = (196, 30, 40)
INK: Colour = (30, 34, 46)
TINTS: tuple[Colour, ...] = ((226, 238, 236), (230, 240, 228), (224, 234, 243), (240, 236, 226))


@dataclass(slots=True)
class _Side:
    """Places things on a card whose upper left corner lies at x, y of the sheet; positions are millimetres on the card."""

    sheet: Sheet
    x: float
    y: float

    def put(
        self,
        text: str,
        left: float,
        top: float,
        size: float,
        *,
        face: str = "arimo-regular",
        colour: Colour = INK,
        right: float = 84.0,
        centre: bool = False,
        region: Region = "other",
        most: float | None = None,
    ) -> None:
        words = words_of([Run(text, face, size, colour)])
        x0, x1 = self.x + left * MM, self.x + right * MM
        natural = sum(word.width for word in words) + size * 0.28 * (len(words) - 1)
        if natural > (x1 - x0 if most is None else most * MM):
            words = words_of([Run(text, face, size * (x1 - x0) / natural * 0.98, colour)])
        self.sheet.lines.append(set_line(words, x0, x1, self.y + top * MM, "centre" if centre else "left", region))

    def panel(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self.sheet.marks.append(Panel(self.x + left * MM, self.y + top * MM, self.x + right * MM, self.y + bottom * MM, colour))


def identity_card(rng: random.Random, story: Story, *, qr: float = QR_SIDE) -> Draft:
    """qr: side of the code in millimetres; on the cards of 2021 it is about half of QR_SIDE."""
    who = story.applicant
    issued = day_between(rng, date(2024, 7, 1), min(date(2025, 12, 31), story.day))
    tint = rng.choice(TINTS)
    if rng.random() < 2 / 3:
        sheet = Sheet()
        x = (A4[0] - CARD[0]) / 2 + rng.uniform(-40, 40)
        y = rng.uniform(90, 160)
        _front(_card(sheet, x, y, tint), who)
        _back(_card(sheet, x + rng.uniform(-8, 8), y + CARD[1] + rng.uniform(50, 90), tint), who, issued, qr)
        words = words_of([Run(SPECIMEN, "arimo-regular", 8.5, GREY)])
        sheet.lines.append(set_line(words, 56, A4[0] - 56, A4[1] - 30, "left", "other"))
        sheets: tuple[Sheet, ...] = (sheet,)
    else:
        size = (CARD[0] + 2 * BORDER, CARD[1] + 2 * BORDER)
        front, back = Sheet(*size), Sheet(*size)
        _front(_card(front, BORDER, BORDER, tint), who)
        _back(_card(back, BORDER, BORDER, tint), who, issued, qr)
        sheets = (front, back)
    fields = {"issued_date": issued.isoformat(), "issuing_agency": nfc("Bộ Công an")}
    return Draft("CC", "Căn cước", fields, sheets)


def _card(sheet: Sheet, x: float, y: float, tint: Colour) -> _Side:
    side = _Side(sheet, x, y)
    side.panel(0, 0, 85.6, 53.98, tint)
    edge = (178, 184, 184)
    for x0, y0, x1, y1 in ((0, 0, 85.6, 0), (0, 53.98, 85.6, 53.98), (0, 0, 0, 53.98), (85.6, 0, 85.6, 53.98)):
        sheet.marks.append(Rule(x + x0 * MM, y + y0 * MM, x + x1 * MM, y + y1 * MM, 0.5, edge))
    return side


def _front(card: _Side, who: Person) -> None:
    card.put(NATION, 18, 6.0, 6.6, face="arimo-bold", centre=True, region="national_header")
    card.put(MOTTO, 18, 8.9, 5.8, face="arimo-bold", centre=True, region="national_header")
    card.put("CĂN CƯỚC", 18, 15.6, 11.5, face="arimo-bold", colour=RED_WORD, centre=True, region="title")
    card.put("IDENTITY CARD", 18, 18.9, 6.0, colour=RED_WORD, centre=True, region="title")
    card.put(SPECIMEN, 18, 22.4, 5.4, face="arimo-bold", colour=RED_WORD, centre=True)
    _portrait(card)
    for label, value, top in (
        ("Số định danh cá nhân / Personal identification number:", who.personal_id, 26.4),
        ("Họ, chữ đệm và tên khai sinh / Full name:", who.name.upper(), 34.0),
        ("Ngày, tháng, năm sinh / Date of birth:", short(who.born), 41.6),
    ):
        card.put(label, 27, top, 4.9, region="body")
        card.put(value, 27, top + 3.7, 8.2, face="arimo-bold", region="body")
    card.put(f"Giới tính / Sex: {'Nam' if who.male else 'Nữ'}", 27, 49.4, 5.6, region="body", right=52)
    card.put("Quốc tịch / Nationality: Việt Nam", 53, 49.4, 5.6, region="body")


def _portrait(card: _Side) -> None:
    """A grey figure in place of a photograph; nobody's face."""
    card.panel(3, 20, 23.5, 47.5, (206, 212, 216))
    card.panel(9.4, 25, 17.1, 34.5, (150, 156, 162))
    card.panel(6.2, 37, 20.3, 47.5, (136, 142, 150))


def _back(card: _Side, who: Person, issued: date, side: float) -> None:
    card.sheet.marks.append(Panel(*_square(card, 59.6, 2.6, side + 2), (255, 255, 255)))
    card.sheet.marks.append(Code(card.x + 60.6 * MM, card.y + 3.6 * MM, side * MM, _qr_text(who, issued)))
    for label, value, top in (
        ("Nơi cư trú / Place of residence:", who.address, 6.0),
        ("Nơi đăng ký khai sinh / Place of birth:", f"{who.commune}, {PROVINCE}", 14.0),
        ("Ngày, tháng, năm cấp / Date of issue:", short(issued), 22.0),
        ("Ngày, tháng, năm hết hạn / Date of expiry:", short(_expiry(who, issued)), 29.4),
    ):
        card.put(label, 4, top, 4.6, region="body", right=58)
        card.put(value, 4, top + 3.3, 6.2, face="arimo-bold", region="body", right=58)
    card.put("BỘ CÔNG AN", 58, 32.8, 6.4, face="arimo-bold", centre=True, region="agency", right=85)
    card.put("MẪU / SPECIMEN", 58, 36.2, 5.6, face="arimo-bold", colour=RED_WORD, centre=True, right=85)
    for row, text in enumerate(_machine_zone(who, issued)):
        card.put(text, 4, 41.6 + row * 4.6, 8.6, face="cousine-bold", right=82)


def _square(card: _Side, left: float, top: float, side: float) -> tuple[float, float, float, float]:
    return card.x + left * MM, card.y + top * MM, card.x + (left + side) * MM, card.y + (top + side) * MM


def _expiry(who: Person, issued: date) -> date:
    """Cards are renewed at 14, 25, 40 and 60 (Luật Căn cước 2023, Điều 21); after that they last."""
    for age in (14, 25, 40, 60):
        end = date(who.born.year + age, who.born.month, min(who.born.day, 28))
        if end > issued:
            return end
    return date(2099, 12, 31)


def _qr_text(who: Person, issued: date) -> str:
    """The fields in the order of the real cards, and a last one that says this is none."""
    sex = "Nam" if who.male else "Nữ"
    return nfc(f"{who.personal_id}||{who.name}|{who.born:%d%m%Y}|{sex}|{who.address}|{issued:%d%m%Y}|MẪU")


def _machine_zone(who: Person, issued: date) -> tuple[str, str, str]:
    """Three lines of 30 as on ICAO TD1 cards. UTO is the standard's own country for specimens."""
    born, ends = f"{who.born:%y%m%d}", f"{_expiry(who, issued):%y%m%d}"
    number = who.personal_id[-9:]
    name = f"{fold(who.surname)}<<{fold(who.middle)} {fold(who.given)}".upper().replace(" ", "<")
    first = f"IDUTO{number}{_check(number)}{who.personal_id}".ljust(30, "<")[:30]
    second = f"{born}{_check(born)}{'M' if who.male else 'F'}{ends}{_check(ends)}UTO".ljust(29, "<")[:29]
    whole = _check(first[5:] + second[:7] + second[8:15] + second[18:29])
    return first, f"{second}{whole}", name.ljust(30, "<")[:30]


def _check(letters: str) -> int:
    """ICAO 9303 check digit: weights 7, 3, 1; `<` counts nothing, letters from A = 10."""
    return sum((0 if letter == "<" else int(letter, 36)) * (7, 3, 1)[i % 3] for i, letter in enumerate(letters)) % 10
