"""The page that a person reads first: what this package is, what it is not, and what nobody filled in."""

from __future__ import annotations

from sohoa.kernel.clock import VIETNAM
from sohoa.storage.exports.codes import LABEL_EN, LABEL_VI, Chosen
from sohoa.storage.exports.ead import STATES_VI, doc_code, document_fields, dossier_fields, empty_fields
from sohoa.storage.exports.holdings import Holding

LABELS_VI = {
    "SIP": f"gói nộp lưu (SIP) kiểu TT 05/2025/TT-BNV, {LABEL_VI}",
    "AIP": f"gói lưu trữ (AIP) kiểu TT 05/2025/TT-BNV, {LABEL_VI}",
    "DIP": f"gói sử dụng (DIP) kiểu TT 05/2025/TT-BNV, BẢN SAO, {LABEL_VI}",
}
_COPY = """\
Mọi tệp PDF trong gói là BẢN SAO: mỗi trang có chữ «BẢN SAO». Đóng chữ lên trang làm chữ ký số không còn hiệu lực, nên bản sao được
viết thành tệp mới, không mang chữ ký nào. Bản chính, còn nguyên chữ ký, nằm trong kho lưu trữ của nơi xuất gói.
Số định danh cá nhân trong tiêu đề và trích yếu đã được che bớt.
"""
_WHOLE = "Gói gồm mọi giấy tờ của hồ sơ tại ngày ghi trên.\n"
_PART = "Gói chỉ gồm một phần giấy tờ của hồ sơ.\n"


def introduction(holding: Holding, profile: str, chosen: Chosen) -> str:
    """UTF-8 text in Vietnamese with one English line; the same holding gives the same text."""
    kind = profile.partition("_")[0]
    dossier_empty = empty_fields("dossier_field", dossier_fields(holding, chosen))
    document_empty = sorted(
        set.intersection(*(set(empty_fields("document_field", document_fields(holding, one, chosen))) for one in holding.documents))
    )
    return "".join(
        (
            f"GÓI {profile}\n\n",
            f"Bố cục kiểu TT 05/2025/TT-BNV, {LABEL_VI}.\n",
            f"The layout is like that of TT 05/2025/TT-BNV, {LABEL_EN}.\n\n",
            f"Hồ sơ: {holding.code}\n" if holding.in_dossier else f"Giấy tờ không thuộc hồ sơ nào, mã bản ghi: {holding.code}\n",
            f"Số giấy tờ: {len(holding.documents)}\n",
            f"Nội dung tại: {holding.as_of.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S} (giờ Việt Nam)\n",
            _WHOLE if holding.whole else _PART,
            *(f"{doc_code(holding, one)}: {STATES_VI[one.state]}\n" for one in holding.documents if one.state in STATES_VI),
            "\n",
            _COPY + "\n" if kind == "DIP" else "",
            "Phần tử để trống vì không ai cho biết:\n",
            f"  EAD.xml: {', '.join(dossier_empty) or 'không có'}\n",
            f"  EAD_doc_*.xml, ở mọi giấy tờ: {', '.join(document_empty) or 'không có'}\n",
            "Ngôn ngữ ghi là tiếng Việt (01): phần mềm chỉ đọc giấy tờ tiếng Việt.\n",
        )
    )
