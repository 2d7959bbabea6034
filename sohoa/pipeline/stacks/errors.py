"""What can go wrong with sheets and stacks."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline.stacks.marks import LONGEST_CODE, MOST_SHEETS


class SheetCodeInvalid(SohoaError):
    code, exit_code = "pipeline.sheet_code_invalid", Exit.USAGE
    vi = "Mã hồ sơ hoặc mã lô để in phiếu bị trống, dài quá {longest} ký tự hoặc có ký tự lạ."
    en = "A dossier or batch code for a sheet is empty, longer than {longest} characters or has control characters."
    remedy = "Chép đúng mã từ phiếu tiếp nhận (không có dấu xuống dòng), rồi in lại."
    remedy_en = "Copy the code from the receipt (without line breaks), then print again."

    def __init__(self, **facts: object) -> None:
        super().__init__(**{"longest": LONGEST_CODE, **facts})


class TooManySheets(SohoaError):
    code, exit_code = "pipeline.too_many_sheets", Exit.USAGE
    vi = "Một lần in nhiều nhất {most} phiếu."
    en = "One run prints at most {most} sheets."
    remedy = "Chia thành nhiều lần in."
    remedy_en = "Print in several runs."

    def __init__(self, **facts: object) -> None:
        super().__init__(**{"most": MOST_SHEETS, **facts})


class SheetFontMissing(SohoaError):
    code, exit_code = "pipeline.sheet_font_missing", Exit.UNREACHABLE
    vi = "Máy này thiếu phông chữ để in phiếu phân cách."
    en = "The fonts for separator sheets are not installed."
    remedy = "Chạy «make setup» (hoặc cài gói fonts-croscore), rồi in lại."
    remedy_en = "Run `make setup` (or install fonts-croscore), then print again."


class StackIsSigned(SohoaError):
    code = "pipeline.stack_is_signed"
    vi = "Tệp này đã có chữ ký số; tách ra thì chữ ký mất hiệu lực."
    en = "The file carries a signature, which splitting would break."
    remedy = "Đưa nguyên tệp vào kho bằng «sohoa digitize»; chỉ tách tệp quét chưa ký."
    remedy_en = "Archive the file whole with `sohoa digitize`; split only scans that are not signed."


class StackNotSplittable(SohoaError):
    """detail: what the file is, in English."""

    code = "pipeline.stack_not_splittable"
    vi = "Chỉ tách được chồng giấy quét thành PDF hoặc TIFF nhiều trang."
    en = "Only PDF and multi-page TIFF can be split without touching the pictures ({detail})."
    remedy = "Quét lại thành một tệp PDF, rồi tách lại."
    remedy_en = "Scan into one PDF, then split again."


class SidesDiffer(SohoaError):
    code = "pipeline.sides_differ"
    vi = "Số mặt trước ({fronts}) khác số mặt sau ({backs}) nên không ghép được: không rõ tờ nào bị kéo đôi hay sót."
    en = "{fronts} fronts and {backs} backs cannot be collated: a sheet was missed or fed twice."
    remedy = "Quét lại cả chồng ở một trong hai lượt, hoặc dùng máy quét hai mặt."
    remedy_en = "Scan the stack again in one of the two passes, or use a duplex scanner."


class FolderOfAnotherStack(SohoaError):
    code, exit_code = "pipeline.folder_of_another_stack", Exit.USAGE
    vi = "Thư mục đích đang chứa kết quả tách của một chồng giấy khác."
    en = "The output folder holds the documents of another stack."
    remedy = "Chọn thư mục khác cho -o."
    remedy_en = "Choose another folder for -o."
