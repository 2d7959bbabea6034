"""What the oddly laid out papers say: agencies, subjects and sentences that the product's own sample office does not have.

Nobody and nothing here exists; the province of Vạn Hải is as invented as the people.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from sohoa.pipeline.sources.sampleoffice.agencies import Agency, Signer, signer
from sohoa.pipeline.sources.sampleoffice.zones import Numbered

PLACE = "Vạn Hải"


def _agency(
    name: str,
    lines: tuple[str, ...],
    abbreviation: str,
    *,
    above: str = "",
    place: str = PLACE,
    chief: str = "GIÁM ĐỐC",
    deputy: str = "PHÓ GIÁM ĐỐC",
    acting: str = "",
    desks: tuple[str, ...] = ("VP", "TCHC", "KHTC"),
) -> Agency:
    return Agency(
        name=name,
        above=above,
        lines=lines,
        abbreviation=abbreviation,
        place=place,
        level="province",
        unit_code="",
        chief=chief,
        deputy=deputy,
        acting=acting,
        desks=desks,
        seal_upper=name.upper()[:34],
        seal_lower="TỈNH VẠN HẢI",
    )


BOARD = _agency(
    "Ban Quản lý dự án đầu tư xây dựng khu vực Long Khê",
    ("BAN QUẢN LÝ DỰ ÁN", "ĐẦU TƯ XÂY DỰNG", "KHU VỰC LONG KHÊ"),
    "BQLDA",
    above="UBND TỈNH VẠN HẢI",
    place="Long Khê",
)
SCHOOL = _agency(
    "Trường Trung học phổ thông Nguyễn Khuyến",
    ("TRƯỜNG TRUNG HỌC PHỔ THÔNG", "NGUYỄN KHUYẾN"),
    "THPTNK",
    above="SỞ GIÁO DỤC VÀ ĐÀO TẠO",
    chief="HIỆU TRƯỞNG",
    deputy="PHÓ HIỆU TRƯỞNG",
)
HOSPITAL = _agency("Bệnh viện Đa khoa tỉnh Vạn Hải", ("BỆNH VIỆN ĐA KHOA", "TỈNH VẠN HẢI"), "BVĐK", above="SỞ Y TẾ TỈNH VẠN HẢI")
FORESTRY = _agency(
    "Chi cục Kiểm lâm",
    ("CHI CỤC KIỂM LÂM",),
    "CCKL",
    above="SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG",
    chief="CHI CỤC TRƯỞNG",
    deputy="PHÓ CHI CỤC TRƯỞNG",
    desks=("HCTH", "QLBVR"),
)
COMPANY = _agency(
    "Công ty Cổ phần Cấp nước Vạn Hải", ("CÔNG TY CỔ PHẦN CẤP NƯỚC VẠN HẢI",), "CNVH", desks=("KTKH", "HĐQT"), chief="TỔNG GIÁM ĐỐC"
)
COMMITTEE = _agency(
    "Ủy ban nhân dân huyện Long Khê",
    ("ỦY BAN NHÂN DÂN", "HUYỆN LONG KHÊ"),
    "UBND",
    place="Long Khê",
    chief="CHỦ TỊCH",
    deputy="PHÓ CHỦ TỊCH",
    acting="TM. ỦY BAN NHÂN DÂN",
    desks=("NV", "TNMT", "VX"),
)
COUNCIL = _agency(
    "Hội đồng nhân dân tỉnh Vạn Hải",
    ("HỘI ĐỒNG NHÂN DÂN", "TỈNH VẠN HẢI"),
    "HĐND",
    chief="CHỦ TỊCH",
    deputy="PHÓ CHỦ TỊCH",
    acting="TM. HỘI ĐỒNG NHÂN DÂN",
)
PARTY = _agency(
    "Đảng ủy xã Bình Sa",
    ("ĐẢNG ỦY XÃ BÌNH SA",),
    "ĐU",
    above="ĐẢNG BỘ TỈNH VẠN HẢI",
    place="Bình Sa",
    chief="BÍ THƯ",
    deputy="PHÓ BÍ THƯ",
    acting="T/M ĐẢNG ỦY",
)
CENTRE = _agency(
    "Trung tâm Phát triển quỹ đất", ("TRUNG TÂM", "PHÁT TRIỂN QUỸ ĐẤT"), "TTPTQĐ", above="UBND HUYỆN LONG KHÊ", place="Long Khê"
)

TITLES = {
    "QĐ": "QUYẾT ĐỊNH",
    "TB": "THÔNG BÁO",
    "KH": "KẾ HOẠCH",
    "BC": "BÁO CÁO",
    "TTr": "TỜ TRÌNH",
    "NQ": "NGHỊ QUYẾT",
    "GM": "GIẤY MỜI",
    "CT": "CHỈ THỊ",
    "CV": "",
}
ENGLISH = {"QĐ": "DECISION", "TB": "NOTICE", "KH": "PLAN", "BC": "REPORT"}
SUBJECTS = {
    "QĐ": (
        "Về việc nâng bậc lương thường xuyên đối với viên chức năm 2026",
        "Ban hành Quy chế tiếp nhận và xử lý phản ánh hiện trường",
        "Về việc điều động xe ô tô phục vụ phòng, chống thiên tai",
    ),
    "TB": (
        "Tuyển dụng nhân viên hợp đồng đợt 1 năm 2026",
        "Về việc tạm ngừng cấp nước để sửa chữa đường ống truyền tải",
        "Kết quả xét thăng hạng chức danh nghề nghiệp giáo viên",
    ),
    "KH": (
        "Phòng, chống bệnh sốt xuất huyết trong mùa mưa năm 2026",
        "Tổ chức Tuần lễ hưởng ứng học tập suốt đời",
    ),
    "BC": (
        "Công tác quản lý, bảo vệ rừng sáu tháng đầu năm 2026",
        "Kết quả giải ngân vốn đầu tư công quý II năm 2026",
    ),
    "TTr": (
        "Về việc xin chủ trương sửa chữa mái nhà kho lưu trữ",
        "Đề nghị bổ sung danh mục mua sắm thiết bị y tế",
    ),
    "NQ": (
        "Quy định mức thu học phí đối với các cơ sở giáo dục công lập trên địa bàn tỉnh",
        "Về việc điều chỉnh kế hoạch đầu tư công trung hạn giai đoạn 2026 - 2030",
    ),
    "GM": ("Tham dự hội nghị đánh giá chất lượng nước sinh hoạt", "Họp thống nhất phương án bồi thường, hỗ trợ"),
    "CT": (
        "Về việc tăng cường công tác phòng cháy, chữa cháy rừng mùa khô năm 2026",
        "Về việc chấn chỉnh kỷ luật, kỷ cương hành chính",
    ),
    "CV": (
        "cử cán bộ tham gia đoàn kiểm tra liên ngành về an toàn thực phẩm",
        "góp ý dự thảo quy định về quản lý cây xanh đô thị",
        "đôn đốc báo cáo số liệu trang thiết bị dạy học",
    ),
}
GROUNDS = (
    "Căn cứ Quyết định số {other}/QĐ-UBND ngày {earlier} của Ủy ban nhân dân tỉnh Vạn Hải;",
    "Căn cứ Thông tư số 08/2022/TT-BKHĐT ngày 31 tháng 5 năm 2022;",
    "Theo đề nghị của Trưởng phòng Tổ chức - Hành chính.",
)
SENTENCES = (
    "Các đơn vị, cá nhân có liên quan sắp xếp thời gian, chuẩn bị tài liệu và thực hiện đúng tiến độ đã được phân công tại cuộc "
    "họp giao ban.",
    "Kinh phí được cân đối từ nguồn thu sự nghiệp để lại và các nguồn hợp pháp khác theo dự toán đã được cấp có thẩm quyền giao.",
    "Phòng Kế hoạch - Tài chính chủ trì theo dõi, tổng hợp khó khăn, vướng mắc và báo cáo trước ngày 20 hằng tháng.",
    "Thời gian thực hiện kể từ ngày ký; các nội dung trước đây trái với văn bản này không còn được áp dụng.",
    "Trong quá trình thực hiện, nếu phát sinh vấn đề vượt thẩm quyền thì kịp thời phản ánh bằng văn bản để được xem xét.",
    "Danh sách chi tiết gồm 18 trường hợp được niêm yết công khai tại trụ sở và gửi đến từng bộ phận có liên quan.",
)
RECIPIENTS = ("Như trên", "Ban lãnh đạo (để chỉ đạo)", "Các phòng chuyên môn", "Website đơn vị")


@dataclass(frozen=True, slots=True)
class Matter:
    """One paper before it is laid out. subject: as the truth has it. body: whole paragraphs."""

    kind: str
    agency: Agency
    numbered: Numbered
    day: date
    title: str
    subject: str
    body: tuple[str, ...]
    who: Signer
    recipients: tuple[str, ...]

    @property
    def fields(self) -> dict[str, str]:
        return {
            "code_number": self.numbered.number,
            "code_notation": self.numbered.notation,
            "issued_date": self.day.isoformat(),
            "place": self.agency.place,
            "issuing_agency": self.agency.name,
            "subject": self.subject,
            "signer_name": self.who.name,
            "signer_position": self.who.position,
        }


def matter(rng: random.Random, kind: str, agency: Agency) -> Matter:
    day = date(2026, 1, 5) + timedelta(days=rng.randrange(170))
    earlier = day - timedelta(days=rng.randint(20, 300))
    grounds = [
        ground.format(other=rng.randint(11, 990), earlier=f"{earlier.day:02d} tháng {earlier.month} năm {earlier.year}")
        for ground in GROUNDS
    ]
    desk = rng.choice(agency.desks)
    if agency is PARTY:
        number = Numbered(f"{rng.randint(1, 300):02d}", f"{kind}/{agency.abbreviation}")
    else:
        notation = f"{agency.abbreviation}-{desk}" if kind == "CV" else f"{kind}-{agency.abbreviation}"
        number = Numbered(f"{rng.randint(1, 1500):02d}", notation)
    return Matter(
        kind=kind,
        agency=agency,
        numbered=number,
        day=day,
        title=TITLES[kind],
        subject=rng.choice(SUBJECTS[kind]),
        body=(*grounds, *rng.sample(SENTENCES, rng.randint(3, 5))),
        who=signer(rng, agency),
        recipients=(*rng.sample(RECIPIENTS, 2), f"Lưu: VT, {desk}"),
    )
