"""How a signer's name looks: a family name, one to four words more, degrees and ranks before it left out."""

from __future__ import annotations

import re

from sohoa.kernel.text import fold
from sohoa.ocr.understanding.lexicon import Names
from sohoa.ocr.understanding.strips import in_capitals

# The hundred or so family names that nearly everybody bears; a line without one is not taken for a person's name.
_FAMILY_NAMES = Names.of((
    "A", "An", "Âu", "Bạch", "Bàn", "Bế", "Bùi", "Cao", "Chẩu", "Châu", "Chu", "Cù", "Cung", "Cư", "Đàm", "Đan", "Đặng", "Đào",
    "Đậu", "Đèo", "Điểu", "Diệp", "Đinh", "Đỗ", "Đoàn", "Đồng", "Dương", "Giang", "Giáp", "Hà", "Hán", "Hàn", "Hoàng", "Hồ",
    "Hứa", "Huỳnh", "K'", "Kha", "Khổng", "Khuất", "Khúc", "Kiều", "Kim", "La", "Lã", "Lại", "Lâm", "Lê", "Liễu", "Lò", "Lô",
    "Lương", "Lưu", "Lữ", "Lường", "Lý", "Ma", "Mã", "Mạc", "Mai", "Mạnh", "Nghiêm", "Ngô", "Ngọc", "Nguyễn", "Nhữ", "Ninh", "Nông",
    "Ông", "Phạm", "Phan", "Phí", "Phùng", "Phương", "Quách", "Quàng", "Quang", "Sầm", "Tạ", "Tăng", "Thạch", "Thái", "Thẩm",
    "Thân", "Thiều", "Tiêu", "Tô", "Tôn", "Tống", "Trà", "Trần", "Triệu", "Trịnh", "Trương", "Từ", "Ứng", "Văn", "Vi", "Viên",
    "Võ", "Vũ", "Vương", "Y",
))  # fmt: skip
_TITLES = re.compile(
    r"^(?:(?:gs|pgs|ts|tskh|ths|bs|bsck[i12]+|ck[i12]+|ks|kts|cn|ls|ds|nghs|dr)\s*\.[\s.]*|"
    r"(?:dai ta|thuong ta|trung ta|thieu ta|dai uy|thuong uy|trung uy|thieu tuong|trung tuong|thuong tuong|dai tuong)\s+|"
    r"(?:ong|ba|nguoi ky|ky boi|ky ten|signed by|signer)\s*:\s*)+"
)
# Words that names are made of after the family name. A syllable that is not here is rare, or a misread one (`Cấm` for `Cẩm`).
_SYLLABLES = """
    ái an anh ánh ân ba bá bách bạch bảo bằng bắc bích biên bình bội bửu ca cao cát căn cẩm cần châu chánh chi chí chiến chinh chính
    chung chương cơ công cúc cương cường danh dân diễm diện diệp diệu doãn doanh du dung dũng duy duyên dư dương đa đài đại đàm đạo
    đan đào đạt đăng đắc đề địch điềm điền điệp định đình đoan đoàn đô độ đông đồng đôn đức gia giang giao giáp hà hai hải hán hanh
    hạnh hảo hào hạo hân hằng hậu hiên hiến hiền hiển hiếu hiệp hiệu hinh hoa hoà hòa hoài hoan hoàn hoàng hoành hoạt học hội hồng
    hợi hợp huân huấn huệ hùng huy huyên huyền huỳnh hưng hương hường hướng hưởng hữu hỷ kha khá khả khách khai khải khang khanh
    khánh khắc khê khiêm khiêu khoa khoan khoát khôi khuê khương kiên kiệm kiệt kiều kim kính kỳ kỷ la lài lam lan lành lãm lâm lân
    lập lê lễ lệ lệnh lịch liêm liên liễu linh lĩnh loan long lộc lợi luân luận lục lũy lụa lữ lực lương lượng lưu ly lý mai mạnh
    mão mẫn mậu mây mến mị miên minh mỵ mơ mùi mười mừng mỹ na nam năm năng nga ngà ngạn ngân ngần nghi nghị nghĩa nghiêm nghiệp ngoan
    ngọ ngọc ngôn nguyên nguyễn nguyệt ngữ nhã nhàn nhạn nhâm nhân nhẫn nhất nhật nhi nhiên nhu nhung như nhự nhường niên ninh nở nữ
    oanh phát phan phi phiên phong phố phú phúc phụng phước phương phượng quan quang quảng quân quế quốc quy quý quyên quyền quyết
    quỳnh sa sang sáng san sâm sen sinh song sơn sử sương sửu sỹ sĩ tá tài tại tám tánh tạo tâm tân tấn tây tăng thạc thạch thái tham
    thanh thành thạnh thao thảo thắm thăng thắng thân thập thất thế thể thêm thi thị thìn thiên thiện thiết thiệu thịnh thoa thoại
    thoan thọ thông thơ thơm thu thuần thuận thuật thúc thục thuỳ thùy thuý thúy thuỷ thủy thuyên thuyết thư thức thường thưởng
    thương thy tiên tiến tiệp tín tình tính tịnh toan toàn toại toản tố tôn tốt tú tuân tuấn tuất tuệ tùng tuy tuyên tuyền tuyến tuyết
    tư từ tứ tường tưởng tỵ tý tỷ trà trác trai trang tráng trâm trân trầm trí triết triều triệu trinh trình trọng trụ trúc trung
    truyền trực trương trường trưởng tri uy uyên út vạn vàng vân văn vẹn vi vị viên viện việt vinh vĩnh vịnh vọng vũ võ vui vượng vương
    vy vỹ xoan xuân xuyên xuyến xương y ý yên yến tô tạ mạc nông
"""
_GIVEN = frozenset(_SYLLABLES.split())
_EDGES = " .,:;-–_|\"'“”‘’`*~•ˆ˜´¸"
MENDED = 0.85
RARE = 0.75
LOST = 0.4  # its first letters are under a seal or were not read: shown to a person, never certain


def name_in(text: str, *, damaged: bool = False) -> tuple[str, float] | None:
    """The person's name that a line is, and how far to trust it (1: nothing was put right). None where it is none.

    damaged: also a line that lost the beginning of its family name, with little trust.
    """
    plain = text.strip(_EDGES)
    plain = plain[len(found[0]) :].strip(_EDGES) if (found := _TITLES.match(fold(plain))) else plain
    words = plain.split()
    if not 2 <= len(words) <= 6 or not all(word.replace("'", "").isalpha() for word in words):
        return None
    small = all(word[0].isupper() and (len(word) == 1 or word[1:].islower()) for word in words)
    if small or in_capitals(plain):
        first = _FAMILY_NAMES.find(words[0])
        if first:
            family = first.text.upper() if in_capitals(plain) and len(plain) > 3 else first.text
            trust = MENDED if first.mended else 1.0
            return " ".join([family, *words[1:]]), trust * (1.0 if _usual(words[1:]) else RARE)
        if fold(words[0]) in _FAMILY_NAMES.folded:  # `Tò` may be Tô or Từ's neighbour: kept as read
            return plain, MENDED
    rest = words[1:]
    if damaged and len(words) >= 3 and all(word[0].isupper() and word[1:].islower() for word in rest):
        return plain, LOST
    return None


def _usual(words: list[str]) -> bool:
    return all(len(word) == 1 or word.casefold() in _GIVEN or _FAMILY_NAMES.find(word, mend=False) for word in words)
