"""What goes wrong at a remote signing service, each with a next step. `why` is the service's own code, or `?` (see JsonService.code)."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.signers.holder import RequestOver


class RemoteAddressOpen(SohoaError):
    code, exit_code = "signing.remote_address_open", Exit.USAGE
    vi = "Địa chỉ dịch vụ ký số từ xa không dùng HTTPS, nên mật khẩu và mã PIN không được gửi đi."
    en = "The remote signing service's address is not HTTPS, so no password or PIN is sent."
    remedy = "Sửa địa chỉ dịch vụ trong cấu hình thành địa chỉ HTTPS."
    remedy_en = "Set an HTTPS address in the settings."


class RemoteRefused(SohoaError):
    code = "signing.remote_refused"
    vi = "Dịch vụ ký số từ xa từ chối yêu cầu ký (mã của dịch vụ: {why})."
    en = "The remote signing service refused the request (its code: {why})."
    remedy = "Gửi mã này cho nhà cung cấp dịch vụ ký số để hỏi nguyên nhân; hồ sơ vẫn được giữ, ký lại sau."
    remedy_en = "Ask the provider of the service about this code; the papers are kept and can be signed later."


class RemoteFailed(SohoaError):
    code, exit_code = "signing.remote_failed", Exit.UNREACHABLE
    vi = "Dịch vụ ký số từ xa đang gặp lỗi (HTTP {status})."
    en = "The remote signing service failed (HTTP {status})."
    remedy = "Chờ vài phút rồi chạy lại; yêu cầu đã gửi được hỏi lại kết quả trước, không bắt ký hai lần."
    remedy_en = "Wait some minutes and run again; what was asked for is looked up first, nobody is made to agree twice."


class RemoteBusy(SohoaError):
    code, exit_code = "signing.remote_busy", Exit.UNREACHABLE
    vi = "Dịch vụ ký số từ xa đang quá tải hoặc đã hết hạn mức yêu cầu."
    en = "The remote signing service is busy or its quota of requests is used up."
    remedy = "Chờ vài phút rồi chạy lại; nếu vẫn vậy, hỏi nhà cung cấp về hạn mức của đơn vị."
    remedy_en = "Wait some minutes and run again; if it stays so, ask the provider about your quota."


class RemoteAnswerUnreadable(SohoaError):
    code, exit_code = "signing.remote_answer_unreadable", Exit.UNREACHABLE
    vi = "Không hiểu câu trả lời của dịch vụ ký số từ xa."
    en = "The answer of the remote signing service could not be understood ({what})."
    remedy = "Kiểm tra địa chỉ dịch vụ trong cấu hình (có thể máy chủ trung gian đã trả lời thay), rồi chạy lại."
    remedy_en = "Check the service's address in the settings (a proxy may have answered instead), then run again."


class RemoteCredentialsWrong(SohoaError):
    code, exit_code = "signing.remote_credentials_wrong", Exit.USAGE
    vi = "Dịch vụ ký số từ xa không chấp nhận tài khoản kết nối của đơn vị hoặc tài khoản người ký."
    en = "The remote signing service does not accept the account ({why})."
    remedy = "Kiểm tra mã ứng dụng, mật khẩu kết nối và tài khoản người ký trong cấu hình; xin cấp lại nếu đã đổi."
    remedy_en = "Check the application's id and secret and the signer's account in the settings."


class RemotePinWrong(SohoaError):
    code, exit_code = "signing.remote_pin_wrong", Exit.USAGE
    vi = "Mã PIN, mật khẩu hoặc mã OTP ký số không đúng. Không tự thử lại để tránh khóa tài khoản."
    en = "The PIN, password or one-time code was wrong. It is not tried again, for that could lock the account."
    remedy = "Nhập lại đúng mã rồi ký lại; mã OTP chỉ dùng một lần, chờ mã mới."
    remedy_en = "Enter the right code and sign again; a one-time code works once, wait for the next."


class RemoteDeclined(RequestOver):
    code = "signing.remote_declined"
    vi = "Người ký đã từ chối yêu cầu trên điện thoại. Chưa ký."
    en = "The signer declined on their telephone. Nothing was signed."
    remedy = "Hỏi người ký lý do; nếu là nhầm lẫn, gửi lại yêu cầu ký."
    remedy_en = "Ask the signer why; if it was a mistake, send the request again."


class RemoteExpired(RequestOver):
    code = "signing.remote_expired"
    vi = "Yêu cầu ký đã hết hạn trước khi người ký xác nhận. Chưa ký."
    en = "The request ran out before the signer agreed. Nothing was signed."
    remedy = "Báo người ký mở sẵn ứng dụng ký số trên điện thoại, rồi gửi lại yêu cầu."
    remedy_en = "Ask the signer to open the signing app on their telephone, then send the request again."


class RemoteCertificateUnusable(SohoaError):
    code, exit_code = "signing.remote_certificate_unusable", Exit.USAGE
    vi = "Chứng thư trên dịch vụ ký số từ xa không dùng được: hết hạn, bị thu hồi hoặc bị khóa. Chưa ký."
    en = "The certificate at the remote signing service cannot be used: expired, revoked or locked. Nothing was signed."
    remedy = "Gia hạn hoặc kích hoạt lại chứng thư với nhà cung cấp, rồi ký lại."
    remedy_en = "Renew or activate the certificate with the provider, then sign again."


class RemoteCertificateNotChosen(SohoaError):
    code, exit_code = "signing.remote_certificate_not_chosen", Exit.USAGE
    vi = "Tài khoản ký số từ xa có {found} chứng thư dùng được hợp với cấu hình; cần đúng một."
    en = "The account at the remote signing service has {found} usable certificates that fit the settings; exactly one is needed."
    remedy = "Ghi số sê-ri (hoặc mã định danh) của chứng thư cần dùng vào cấu hình người ký."
    remedy_en = "Put the serial number (or the credential's id) of the wanted certificate into the signer's settings."


class RemoteCertificateChanged(SohoaError):
    code = "signing.remote_certificate_changed"
    vi = "Chứng thư trên dịch vụ ký số đã đổi từ khi chuẩn bị chữ ký này. Chưa ký."
    en = "The certificate at the signing service has changed since this signature was prepared. Nothing was signed."
    remedy = "Chuẩn bị và ký lại văn bản bằng chứng thư mới."
    remedy_en = "Prepare and sign the document again with the new certificate."


class RemoteSignatureMissing(SohoaError):
    code = "signing.remote_signature_missing"
    vi = "Dịch vụ ký số từ xa không trả chữ ký của văn bản này."
    en = "The remote signing service gave no signature for this document."
    remedy = "Ký lại riêng văn bản này; các văn bản khác trong lô không phải ký lại."
    remedy_en = "Sign this document again by itself; the others of the batch are done."


class RemoteSignatureWrong(SohoaError):
    code = "signing.remote_signature_wrong"
    vi = "Chữ ký dịch vụ trả về không phải của văn bản này hoặc không phải của chứng thư này. Không dùng."
    en = "The signature that came back is not of this document or not of this certificate ({what}). It is not used."
    remedy = "Báo nhà cung cấp dịch vụ ký số và người quản trị; đừng ký lại trước khi rõ nguyên nhân."
    remedy_en = "Tell the provider and the administrator; do not sign again before the cause is known."


class RemoteBatchTooLarge(SohoaError):
    code, exit_code = "signing.remote_batch_too_large", Exit.USAGE
    vi = "Lô ký có {asked} văn bản, dịch vụ chỉ nhận {most} văn bản mỗi lần xác nhận."
    en = "The batch has {asked} documents; the service takes {most} at a time."
    remedy = "Chia lô nhỏ hơn rồi ký lại."
    remedy_en = "Split the batch and sign again."
