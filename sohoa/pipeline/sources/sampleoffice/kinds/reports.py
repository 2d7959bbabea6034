"""Báo cáo, kế hoạch, biên bản: the long ones, with tables."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from sohoa.kernel.text import nfc
from sohoa.pipeline.sources.sampleoffice.agencies import PEOPLES_COMMITTEE, of_a_commune, signer
from sohoa.pipeline.sources.sampleoffice.chance import some
from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.kinds.story import SECTORS, Story, fill, filled, filled_together, grouped, number, typist
from sohoa.pipeline.sources.sampleoffice.kinds.truth import issued_fields
from sohoa.pipeline.sources.sampleoffice.layout import Draft, Signature
from sohoa.pipeline.sources.sampleoffice.people import person
from sohoa.pipeline.sources.sampleoffice.tables import table
from sohoa.pipeline.sources.sampleoffice.zones import addressee, closing, header, long, plain_header, title

REPORT_SUBJECTS = (
    "Tình hình, kết quả thực hiện công tác kiểm soát thủ tục hành chính quý {quarter} năm {year}",
    "Kết quả số hóa hồ sơ, giấy tờ, kết quả giải quyết thủ tục hành chính tháng {month}",
    "Kết quả tiếp nhận và giải quyết hồ sơ tại Bộ phận Một cửa tháng {month}",
    "Tình hình thực hiện nhiệm vụ cải cách hành chính và chuyển đổi số {here} quý {quarter} năm {year}",
)
REPORT_RESULTS = (
    "Trong kỳ, Bộ phận Một cửa tiếp nhận {many} hồ sơ, trong đó tiếp nhận trực tuyến đạt {share}; số hồ sơ kỳ trước "
    "chuyển sang là {count} hồ sơ.",
    "Đã giải quyết {many2} hồ sơ, trong đó trước hạn và đúng hạn đạt {share2}; còn {count2} hồ sơ quá hạn, tập trung ở "
    "lĩnh vực {sector}.",
    "Tỷ lệ hồ sơ được số hóa tại khâu tiếp nhận đạt {share3}; tỷ lệ cấp kết quả giải quyết bản điện tử đạt {share4}.",
    "Tỷ lệ khai thác, sử dụng lại thông tin, dữ liệu số hóa đạt {share5}, tăng so với cùng kỳ năm trước.",
    "Đã rà soát, đơn giản hóa {count3} thủ tục hành chính nội bộ; cắt giảm bình quân 30% thời gian giải quyết so với quy định.",
    "Tiếp nhận {count4} phản ánh, kiến nghị trên Hệ thống thông tin tiếp nhận, trả lời phản ánh, kiến nghị; đã xử lý "
    "và công khai kết quả 100%.",
    "Tổ chức {map} lớp tập huấn nghiệp vụ số hóa, ký số cho {count5} lượt cán bộ, công chức trực tiếp tiếp nhận hồ sơ.",
    "Công tác tuyên truyền được thực hiện bằng nhiều hình thức; Tổ công nghệ số cộng đồng hướng dẫn người dân nộp hồ "
    "sơ trực tuyến tại nhà văn hóa thôn, tổ dân phố.",
    "Thanh toán trực tuyến phí, lệ phí đạt {share6} số giao dịch, với tổng số tiền {money} đồng.",
    "Mức độ hài lòng của người dân, doanh nghiệp qua khảo sát tại quầy đạt {share7}.",
)
REPORT_TROUBLES = (
    "Hệ thống phần mềm có thời điểm chậm, việc đồng bộ trạng thái hồ sơ lên Cổng Dịch vụ công quốc gia chưa ổn định.",
    "Một số hồ sơ giấy cũ bị ố, mờ, chữ viết tay khó nhận dạng nên mất nhiều thời gian kiểm tra lại sau khi quét.",
    "Trang thiết bị phục vụ số hóa còn thiếu; {count} máy quét đã sử dụng quá 05 năm, thường xuyên hỏng hóc.",
    "Người cao tuổi và đồng bào ở vùng xa còn lúng túng khi sử dụng tài khoản định danh điện tử.",
    "Nguyên nhân chủ yếu là khối lượng công việc lớn sau khi sắp xếp đơn vị hành chính trong khi nhân lực còn mỏng.",
)
REPORT_TASKS = (
    "Tiếp tục thực hiện nghiêm {paper}; gắn trách nhiệm của người đứng đầu với kết quả số hóa.",
    "Phấn đấu đến ngày {later}, tỷ lệ hồ sơ được số hóa đạt tối thiểu 95%, kết quả bản điện tử đạt 100%.",
    "Rà soát, bổ sung máy quét và chữ ký số cho công chức tại Bộ phận Một cửa; ưu tiên địa bàn {commune}.",
    "Phối hợp với {department} xử lý dứt điểm các hồ sơ quá hạn, công khai xin lỗi người dân theo quy định.",
    "Tăng cường kiểm tra đột xuất việc tiếp nhận hồ sơ; không để phát sinh yêu cầu giấy tờ ngoài quy định.",
)


def report(rng: random.Random, story: Story) -> Draft:
    agency = story.agency
    page = typist(rng, numbered=True)
    numbered = number(rng, f"BC-{agency.abbreviation}", most=600)
    about = fill(rng, story, rng.choice(REPORT_SUBJECTS))
    header(page, agency, numbered, story.day)
    title(page, "BÁO CÁO", about)
    if rng.random() < 0.6:
        addressee(page, ["Ủy ban nhân dân tỉnh Hòa An" if agency is not PEOPLES_COMMITTEE else "Văn phòng Chính phủ"])
    opening = "Thực hiện {paper} về chế độ thông tin, báo cáo, {agency} báo cáo kết quả thực hiện như sau:"
    page.paragraph(fill(rng, story, opening))
    _numbered_part(page, "I. KẾT QUẢ THỰC HIỆN", filled(rng, story, some(rng, REPORT_RESULTS, 5, len(REPORT_RESULTS))))
    page.paragraph("Số liệu chi tiết theo lĩnh vực:", after=4, keep=70)
    _figures(page, rng)
    _numbered_part(page, "II. KHÓ KHĂN, VƯỚNG MẮC", filled(rng, story, some(rng, REPORT_TROUBLES, 2, 4)))
    _numbered_part(page, "III. NHIỆM VỤ TRỌNG TÂM THỜI GIAN TỚI", filled(rng, story, some(rng, REPORT_TASKS, 3, 5)))
    page.paragraph(f"Trên đây là báo cáo của {agency.short}, kính báo cáo cấp có thẩm quyền xem xét, chỉ đạo./.")
    who = signer(rng, agency)
    recipients = ["Như trên", "Thường trực HĐND", "Lãnh đạo cơ quan", f"Lưu: VT, {rng.choice(agency.desks)}"]
    closing(page, who, recipients, agency=agency)
    return Draft("BC", "Báo cáo", issued_fields(agency, numbered, story.day, about, who), tuple(page.sheets))


def _numbered_part(page: Composer, heading: str, texts: list[str]) -> None:
    page.paragraph(heading, style="bold", keep=30)
    for ordinal, text in enumerate(texts, start=1):
        page.paragraph(f"{ordinal}. {text}")


def _figures(page: Composer, rng: random.Random) -> None:
    rows: list[tuple[str, ...]] = []
    totals = [0, 0, 0]
    for ordinal, sector in enumerate(rng.sample(SECTORS, rng.randint(4, len(SECTORS))), start=1):
        received = rng.randint(18, 2400)
        resolved = received - rng.randint(0, max(1, received // 12))
        scanned = received - rng.randint(0, max(1, received // 9))
        totals = [have + more for have, more in zip(totals, (received, resolved, scanned), strict=True)]
        rows.append((str(ordinal), sector, grouped(received), grouped(resolved), grouped(scanned), _percent(scanned, received)))
    rows.append(("", "Tổng cộng", *(grouped(total) for total in totals), _percent(totals[2], totals[0])))
    table(
        page,
        ("STT", "Lĩnh vực", "Tiếp nhận", "Đã giải quyết", "Đã số hóa", "Tỷ lệ (%)"),
        rows,
        (0.8, 3.2, 1.6, 1.7, 1.6, 1.4),
        "clrrrr",
    )


def _percent(part: int, whole: int) -> str:
    # Whole numbers all the way: a hundredth of a percent, rounded half up.
    hundredths = (part * 20_000 + whole) // (2 * whole)
    return f"{hundredths // 100},{hundredths % 100:02d}"


PLAN_SUBJECTS = (
    "Số hóa hồ sơ, giấy tờ, kết quả giải quyết thủ tục hành chính còn hiệu lực năm {year}",
    "Kiểm soát thủ tục hành chính và cải cách thủ tục hành chính năm {year}",
    "Tuyên truyền, hướng dẫn người dân sử dụng dịch vụ công trực tuyến trên địa bàn {here}",
    "Kiểm tra công tác văn thư, lưu trữ năm {year}",
)
PLAN_AIMS = (
    "Tạo lập dữ liệu số đầy đủ, chính xác, phục vụ việc giải quyết thủ tục hành chính và tra cứu của tổ chức, cá nhân.",
    "Nâng cao trách nhiệm của cán bộ, công chức trong việc tiếp nhận, số hóa và lưu trữ hồ sơ điện tử.",
    "Việc triển khai phải bảo đảm tiết kiệm, hiệu quả, tránh trùng lặp; bảo vệ dữ liệu cá nhân và bí mật nhà nước.",
    "Bản số hóa phải rõ nét, đủ trang, được ký số và lưu trữ theo quy định; bản giấy được bảo quản nguyên trạng.",
)
PLAN_TASKS = (
    ("Khảo sát, thống kê khối lượng hồ sơ", "Văn phòng", "Bảng thống kê"),
    ("Phân loại, tháo ghim, vệ sinh tài liệu trước khi quét", "Tổ số hóa", "Hồ sơ sẵn sàng quét"),
    ("Quét, kiểm tra chất lượng hình ảnh từng trang", "Tổ số hóa", "Tệp tin bản quét"),
    ("Bóc tách, nhập liệu và kiểm tra chéo dữ liệu", "Phòng Văn hóa - Xã hội", "Dữ liệu đã kiểm tra"),
    ("Ký số bản số hóa và cập nhật lên hệ thống", "Trung tâm Phục vụ hành chính công", "Hồ sơ điện tử"),
    ("Tập huấn nghiệp vụ cho công chức một cửa", "Sở Tư pháp", "02 lớp tập huấn"),
    ("Tuyên truyền trên hệ thống truyền thanh cơ sở", "Ban Văn hóa", "Tin, bài phát thanh"),
    ("Kiểm tra, đôn đốc tiến độ tại các đơn vị", "Tổ công tác", "Báo cáo kiểm tra"),
    ("Sơ kết, đánh giá kết quả thực hiện", "Văn phòng", "Báo cáo sơ kết"),
    ("Nghiệm thu sản phẩm, bàn giao vào kho lưu trữ", "Văn phòng", "Biên bản nghiệm thu"),
)
PLAN_ORGANISATION = (
    "Văn phòng là đơn vị đầu mối, theo dõi, đôn đốc việc thực hiện Kế hoạch; tổng hợp, báo cáo trước ngày 20 hằng tháng.",
    "{department} hướng dẫn chuyên môn, thẩm định dự toán; kinh phí thực hiện khoảng {money} đồng.",
    "Các phòng, đơn vị bố trí nhân lực, phương tiện; chịu trách nhiệm về tiến độ và chất lượng nhiệm vụ được giao.",
    "Đề nghị Ủy ban Mặt trận Tổ quốc Việt Nam và các đoàn thể phối hợp tuyên truyền, vận động đoàn viên, hội viên.",
    "Trong quá trình thực hiện, nếu có vướng mắc, các đơn vị phản ánh về {agency} trước ngày {later} để điều chỉnh cho phù hợp.",
)


def plan(rng: random.Random, story: Story) -> Draft:
    agency = story.agency
    page = typist(rng, numbered=True)
    numbered = number(rng, f"KH-{agency.abbreviation}", most=300)
    about = fill(rng, story, rng.choice(PLAN_SUBJECTS))
    header(page, agency, numbered, story.day)
    title(page, "KẾ HOẠCH", about)
    page.paragraph(
        fill(rng, story, "Căn cứ {paper} và tình hình thực tế tại địa phương, {agency} ban hành Kế hoạch với các nội dung như sau:")
    )
    _numbered_part(page, "I. MỤC ĐÍCH, YÊU CẦU", some(rng, PLAN_AIMS, 2, 4))
    page.paragraph("II. NỘI DUNG VÀ TIẾN ĐỘ THỰC HIỆN", style="bold", keep=70)
    day = story.day
    rows: list[tuple[str, ...]] = []
    for ordinal, (task, desk, product) in enumerate(some(rng, PLAN_TASKS, 5, len(PLAN_TASKS)), start=1):
        day += timedelta(days=rng.randint(6, 28))
        rows.append((str(ordinal), task, desk, f"{day.day:02d}/{day.month:02d}/{day.year}", product))
    table(page, ("TT", "Nội dung công việc", "Đơn vị chủ trì", "Hoàn thành", "Sản phẩm"), rows, (0.7, 3.6, 2.2, 1.7, 2), "cllcl")
    _numbered_part(page, "III. TỔ CHỨC THỰC HIỆN", filled(rng, story, some(rng, PLAN_ORGANISATION, 3, 5)))
    page.paragraph(f"Trên đây là Kế hoạch của {agency.short}; yêu cầu các đơn vị nghiêm túc triển khai thực hiện./.")
    who = signer(rng, agency)
    closing(
        page,
        who,
        ["Chủ tịch, các Phó Chủ tịch", "Các phòng, đơn vị", "Các thôn, tổ dân phố", f"Lưu: VT, {rng.choice(agency.desks)}"],
        agency=agency,
    )
    return Draft("KH", "Kế hoạch", issued_fields(agency, numbered, story.day, about, who), tuple(page.sheets))


# topic: (subject, opening, findings)
MINUTES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Kiểm tra, xác minh thực địa thửa đất của {applicant}",
        "Hôm nay, vào lúc {hours} phút, {today}, tại thửa đất số {plot}, tờ bản đồ số {map}, {commune}, chúng tôi gồm có:",
        (
            "Vị trí, ranh giới: thửa đất có ranh giới rõ ràng, phù hợp với bản đồ địa chính; diện tích đo thực tế {area}.",
            "Hiện trạng: trên đất có một nhà cấp 4 diện tích {area2}, còn lại trồng cây ăn quả; đường vào rộng 3,5 m.",
            "Tình hình tranh chấp: tại thời điểm kiểm tra không có tranh chấp, khiếu nại; các hộ liền kề đã ký xác nhận ranh giới.",
            "Đối chiếu quy hoạch: thửa đất thuộc khu vực được quy hoạch đất ở theo quyết định phê duyệt ngày {earlier}.",
            "Ý kiến của người sử dụng đất: thống nhất với kết quả kiểm tra và đề nghị sớm được giải quyết hồ sơ.",
        ),
    ),
    (
        "Hòa giải tranh chấp đất đai giữa {applicant} và {person}",
        "Hôm nay, vào lúc {hours} phút, {today}, tại trụ sở {agency}, Hội đồng hòa giải tranh chấp đất đai tiến hành "
        "hòa giải, thành phần gồm có:",
        (
            "{Applicant} trình bày: gia đình sử dụng ổn định thửa đất số {plot}, tờ bản đồ số {map} từ năm 1998; đề "
            "nghị hộ liền kề trả lại phần đất đã lấn.",
            "{person} trình bày: ranh giới sử dụng theo hàng rào cũ, không lấn đất; đồng ý để cơ quan chuyên môn đo đạc lại.",
            "Hội đồng phân tích: căn cứ bản đồ địa chính và hồ sơ cấp Giấy chứng nhận, phần tranh chấp có chiều ngang "
            "0,6 m, chiều dài 18,4 m.",
            "Hai bên thống nhất lấy mốc giới do Văn phòng đăng ký đất đai xác định ngày {earlier} làm ranh giới sử dụng chung.",
            "Chi phí di dời hàng rào do hai bên cùng chịu, hoàn thành trước ngày {later}.",
        ),
    ),
    (
        "Bàn giao hồ sơ, tài liệu phục vụ số hóa",
        "Hôm nay, vào lúc {hours} phút, {today}, tại kho lưu trữ của {agency}, hai bên tiến hành bàn giao hồ sơ, tài liệu, gồm có:",
        (
            "Khối lượng bàn giao: {count} hộp, gồm {many} hồ sơ; tình trạng vật lý bình thường, một số tờ bị ố, rách mép.",
            "Bên nhận đã kiểm đếm từng hộp, đối chiếu với mục lục hồ sơ, không phát hiện thiếu trang.",
            "Bên nhận có trách nhiệm bảo quản, không mang tài liệu ra khỏi khu vực làm việc; trả lại nguyên trạng "
            "trước ngày {later}.",
            "Dữ liệu sau số hóa được bàn giao trên hệ thống lưu trữ của cơ quan; không sao chép sang thiết bị cá nhân.",
        ),
    ),
    (
        "Họp xét duyệt hồ sơ hưởng trợ cấp xã hội tháng {month}",
        "Hôm nay, vào lúc {hours} phút, {today}, tại phòng họp {agency}, Hội đồng xét duyệt tổ chức họp, thành phần gồm có:",
        (
            "Hội đồng nghe công chức phụ trách báo cáo kết quả thẩm tra {count} hồ sơ do người dân nộp trong kỳ.",
            "Hồ sơ của {applicant}, nơi cư trú: {address}, có đủ giấy tờ, đúng đối tượng theo quy định.",
            "Danh sách được niêm yết công khai 02 ngày làm việc, đến hết ngày {earlier} không có ý kiến khiếu nại.",
            "Hội đồng biểu quyết: {share} thành viên nhất trí đề nghị Chủ tịch ban hành quyết định trợ cấp.",
        ),
    ),
)
POSITIONS = (
    "Công chức địa chính",
    "Công chức tư pháp - hộ tịch",
    "Trưởng thôn",
    "Tổ trưởng tổ dân phố",
    "Viên chức Văn phòng đăng ký đất đai",
    "Đại diện Mặt trận Tổ quốc",
)


def minutes(rng: random.Random, story: Story) -> Draft:
    story = replace(story, agency=of_a_commune(story.agency))
    agency = story.agency
    numbered = number(rng, f"BB-{agency.abbreviation}", most=200) if rng.random() < 0.6 else None
    page = typist(rng, numbered=numbered is not None)
    subject, opening, findings = {"land": MINUTES[0], "mediation": MINUTES[1]}.get(story.matter) or rng.choice(MINUTES)
    clerk, chair = person(rng), signer(rng, agency)
    parts = filled_together(rng, story, (subject, opening.replace("{today}", long(story.day)), *findings))
    about, begun, *found = parts
    if numbered is not None:
        header(page, agency, numbered, story.day)
    else:
        plain_header(page)
    title(page, "BIÊN BẢN", about)
    page.paragraph(begun)
    page.paragraph("I. THÀNH PHẦN", style="bold", keep=60)
    there = [
        ("Chủ trì", chair.name),
        *((position, person(rng).name) for position in some(rng, POSITIONS, 3, 6)),
        ("Thư ký", clerk.name),
    ]
    rows = [(str(i), name, position, story.agency.short) for i, (position, name) in enumerate(there, start=1)]
    table(page, ("STT", "Họ và tên", "Chức vụ", "Đơn vị"), rows, (0.8, 3, 3, 2.4), "clll")
    page.paragraph("II. NỘI DUNG", style="bold", keep=30)
    for ordinal, text in enumerate(found, start=1):
        page.paragraph(f"{ordinal}. {text[:1].upper()}{text[1:]}")
    page.paragraph("III. KẾT LUẬN", style="bold", keep=30)
    page.paragraph("Các bên thống nhất với nội dung nêu trên và không có ý kiến gì khác.")
    page.paragraph(
        f"Biên bản được lập thành {rng.randint(2, 5):02d} bản có giá trị như nhau, mỗi bên giữ 01 bản; đã đọc lại cho "
        "mọi người cùng nghe và ký tên dưới đây./."
    )
    _two_signatures(page, clerk.name, chair.name)
    fields = issued_fields(agency, numbered, story.day, about, None)
    if numbered is None:
        # Nothing but the opening sentence says where and when, and no line names the agency.
        fields = {"issued_date": fields["issued_date"], "subject": fields["subject"]}
    fields["signer_name"] = nfc(chair.name)
    return Draft("BB", "Biên bản", fields, tuple(page.sheets))


def _two_signatures(page: Composer, left: str, right: str) -> None:
    page.ensure_with_text(130)
    top = page.y + 4
    middle = (page.left + page.right) / 2
    for heading, name, x0, x1 in (("NGƯỜI GHI BIÊN BẢN", left, page.left, middle - 8), ("CHỦ TRÌ", right, middle + 8, page.right)):
        y = page.block(heading, "signature", x0=x0, x1=x1, y=top, style="bold", shrink=True)
        y = page.block("(Ký, ghi rõ họ tên)", "signature", x0=x0, x1=x1, y=y, style="italic", size=page.size - 1)
        page.mark(Signature((x0 + x1) / 2, y + 28, 100, 42, page.rng.randrange(1 << 32)))
        page.y = page.block(name, "signature", x0=x0, x1=x1, y=y + 58, style="bold") + 8
