"""The offices of an invented province after July 2025: departments of the province, and communes directly below it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from sohoa.pipeline.sources.sampleoffice.people import PROVINCE, Person, person

Level = Literal["province", "commune"]
CAPITAL = "Hòa An"


@dataclass(frozen=True, slots=True)
class Agency:
    """above: the parent's line in the header, "" for a people's committee. lines: its own name as the header breaks it.

    place: what stands before the date. chief, deputy: positions of who signs. acting: "TM." where a collective body issues.
    unit_code: identifier in the manner of QĐ 20/2020/QĐ-TTg; H99 is no province's.
    """

    name: str
    above: str
    lines: tuple[str, ...]
    abbreviation: str
    place: str
    level: Level
    unit_code: str
    chief: str
    deputy: str
    acting: str = ""
    desks: tuple[str, ...] = ("VP",)
    seal_upper: str = ""
    seal_lower: str = ""

    @property
    def short(self) -> str:
        return self.name.replace("Ủy ban nhân dân", "UBND")


def _commune(name: str, number: int) -> Agency:
    return Agency(
        name=f"Ủy ban nhân dân {name}",
        above="",
        lines=("ỦY BAN NHÂN DÂN", name.upper()),
        abbreviation="UBND",
        place=name.split(" ", 1)[1],
        level="commune",
        unit_code=f"000.{number:02d}.00.H99",
        chief="CHỦ TỊCH",
        deputy="PHÓ CHỦ TỊCH",
        acting="TM. ỦY BAN NHÂN DÂN",
        desks=("VP", "KTHTĐT" if name.startswith("phường") else "KT", "VHXH", "TTHC"),
        seal_upper=f"ỦY BAN NHÂN DÂN {name.upper()}",
        seal_lower=PROVINCE.upper(),
    )


def _department(name: str, abbreviation: str, number: int, desks: tuple[str, ...], lines: tuple[str, ...] = ()) -> Agency:
    return Agency(
        name=name,
        above=f"UBND {PROVINCE.upper()}",
        lines=lines or (name.upper(),),
        abbreviation=abbreviation,
        place=CAPITAL,
        level="province",
        unit_code=f"000.00.{number:02d}.H99",
        chief="GIÁM ĐỐC",
        deputy="PHÓ GIÁM ĐỐC",
        desks=desks,
        seal_upper=name.upper(),
        seal_lower=PROVINCE.upper(),
    )


PEOPLES_COMMITTEE = Agency(
    name=f"Ủy ban nhân dân {PROVINCE}",
    above="",
    lines=("ỦY BAN NHÂN DÂN", PROVINCE.upper()),
    abbreviation="UBND",
    place=CAPITAL,
    level="province",
    unit_code="000.00.00.H99",
    chief="CHỦ TỊCH",
    deputy="PHÓ CHỦ TỊCH",
    acting="TM. ỦY BAN NHÂN DÂN",
    desks=("NC", "KTTH", "KGVX", "TTHC"),
    seal_upper="ỦY BAN NHÂN DÂN",
    seal_lower=PROVINCE.upper(),
)
WARD = _commune("phường Thanh Bình", 31)
SECOND_WARD = _commune("phường Đông Hải", 32)
VILLAGE = _commune("xã Tân Lộc", 45)
CONSTRUCTION = _department("Sở Xây dựng", "SXD", 5, ("QLXD", "QHKT", "VP"))
JUSTICE = _department("Sở Tư pháp", "STP", 8, ("HCTP", "BTTP", "VP"))
ENVIRONMENT = _department("Sở Nông nghiệp và Môi trường", "SNNMT", 7, ("QLĐĐ", "TNN", "VP"), ("SỞ NÔNG NGHIỆP", "VÀ MÔI TRƯỜNG"))
FINANCE = _department("Sở Tài chính", "STC", 6, ("ĐKKD", "QLNS", "VP"))

COMMUNE_OFFICES = (WARD, SECOND_WARD, VILLAGE)
DEPARTMENTS = (CONSTRUCTION, JUSTICE, ENVIRONMENT, FINANCE)
AGENCIES = (PEOPLES_COMMITTEE, *COMMUNE_OFFICES, *DEPARTMENTS)


def of_a_commune(agency: Agency) -> Agency:
    """Civil status, household businesses and mediation belong to the communes."""
    return agency if agency.level == "commune" else WARD


@dataclass(frozen=True, slots=True)
class Signer:
    """lines: what stands above the signature, from signing capacity to position. position: the last of them, in sentence case."""

    name: str
    lines: tuple[str, ...]
    position: str


def signer(rng: random.Random, agency: Agency) -> Signer:
    """The chief signs for the body; a deputy signs KT. (ký thay) for the chief."""
    who: Person = person(rng, born=(1966, 1988))
    body = (agency.acting,) if agency.acting else ()
    chief = agency.chief.capitalize()
    if rng.random() < 0.45:
        return Signer(who.name, (*body, agency.chief), chief)
    return Signer(who.name, (*body, f"KT. {agency.chief}", agency.deputy), f"Phó {chief}")
