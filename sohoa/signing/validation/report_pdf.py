"""A validation on paper: one A4 page (more only for many signatures) that a clerk can put into the dossier.

Every verdict is told by a word and a drawn sign as well as by its colour: reports are printed in grey and read by people who do not
tell red from green.
"""
# fpdf2 carries few types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from fontTools.ttLib import TTLibError
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from sohoa.kernel.clock import VIETNAM, iso_vietnam
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import nfc
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.model import FileReport, SignatureReport
from sohoa.signing.validation import report_words as words
from sohoa.signing.validation.explain import FINDINGS, Language, explain, time_said
from sohoa.signing.validation.trust import TrustedRoot

MARGIN, WIDTH = 18.0, 174.0  # mm; A4 is 210 wide
LABEL = 26.0  # mm, the left column
LINE = 4.6  # mm, of text at SIZE points
SIZE, SMALL, HEAD = 9.5, 7.5, 15.0  # points
FOOT = 14.0  # mm
MOST_SIGNATURES = 40  # printed; a file made to have thousands is told by its count
LONGEST = 160  # letters of a name out of a certificate
_COLOURS = {Outcome.OK: (22, 110, 60), Outcome.FAILED: (170, 28, 28), Outcome.UNDETERMINED: (150, 95, 0)}
_PALE = {Outcome.OK: (232, 244, 236), Outcome.FAILED: (251, 233, 233), Outcome.UNDETERMINED: (252, 243, 224)}


class ReportFontMissing(SohoaError):
    code, exit_code = "signing.report_font_missing", Exit.UNREACHABLE
    vi = "Máy này thiếu phông chữ để in phiếu kiểm tra."
    en = "The font for the printed report is not installed, or its file is damaged."
    remedy = "Chạy «make setup» (hoặc cài gói fonts-croscore), rồi chạy lại."
    remedy_en = "Run `make setup` (or install fonts-croscore), then run again."


@dataclass(frozen=True, slots=True)
class Judged:
    """What the report says about the judging. file: the name to print. sha256: hex, of the file; size: bytes. roots: see
    trust.describe_roots."""

    file: str
    sha256: str
    size: int
    at: datetime
    roots: tuple[TrustedRoot, ...] = ()


@dataclass(frozen=True, slots=True)
class Fonts:
    """TrueType files with all Vietnamese letters, such as Arimo or Tinos; they are embedded as far as used."""

    regular: Path
    bold: Path


def report_pdf(report: FileReport, judged: Judged, *, fonts: Fonts, lang: Language = "vi") -> bytes:
    """The report as PDF; the same values give the same bytes. Raises ReportFontMissing."""
    try:
        page = _Page(lang, fonts, judged.at)
    except (OSError, ValueError, LookupError, TTLibError) as broken:
        raise ReportFontMissing() from broken
    page.add_page()
    _head(page, report, judged)
    if report.signatures and report.reason != "LIMIT_EXCEEDED":
        page.heading(words.SIGNATURES[lang])
        for number, one in enumerate(report.signatures[:MOST_SIGNATURES], 1):
            _signature(page, number, one)
        if len(report.signatures) > MOST_SIGNATURES:
            page.text_line(words.MORE[lang].format(count=len(report.signatures) - MOST_SIGNATURES))
    page.heading(words.NEXT[lang])
    page.text_line(words.next_step(report, lang))
    return bytes(page.output())


class _Page(FPDF):
    def __init__(self, lang: Language, fonts: Fonts, at: datetime) -> None:
        super().__init__(format="A4")
        self.lang: Language = lang
        self.set_margins(MARGIN, 14, MARGIN)
        self.set_auto_page_break(True, margin=FOOT + 4)
        self.add_font("R", "", str(fonts.regular))
        self.add_font("R", "B", str(fonts.bold))
        self.set_title(words.TITLE[lang])
        self.set_lang(lang)
        self.set_creation_date(at)
        self.alias_nb_pages()

    def footer(self) -> None:
        self.set_y(-FOOT)
        self.set_font("R", "", SMALL)
        self.set_text_color(90, 90, 90)
        self.cell(0, 4, words.FOOT[self.lang].format(page=self.page_no(), pages="{nb}"), align="C")

    def heading(self, text: str) -> None:
        self.room_for(18)
        self.ln(2.5)
        self.set_font("R", "B", SIZE + 1.5)
        self.set_text_color(30, 30, 30)
        self.cell(0, 6.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def text_line(self, text: str, *, colour: tuple[int, int, int] = (30, 30, 30), bold: bool = False) -> None:
        self.set_font("R", "B" if bold else "", SIZE)
        self.set_text_color(*colour)
        self.multi_cell(0, LINE, self.printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def row(self, label: str, value: str, *, indent: float = 0.0, size: float = SIZE) -> None:
        self.set_x(MARGIN + indent)
        self.set_font("R", "", size)
        self.set_text_color(95, 95, 95)
        self.cell(LABEL, LINE, label)
        self.set_text_color(30, 30, 30)
        self.multi_cell(WIDTH - LABEL - indent, LINE, self.printable(value), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def room_for(self, height: float) -> None:
        if self.get_y() + height > self.h - FOOT - 4:
            self.add_page()

    def printable(self, text: str) -> str:
        """Names come out of certificates that anybody may have made: no control or direction signs, nothing the font cannot draw."""
        known = cast(TTFFont, self.fonts["r"]).cmap
        shown = (letter for letter in nfc(text) if unicodedata.category(letter)[0] != "C")
        return "".join(letter if ord(letter) in known or letter == " " else "□" for letter in shown)

    def mark(self, outcome: Outcome, x: float, y: float, size: float) -> None:
        """A tick, a cross or a question mark in a disc, `size` mm across."""
        self.set_fill_color(*_COLOURS[outcome])
        self.set_draw_color(255, 255, 255)
        self.ellipse(x, y, size, size, style="F")
        self.set_line_width(size / 9)
        if outcome is Outcome.OK:
            self.polyline(
                [(x + size * 0.26, y + size * 0.53), (x + size * 0.44, y + size * 0.7), (x + size * 0.75, y + size * 0.32)]
            )
        elif outcome is Outcome.FAILED:
            self.line(x + size * 0.31, y + size * 0.31, x + size * 0.69, y + size * 0.69)
            self.line(x + size * 0.69, y + size * 0.31, x + size * 0.31, y + size * 0.69)
        else:
            self.set_font("R", "B", size * 2.1)
            self.set_text_color(255, 255, 255)
            self.set_xy(x, y)
            self.cell(size, size, "?", align="C")
        self.set_line_width(0.2)


def _head(page: _Page, report: FileReport, judged: Judged) -> None:
    lang = page.lang
    page.set_font("R", "B", HEAD)
    page.set_text_color(30, 30, 30)
    page.cell(0, 9, words.TITLE[lang], align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(2)
    top = page.get_y()
    page.set_fill_color(*_PALE[report.verdict])
    page.set_draw_color(*_COLOURS[report.verdict])
    page.rect(MARGIN, top, WIDTH, 17, style="DF")
    page.mark(report.verdict, MARGIN + 4, top + 3, 11)
    page.set_xy(MARGIN + 19, top + 2.5)
    page.set_font("R", "B", 13)
    page.set_text_color(*_COLOURS[report.verdict])
    page.cell(0, 7, words.VERDICT[report.verdict][lang])
    page.set_xy(MARGIN + 19, top + 9.5)
    page.set_font("R", "", SIZE)
    page.set_text_color(30, 30, 30)
    page.cell(0, 5, _summary(report, lang))
    page.set_y(top + 20)
    page.row(words.FILE[lang], _short(judged.file))
    page.row("SHA-256", judged.sha256)
    page.row(words.SIZE[lang], f"{judged.size:,} byte".replace(",", "." if lang == "vi" else ","))
    page.row(words.JUDGED[lang], iso_vietnam(judged.at))
    page.row(words.ROOTS[lang], _roots(judged, lang))


def _summary(report: FileReport, lang: Language) -> str:
    first = explain(FileReport(report.verdict, report.signatures), lang)[0]
    return first if len(first) < 110 else first.split(". ")[0].split(": ")[0] + "."


def _roots(judged: Judged, lang: Language) -> str:
    if not judged.roots:
        return words.NO_ROOTS[lang]
    shown = [_root(one, judged.at, lang) for one in judged.roots[:6]]
    return "; ".join(shown) + (f" (+{len(judged.roots) - 6})" if len(judged.roots) > 6 else "")


def _root(root: TrustedRoot, at: datetime, lang: Language) -> str:
    note = f", {words.EXPIRED[lang].format(end=f'{root.end.astimezone(VIETNAM):%d/%m/%Y}')}" if root.expired(at) else ""
    return f"{_short(root.name)} ({root.fingerprint[:16]}…{note})"


def _signature(page: _Page, number: int, one: SignatureReport) -> None:
    lang = page.lang
    page.room_for(46)
    page.ln(1.2)
    top, first_page = page.get_y(), page.page_no()
    page.mark(one.verdict, MARGIN + 3, top, 5)
    page.set_xy(MARGIN + 10, top)
    page.set_font("R", "B", SIZE + 0.5)
    page.set_text_color(30, 30, 30)
    title = f"{number}. {_short(one.signer) or words.NAMELESS[lang]} – {words.ROLE[one.role][lang]} – {words.VERDICT[one.verdict][lang]}"
    page.multi_cell(WIDTH - 10, 5, page.printable(title), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    told = {
        "time": time_said(one, lang).removeprefix({"vi": "Thời điểm ký: ", "en": "Time of signing: "}[lang]),
        "integrity": words.INTEGRITY[one.integrity][lang],
        "chain": words.CHAIN[one.chain][lang],
        "revocation": words.REVOCATION[one.revocation][lang],
        "extent": words.extent(one, lang),
        "level": one.level,
    }
    for name, value in told.items():
        page.row(words.LABELS[name][lang], value, indent=10)
    for place, finding in enumerate(one.findings):
        label = words.LABELS["findings"][lang] if place == 0 else ""
        said = FINDINGS.get(finding, FINDINGS["GENERIC"])[lang]
        code = "" if finding.startswith("ADDED_") else f" [{finding}]"  # the standard has names for faults only
        page.row(label, said + code, indent=10, size=SIZE - 1)
    if page.page_no() == first_page:
        page.set_fill_color(*_COLOURS[one.verdict])
        page.rect(MARGIN, top, 1.1, page.get_y() - top, style="F")
    page.ln(1)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
