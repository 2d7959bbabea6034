"""Invented people and their places. Nobody here exists: personal numbers begin with 003, which belongs to no province."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

SURNAMES = (
    *("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"),
    *(
        "Đinh",
        "Đoàn",
        "Lâm",
        "Mai",
        "Trịnh",
        "Tạ",
        "Cao",
        "Châu",
        "Thái",
        "Tống",
        "Quách",
        "Lương",
        "Vương",
        "Triệu",
        "Kiều",
        "Nghiêm",
    ),
)
MIDDLE_MALE = (
    "Văn",
    "Đức",
    "Minh",
    "Quốc",
    "Hữu",
    "Xuân",
    "Ngọc",
    "Thanh",
    "Công",
    "Trọng",
    "Đình",
    "Bá",
    "Tiến",
    "Viết",
    "Khắc",
    "Duy",
)
MIDDLE_FEMALE = (
    "Thị",
    "Thị Thu",
    "Thị Ngọc",
    "Thị Bích",
    "Thị Mỹ",
    "Thị Hồng",
    "Thùy",
    "Phương",
    "Diệu",
    "Khánh",
    "Thị Kim",
    "Thị Thanh",
)
GIVEN_MALE = (
    *("Hùng", "Dũng", "Tuấn", "Sơn", "Thắng", "Khải", "Phúc", "Quyền", "Trường", "Vỹ", "Nghĩa", "Lực", "Bảo", "Đạt", "Huy", "Kỳ"),
    *("Lộc", "Nhẫn", "Phước", "Quý", "Tấn", "Thịnh", "Tường", "Vũ", "Ân", "Bằng", "Cường", "Giáp", "Hậu", "Khương", "Lĩnh", "Mẫn"),
)
GIVEN_FEMALE = (
    *("Hà", "Hằng", "Lan", "Mai", "Nga", "Oanh", "Phượng", "Quỳnh", "Thảo", "Trang", "Tuyết", "Vân", "Yến", "Ánh", "Cẩm", "Dung"),
    *(
        "Duyên",
        "Giang",
        "Hiền",
        "Huệ",
        "Liễu",
        "Loan",
        "Lý",
        "Nguyệt",
        "Nhung",
        "Thắm",
        "Thủy",
        "Trâm",
        "Uyên",
        "Xuân",
        "Yên",
        "Ngần",
    ),
)
STREETS = (
    *("Trần Hưng Đạo", "Lê Lợi", "Nguyễn Trãi", "Phan Bội Châu", "Lý Thường Kiệt", "Hai Bà Trưng", "Quang Trung", "Hùng Vương"),
    *("Bạch Đằng", "Ngô Quyền", "Nguyễn Huệ", "Võ Thị Sáu", "Lê Hồng Phong", "Phạm Ngũ Lão", "Yết Kiêu", "Tô Hiến Thành"),
)
PROVINCE = "tỉnh Hòa An"
COMMUNES = (
    *("phường Thanh Bình", "phường Đông Hải", "phường Phú Mỹ", "phường Ngọc Sơn", "phường Vĩnh Thạnh"),
    *("xã Tân Lộc", "xã Hòa Lạc", "xã An Phước", "xã Quảng Điền", "xã Trà Khê", "xã Đức Thuận", "xã Mỹ Xuyên"),
)
GROUPS = ("tổ dân phố", "khu phố")
ETHNICITIES = ("Kinh", "Kinh", "Kinh", "Kinh", "Kinh", "Tày", "Mường", "Chăm", "Hoa", "Hrê")


@dataclass(frozen=True)
class Person:
    """address: where the person lives, down to the province. commune: its own part of it."""

    surname: str
    middle: str
    given: str
    male: bool
    born: date
    commune: str
    place: str  # what comes before the commune in the address
    ethnicity: str
    serial: int  # six digits

    @property
    def name(self) -> str:
        return f"{self.surname} {self.middle} {self.given}"

    @property
    def title(self) -> str:
        return "ông" if self.male else "bà"

    @property
    def address(self) -> str:
        return f"{self.place}, {self.commune}, {PROVINCE}"

    @cached_property
    def personal_id(self) -> str:
        """Twelve digits as Nghị định 137/2015/NĐ-CP, Điều 13 builds them: place, century and sex, year, serial."""
        century = 0 if self.born.year < 2000 else 2
        return f"003{century + (0 if self.male else 1)}{self.born.year % 100:02d}{self.serial:06d}"

    @property
    def phone(self) -> str:
        # 0900 000 000 to 0900 009 999: no subscriber has a number of only zeros there.
        return f"0900.00{self.serial % 100:02d}.{self.serial // 100 % 1000:03d}"


def person(
    rng: random.Random, *, male: bool | None = None, commune: str = "", born: tuple[int, int] = (1955, 2004), surname: str = ""
) -> Person:
    sex = rng.random() < 0.5 if male is None else male
    where = commune or rng.choice(COMMUNES)
    return Person(
        surname=surname or rng.choice(SURNAMES),
        middle=rng.choice(MIDDLE_MALE if sex else MIDDLE_FEMALE),
        given=rng.choice(GIVEN_MALE if sex else GIVEN_FEMALE),
        male=sex,
        born=day_between(rng, date(born[0], 1, 1), date(born[1], 12, 31)),
        commune=where,
        place=_place(rng, where),
        ethnicity=rng.choice(ETHNICITIES),
        serial=rng.randrange(1_000_000),
    )


def _place(rng: random.Random, commune: str) -> str:
    if commune.startswith("xã"):
        return f"thôn {rng.choice(('Đông', 'Thượng', 'Hạ', 'Phú Lễ', 'An Hội', 'Trung Nghĩa', 'Mỹ Đức', 'Kỳ Thọ'))}"
    house = f"số {rng.randint(2, 420)} đường {rng.choice(STREETS)}"
    return f"{house}, {rng.choice(GROUPS)} {rng.randint(1, 24)}" if rng.random() < 0.4 else house


def day_between(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))
