"""Đơn đề nghị và tờ khai: what citizens hand in."""

from __future__ import annotations

import random
from datetime import date, timedelta

from sohoa.kernel.text import nfc
from sohoa.pipeline.sources.sampleoffice.agencies import of_a_commune
from sohoa.pipeline.sources.sampleoffice.chance import some
from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.kinds.story import Story, filled_together, typist
from sohoa.pipeline.sources.sampleoffice.layout import Draft
from sohoa.pipeline.sources.sampleoffice.people import Person, person
from sohoa.pipeline.sources.sampleoffice.tables import table
from sohoa.pipeline.sources.sampleoffice.zones import addressee, applicant_signature, plain_header, short, title

# topic: (title, subject, what is asked)
REQUESTS: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "construction": (
        (
            "ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP XÂY DỰNG",
            "(Sử dụng cho công trình: Nhà ở riêng lẻ)",
            (
                "Địa điểm xây dựng: thửa đất số {plot}, tờ bản đồ số {map}, đường {street}, {commune}, tỉnh Hòa An. "
                "Diện tích {area}.",
                "Loại, cấp công trình: công trình dân dụng, cấp III. Diện tích xây dựng tầng một: {area2}. Số tầng: 03 "
                "tầng và 01 tum.",
                "Đơn vị thiết kế: Công ty TNHH Tư vấn kiến trúc Hòa An; chủ nhiệm thiết kế: {name}.",
                "Dự kiến thời gian hoàn thành công trình: 08 tháng, kể từ ngày khởi công.",
            ),
        ),
    ),
    "business": (
        (
            "GIẤY ĐỀ NGHỊ ĐĂNG KÝ HỘ KINH DOANH",
            "",
            (
                "Tên hộ kinh doanh viết bằng tiếng Việt: Hộ kinh doanh {name}.",
                "Trụ sở của hộ kinh doanh: số {count} đường {street}, {commune}, tỉnh Hòa An.",
                "Ngành, nghề kinh doanh chính: bán lẻ lương thực, thực phẩm trong các cửa hàng chuyên doanh.",
                "Vốn kinh doanh: {money} đồng. Số lượng lao động dự kiến: {map} người.",
                "Thời điểm bắt đầu hoạt động: từ ngày {later}.",
            ),
        ),
    ),
    "land": (
        (
            "ĐƠN ĐỀ NGHỊ CHUYỂN MỤC ĐÍCH SỬ DỤNG ĐẤT",
            "",
            (
                "Địa điểm thửa đất: thửa số {plot}, tờ bản đồ số {map}, {commune}, tỉnh Hòa An. Diện tích xin chuyển "
                "mục đích: {area}.",
                "Mục đích sử dụng đất hiện tại: đất trồng cây lâu năm. Mục đích đề nghị: đất ở.",
                "Giấy chứng nhận quyền sử dụng đất số CM {plot}{map} cấp ngày {earlier}.",
                "Lý do: gia đình có nhu cầu xây dựng nhà ở cho con, phù hợp với quy hoạch sử dụng đất đã công bố.",
                "Cam kết nộp tiền sử dụng đất đầy đủ, đúng hạn theo thông báo của cơ quan thuế.",
            ),
        ),
    ),
    "plot": (
        (
            "ĐƠN ĐỀ NGHỊ TÁCH THỬA ĐẤT, HỢP THỬA ĐẤT",
            "",
            (
                "Đề nghị tách thửa đất số {plot}, tờ bản đồ số {map}, {commune}, diện tích {area}, thành 02 thửa.",
                "Lý do tách thửa: tặng cho một phần quyền sử dụng đất cho con theo văn bản thỏa thuận ngày {earlier}.",
                "Giấy tờ nộp kèm theo: Giấy chứng nhận đã cấp (bản gốc) và bản vẽ tách thửa đất do Văn phòng đăng ký "
                "đất đai thực hiện.",
            ),
        ),
    ),
    "mediation": (
        (
            "ĐƠN ĐỀ NGHỊ",
            "Hòa giải tranh chấp đất đai",
            (
                "Gia đình tôi sử dụng ổn định thửa đất số {plot}, tờ bản đồ số {map}, {commune}, diện tích {area}, từ "
                "năm 1998 đến nay.",
                "Ngày {earlier}, hộ liền kề của {person} xây tường rào lấn sang phần đất của gia đình tôi, chiều ngang "
                "khoảng 0,6 m.",
                "Hai bên đã tự thỏa thuận nhưng không thống nhất được ranh giới sử dụng đất.",
                "Tôi đề nghị tổ chức hòa giải, xác định lại ranh giới theo bản đồ địa chính và hiện trạng sử dụng.",
            ),
        ),
    ),
    "cooperative": (
        (
            "GIẤY ĐỀ NGHỊ ĐĂNG KÝ THAY ĐỔI NỘI DUNG ĐĂNG KÝ HỢP TÁC XÃ",
            "",
            (
                "Tên hợp tác xã: Hợp tác xã Nông nghiệp {commune}.",
                "Nội dung thay đổi: người đại diện theo pháp luật là {person}, chức danh Giám đốc.",
                "Vốn điều lệ sau khi thay đổi: {money} đồng; tổng số thành viên: {count} thành viên.",
                "Hợp tác xã cam kết tính hợp pháp, chính xác và trung thực của nội dung đề nghị.",
            ),
        ),
    ),
    "other": (
        (
            "ĐƠN ĐỀ NGHỊ",
            "Xác nhận thông tin về nơi cư trú",
            (
                "Tôi cư trú tại địa chỉ nêu trên từ ngày {earlier}; quá trình cư trú chấp hành tốt chủ trương, chính "
                "sách của địa phương.",
                "Tôi đề nghị xác nhận thông tin về nơi cư trú để bổ túc hồ sơ xin việc làm tại doanh nghiệp trên địa bàn tỉnh.",
                "Số lượng bản xác nhận: 02 bản. Hình thức nhận kết quả: bản điện tử và nhận trực tiếp tại Bộ phận Một cửa.",
            ),
        ),
        (
            "ĐƠN ĐỀ NGHỊ",
            "Hỗ trợ sửa chữa nhà ở bị hư hỏng do thiên tai",
            (
                "Trong đợt mưa lớn ngày {earlier}, nhà ở của gia đình tôi tại {commune} bị tốc mái, diện tích hư hỏng "
                "khoảng {area}.",
                "Hoàn cảnh gia đình thuộc diện khó khăn, có {map} nhân khẩu, thu nhập chính từ trồng lúa và làm thuê theo thời vụ.",
                "Tổng giá trị thiệt hại ước tính {money} đồng, đã được tổ dân phố kiểm tra, xác nhận.",
                "Tôi đề nghị xem xét hỗ trợ kinh phí theo quy định để sớm ổn định cuộc sống.",
            ),
        ),
        (
            "ĐƠN ĐỀ NGHỊ",
            "Cấp bản sao tài liệu lưu trữ",
            (
                "Tôi có nhu cầu sao hồ sơ, tài liệu liên quan đến thửa đất số {plot}, tờ bản đồ số {map}, {commune}.",
                "Mục đích sử dụng: giải quyết quyền thừa kế trong gia đình.",
                "Tôi cam kết sử dụng tài liệu đúng mục đích, chịu trách nhiệm trước pháp luật và nộp phí khai thác theo quy định.",
            ),
        ),
    ),
}
PLEDGES = (
    "Tôi xin cam đoan những nội dung kê khai trên đây là đúng sự thật và chịu trách nhiệm trước pháp luật.",
    "Tôi đồng ý để cơ quan giải quyết hồ sơ khai thác dữ liệu của tôi trong Cơ sở dữ liệu quốc gia về dân cư.",
    "Kính mong quý cơ quan xem xét, giải quyết. Tôi xin chân thành cảm ơn./.",
)
ENCLOSURES = (
    "01 bản sao Giấy chứng nhận quyền sử dụng đất.",
    "02 bộ bản vẽ kèm theo tệp tin bản vẽ.",
    "01 bản cam kết bảo đảm an toàn cho công trình liền kề.",
    "01 văn bản ủy quyền (nếu có).",
    "01 bản trích đo địa chính thửa đất.",
)


def request(rng: random.Random, story: Story) -> Draft:
    who, day = story.applicant, story.day
    agency = story.agency if story.matter else of_a_commune(story.agency)
    page = typist(rng, numbered=False)
    name, subject, asked = rng.choice(REQUESTS.get(story.matter) or REQUESTS["other"])
    plain_header(page)
    title(page, name, subject)
    addressee(page, [agency.name])
    _identity(page, who)
    for ordinal, text in enumerate(filled_together(rng, story, asked), start=1):
        page.paragraph(f"{ordinal}. {text}")
    if rng.random() < 0.6:
        page.paragraph("Giấy tờ gửi kèm theo đơn này gồm có:")
        for text in some(rng, ENCLOSURES, 1, 3):
            page.paragraph(f"- {text}")
    for text in PLEDGES[rng.choice((0, 0, 1)) :: 2] if rng.random() < 0.5 else PLEDGES:
        page.paragraph(text)
    heading = "NGƯỜI LÀM ĐƠN" if name.startswith("ĐƠN") else "NGƯỜI ĐỀ NGHỊ"
    applicant_signature(page, who.name, _town(who), day, heading)
    return Draft("DON", name.capitalize(), _filed(subject, who, day), tuple(page.sheets))


def _town(who: Person) -> str:
    return who.commune.split(" ", 1)[1]


def _identity(page: Composer, who: Person) -> None:
    for text in (
        f"Họ, chữ đệm, tên người đề nghị: {who.name}",
        f"Ngày, tháng, năm sinh: {short(who.born)}          Giới tính: {'Nam' if who.male else 'Nữ'}",
        f"Số định danh cá nhân: {who.personal_id}",
        f"Nơi cư trú: {who.address}",
        f"Số điện thoại: {who.phone}",
    ):
        page.paragraph(text, align="left", first=20, after=3)
    page.skip(3)


def _filed(subject: str, who: Person, day: date) -> dict[str, str]:
    """A citizen's paper has no issuing agency and no number; its maker's name stands where the signer's would."""
    fields = {"issued_date": day.isoformat(), "place": _town(who), "signer_name": who.name}
    if subject and not subject.startswith("("):  # in brackets it is a note on the form, not a subject
        fields["subject"] = subject
    return {key: nfc(value) for key, value in fields.items()}


RESIDENCE_MATTERS = (
    "đăng ký tạm trú có thời hạn 24 tháng",
    "đăng ký thường trú theo hộ gia đình",
    "điều chỉnh thông tin nhân thân",
)
RELATIONS = ("cha", "mẹ", "ông nội", "bà ngoại")


def declaration(rng: random.Random, story: Story) -> Draft:
    if story.matter == "birth" or (not story.matter and rng.random() < 0.5):
        return _birth_declaration(rng, story)
    return _residence_declaration(rng, story)


def _birth_declaration(rng: random.Random, story: Story) -> Draft:
    who = story.applicant
    page = typist(rng, numbered=False)
    plain_header(page)
    title(page, "TỜ KHAI ĐĂNG KÝ KHAI SINH")
    addressee(page, [of_a_commune(story.agency).name])
    mother = person(rng, male=False, born=(1985, 2004), commune=who.commune)
    father = person(rng, male=True, born=(1980, 2003), commune=who.commune, surname=who.surname)
    child = person(rng, surname=father.surname, commune=who.commune)
    born = story.day - timedelta(days=rng.randint(3, 55))
    page.paragraph(f"Họ, chữ đệm, tên người yêu cầu: {who.name}", align="left", first=0, after=3)
    page.paragraph(f"Nơi cư trú: {who.address}", align="left", first=0, after=3)
    page.paragraph(f"Giấy tờ tùy thân: Căn cước số {who.personal_id}", align="left", first=0, after=3)
    page.paragraph(f"Quan hệ với người được khai sinh: {rng.choice(RELATIONS)}", align="left", first=0, after=6)
    page.paragraph("Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:", style="bold", first=0)
    rows = (
        ("Họ, chữ đệm, tên", child.name.upper()),
        ("Ngày, tháng, năm sinh", f"{short(born)}"),
        ("Giới tính; dân tộc; quốc tịch", f"{'Nam' if child.male else 'Nữ'}; {father.ethnicity}; Việt Nam"),
        ("Nơi sinh", f"Bệnh viện Đa khoa tỉnh Hòa An, {rng.choice(('phường Ngọc Sơn', 'phường Phú Mỹ'))}, tỉnh Hòa An"),
        ("Quê quán", f"{who.commune}, tỉnh Hòa An"),
        (
            "Họ, chữ đệm, tên người mẹ",
            f"{mother.name}, sinh năm {mother.born.year}, dân tộc {mother.ethnicity}, nơi cư trú: {mother.address}",
        ),
        (
            "Họ, chữ đệm, tên người cha",
            f"{father.name}, sinh năm {father.born.year}, dân tộc {father.ethnicity}, nơi cư trú: {father.address}",
        ),
    )
    table(page, ("Nội dung", "Thông tin kê khai"), rows, (2.1, 4), "ll")
    page.paragraph(
        "Tôi cam đoan nội dung đề nghị đăng ký khai sinh trên đây là đúng sự thật, được sự thỏa thuận nhất trí của các "
        "bên liên quan theo quy định pháp luật."
    )
    page.paragraph("Tôi chịu hoàn toàn trách nhiệm trước pháp luật về nội dung cam đoan của mình.")
    page.paragraph(f"Đề nghị cấp bản sao: Có, số lượng {rng.randint(1, 5):02d} bản.", first=0)
    applicant_signature(page, who.name, _town(who), story.day, "NGƯỜI YÊU CẦU", "(Ký, ghi rõ họ, chữ đệm, tên)")
    return Draft("TK", "Tờ khai đăng ký khai sinh", _filed("", who, story.day), tuple(page.sheets))


def _residence_declaration(rng: random.Random, story: Story) -> Draft:
    who = story.applicant
    page = typist(rng, numbered=False)
    plain_header(page)
    title(page, "TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ")
    addressee(page, [f"Công an {who.commune}"])
    for ordinal, text in enumerate(
        (
            f"Họ, chữ đệm và tên: {who.name}",
            f"Ngày, tháng, năm sinh: {short(who.born)}; giới tính: {'Nam' if who.male else 'Nữ'}",
            f"Số định danh cá nhân: {who.personal_id}",
            f"Số điện thoại liên hệ: {who.phone}",
            f"Nơi thường trú: {who.address}",
            f"Nội dung đề nghị: {rng.choice(RESIDENCE_MATTERS)}.",
        ),
        start=1,
    ):
        page.paragraph(f"{ordinal}. {text}", align="left", first=0, after=4)
    page.paragraph("7. Những thành viên trong hộ gia đình cùng thay đổi:", first=0)
    spouse = person(rng, male=not who.male, commune=who.commune, born=(who.born.year - 4, who.born.year + 4))
    family = [(spouse, "Chồng" if spouse.male else "Vợ")]
    surname = who.surname if who.male else spouse.surname
    young = min(who.born.year + 22, 2012), min(who.born.year + 38, 2024)
    family += [(person(rng, commune=who.commune, born=young, surname=surname), "Con") for _ in range(rng.randint(1, 4))]
    rows = [
        (str(i), member.name, short(member.born), "Nam" if member.male else "Nữ", member.personal_id, relation)
        for i, (member, relation) in enumerate(family, start=1)
    ]
    table(
        page,
        ("TT", "Họ, chữ đệm và tên", "Ngày sinh", "Giới tính", "Số định danh", "Quan hệ"),
        rows,
        (0.7, 3, 1.8, 1.1, 2.3, 1.4),
        "clcccc",
    )
    page.paragraph(PLEDGES[0])
    applicant_signature(page, who.name, _town(who), story.day, "NGƯỜI KÊ KHAI")
    return Draft("TK", "Tờ khai thay đổi thông tin cư trú", _filed("", who, story.day), tuple(page.sheets))
