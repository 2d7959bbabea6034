"""Quyết định và thông báo."""

from __future__ import annotations

import random
from dataclasses import replace

from sohoa.pipeline.sources.sampleoffice.agencies import Agency, of_a_commune, signer
from sohoa.pipeline.sources.sampleoffice.chance import some
from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.kinds.story import SECTORS, Story, fill, filled, filled_together, number, typist
from sohoa.pipeline.sources.sampleoffice.kinds.truth import issued_fields
from sohoa.pipeline.sources.sampleoffice.layout import Draft
from sohoa.pipeline.sources.sampleoffice.tables import table
from sohoa.pipeline.sources.sampleoffice.zones import closing, header, title

GROUNDS = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
    "Căn cứ Nghị định số 63/2010/NĐ-CP ngày 08 tháng 6 năm 2010 của Chính phủ về kiểm soát thủ tục hành chính;",
    "Căn cứ Nghị định số 45/2020/NĐ-CP ngày 08 tháng 4 năm 2020 của Chính phủ về thực hiện thủ tục hành chính trên môi "
    "trường điện tử;",
    "Căn cứ Nghị định số 118/2025/NĐ-CP ngày 09 tháng 6 năm 2025 của Chính phủ về thực hiện thủ tục hành chính theo cơ "
    "chế một cửa, "
    "một cửa liên thông tại Bộ phận Một cửa và Cổng Dịch vụ công quốc gia;",
    "Căn cứ Thông tư số 01/2023/TT-VPCP ngày 05 tháng 4 năm 2023 của Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ;",
    "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;",
)
PROPOSALS = (
    "Xét ý kiến của {department} tại văn bản ngày {earlier}.",
    "Xét đề nghị của Trưởng phòng chuyên môn tại Tờ trình ngày {earlier}.",
    "Theo đề nghị của Chánh Văn phòng tại {paper} và ý kiến thống nhất của các thành viên.",
    "Xét nội dung {paper} và hồ sơ kèm theo.",
)
# (subject, own grounds, what Điều 1 and Điều 2 say)
DECISIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "Về việc cho phép {applicant} chuyển mục đích sử dụng đất tại {commune}",
        ("Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;", "Căn cứ hồ sơ đề nghị chuyển mục đích sử dụng đất của {applicant};"),
        (
            "Cho phép {applicant}, địa chỉ: {address}, chuyển mục đích sử dụng {area} đất trồng cây lâu năm tại thửa "
            "đất số {plot}, "
            "tờ bản đồ số {map}, {commune} sang đất ở.",
            "- Thời hạn sử dụng đất: ổn định, lâu dài kể từ ngày ký Quyết định này.",
            "- Vị trí, ranh giới khu đất được xác định theo trích lục bản đồ địa chính số {plot}/TL-ĐC ngày {earlier}.",
            "- Hình thức sử dụng đất: Nhà nước giao đất có thu tiền sử dụng đất.",
        ),
        (
            "{Applicant} có trách nhiệm nộp tiền sử dụng đất, phí và lệ phí theo thông báo của cơ quan thuế; sử dụng "
            "đất đúng mục đích, "
            "đúng ranh giới được phép.",
            "Văn phòng đăng ký đất đai chỉnh lý hồ sơ địa chính và trao Giấy chứng nhận cho người sử dụng đất sau khi "
            "hoàn thành nghĩa vụ tài chính.",
        ),
    ),
    (
        "Về việc trợ cấp xã hội hàng tháng đối với {applicant}",
        (
            "Căn cứ Nghị định số 20/2021/NĐ-CP ngày 15 tháng 3 năm 2021 của Chính phủ quy định chính sách trợ giúp xã "
            "hội đối với đối tượng "
            "bảo trợ xã hội;",
            "Căn cứ biên bản họp xét duyệt ngày {earlier};",
        ),
        (
            "Trợ cấp xã hội hàng tháng đối với {applicant}, nơi cư trú: {address}, kể từ ngày {later}.",
            "- Mức trợ cấp: {money} đồng/tháng, hệ số theo quy định hiện hành.",
            "- Hình thức chi trả: chuyển khoản hoặc nhận trực tiếp tại điểm chi trả của bưu điện {commune}.",
        ),
        (
            "Kinh phí thực hiện được bảo đảm từ nguồn ngân sách nhà nước chi cho công tác trợ giúp xã hội năm {year}.",
            "Khi người hưởng trợ cấp thay đổi nơi cư trú hoặc không còn đủ điều kiện, gia đình có trách nhiệm báo cho "
            "{agency} trong thời hạn 10 ngày.",
        ),
    ),
    (
        "Về việc phê duyệt quy trình nội bộ giải quyết thủ tục hành chính lĩnh vực {sector}",
        ("Căn cứ Quyết định công bố Danh mục thủ tục hành chính lĩnh vực {sector} của Chủ tịch Ủy ban nhân dân tỉnh Hòa An;",),
        (
            "Phê duyệt kèm theo Quyết định này {count} quy trình nội bộ giải quyết thủ tục hành chính lĩnh vực "
            "{sector} thuộc thẩm quyền giải "
            "quyết của {agency}.",
            "- Thời gian giải quyết ở mỗi bước được tính bằng giờ làm việc và hiển thị trên hệ thống thông tin giải "
            "quyết thủ tục hành chính.",
            "- Thành phần hồ sơ đã số hóa được khai thác, sử dụng lại, không yêu cầu người dân nộp lại giấy tờ.",
        ),
        (
            "Văn phòng chủ trì, phối hợp với các đơn vị liên quan cập nhật quy trình điện tử trước ngày {later}.",
            "Quyết định này thay thế các nội dung có liên quan tại Quyết định ban hành ngày {earlier}.",
        ),
    ),
    (
        "Về việc thành lập Tổ công tác số hóa hồ sơ, kết quả giải quyết thủ tục hành chính năm {year}",
        ("Căn cứ Luật Lưu trữ ngày 21 tháng 6 năm 2024;", "Căn cứ Luật Giao dịch điện tử ngày 22 tháng 6 năm 2023;"),
        (
            "Thành lập Tổ công tác số hóa hồ sơ, kết quả giải quyết thủ tục hành chính năm {year} (sau đây gọi tắt là "
            "Tổ công tác), gồm {person} làm "
            "Tổ trưởng, {person2} làm Tổ phó và {count} thành viên.",
            "- Tổ công tác có nhiệm vụ rà soát, phân loại, quét và bóc tách dữ liệu của khoảng {many} hồ sơ còn hiệu lực.",
            "- Tổ công tác làm việc theo chế độ kiêm nhiệm và tự giải thể sau khi hoàn thành nhiệm vụ.",
        ),
        (
            "Tổ trưởng Tổ công tác phân công nhiệm vụ cụ thể cho từng thành viên và báo cáo tiến độ trước ngày 25 hằng tháng.",
            "Kinh phí hoạt động của Tổ công tác được bố trí trong dự toán chi thường xuyên đã giao cho {agency}.",
        ),
    ),
    (
        "Về việc phê duyệt Báo cáo kinh tế - kỹ thuật đầu tư xây dựng công trình {works} tại {commune}",
        (
            "Căn cứ Luật Xây dựng ngày 18 tháng 6 năm 2014; Luật sửa đổi, bổ sung một số điều của Luật Xây dựng ngày 17 "
            "tháng 6 năm 2020;",
            "Căn cứ Luật Đầu tư công ngày 29 tháng 11 năm 2024;",
        ),
        (
            "Phê duyệt Báo cáo kinh tế - kỹ thuật đầu tư xây dựng công trình {works} tại {commune} với tổng mức đầu tư "
            "{money} đồng.",
            "- Quy mô: công trình hạ tầng kỹ thuật cấp IV, diện tích sử dụng đất {area}.",
            "- Thời gian thực hiện: năm {year} và năm tiếp theo.",
            "- Hình thức quản lý: chủ đầu tư trực tiếp quản lý dự án.",
        ),
        (
            "Chủ đầu tư chịu trách nhiệm toàn diện về tính chính xác của hồ sơ, khối lượng và đơn giá được thẩm định.",
            "{department} hướng dẫn, kiểm tra việc lựa chọn nhà thầu và quản lý chất lượng công trình theo quy định.",
        ),
    ),
    (
        "Về việc kiện toàn Ban Chỉ đạo cải cách hành chính và chuyển đổi số {here}",
        ("Căn cứ Nghị quyết của Hội đồng nhân dân về nhiệm vụ phát triển kinh tế - xã hội năm {year};",),
        (
            "Kiện toàn Ban Chỉ đạo cải cách hành chính và chuyển đổi số {here} do {person} làm Trưởng ban; {person2} "
            "làm Phó Trưởng ban Thường trực.",
            "- Các ủy viên gồm người đứng đầu các phòng chuyên môn và {count} trưởng thôn, tổ trưởng tổ dân phố.",
            "- Ban Chỉ đạo họp định kỳ mỗi quý một lần, họp đột xuất khi có yêu cầu.",
        ),
        (
            "Văn phòng là cơ quan thường trực, có trách nhiệm chuẩn bị nội dung, tài liệu và theo dõi việc thực hiện "
            "kết luận của Trưởng ban.",
            "Các thành viên Ban Chỉ đạo chịu trách nhiệm trước Trưởng ban về lĩnh vực được phân công.",
        ),
    ),
)
ABOUT_A_PERSON = (0, 1)  # land and social allowances: decided by the commune
EFFECT = (
    "Quyết định này có hiệu lực kể từ ngày ký.",
    "Quyết định này có hiệu lực thi hành kể từ ngày ký và được đăng tải trên trang thông tin điện tử của cơ quan.",
    "Quyết định này có hiệu lực thi hành kể từ ngày {later}.",
)
RESPONSIBLE = (
    "Chánh Văn phòng, Thủ trưởng các đơn vị liên quan và {applicant} chịu trách nhiệm thi hành Quyết định này./.",
    "Chánh Văn phòng, Trưởng các phòng chuyên môn và các tổ chức, cá nhân có liên quan căn cứ Quyết định thi hành./.",
    "Các ông, bà có tên tại Điều 1 và Thủ trưởng các cơ quan, đơn vị có liên quan chịu trách nhiệm thi hành Quyết định này./.",
)
RECIPIENTS = (
    "Như Điều 3",
    "Thường trực Đảng ủy, HĐND",
    "Chủ tịch, các Phó Chủ tịch",
    "Trung tâm Phục vụ hành chính công",
    "Phòng Văn hóa - Xã hội",
    "Cổng thông tin điện tử",
    "Các tổ dân phố, thôn",
)


def authority(agency: Agency) -> str:
    """Who decides: `CHỦ TỊCH ỦY BAN NHÂN DÂN PHƯỜNG THANH BÌNH`, `GIÁM ĐỐC SỞ XÂY DỰNG`."""
    return f"{agency.chief} {agency.name.upper()}"


def decision(rng: random.Random, story: Story) -> Draft:
    personal = bool(story.matter)
    topic = 0 if personal else rng.randrange(len(DECISIONS))
    subject, grounds, what, duties = DECISIONS[topic]
    if topic in ABOUT_A_PERSON and not personal:
        story = replace(story, agency=of_a_commune(story.agency))
    agency = story.agency
    page = typist(rng, numbered=True)
    numbered = number(rng, f"QĐ-{agency.abbreviation}")
    slots = (subject, *grounds, *what, *duties, rng.choice(PROPOSALS), rng.choice(EFFECT), rng.choice(RESPONSIBLE))
    about, *rest = filled_together(rng, story, slots)
    header(page, agency, numbered, story.day)
    title(page, "QUYẾT ĐỊNH", about)
    page.paragraph(authority(agency), style="bold", align="centre", first=0, after=8)
    for ground in (*some(rng, GROUNDS, 2, 4), *rest[: len(grounds)], rest[-3]):
        page.paragraph(ground, style="italic")
    page.skip(4)
    page.paragraph("QUYẾT ĐỊNH:", style="bold", align="centre", first=0, after=8)
    first, second = rest[len(grounds) : len(grounds) + len(what)], rest[len(grounds) + len(what) : -3]
    _article(page, 1, first)
    _article(page, 2, second)
    _article(page, 3, [f"{rest[-2]} {rest[-1]}"])
    who = signer(rng, agency)
    desk = rng.choice(agency.desks)
    closing(page, who, [*some(rng, RECIPIENTS, 3, 5), f"Lưu: VT, {desk}"], agency=agency)
    if not personal and rng.random() < 0.4:
        _appendix(page, rng, story)
    return Draft("QĐ", "Quyết định", issued_fields(agency, numbered, story.day, about, who), tuple(page.sheets))


def _article(page: Composer, ordinal: int, texts: list[str]) -> None:
    head, *rest = texts
    page.paragraph([page.run(f"Điều {ordinal}. ", "bold"), page.run(head)])
    for text in rest:
        page.paragraph(text)


def _appendix(page: Composer, rng: random.Random, story: Story) -> None:
    page.new_sheet()
    page.paragraph("PHỤ LỤC", "title", style="bold", align="centre", first=0, after=2)
    page.paragraph("(Kèm theo Quyết định nêu trên)", "subject", style="italic", align="centre", first=0, after=10)
    rows = [
        (
            str(i + 1),
            fill(rng, story, "Thủ tục {procedure}"),
            rng.choice(SECTORS),
            f"{rng.randint(1, 25):02d} ngày",
            f"{rng.randint(2, 9):02d}",
        )
        for i in range(rng.randint(8, 22))
    ]
    table(page, ("STT", "Tên thủ tục hành chính", "Lĩnh vực", "Thời hạn", "Số bước"), rows, (1, 6, 3, 2, 1.6), "cllcc")


NOTICES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Về việc kết quả giải quyết hồ sơ {procedure} của {applicant}",
        (
            "Ngày {earlier}, Bộ phận Một cửa của {agency} tiếp nhận hồ sơ đề nghị {procedure} của {applicant}, địa chỉ: {address}.",
            "Sau khi xem xét, thẩm tra hồ sơ và đối chiếu với cơ sở dữ liệu chuyên ngành, {agency} thông báo kết quả như sau:",
            "1. Hồ sơ đầy đủ thành phần, hợp lệ và đủ điều kiện giải quyết theo quy định của pháp luật.",
            "2. Kết quả giải quyết bản điện tử đã được ký số và gửi vào Kho quản lý dữ liệu điện tử của tổ chức, cá "
            "nhân trên Cổng Dịch vụ công quốc gia.",
            "3. Trường hợp có nhu cầu nhận bản giấy, đề nghị {applicant} đến quầy số {map} trong giờ hành chính hoặc "
            "đăng ký nhận qua dịch vụ bưu chính công ích.",
            "4. Mọi vướng mắc liên hệ số điện thoại của Bộ phận Một cửa để được hướng dẫn, giải đáp.",
        ),
    ),
    (
        "Về việc niêm yết công khai hồ sơ đăng ký đất đai, cấp Giấy chứng nhận lần đầu tại {commune}",
        (
            "Thực hiện quy định của Luật Đất đai và các văn bản hướng dẫn thi hành, {agency} thông báo niêm yết công "
            "khai kết quả kiểm tra hồ sơ đăng ký đất đai như sau:",
            "1. Số hồ sơ niêm yết: {count} hồ sơ của hộ gia đình, cá nhân đang sử dụng đất tại {commune}.",
            "2. Thời gian niêm yết: 15 ngày, kể từ ngày {later}.",
            "3. Địa điểm niêm yết: trụ sở {agency} và nhà văn hóa nơi có đất.",
            "4. Trong thời gian niêm yết, tổ chức, cá nhân có ý kiến về nguồn gốc, ranh giới, tình trạng tranh chấp "
            "đất đai gửi bằng văn bản về {agency} để được xem xét.",
            "5. Hết thời hạn nêu trên, nếu không có ý kiến khác, hồ sơ được chuyển cơ quan có thẩm quyền giải quyết theo quy định.",
        ),
    ),
    (
        "Kết luận của lãnh đạo {agency} tại cuộc họp về công tác số hóa hồ sơ tháng {month}",
        (
            "Ngày {earlier}, lãnh đạo {agency} chủ trì cuộc họp đánh giá tiến độ số hóa hồ sơ, kết quả giải quyết thủ "
            "tục hành chính. Tham dự cuộc họp có đại diện {department}, "
            "Bộ phận Một cửa và các phòng chuyên môn. Sau khi nghe báo cáo và ý kiến phát biểu, chủ trì cuộc họp kết luận như sau:",
            "1. Ghi nhận sự cố gắng của các đơn vị; tỷ lệ hồ sơ được số hóa đạt {share}, tỷ lệ cấp kết quả bản điện tử "
            "đạt {share2}.",
            "2. Văn phòng rà soát {count} hồ sơ còn thiếu thành phần, hoàn thành việc quét bổ sung trước ngày {later}.",
            "3. Phòng Văn hóa - Xã hội phối hợp với đơn vị cung cấp phần mềm khắc phục lỗi đồng bộ trạng thái hồ sơ "
            "lên Cổng Dịch vụ công quốc gia.",
            "4. Yêu cầu cán bộ tiếp nhận kiểm tra dữ liệu đã có trước khi quét mới; chịu trách nhiệm về tính đầy đủ, "
            "chính xác của bản số hóa.",
            "5. Giao Trung tâm Phục vụ hành chính công tổng hợp, báo cáo kết quả thực hiện hằng tuần.",
        ),
    ),
    (
        "Về việc tạm ngừng tiếp nhận hồ sơ trực tuyến để nâng cấp hệ thống",
        (
            "Để bảo đảm hệ thống thông tin giải quyết thủ tục hành chính vận hành ổn định, {agency} thông báo tạm "
            "ngừng tiếp nhận hồ sơ trực tuyến như sau:",
            "1. Thời gian: từ {hours} ngày {later} đến hết ngày làm việc.",
            "2. Trong thời gian nâng cấp, tổ chức, cá nhân nộp hồ sơ trực tiếp tại Bộ phận Một cửa hoặc qua dịch vụ "
            "bưu chính công ích.",
            "3. Các hồ sơ đã tiếp nhận tiếp tục được giải quyết theo đúng thời hạn ghi trên giấy tiếp nhận hồ sơ và "
            "hẹn trả kết quả.",
            "4. {agency} mong nhận được sự thông cảm, chia sẻ của tổ chức, cá nhân.",
        ),
    ),
    (
        "Về lịch tiếp công dân của lãnh đạo {agency} quý {quarter} năm {year}",
        (
            "Căn cứ Luật Tiếp công dân ngày 25 tháng 11 năm 2013, {agency} thông báo lịch tiếp công dân định kỳ của "
            "lãnh đạo như sau:",
            "1. Người chủ trì: {person} và {person2}, luân phiên theo tuần.",
            "2. Thời gian: bắt đầu từ {hours} ngày thứ Năm hằng tuần; trường hợp trùng ngày nghỉ, lễ thì chuyển sang "
            "ngày làm việc kế tiếp.",
            "3. Địa điểm: phòng Tiếp công dân, trụ sở {agency}, đường {street}.",
            "4. Công dân mang theo thẻ căn cước và các giấy tờ, tài liệu liên quan đến nội dung kiến nghị, phản ánh.",
            "5. Cán bộ tiếp công dân có trách nhiệm ghi chép đầy đủ, phân loại và chuyển đơn đúng thẩm quyền trong "
            "thời hạn 10 ngày làm việc.",
        ),
    ),
)
NOTICE_ENDINGS = (
    "{agency} thông báo để các tổ chức, cá nhân được biết và thực hiện./.",
    "Trên đây là thông báo của {agency}; đề nghị các cơ quan, đơn vị phối hợp thực hiện./.",
    "Thông báo này được niêm yết tại trụ sở và đăng tải trên trang thông tin điện tử của {agency}./.",
)
NOTICE_RECIPIENTS = (
    "Như trên",
    "{department}",
    "Lãnh đạo cơ quan",
    "Các phòng chuyên môn",
    "Bộ phận Một cửa",
    "Đài truyền thanh",
    "Các thôn, tổ dân phố",
)


def notice(rng: random.Random, story: Story) -> Draft:
    agency = story.agency
    page = typist(rng, numbered=True)
    numbered = number(rng, f"TB-{agency.abbreviation}", most=700)
    subject, sentences = NOTICES[0] if story.matter else rng.choice(NOTICES)
    about, *body = filled_together(rng, story, (subject, *sentences, rng.choice(NOTICE_ENDINGS)))
    header(page, agency, numbered, story.day)
    title(page, "THÔNG BÁO", about)
    for sentence in body:
        page.paragraph(sentence)
    who = signer(rng, agency)
    recipients = filled(rng, story, some(rng, NOTICE_RECIPIENTS, 3, 5))
    closing(page, who, [*recipients, f"Lưu: VT, {rng.choice(agency.desks)}"], agency=agency)
    return Draft("TB", "Thông báo", issued_fields(agency, numbered, story.day, about, who), tuple(page.sheets))
