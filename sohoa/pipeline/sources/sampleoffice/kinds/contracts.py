"""Hợp đồng: between two private parties, several pages, signed by both."""

from __future__ import annotations

import random

from sohoa.kernel.text import nfc
from sohoa.pipeline.sources.sampleoffice.chance import some
from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.kinds.story import Story, filled_together, grouped, number, typist
from sohoa.pipeline.sources.sampleoffice.layout import Draft, Signature
from sohoa.pipeline.sources.sampleoffice.people import Person, person
from sohoa.pipeline.sources.sampleoffice.tables import table
from sohoa.pipeline.sources.sampleoffice.zones import long, number_runs, plain_header, short, title

CIVIL = "Căn cứ Bộ luật Dân sự ngày 24 tháng 11 năm 2015;"
# topic: (title, subject, notation, first party, second party, grounds, what Điều 1 says)
CONTRACTS: dict[str, tuple[str, str, str, str, str, tuple[str, ...], tuple[str, ...]]] = {
    "business": (
        "HỢP ĐỒNG THUÊ NHÀ",
        "(Thuê làm địa điểm kinh doanh)",
        "HĐTN",
        "BÊN CHO THUÊ",
        "BÊN THUÊ",
        (CIVIL, "Căn cứ Luật Nhà ở ngày 27 tháng 11 năm 2023;", "Căn cứ nhu cầu và khả năng của hai bên."),
        (
            "Bên A đồng ý cho Bên B thuê căn nhà số {count} đường {street}, {commune}, tỉnh Hòa An, diện tích sử dụng {area}.",
            "Mục đích thuê: làm địa điểm kinh doanh. Thời hạn thuê: 24 tháng, kể từ ngày {later}.",
            "Giá thuê: {money} đồng/năm, thanh toán 06 tháng một lần bằng tiền mặt hoặc chuyển khoản.",
            "Tiền đặt cọc tương đương 02 tháng tiền thuê, được hoàn trả khi thanh lý hợp đồng.",
        ),
    ),
    "construction": (
        "HỢP ĐỒNG TƯ VẤN THIẾT KẾ XÂY DỰNG",
        "",
        "HĐTV",
        "BÊN GIAO THIẾT KẾ",
        "BÊN NHẬN THIẾT KẾ",
        (
            CIVIL,
            "Căn cứ Luật Xây dựng ngày 18 tháng 6 năm 2014, được sửa đổi, bổ sung ngày 17 tháng 6 năm 2020;",
            "Căn cứ yêu cầu của Bên A và năng lực của Bên B.",
        ),
        (
            "Bên A giao cho Bên B lập hồ sơ thiết kế bản vẽ thi công nhà ở riêng lẻ tại thửa đất số {plot}, tờ bản đồ "
            "số {map}, {commune}.",
            "Sản phẩm gồm 05 bộ bản vẽ in khổ A3 và 01 bộ tệp tin bản vẽ định dạng PDF có ký số.",
            "Thời gian thực hiện: 30 ngày, kể từ ngày {earlier}, không kể thời gian Bên A xem xét, góp ý.",
            "Giá trị hợp đồng (đã bao gồm thuế): {money} đồng.",
        ),
    ),
    "land": (
        "HỢP ĐỒNG CHUYỂN NHƯỢNG QUYỀN SỬ DỤNG ĐẤT",
        "",
        "HĐCN",
        "BÊN CHUYỂN NHƯỢNG",
        "BÊN NHẬN CHUYỂN NHƯỢNG",
        (CIVIL, "Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;", "Căn cứ thỏa thuận của hai bên."),
        (
            "Bên A chuyển nhượng cho Bên B quyền sử dụng thửa đất số {plot}, tờ bản đồ số {map}, {commune}, tỉnh Hòa "
            "An; diện tích {area}.",
            "Giấy chứng nhận quyền sử dụng đất số CM {plot}{map} cấp ngày {earlier}; mục đích sử dụng: đất ở.",
            "Giá chuyển nhượng: {money} đồng. Phương thức thanh toán: chuyển khoản làm 02 lần.",
            "Bên A cam kết đất không có tranh chấp, không bị kê biên để bảo đảm thi hành án.",
        ),
    ),
}
FIRST_DUTIES = (
    "Bàn giao tài sản, tài liệu đúng thời hạn, đúng hiện trạng đã thỏa thuận.",
    "Cung cấp đầy đủ giấy tờ pháp lý và tạo điều kiện thuận lợi để bên kia thực hiện hợp đồng.",
    "Chịu trách nhiệm về tính hợp pháp của tài sản và các thông tin đã cung cấp.",
    "Không đơn phương chấm dứt hợp đồng trái quy định; báo trước ít nhất 30 ngày khi có thay đổi.",
)
SECOND_DUTIES = (
    "Thanh toán đầy đủ, đúng hạn theo thỏa thuận tại Điều 2 của Hợp đồng này.",
    "Sử dụng đúng mục đích, giữ gìn tài sản; bồi thường thiệt hại do lỗi của mình gây ra.",
    "Chấp hành quy định về an ninh trật tự, phòng cháy và chữa cháy, vệ sinh môi trường.",
    "Không chuyển giao quyền và nghĩa vụ cho bên thứ ba khi chưa được đồng ý bằng văn bản.",
)
COMMON = (
    "Hai bên cam kết thực hiện đúng các điều khoản đã thỏa thuận; mọi sửa đổi, bổ sung phải lập thành văn bản.",
    "Tranh chấp phát sinh được giải quyết trước hết bằng thương lượng, hòa giải; nếu không thành thì đưa ra Tòa án có thẩm quyền.",
    "Hợp đồng có hiệu lực kể từ ngày ký, được lập thành 04 bản có giá trị pháp lý như nhau, mỗi bên giữ 02 bản.",
)


def contract(rng: random.Random, story: Story) -> Draft:
    name, subject, notation, first_role, second_role, grounds, terms = (
        CONTRACTS.get(story.matter) or CONTRACTS[rng.choice(sorted(CONTRACTS))]
    )
    page = typist(rng, numbered=True)
    numbered = number(rng, f"{story.day.year}/{notation}", most=90)
    plain_header(page)
    title(page, name, subject)
    page.skip(-6)
    page.y = page.block(number_runs(page, numbered), "code_number", x0=page.left, x1=page.right, y=page.y) + 8
    for ground in grounds:
        page.paragraph(ground, style="italic")
    town = story.applicant.commune.split(" ", 1)[1]
    page.paragraph(f"Hôm nay, {long(story.day)}, tại {town}, chúng tôi gồm có:", "body")
    first, second = person(rng), story.applicant
    _party(page, f"{first_role} (BÊN A)", first)
    _party(page, f"{second_role} (BÊN B)", second)
    page.paragraph("Hai bên thống nhất ký kết Hợp đồng với các điều khoản sau:")
    said = filled_together(rng, story, terms)
    _clause(page, 1, "Nội dung hợp đồng", said[:2])
    _clause(page, 2, "Giá trị và phương thức thanh toán", said[2:])
    _instalments(page, rng)
    _clause(page, 3, "Quyền và nghĩa vụ của Bên A", some(rng, FIRST_DUTIES, 2, 4))
    _clause(page, 4, "Quyền và nghĩa vụ của Bên B", some(rng, SECOND_DUTIES, 2, 4))
    _clause(page, 5, "Điều khoản chung", list(COMMON))
    _signatures(page, first.name, second.name)
    fields = {
        "code_number": numbered.number,
        "code_notation": numbered.notation,
        "issued_date": story.day.isoformat(),
        "place": town,
    }
    return Draft("HĐ", name.capitalize(), {key: nfc(value) for key, value in fields.items()}, tuple(page.sheets))


def _party(page: Composer, role: str, who: Person) -> None:
    page.paragraph(role, style="bold", first=0, after=2)
    for text in (
        f"{who.title.capitalize()}: {who.name.upper()}          Sinh ngày: {short(who.born)}",
        f"Căn cước số: {who.personal_id}          Điện thoại: {who.phone}",
        f"Nơi cư trú: {who.address}",
    ):
        page.paragraph(text, align="left", first=14, after=2)
    page.skip(4)


def _clause(page: Composer, ordinal: int, heading: str, texts: list[str]) -> None:
    page.paragraph(f"Điều {ordinal}. {heading}", style="bold", keep=30)
    for index, text in enumerate(texts, start=1):
        page.paragraph(f"{ordinal}.{index}. {text}")


def _instalments(page: Composer, rng: random.Random) -> None:
    first = rng.randint(7, 8)
    rows = [
        (str(i), f"Đợt {i}", f"{rng.randint(1, 28):02d}/{first + i:02d}/2026", grouped(rng.randint(5, 90) * 1_000_000))
        for i in range(1, rng.randint(3, 5))
    ]
    table(page, ("STT", "Đợt thanh toán", "Ngày thanh toán", "Số tiền (đồng)"), rows, (0.8, 2.4, 2.2, 2.4), "clcr")


def _signatures(page: Composer, left: str, right: str) -> None:
    page.ensure_with_text(130)
    top = page.y + 4
    middle = (page.left + page.right) / 2
    for heading, name, x0, x1 in (
        ("ĐẠI DIỆN BÊN A", left, page.left, middle - 8),
        ("ĐẠI DIỆN BÊN B", right, middle + 8, page.right),
    ):
        y = page.block(heading, "signature", x0=x0, x1=x1, y=top, style="bold", shrink=True)
        y = page.block("(Ký, ghi rõ họ tên)", "signature", x0=x0, x1=x1, y=y, style="italic", size=page.size - 1)
        page.mark(Signature((x0 + x1) / 2, y + 28, 104, 44, page.rng.randrange(1 << 32)))
        page.y = page.block(name, "signature", x0=x0, x1=x1, y=y + 58, style="bold") + 8
