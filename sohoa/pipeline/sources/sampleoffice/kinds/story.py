"""What the papers of one dossier share, and the slots that their sentences are filled from."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sohoa.pipeline.sources.sampleoffice.agencies import AGENCIES, COMMUNE_OFFICES, DEPARTMENTS, Agency
from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.fonts import Family
from sohoa.pipeline.sources.sampleoffice.people import COMMUNES, PROVINCE, STREETS, Person, day_between, person
from sohoa.pipeline.sources.sampleoffice.zones import Numbered, short

FIRST_DAY, LAST_DAY = date(2026, 1, 5), date(2026, 6, 26)


@dataclass(frozen=True, slots=True)
class Story:
    """agency: who handles the matter and issues. day: the paper's own date. matter: the procedure or subject, in sentence case."""

    applicant: Person
    agency: Agency
    day: date
    matter: str = ""


PROCEDURE_NAMES = (
    "đăng ký khai sinh",
    "đăng ký kết hôn",
    "cấp giấy phép xây dựng nhà ở riêng lẻ",
    "đăng ký thành lập hộ kinh doanh",
    "đăng ký biến động đất đai",
    "chuyển mục đích sử dụng đất",
    "chứng thực bản sao từ bản chính",
    "xác nhận tình trạng hôn nhân",
    "trợ cấp xã hội hàng tháng",
    "tách thửa hoặc hợp thửa đất",
)
# How a sentence names the matter of a dossier, by the topics of procedures.py.
TOPIC_NAMES = {
    "construction": "cấp giấy phép xây dựng nhà ở riêng lẻ",
    "business": "đăng ký hộ kinh doanh",
    "birth": "đăng ký khai sinh",
    "land": "chuyển mục đích sử dụng đất",
    "plot": "tách thửa đất",
    "mediation": "hòa giải tranh chấp đất đai",
    "cooperative": "đăng ký thay đổi nội dung đăng ký hợp tác xã",
}
SECTORS = (
    "Hộ tịch",
    "Đất đai",
    "Hoạt động xây dựng",
    "Chứng thực",
    "Bảo trợ xã hội",
    "Tài nguyên nước",
    "Hợp tác xã",
    "Hộ kinh doanh",
)
WORKS = (
    "đường giao thông liên thôn",
    "Nhà văn hóa khu dân cư",
    "kè chống sạt lở bờ sông",
    "Trường Mầm non Hoa Sen",
    "trạm bơm tiêu úng",
    "hệ thống chiếu sáng công cộng",
    "Trạm Y tế",
    "chợ dân sinh",
)


def telling(rng: random.Random, *, agency: Agency | None = None) -> Story:
    """A story for a paper that stands alone."""
    office = agency or rng.choice(AGENCIES)
    return Story(person(rng), office, working_day(day_between(rng, FIRST_DAY, LAST_DAY)))


# Tết Bính Ngọ, Giỗ Tổ Hùng Vương, 30 April and 1 May: no office is open.
HOLIDAYS = (*(date(2026, 2, day) for day in range(14, 23)), date(2026, 4, 27), date(2026, 4, 30), date(2026, 5, 1))


def working_day(day: date) -> date:
    """That day, or the next on which offices work."""
    while day.weekday() >= 5 or day in HOLIDAYS:
        day += timedelta(days=1)
    return day


def typist(rng: random.Random, *, numbered: bool, small: bool = False) -> Composer:
    """Mostly Times metrics, as Nghị định 30/2020 asks; some offices set other faces.

    A third of the numbered papers has its number and day filled in by pen.
    """
    families: tuple[Family, ...] = ("tinos", "termes", "arimo", "cousine")
    family = rng.choices(families, (66, 16, 12, 6))[0]
    size = rng.choice((13.0, 13.5, 14.0))
    if family in ("arimo", "cousine"):
        size -= 1.5  # wider faces; a page would hold too little
    return Composer(rng, family=family, size=size - (0.5 if small else 0), hand=numbered and rng.random() < 1 / 3)


def number(rng: random.Random, notation: str, *, most: int = 1800) -> Numbered:
    value = rng.randint(1, most) if rng.random() < 0.8 else rng.randint(1, 40)
    return Numbered(f"{value:02d}", notation)


def filled(rng: random.Random, story: Story, templates: Iterable[str]) -> list[str]:
    return [template.format_map(Slots(rng, story)) for template in templates]


def fill(rng: random.Random, story: Story, template: str) -> str:
    return template.format_map(Slots(rng, story))


def filled_together(rng: random.Random, story: Story, templates: Sequence[str]) -> list[str]:
    """All with the same slots, so that the place named in the subject is the place named in Điều 1."""
    return fill(rng, story, "\x1e".join(templates)).split("\x1e")


class Slots(dict[str, str]):
    """Slots of a sentence, drawn when met: {share}, {paper}, {department}, …

    The same slot twice says the same; {share2} is another share.
    """

    def __init__(self, rng: random.Random, story: Story) -> None:
        super().__init__()
        self._rng, self._story = rng, story

    def __missing__(self, name: str) -> str:
        self[name] = value = self._draw(name.rstrip("0123456789"))
        return value

    def _draw(self, name: str) -> str:
        rng, story = self._rng, self._story
        if name == "procedure" and story.matter in TOPIC_NAMES:
            return TOPIC_NAMES[story.matter]
        earlier = working_day(story.day - timedelta(days=rng.randint(3, 60)))
        later = working_day(story.day + timedelta(days=rng.randint(5, 75)))
        if name in _DRAWN:
            return _DRAWN[name](rng)
        match name:
            case "earlier":
                return short(earlier)
            case "later":
                return short(later)
            case "paper":
                return f"{_paper(rng)} ngày {short(earlier)}"
            case "agency":
                return story.agency.short
            case "here":
                return story.agency.name.removeprefix("Ủy ban nhân dân ") if story.agency in COMMUNE_OFFICES else PROVINCE
            case "applicant":
                return f"{story.applicant.title} {story.applicant.name}"
            case "Applicant":
                return f"{story.applicant.title.capitalize()} {story.applicant.name}"
            case "address":
                return story.applicant.address
            case "month":
                return f"{story.day.month:02d}/{story.day.year}"
            case "year":
                return str(story.day.year)
            case _:
                raise KeyError(name)


def _paper(rng: random.Random) -> str:
    office = rng.choice((*DEPARTMENTS, *COMMUNE_OFFICES))
    serial = rng.randint(11, 2400)
    kind = rng.choice(("Công văn", "Tờ trình", "Báo cáo", "Kế hoạch", "Thông báo"))
    short_kind = {"Tờ trình": "TTr", "Báo cáo": "BC", "Kế hoạch": "KH", "Thông báo": "TB"}.get(kind)
    notation = f"{short_kind}-{office.abbreviation}" if short_kind else f"{office.abbreviation}-{rng.choice(office.desks)}"
    return f"{kind} số {serial}/{notation}"


def grouped(value: int) -> str:
    """`1250000` → `1.250.000`."""
    return f"{value:,}".replace(",", ".")


_DRAWN = {
    "count": lambda rng: f"{rng.randint(2, 98):02d}",
    "many": lambda rng: grouped(rng.randint(110, 9800)),
    "share": lambda rng: f"{rng.randint(72, 99)},{rng.randint(0, 99):02d}%",
    "money": lambda rng: grouped(rng.randint(12, 4800) * 100_000),
    "area": lambda rng: f"{grouped(rng.randint(60, 1900))},{rng.randint(0, 9)} m²",
    "hours": lambda rng: rng.choice(("08 giờ 00", "08 giờ 30", "09 giờ 00", "13 giờ 30", "14 giờ 00")),
    "person": lambda rng: _titled(person(rng)),
    "name": lambda rng: person(rng).name,
    "commune": lambda rng: rng.choice(COMMUNES),
    "department": lambda rng: rng.choice(DEPARTMENTS).name,
    "procedure": lambda rng: rng.choice(PROCEDURE_NAMES),
    "sector": lambda rng: rng.choice(SECTORS),
    "works": lambda rng: rng.choice(WORKS),
    "street": lambda rng: rng.choice(STREETS),
    "plot": lambda rng: str(rng.randint(12, 980)),
    "map": lambda rng: f"{rng.randint(2, 68):02d}",
    "quarter": lambda rng: rng.choice(("I", "II")),
}


def _titled(someone: Person) -> str:
    return f"{someone.title} {someone.name}"
