"""Công văn và tờ trình."""

from __future__ import annotations

import random

from sohoa.pipeline.sources.sampleoffice.agencies import COMMUNE_OFFICES, DEPARTMENTS, PEOPLES_COMMITTEE, signer
from sohoa.pipeline.sources.sampleoffice.chance import some
from sohoa.pipeline.sources.sampleoffice.kinds.story import Story, filled, filled_together, number, typist
from sohoa.pipeline.sources.sampleoffice.kinds.truth import issued_fields
from sohoa.pipeline.sources.sampleoffice.layout import Draft
from sohoa.pipeline.sources.sampleoffice.zones import Numbered, addressee, closing, header, title

# (trích yếu, opening, requests)
LETTERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "lấy ý kiến thẩm tra hồ sơ {procedure} của {applicant}",
        "{agency} đang giải quyết hồ sơ đề nghị {procedure} của {applicant}, địa chỉ: {address}. Để có cơ sở xem xét "
        "theo quy định, {agency} đề nghị quý cơ quan có ý kiến về các nội dung sau:",
        (
            "1. Sự phù hợp của hồ sơ với quy hoạch đã được cấp có thẩm quyền phê duyệt tại khu vực đường {street}, {commune}.",
            "2. Hiện trạng sử dụng đất tại thửa số {plot}, tờ bản đồ số {map}; tình trạng tranh chấp, khiếu nại (nếu có).",
            "3. Việc thực hiện nghĩa vụ tài chính của người sử dụng đất tính đến ngày {earlier}.",
            "4. Các nội dung khác thuộc chức năng quản lý của quý cơ quan.",
        ),
    ),
    (
        "đôn đốc số hóa hồ sơ, kết quả giải quyết thủ tục hành chính",
        "Thực hiện {paper} về số hóa hồ sơ, kết quả giải quyết thủ tục hành chính, qua theo dõi trên hệ thống, tính "
        "đến ngày {earlier}, tỷ lệ hồ sơ được số hóa mới đạt {share}. Để hoàn thành chỉ tiêu được giao, {agency} yêu "
        "cầu:",
        (
            "1. Thủ trưởng các đơn vị trực tiếp chỉ đạo, bố trí đủ nhân lực và máy quét tại quầy tiếp nhận; bảo đảm "
            "100% hồ sơ tiếp nhận trực tiếp được số hóa ngay trong ngày.",
            "2. Cán bộ tiếp nhận kiểm tra Kho quản lý dữ liệu điện tử của tổ chức, cá nhân trước khi yêu cầu nộp giấy "
            "tờ; tái sử dụng dữ liệu đã có theo quy định.",
            "3. Hoàn thành ký số và cập nhật kết quả bản điện tử đối với {count} hồ sơ còn tồn trước ngày {later}.",
            "4. Báo cáo kết quả thực hiện về {agency} (qua Văn phòng) trước {hours} ngày {later} để tổng hợp.",
        ),
    ),
    (
        "phối hợp xác minh thông tin hộ tịch của {applicant}",
        "{agency} tiếp nhận yêu cầu của {applicant}, nơi cư trú: {address}. Qua kiểm tra sổ hộ tịch lưu trữ, thông tin "
        "đăng ký năm {year} chưa thống nhất với dữ liệu trên Cơ sở dữ liệu hộ tịch điện tử. {agency} đề nghị:",
        (
            "1. Kiểm tra sổ gốc và cung cấp bản chụp trang sổ có liên quan đến số đăng ký {plot}.",
            "2. Cho biết lý do sai khác (nếu xác định được) và đề xuất hướng cải chính theo quy định của Luật Hộ tịch.",
            "3. Gửi kết quả xác minh trước ngày {later} để {agency} trả lời công dân đúng hạn.",
        ),
    ),
    (
        "trả lời kiến nghị của cử tri về dự án {works} tại {commune}",
        "{agency} nhận được {paper} chuyển kiến nghị của cử tri {commune} về tiến độ dự án {works}. Sau khi kiểm tra "
        "thực tế, {agency} trả lời như sau:",
        (
            "1. Dự án được bố trí vốn {money} đồng, khối lượng thực hiện đến nay đạt {share} giá trị hợp đồng.",
            "2. Nguyên nhân chậm tiến độ do vướng mắc bồi thường, giải phóng mặt bằng của {count} hộ dân và ảnh hưởng "
            "của mưa lớn kéo dài.",
            "3. {agency} đã yêu cầu nhà thầu tăng cường nhân lực, máy móc, hoàn thành toàn bộ công trình trước ngày {later}.",
            "4. Đề nghị Ủy ban Mặt trận Tổ quốc Việt Nam và chính quyền {commune} tiếp tục tuyên truyền, vận động "
            "người dân đồng thuận.",
        ),
    ),
    (
        "cử cán bộ tham dự tập huấn sử dụng chữ ký số và phần mềm số hóa",
        "Để nâng cao kỹ năng số hóa, ký số cho đội ngũ công chức làm việc tại Bộ phận Một cửa, {agency} tổ chức lớp "
        "tập huấn và đề nghị các đơn vị phối hợp như sau:",
        (
            "1. Thành phần: mỗi đơn vị cử 02 công chức trực tiếp tiếp nhận, số hóa hồ sơ và 01 văn thư.",
            "2. Thời gian: từ {hours} ngày {later}, học trong 02 ngày.",
            "3. Địa điểm: hội trường {agency}, số {map} đường {street}.",
            "4. Học viên mang theo máy tính xách tay và thiết bị lưu khóa bí mật đã được cấp; danh sách gửi về trước "
            "ngày {later} theo địa chỉ thư điện tử công vụ.",
        ),
    ),
)
LETTER_ENDINGS = (
    "Rất mong nhận được sự phối hợp của quý cơ quan./.",
    "{agency} đề nghị quý cơ quan quan tâm, phối hợp và có văn bản trả lời trước ngày {later2}./.",
    "Trong quá trình thực hiện, nếu có khó khăn, vướng mắc, đề nghị phản ánh kịp thời về {agency} để được hướng dẫn./.",
    "Yêu cầu Thủ trưởng các cơ quan, đơn vị nghiêm túc triển khai thực hiện./.",
)
LETTER_RECIPIENTS = (
    "Như trên",
    "Chủ tịch UBND tỉnh (b/c)",
    "Lãnh đạo cơ quan",
    "{department2}",
    "Trung tâm Phục vụ hành chính công",
)


def letter(rng: random.Random, story: Story) -> Draft:
    agency = story.agency
    page = typist(rng, numbered=True)
    numbered = number(rng, f"{agency.abbreviation}-{rng.choice(agency.desks)}")
    concerning, opening, requests = rng.choice((LETTERS[0], LETTERS[2])) if story.matter else rng.choice(LETTERS)
    about, *body = filled_together(rng, story, (concerning, opening, *requests, rng.choice(LETTER_ENDINGS)))
    header(page, agency, numbered, story.day, concerning=f"V/v {about}")
    others = [office.name for office in (*DEPARTMENTS, *COMMUNE_OFFICES) if office is not agency]
    addressee(page, rng.sample(others, rng.choice((1, 1, 2, 3))))
    for sentence in body:
        page.paragraph(sentence)
    who = signer(rng, agency)
    recipients = filled(rng, story, some(rng, LETTER_RECIPIENTS, 2, 4))
    closing(page, who, [*recipients, f"Lưu: VT, {numbered.notation.split('-')[1]}"], agency=agency)
    return Draft("CV", "Công văn", issued_fields(agency, numbered, story.day, about, who), tuple(page.sheets))


PROPOSALS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "Về việc đề nghị phê duyệt kết quả thẩm định hồ sơ {procedure} của {applicant}",
        (
            "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025 và các văn bản hướng dẫn thi hành; "
            "trên cơ sở hồ sơ do {applicant} nộp ngày {earlier}, kết quả kiểm tra thực địa ngày {earlier2} và ý kiến "
            "của các cơ quan liên quan.",
            "Thành phần hồ sơ gồm đơn đề nghị, bản vẽ và các giấy tờ chứng minh quyền sử dụng đất; toàn bộ giấy tờ đã "
            "được số hóa, ký số theo quy định.",
        ),
        (
            "Vị trí: thửa đất số {plot}, tờ bản đồ số {map}, {commune}; diện tích {area}.",
            "Hiện trạng: đất đang sử dụng ổn định, không có tranh chấp, ranh giới phù hợp với bản đồ địa chính.",
            "Hồ sơ phù hợp với quy hoạch sử dụng đất và quy hoạch xây dựng đã được phê duyệt.",
            "Người đề nghị đã cam kết thực hiện đầy đủ nghĩa vụ tài chính theo thông báo của cơ quan thuế.",
        ),
        ("Đồng ý với kết quả thẩm định nêu trên.", "Ký ban hành quyết định để trả kết quả cho công dân trước ngày {later}."),
    ),
    (
        "Về việc đề nghị bố trí kinh phí số hóa hồ sơ lưu trữ năm {year}",
        (
            "Thực hiện Luật Lưu trữ ngày 21 tháng 6 năm 2024 và chỉ tiêu số hóa được giao, {agency} đã khảo sát khối "
            "lượng hồ sơ, tài liệu giấy đang bảo quản.",
            "Hiện nay, kho lưu trữ có khoảng {many} hồ sơ chưa được số hóa, trong đó nhiều tài liệu có dấu hiệu ố "
            "vàng, mờ chữ, cần xử lý sớm để bảo đảm khả năng khai thác.",
        ),
        (
            "Khối lượng dự kiến: {many2} hồ sơ, tương đương {many3} trang khổ A4.",
            "Nội dung công việc: thu thập, phân loại, bóc tách, quét, kiểm tra chất lượng, ký số và cập nhật vào hệ thống.",
            "Tổng kinh phí dự kiến: {money} đồng, từ nguồn sự nghiệp công nghệ thông tin.",
            "Thời gian thực hiện: từ ngày {later} đến hết năm {year}.",
        ),
        (
            "Chấp thuận chủ trương và bố trí kinh phí để {agency} thực hiện.",
            "Giao {department} thẩm định dự toán, trình phê duyệt theo quy định.",
        ),
    ),
    (
        "Về việc đề nghị công bố Danh mục thủ tục hành chính lĩnh vực {sector}",
        (
            "Căn cứ Nghị định số 63/2010/NĐ-CP ngày 08 tháng 6 năm 2010 của Chính phủ về kiểm soát thủ tục hành chính, "
            "được sửa đổi, bổ sung tại Nghị định số 92/2017/NĐ-CP ngày 07 tháng 8 năm 2017;",
            "{agency} đã chủ trì, phối hợp với {department} rà soát, chuẩn hóa các thủ tục hành chính lĩnh vực "
            "{sector} thuộc phạm vi quản lý.",
        ),
        (
            "Số thủ tục ban hành mới: {map} thủ tục; sửa đổi, bổ sung: {map2} thủ tục; bãi bỏ: {map3} thủ tục.",
            "Thời hạn giải quyết được cắt giảm bình quân {share} so với quy định hiện hành.",
            "Toàn bộ thủ tục đủ điều kiện cung cấp dịch vụ công trực tuyến toàn trình hoặc một phần.",
        ),
        (
            "Ban hành Quyết định công bố Danh mục (có dự thảo kèm theo).",
            "Giao Văn phòng công khai trên Cổng Dịch vụ công quốc gia trước ngày {later}.",
        ),
    ),
)
REASONS_HEAD = "I. CĂN CỨ VÀ SỰ CẦN THIẾT"
CONTENT_HEAD = "II. NỘI DUNG TRÌNH"
REQUEST_HEAD = "III. KIẾN NGHỊ"


def submission(rng: random.Random, story: Story) -> Draft:
    agency = story.agency
    page = typist(rng, numbered=True)
    numbered: Numbered = number(rng, f"TTr-{agency.abbreviation}", most=400)
    subject, reasons, content, requests = PROPOSALS[0] if story.matter else rng.choice(PROPOSALS)
    parts = filled_together(rng, story, (subject, *reasons, *content, *requests))
    about = parts[0]
    higher = "Ủy ban nhân dân tỉnh Hòa An" if agency is not PEOPLES_COMMITTEE else "Hội đồng nhân dân tỉnh Hòa An"
    header(page, agency, numbered, story.day)
    title(page, "TỜ TRÌNH", about)
    addressee(page, [higher])
    page.paragraph(REASONS_HEAD, style="bold")
    for text in parts[1 : 1 + len(reasons)]:
        page.paragraph(text)
    page.paragraph(CONTENT_HEAD, style="bold")
    for ordinal, text in enumerate(parts[1 + len(reasons) : 1 + len(reasons) + len(content)], start=1):
        page.paragraph(f"{ordinal}. {text}")
    page.paragraph(REQUEST_HEAD, style="bold")
    page.paragraph(f"Từ những nội dung trên, {agency.short} kính đề nghị {higher} xem xét:")
    for text in parts[1 + len(reasons) + len(content) :]:
        page.paragraph(f"- {text}")
    page.paragraph(f"Kính trình {higher} xem xét, quyết định./.")
    who = signer(rng, agency)
    closing(
        page, who, ["Như trên", "Lãnh đạo cơ quan", "Các phòng liên quan", f"Lưu: VT, {rng.choice(agency.desks)}"], agency=agency
    )
    return Draft("TTr", "Tờ trình", issued_fields(agency, numbered, story.day, about, who), tuple(page.sheets))
