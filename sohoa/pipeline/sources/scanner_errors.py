"""What a scanner may answer instead of a page, and what to do about it. `kept` is how many pages of the run are safe in the batch."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError

_GO_ON_VI = (
    "đặt lại tờ ấy và các tờ còn lại lên khay theo đúng thứ tự, rồi chạy lại đúng lệnh này: các trang đã nhận được giữ nguyên."
)
_GO_ON = "put that sheet and the rest back in order and run the same command again: pages that came in are kept."


class ScannerJammed(SohoaError):
    """SANE has no word of its own for sheets fed together: most drivers say jam."""

    code = "pipeline.scanner_jammed"
    vi = "Máy quét kẹt giấy hoặc kéo hai tờ dính nhau; đã giữ {kept} trang của lượt này."
    en = "The scanner jammed or fed two sheets together; {kept} pages of this run are kept."
    remedy = "Mở nắp, lấy tờ kẹt ra, tách giấy dính và gỡ ghim; " + _GO_ON_VI
    remedy_en = "Open the cover, take the sheet out, part sheets that stick, remove staples; " + _GO_ON


class ScannerCoverOpen(SohoaError):
    code = "pipeline.scanner_cover_open"
    vi = "Nắp máy quét đang mở; đã giữ {kept} trang của lượt này."
    en = "The scanner's cover is open; {kept} pages of this run are kept."
    remedy = "Đóng nắp; nếu có tờ đang nạp dở thì " + _GO_ON_VI
    remedy_en = "Close the cover; if a sheet was half-way in, " + _GO_ON


class ScannerFeederEmpty(SohoaError):
    code = "pipeline.scanner_feeder_empty"
    vi = "Khay nạp không có giấy."
    en = "There is no paper in the feeder."
    remedy = "Đặt giấy vào khay cho tới khi máy kéo nhẹ hoặc đèn khay sáng, rồi chạy lại."
    remedy_en = "Put paper in until the feeder takes hold of it, then run again."


class ScannerBusy(SohoaError):
    code, exit_code = "pipeline.scanner_busy", Exit.UNREACHABLE
    vi = "Máy quét đang được chương trình hoặc máy khác dùng; đã giữ {kept} trang của lượt này."
    en = "The scanner is in use by another program or machine; {kept} pages of this run are kept."
    remedy = "Đóng chương trình quét khác (kể cả trên máy khác), rồi chạy lại."
    remedy_en = "Close the other scanning program, also on other machines, then run again."


class ScannerRefused(SohoaError):
    code, exit_code = "pipeline.scanner_refused", Exit.UNREACHABLE
    vi = "Không được phép dùng máy quét này; đã giữ {kept} trang của lượt này."
    en = "Access to the scanner was denied; {kept} pages of this run are kept."
    remedy = "Thêm tài khoản đang dùng vào nhóm «scanner» rồi đăng nhập lại, hoặc bỏ khóa máy quét."
    remedy_en = "Add this account to the group `scanner` and log in again, or unlock the device."


class ScannerLost(SohoaError):
    code, exit_code = "pipeline.scanner_lost", Exit.UNREACHABLE
    vi = "Mất liên lạc với máy quét giữa chừng; đã giữ {kept} trang của lượt này."
    en = "The connection to the scanner failed; {kept} pages of this run are kept."
    remedy = "Kiểm tra nguồn, dây USB hoặc mạng của máy quét; lấy tờ đang nạp dở ra, " + _GO_ON_VI
    remedy_en = "Check the scanner's power, cable or network; take out the sheet half-way in, " + _GO_ON


class ScannerUnknown(SohoaError):
    code, exit_code = "pipeline.scanner_unknown", Exit.UNREACHABLE
    vi = "Không thấy máy quét đã nêu."
    en = "There is no such scanner."
    remedy = "Bật máy quét, xem tên bằng «sohoa scan --list», rồi chạy lại với --device TÊN."
    remedy_en = "Turn the scanner on, see its name with `sohoa scan --list`, then run again with --device NAME."


class ScannerNone(SohoaError):
    code, exit_code = "pipeline.scanner_none", Exit.UNREACHABLE
    vi = "Không tìm thấy máy quét nào."
    en = "No scanner was found."
    remedy = "Bật máy quét và kiểm tra dây; máy quét mạng xem trang «Máy quét» trong tài liệu."
    remedy_en = "Turn the scanner on and check its cable; for network scanners see docs/vi/may-quet.md."


class ScannerOptionRefused(SohoaError):
    """what: the option, as the command line names it."""

    code, exit_code = "pipeline.scanner_option_refused", Exit.USAGE
    vi = "Máy quét này không nhận {what}."
    en = "This scanner does not take {what}."
    remedy = "Bỏ hoặc đổi tham số ấy; xem máy làm được gì bằng «sohoa scan --list --device TÊN»."
    remedy_en = "Leave that option out or change it; see what the device can do with `sohoa scan --list --device NAME`."


class ScannerNotTwoSided(SohoaError):
    code, exit_code = "pipeline.scanner_not_two_sided", Exit.USAGE
    vi = "Máy quét này không quét hai mặt được."
    en = "This scanner cannot take both sides."
    remedy = "Bỏ --duplex; cần cả mặt sau thì quét thành tệp hai lượt rồi ghép bằng «sohoa sheets split … --backs …»."
    remedy_en = "Leave --duplex out; for both sides scan two passes to files and join them with `sohoa sheets split … --backs …`."


class ScannerSilent(SohoaError):
    """seconds: how long nothing came."""

    code, exit_code = "pipeline.scanner_silent", Exit.UNREACHABLE
    vi = "Máy quét im lặng quá {seconds} giây nên đã dừng lượt quét; đã giữ {kept} trang."
    en = "Nothing came from the scanner for {seconds} s, so the run was ended; {kept} pages are kept."
    remedy = "Tắt rồi bật lại máy quét; lấy tờ đang nạp dở ra, " + _GO_ON_VI
    remedy_en = "Turn the scanner off and on; take out the sheet half-way in, " + _GO_ON


class ScannerStopped(SohoaError):
    code = "pipeline.scanner_stopped"
    vi = "Lượt quét đã dừng theo yêu cầu; đã giữ {kept} trang."
    en = "The run was stopped as asked; {kept} pages are kept."
    remedy = "Muốn quét tiếp: lấy tờ đang nạp dở ra, " + _GO_ON_VI
    remedy_en = "To go on: take out the sheet half-way in, " + _GO_ON


class ScannerFailed(SohoaError):
    """status: what the program said, in its own words, without names of files."""

    code, exit_code = "pipeline.scanner_failed", Exit.UNREACHABLE
    vi = "Máy quét báo lỗi lạ ({status}); đã giữ {kept} trang của lượt này."
    en = "The scanner failed in an unknown way ({status}); {kept} pages of this run are kept."
    remedy = "Tắt rồi bật lại máy quét, chạy lại; nếu vẫn vậy, báo người quản trị kèm mã lỗi này."
    remedy_en = "Turn the scanner off and on and run again; if it stays so, tell the administrator this code."
