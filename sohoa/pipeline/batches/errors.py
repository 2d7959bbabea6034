"""What can go wrong with a batch."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError


class BatchUnknown(SohoaError):
    code, exit_code = "pipeline.batch_unknown", Exit.USAGE
    vi = "Không có lô nào mang mã đã nêu."
    en = "No batch has this code."
    remedy = "Xem các lô đang có bằng «sohoa batch list», rồi chép đúng mã."
    remedy_en = "See the batches with `sohoa batch list` and copy the code."


class BatchCodeTaken(SohoaError):
    code, exit_code = "pipeline.batch_code_taken", Exit.USAGE
    vi = "Đã có một lô mang mã này."
    en = "A batch with this code exists already."
    remedy = "Quét tiếp vào lô ấy bằng «sohoa scan --batch MÃ», hoặc đặt mã khác."
    remedy_en = "Go on with it (`sohoa scan --batch CODE`), or choose another code."


class BatchCodeInvalid(SohoaError):
    code, exit_code = "pipeline.batch_code_invalid", Exit.USAGE
    vi = "Mã lô bị trống, dài quá {longest} ký tự hoặc có ký tự lạ."
    en = "The batch code is empty, longer than {longest} characters or has control characters."
    remedy = "Đặt mã ngắn như LO-0105, hoặc bỏ trống để sohoa tự đặt."
    remedy_en = "Choose a short code such as LO-0105, or leave it out and get one."


class BatchNotOpen(SohoaError):
    """state, state_vi: what it is instead."""

    code, exit_code = "pipeline.batch_not_open", Exit.USAGE
    vi = "Lô này {state_vi} nên không làm được việc đã yêu cầu."
    en = "The batch is {state}; this cannot be done to it."
    remedy = "Lô tạm dừng: «sohoa batch resume MÃ» rồi làm lại. Lô đã đóng hoặc đã hủy: mở lô mới."
    remedy_en = "A paused batch: `sohoa batch resume CODE`, then again. A closed or cancelled one: open a new batch."


class BatchBusy(SohoaError):
    code = "pipeline.batch_busy"
    vi = "Một tiến trình khác đang đưa trang vào lô này."
    en = "Another process is bringing pages into this batch."
    remedy = "Chờ lượt quét ấy xong, hoặc dừng nó bằng Ctrl-C, rồi chạy lại."
    remedy_en = "Wait for that run to end, or stop it with Ctrl-C, then run again."


class BatchPageUnknown(SohoaError):
    code, exit_code = "pipeline.batch_page_unknown", Exit.USAGE
    vi = "Lô này không có trang {page}."
    en = "The batch has no page {page}."
    remedy = "Xem các trang của lô bằng «sohoa batch show MÃ»."
    remedy_en = "See the batch's pages with `sohoa batch show CODE`."


class BatchReasonMissing(SohoaError):
    code, exit_code = "pipeline.batch_reason_missing", Exit.USAGE
    vi = "Việc này cần nêu lý do, để ghi vào nhật ký cùng tên người làm."
    en = "This needs a reason, which goes into the log with the name of who does it."
    remedy = 'Chạy lại với --reason "lý do".'
    remedy_en = "Run again with --reason."


class BatchCountsDiffer(SohoaError):
    """expected, found: sheets of paper."""

    code = "pipeline.batch_counts_differ"
    vi = "Đếm tay {expected} tờ, máy nhận {found} tờ: lô chưa đóng được."
    en = "{expected} sheets were counted by hand and {found} came in: the batch stays open."
    remedy = "Tìm tờ sót hoặc tờ dính rồi quét bổ sung; nếu đếm nhầm thì sửa bằng --expect; nếu đúng là khác thì đóng kèm --reason."
    remedy_en = "Find and scan the missing sheet; correct a wrong count with --expect; or close with --reason."


class BatchNotCounted(SohoaError):
    """found: sheets of paper."""

    code = "pipeline.batch_not_counted"
    vi = "Lô này chưa ai đếm tay; máy nhận {found} tờ."
    en = "Nobody has counted this batch; {found} sheets came in."
    remedy = "Đếm số tờ giấy rồi đóng với --expect SỐ; không đếm được thì đóng kèm --reason."
    remedy_en = "Count the sheets of paper and close with --expect NUMBER; if that cannot be done, close with --reason."


class BatchPageUnreadable(SohoaError):
    """pages: their places, parted by commas."""

    code = "pipeline.batch_page_unreadable"
    vi = "Ảnh của trang {pages} hỏng, không ghép thành giấy tờ được."
    en = "The picture of page {pages} is damaged and cannot become part of a paper."
    remedy = "Quét lại trang ấy với --rescan, hoặc bỏ ra bằng «sohoa batch page MÃ SỐ --drop --reason …»."
    remedy_en = "Scan the page again (--rescan), or take it out (`sohoa batch page CODE NUMBER --drop --reason …`)."


class BatchNoteMissing(SohoaError):
    """pages: their places, parted by commas."""

    code = "pipeline.batch_note_missing"
    vi = "Trang {pages} có giấy ghi chú đính kèm nhưng mới quét một lần."
    en = "Page {pages} has a note attached and was scanned only once."
    remedy = "Quét thêm: «sohoa scan --batch MÃ --rescan SỐ --with-note» (bản có ghi chú), hoặc bỏ --with-note (bản không có)."
    remedy_en = "Scan it once more: `sohoa scan --batch CODE --rescan NUMBER --with-note` (with the note), or without --with-note."


class BatchStackUncertain(SohoaError):
    """doubts: how many documents need a look."""

    code = "pipeline.batch_stack_uncertain"
    vi = "Tách theo phiếu phân cách còn {doubts} chỗ chưa chắc: lô chưa đóng được."
    en = "Splitting by separator sheets left {doubts} doubts: the batch stays open."
    remedy = "Xem từng chỗ được nêu, quét lại trang hoặc phiếu hỏng; nếu chấp nhận thì đóng kèm --reason."
    remedy_en = "Look at each doubt named, scan the page or sheet again; to accept it as it is, close with --reason."


class BatchEmpty(SohoaError):
    code, exit_code = "pipeline.batch_empty", Exit.USAGE
    vi = "Lô này chưa có trang nào."
    en = "The batch has no page."
    remedy = "Quét vào lô bằng «sohoa scan --batch MÃ», hoặc hủy lô bằng «sohoa batch cancel MÃ --reason …»."
    remedy_en = "Scan into it (`sohoa scan --batch CODE`), or cancel it (`sohoa batch cancel CODE --reason …`)."


class BatchElsewhere(SohoaError):
    code, exit_code = "pipeline.batch_elsewhere", Exit.USAGE
    vi = "Ảnh các trang của lô này không nằm trên máy này."
    en = "The pictures of this batch are not on this machine."
    remedy = "Làm tiếp trên máy đã quét lô, hoặc kiểm tra lại SOHOA_HOME."
    remedy_en = "Go on at the machine that scanned the batch, or check SOHOA_HOME."


class DossierUnknown(SohoaError):
    code, exit_code = "pipeline.dossier_unknown", Exit.USAGE
    vi = "Sổ chưa có hồ sơ mang mã đã nêu."
    en = "The register has no dossier with this code."
    remedy = "Nhập sổ trước («sohoa register import»), hoặc kiểm tra lại mã hồ sơ."
    remedy_en = "Import the register first (`sohoa register import`), or check the code."


class ComponentUnknown(SohoaError):
    code, exit_code = "pipeline.component_unknown", Exit.USAGE
    vi = "Hồ sơ này không có thành phần số {component}."
    en = "The dossier has no component {component}."
    remedy = "Xem các thành phần bằng «sohoa batch decide MÃ-HỒ-SƠ»."
    remedy_en = "See its components with `sohoa batch decide DOSSIER`."


class StateSecretInDossier(SohoaError):
    """components: their numbers, parted by commas."""

    code = "pipeline.state_secret_in_dossier"
    vi = "Thành phần {components} của hồ sơ này có nội dung bí mật nhà nước: không được quét, chưa lưu gì."
    en = "Component {components} of the dossier holds state secrets: it must not be scanned, and nothing was stored."
    remedy = "Lấy giấy tờ ấy ra khỏi chồng giấy, rồi mở lô với --secrets-removed; việc này được ghi tên vào nhật ký."
    remedy_en = "Take those papers out of the stack, then open the batch with --secrets-removed; the log keeps who said so."


class StateSecretSheet(SohoaError):
    """page: the place of the separator sheet."""

    code = "pipeline.state_secret_sheet"
    vi = "Phiếu ở trang {page} dành cho giấy tờ có nội dung bí mật nhà nước: đã dừng máy, không giữ trang nào sau phiếu ấy."
    en = "The sheet at page {page} is for papers with state secrets: the scanner was stopped, and no page after it was kept."
    remedy = "Lấy giấy tờ dưới phiếu ấy ra khỏi khay, xử lý theo chế độ bảo mật, rồi quét tiếp các giấy tờ còn lại."
    remedy_en = "Take the papers under that sheet out of the feeder, treat them as secret, then go on with the rest."
