"""Results that citizens take home: giấy phép xây dựng, giấy chứng nhận đăng ký hộ kinh doanh, trích lục khai sinh."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from sohoa.pipeline.sources.sampleoffice.agencies import CONSTRUCTION, Agency, of_a_commune, signer
from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.kinds.story import Story, filled_together, grouped, number, typist
from sohoa.pipeline.sources.sampleoffice.kinds.truth import issued_fields
from sohoa.pipeline.sources.sampleoffice.layout import Draft
from sohoa.pipeline.sources.sampleoffice.people import PROVINCE, STREETS, person
from sohoa.pipeline.sources.sampleoffice.tables import table
from sohoa.pipeline.sources.sampleoffice.zones import Numbered, closing, header, long, short, title

BUILDING = (
    "Cấp cho: {applicant}, địa chỉ: {address}.",
    "Được phép xây dựng công trình: nhà ở riêng lẻ theo thiết kế có ký hiệu KT-{map} do Công ty TNHH Tư vấn kiến trúc Hòa An lập.",
    "Gồm các nội dung sau đây:",
    "- Vị trí xây dựng: thửa đất số {plot}, tờ bản đồ số {map}, đường {street}, {commune}, tỉnh Hòa An.",
    "- Cốt nền xây dựng công trình: cao hơn vỉa hè hoàn thiện 0,30 m.",
    "- Mật độ xây dựng: {share}; hệ số sử dụng đất: 2,4 lần.",
    "- Chỉ giới đường đỏ, chỉ giới xây dựng: theo quy hoạch chi tiết được phê duyệt ngày {earlier}; không xây dựng ra "
    "ngoài ranh giới thửa đất.",
)
FLOORS = (("Tầng 1", "3,90"), ("Tầng 2", "3,60"), ("Tầng 3", "3,60"), ("Tầng 4", "3,30"), ("Tum thang", "2,70"))
BUILDING_PAPERS = (
    "Giấy tờ về quyền sử dụng đất: Giấy chứng nhận quyền sử dụng đất số CM {plot}{map} cấp ngày {earlier}.",
    "Giấy phép này có hiệu lực khởi công xây dựng trong thời hạn 12 tháng kể từ ngày cấp; quá thời hạn trên phải đề "
    "nghị gia hạn giấy phép xây dựng.",
)
OWNER_DUTIES = (
    "Phải hoàn toàn chịu trách nhiệm trước pháp luật nếu xâm phạm các quyền hợp pháp của các chủ sở hữu liền kề.",
    "Phải thực hiện đúng các quy định của pháp luật về đất đai, về đầu tư xây dựng và Giấy phép này.",
    "Phải thông báo bằng văn bản về ngày khởi công cho cơ quan cấp phép xây dựng trước khi khởi công xây dựng công trình.",
    "Xuất trình Giấy phép xây dựng cho cơ quan có thẩm quyền trước khi khởi công và treo biển báo tại địa điểm xây dựng.",
    "Khi điều chỉnh thiết kế làm thay đổi nội dung Giấy phép thì phải đề nghị điều chỉnh và chờ quyết định của cơ quan "
    "cấp giấy phép.",
)


def building_permit(rng: random.Random, story: Story) -> Draft:
    agency = story.agency if story.agency.level == "commune" else CONSTRUCTION
    page = typist(rng, numbered=True)
    numbered = number(rng, "GPXD", most=420)
    header(page, agency, numbered, story.day)
    title(page, "GIẤY PHÉP XÂY DỰNG", "(Sử dụng cho công trình: Nhà ở riêng lẻ)")
    parts = filled_together(rng, story, (*BUILDING, *BUILDING_PAPERS))
    for ordinal, text in ((1, parts[0]), (2, parts[1])):
        page.paragraph(f"{ordinal}. {text}")
    for text in parts[2 : len(BUILDING)]:
        page.paragraph(text)
    ground = rng.randint(600, 1400)  # tenths of a square metre
    floors = FLOORS[: rng.randint(2, 4)] + FLOORS[-1:]
    areas = [ground + rng.randint(0, 80) if name != "Tum thang" else ground // 4 for name, _ in floors]
    areas[0] = ground
    page.paragraph(f"- Diện tích xây dựng tầng một: {_tenths(ground)} m²; tổng diện tích sàn: {_tenths(sum(areas))} m².")
    rows = [(name, _tenths(area), height) for (name, height), area in zip(floors, areas, strict=True)]
    table(page, ("Tầng", "Diện tích sàn (m²)", "Chiều cao (m)"), rows, (2, 2, 2), "lcc")
    page.paragraph(f"3. {parts[-2]}")
    page.paragraph(f"4. {parts[-1]}")
    who = signer(rng, agency)
    closing(page, who, ["Như trên", "Thanh tra xây dựng", f"Lưu: VT, {agency.desks[1]}"], agency=agency)
    if rng.random() < 0.7:
        page.new_sheet()
        page.paragraph("CHỦ ĐẦU TƯ PHẢI THỰC HIỆN CÁC NỘI DUNG SAU ĐÂY:", style="bold", align="centre", first=0, after=8)
        for ordinal, text in enumerate(OWNER_DUTIES, start=1):
            page.paragraph(f"{ordinal}. {text}")
        page.paragraph("GIA HẠN GIẤY PHÉP", style="bold", align="centre", first=0, after=6)
        page.paragraph("1. Nội dung gia hạn: ....................................................................", first=0)
        page.paragraph("2. Thời gian có hiệu lực của giấy phép: ................................................", first=0)
    return Draft("GPXD", "Giấy phép xây dựng", issued_fields(agency, numbered, story.day, "", who), tuple(page.sheets))


def _tenths(value: int) -> str:
    return f"{grouped(value // 10)},{value % 10}"


TRADES = (
    ("Bán lẻ lương thực trong các cửa hàng chuyên doanh", "4721"),
    ("Bán lẻ thực phẩm trong các cửa hàng chuyên doanh", "4722"),
    ("Nhà hàng và các dịch vụ ăn uống phục vụ lưu động", "5610"),
    ("Cắt tóc, làm đầu, gội đầu", "9631"),
    ("Sửa chữa máy vi tính và thiết bị ngoại vi", "9511"),
    ("May trang phục (trừ trang phục từ da lông thú)", "1410"),
    ("Dịch vụ lưu trú ngắn ngày", "5510"),
    ("Bán lẻ hàng may mặc, giày dép, hàng da và giả da", "4771"),
    ("Bảo dưỡng, sửa chữa mô tô, xe máy", "4542"),
    ("Sản xuất giường, tủ, bàn, ghế", "3100"),
)
SIGNS = (
    "Minh Phát",
    "Hồng Ngọc",
    "Thiên Lý",
    "Quỳnh Hương",
    "Đức Thịnh",
    "Bếp Quê",
    "Sơn Thủy",
    "Hải Đăng",
    "Mỹ Duyên",
    "Trường An",
)


def business_certificate(rng: random.Random, story: Story) -> Draft:
    """Issued by the commune's economic desk, under the people's committee."""
    agency = _economic_desk(of_a_commune(story.agency))
    page = typist(rng, numbered=True)
    owner = story.applicant
    code = f"99{rng.randint(10, 99)}{rng.randint(10**5, 10**6 - 1)}"
    numbered = Numbered(code, "")
    header(page, agency, numbered, story.day, label="Mã số:")
    title(page, "GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH")
    page.skip(-8)
    first = story.day - timedelta(days=rng.choice((0, 0, rng.randint(200, 1800))))
    page.paragraph(f"Đăng ký lần đầu, {long(first)}", style="italic", align="centre", first=0, after=2)
    if first != story.day:
        change = f"Đăng ký thay đổi lần thứ {rng.randint(1, 4)}, {long(story.day)}"
        page.paragraph(change, style="italic", align="centre", first=0)
    page.skip(8)
    for ordinal, text in enumerate(
        (
            f"Tên hộ kinh doanh viết bằng tiếng Việt: HỘ KINH DOANH {rng.choice(SIGNS).upper()}",
            f"Địa điểm kinh doanh: số {rng.randint(2, 320)} đường {rng.choice(STREETS)}, {owner.commune}, {PROVINCE}",
            f"Điện thoại: {owner.phone}",
        ),
        start=1,
    ):
        page.paragraph(f"{ordinal}. {text}", first=0)
    page.paragraph("4. Ngành, nghề kinh doanh:", first=0)
    trades = rng.sample(TRADES, rng.randint(1, 4))
    rows = [(str(i), name, trade, "x" if i == 1 else "") for i, (name, trade) in enumerate(trades, start=1)]
    table(page, ("STT", "Tên ngành, nghề", "Mã ngành", "Ngành chính"), rows, (0.8, 5, 1.3, 1.4), "clcc")
    for text in (
        f"5. Vốn kinh doanh: {grouped(rng.randint(5, 300) * 5_000_000)} đồng",
        f"6. Họ và tên chủ hộ kinh doanh: {owner.name.upper()}          Giới tính: {'Nam' if owner.male else 'Nữ'}",
        f"Sinh ngày: {short(owner.born)}          Dân tộc: {owner.ethnicity}          Quốc tịch: Việt Nam",
        f"Số định danh cá nhân: {owner.personal_id}",
        f"Địa chỉ liên lạc: {owner.address}",
        "7. Chủ thể thành lập hộ kinh doanh: cá nhân",
    ):
        page.paragraph(text, first=0, align="left")
    who = signer(rng, agency)
    closing(page, who, [], agency=agency)
    fields = issued_fields(agency, numbered, story.day, "", who)
    return Draft("GCNHKD", "Giấy chứng nhận đăng ký hộ kinh doanh", fields, tuple(page.sheets))


def _economic_desk(commune: Agency) -> Agency:
    ward = "phường" in commune.name
    name = "Phòng Kinh tế, Hạ tầng và Đô thị" if ward else "Phòng Kinh tế"
    lines = ("PHÒNG KINH TẾ, HẠ TẦNG", "VÀ ĐÔ THỊ") if ward else (name.upper(),)
    above = commune.name.replace("Ủy ban nhân dân", "UBND").upper()
    return Agency(
        name=name,
        above=above,
        lines=lines,
        abbreviation="KTHTĐT" if ward else "KT",
        place=commune.place,
        level="commune",
        unit_code=commune.unit_code,
        chief="TRƯỞNG PHÒNG",
        deputy="PHÓ TRƯỞNG PHÒNG",
        seal_upper=name.upper(),
        seal_lower=above.removeprefix("UBND "),
    )


def birth_extract(rng: random.Random, story: Story) -> Draft:
    agency = of_a_commune(story.agency)
    page = typist(rng, numbered=True)
    numbered = number(rng, "TLKS-BS", most=900)
    header(page, agency, numbered, story.day)
    title(page, "TRÍCH LỤC KHAI SINH")
    page.skip(-8)
    page.paragraph("(BẢN SAO)", "title", style="bold", align="centre", first=0, after=12)
    father = person(rng, male=True, born=(1978, 2002), commune=story.applicant.commune)
    mother = person(rng, male=False, born=(1980, 2003), commune=story.applicant.commune)
    child = person(rng, surname=father.surname, commune=story.applicant.commune)
    born = story.day - timedelta(days=rng.randint(6, 90))
    _pairs(
        page,
        (
            ("Họ, chữ đệm, tên:", child.name.upper()),
            (
                "Ngày, tháng, năm sinh:",
                f"{short(born)}; ghi bằng chữ: {_in_words(born.day)} tháng {_month_word(born.month)} năm {born.year}",
            ),
            ("Giới tính:", f"{'Nam' if child.male else 'Nữ'}        Dân tộc: {father.ethnicity}        Quốc tịch: Việt Nam"),
            ("Nơi sinh:", f"Bệnh viện Đa khoa {PROVINCE}"),
            ("Quê quán:", f"{father.commune}, {PROVINCE}"),
            ("Số định danh cá nhân:", _child_id(rng, child.male, born.year)),
            ("Họ, chữ đệm, tên người mẹ:", mother.name.upper()),
            ("Năm sinh:", f"{mother.born.year}        Dân tộc: {mother.ethnicity}        Quốc tịch: Việt Nam"),
            ("Nơi cư trú:", mother.address),
            ("Họ, chữ đệm, tên người cha:", father.name.upper()),
            ("Năm sinh:", f"{father.born.year}        Dân tộc: {father.ethnicity}        Quốc tịch: Việt Nam"),
            ("Nơi cư trú:", mother.address),
            ("Nơi đăng ký khai sinh:", f"{agency.name}, {PROVINCE}"),
            ("Số đăng ký:", f"{rng.randint(2, 400):02d}/{story.day.year}, {long(born + timedelta(days=3))}"),
        ),
    )
    page.paragraph("(Sao từ Sổ đăng ký khai sinh)", style="italic", align="centre", first=0)
    who = signer(rng, agency)
    closing(page, who, [], agency=agency)
    return Draft("TLKS", "Trích lục khai sinh", issued_fields(agency, numbered, story.day, "", who), tuple(page.sheets))


def _child_id(rng: random.Random, male: bool, year: int) -> str:
    return f"003{2 if male else 3}{year % 100:02d}{rng.randrange(10**6):06d}"


def _pairs(page: Composer, pairs: Sequence[tuple[str, str]]) -> None:
    for label, value in pairs:
        page.paragraph([page.run(f"{label} "), page.run(value, "bold")], align="left", first=0, after=4)


DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
MONTHS = ("một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai")


def _in_words(day: int) -> str:
    """`ngày mùng ba`, `ngày mười lăm`, `ngày hai mươi mốt`."""
    tens, ones = divmod(day, 10)
    if day <= 10:
        return f"ngày mùng {'mười' if day == 10 else DIGITS[day]}"
    last = {5: "lăm", 1: "mốt" if tens > 1 else "một", 4: "tư" if tens > 1 else "bốn", 0: ""}.get(ones, DIGITS[ones])
    return f"ngày {'mười' if tens == 1 else DIGITS[tens] + ' mươi'} {last}".strip()


def _month_word(value: int) -> str:
    return MONTHS[value - 1]
