"""A small lexicon written by hand: units that are easily taken for one another, and bodies."""

from __future__ import annotations

from sohoa.ocr.understanding.lexicon import Lexicon

BEFORE, SINCE = ("", "2025-06-30"), ("2025-07-01", "")
UNITS = (
    ("p", "51", "", "Tỉnh Quảng Ngãi", *BEFORE),
    ("p", "51", "", "Tỉnh Quảng Ngãi", *SINCE),
    ("p", "22", "", "Tỉnh Quảng Ninh", *BEFORE),
    ("p", "42", "", "Tỉnh Hà Tĩnh", *BEFORE),
    ("p", "79", "", "Thành phố Hồ Chí Minh", *SINCE),
    ("d", "533", "51", "Huyện Mộ Đức", *BEFORE),
    ("d", "760", "79", "Quận 1", *BEFORE),
    ("c", "1", "51", "Phường Thanh Bình", *SINCE),
    ("c", "2", "51", "Phường Đông Hải", *SINCE),
    ("c", "3", "22", "Phường Đồng Hải", *BEFORE),
    ("c", "4", "51", "Xã Tân Lộc", *SINCE),
    ("c", "5", "51", "Xã Tấn Lộc", *BEFORE),
    ("c", "6", "51", "Thị trấn Mộ Đức", *BEFORE),
)
AGENCIES = (
    "Ủy ban nhân dân", "UBND", "Hội đồng nhân dân", "Sở Tài chính", "Sở Xây dựng", "Sở Nông nghiệp và Môi trường",
    "Bộ Khoa học và Công nghệ", "Cục Chuyển đổi số quốc gia", "Phòng Kinh tế, Hạ tầng và Đô thị", "Phòng Văn hóa - Xã hội",
    "Ban Chỉ đạo", "Bảo hiểm xã hội", "Văn phòng", "Văn phòng Đăng ký đất đai", "Chi nhánh", "Công ty TNHH", "Trung tâm Y tế", "Sở Y tế",
)  # fmt: skip


def lexicon() -> Lexicon:
    return Lexicon.of(UNITS, AGENCIES)
