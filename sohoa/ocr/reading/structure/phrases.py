"""What papers say in fixed words, found in spite of slips of reading. Texts are folded: lower case, without marks."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from sohoa.kernel.text import fold
from sohoa.ocr.reading.structure.pieces import Piece

ALIKE = 80  # of 100; two slips in ten letters, for stamps and skew sit right on these lines
SHORTEST = 0.85  # `CÔNG NGHỆ VIỆT NAM` is not far from ĐẢNG CỘNG SẢN VIỆT NAM
NATION = ("conghoaxahoichunghiavietnam", "conghoaxahoichunghia", "dangcongsanvietnam")
MOTTO = ("doclaptudohanhphuc",)

NUMBER = re.compile(r"^\W{0,3}(?:ma )?(?:s[o06]|80)\s?[:;.,]|^\W{0,3}s[o06] ?\S{0,6} ?/|^\S{0,12} ?/ ?[a-z]{2,5}[-–][a-z]")
DATE = re.compile(r"(?=.*\d)(?:.*\bng\wy\b.*\b(?:th\wng|n\wm)\b|.*\bth\wng\b.*\bn\wm\b|.*\bngay\b.*(?:19|20)\d\d)")
ABOUT = re.compile(r"^\W{0,2}v ?[/⁄|\\li1]? ?v\b|^\W{0,2}v[⁄/]|^\W{0,2}(?:ve viec)\b")
DEAR = re.compile(r"^\W{0,3}k\wnh g\w{1,2}\b|^\W{0,3}k\winh g[uư]i\b")
RECIPIENTS = re.compile(r"^\W{0,3}n[oơ]i\s?(?:nh\wn|gui)\b\W{0,3}")
GROUNDS = re.compile(r"^\W*(?:can cu|theo|xet|thuc hien|dieu 1\b|[1i]\. |thi hanh|hom nay|dang ky (?:lan|thay))")
ANNEX = re.compile(r"^\W*phu luc\b(?:\W+\w{1,4}){0,2}\W*$")
CAPACITY = re.compile(r"^\W{0,2}(?:tm|kt|tl|tuq|q)\s?[.,]")
POSITION = re.compile(
    r"^\W{0,2}(?:pho |quyen )?(?:chu tich|giam doc|tong giam doc|truong phong|chanh van phong|bo truong|thu truong|cuc truong|"
    r"chi cuc truong|vu truong|truong ban|chanh thanh tra|chanh an|hieu truong|thu tuong|chu nhiem|truong cong an|vien truong|"
    r"tong cuc truong|cong chung vien|chu ho|chu tri|chu toa|thu ky|ke toan|dai dien|ben [ab]\b|nguoi |thu quy|can bo|truong |"
    r"bi thu|pho )"
)
SIGNED_BY = re.compile(
    r"ky boi|nguoi ky|co quan ?:|thoi gian ky|email ?:|^\S+@\S+$|\b\S+@\S+\.gov\.vn|^\W*\d\d[./]\d\d[./]\d{4} \d\d:\d\d|^\W*\+07:?00$"
)


def span_of(piece: Piece, phrases: tuple[str, ...]) -> tuple[int, int] | None:
    """Which of the words [first, last] say one of the phrases. Spaces and signs are not looked at."""
    owners = [number for number, word in enumerate(_words(piece)) for _ in word]
    compact = "".join(_words(piece))
    for phrase in phrases:
        if len(compact) < len(phrase) * SHORTEST:
            continue
        found = fuzz.partial_ratio_alignment(phrase, compact, score_cutoff=ALIKE)
        if found is not None and found.dest_start < found.dest_end:
            return owners[found.dest_start], owners[found.dest_end - 1]
    return None


def _words(piece: Piece) -> list[str]:
    return ["".join(filter(str.isalnum, fold(word.text))) for word in piece.words]


def in_capitals(text: str) -> bool:
    """Mostly; the rest allows for slips of reading such as `l` for `I`."""
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) > 1 and sum(map(str.isupper, letters)) >= 0.7 * len(letters)


def has_letters(piece: Piece) -> bool:
    return any(map(str.isalnum, piece.text))
