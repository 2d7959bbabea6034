"""One opening of a token: the library started and loaded, a login, a key, signatures; ended by the first thing that goes wrong.

What PKCS#11 errors mean is decided here: the PIN, the key, this kind of signature, or (every other one, the vendors' own included) a
session that is lost and may be opened again.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.signers.holder import Mechanism
from sohoa.signing.signers.pins import PinInDoubt, Tries
from sohoa.signing.signers.tokens.frames import Frame
from sohoa.signing.signers.tokens.link import Complaint, Patience, TokenLink
from sohoa.signing.signers.tokens.seen import (
    CertificateSeen,
    TokenSeen,
    certificates_from,
    flags_for,
    modulus_of,
    tokens_from,
    tries_from,
)

P256_HALF = 32  # bytes of r and of s


class LibraryUnusable(SohoaError):
    code, exit_code = "signing.library_unusable", Exit.USAGE
    vi = "Không nạp được thư viện PKCS#11 của thiết bị ký: tệp không có, hoặc không phải thư viện PKCS#11 cho máy này."
    en = "The PKCS#11 library could not be loaded: the file is missing, or no PKCS#11 library for this machine."
    remedy = "Cài phần mềm của nhà cung cấp thiết bị; kiểm tra đường dẫn thư viện trong cấu hình."
    remedy_en = "Install the token vendor's software; check the library's path in the settings."


class PinWrong(SohoaError):
    code = "signing.pin_wrong"
    vi = "Mã PIN của thiết bị ký không đúng ({tries_vi}). Chương trình không tự thử lại. Chưa ký."
    en = "The token refused the PIN (tries left: {tries}). It is not tried again. Nothing was signed."
    remedy = "Kiểm tra kỹ mã PIN rồi nhập lại; nhiều lần sai liên tiếp sẽ khóa thiết bị."
    remedy_en = "Check the PIN, then give it again; several failures in a row lock the token."


class PinLocked(SohoaError):
    code = "signing.pin_locked"
    vi = "Thiết bị ký đã bị khóa vì nhập sai mã PIN quá nhiều lần. Chưa ký."
    en = "The token is locked: too many wrong PINs. Nothing was signed."
    remedy = "Mở khóa bằng mã PUK/SO với phần mềm của nhà cung cấp, hoặc liên hệ nơi cấp chứng thư."
    remedy_en = "Unlock it with the PUK and the vendor's software, or ask the certification authority."


class PinUnusable(SohoaError):
    code = "signing.pin_unusable"
    vi = "Mã PIN của thiết bị ký đã hết hạn hoặc chưa được đặt. Chưa ký."
    en = "The token's PIN has expired or was never set. Nothing was signed."
    remedy = "Đặt mã PIN mới bằng phần mềm của nhà cung cấp, rồi ký lại."
    remedy_en = "Set a new PIN with the vendor's software, then sign again."


class KeyNotOnToken(SohoaError):
    code, exit_code = "signing.key_not_on_token", Exit.USAGE
    vi = "Thiết bị ký có chứng thư nhưng không có khóa đi cùng chứng thư đó."
    en = "The token holds the certificate, but not the key that belongs to it."
    remedy = "Chọn chứng thư khác trên thiết bị, hoặc liên hệ nơi cấp chứng thư."
    remedy_en = "Choose another certificate on the token, or ask the certification authority."


class TokenRefused(SohoaError):
    code, exit_code = "signing.token_refused", Exit.USAGE
    vi = "Thiết bị ký không thực hiện được kiểu chữ ký này."
    en = "The token cannot make this kind of signature ({why})."
    remedy = "Thử kiểu ký khác trong cấu hình (RSA PKCS#1 hoặc RSA-PSS), hoặc dùng thiết bị khác."
    remedy_en = "Try the other kind in the settings (RSA PKCS#1 or RSA-PSS), or another token."


class SessionLost(Exception):
    """The token or the library's hold on it is gone; opening anew may help. The text is for the log."""


_PIN_WRONG = {"PinIncorrect", "PinInvalid", "PinLenRange"}
_PIN_UNUSABLE = {"PinExpired", "UserPinNotInitialized"}
_REFUSED = {
    *("MechanismInvalid", "MechanismParamInvalid", "KeySizeRange", "KeyTypeInconsistent", "FunctionNotSupported", "DataInvalid"),
    *("DataLenRange", "AttributeError"),  # the last: a key that says it may not sign is given no `sign` by python-pkcs11
}


class TokenSession:
    """Not safe to use from several threads. Every step raises TokenStopped, TokenSilent or SessionLost when the token fails it."""

    def __init__(self, library: Path, patience: Patience) -> None:
        """Starts the process and nothing else."""
        self._library, self._patience = library, patience
        self._link = TokenLink()
        self.logged_in = False
        self.has_key = False

    @property
    def pid(self) -> int:
        return self._link.pid

    def must_live(self) -> None:
        if not self._link.alive:
            raise SessionLost("ended")

    def tokens(self) -> list[TokenSeen]:
        """Raises LibraryUnusable."""
        try:
            self._link.ask({"ask": "load", "library": str(self._library)}, seconds=self._patience.opening)
        except Complaint as refused:
            # Errors without a name come from the loader; those with one from a library that was loaded and found no reader, no
            # service, no folder.
            raise LibraryUnusable() if refused.name == "PKCS11Error" else SessionLost(refused.name) from refused
        try:
            return tokens_from(self._ask({"ask": "tokens"}, self._patience.opening))
        except ValueError as odd:
            raise SessionLost("odd answer") from odd

    def log_in(self, token: TokenSeen, pin: str, *, never_when: frozenset[Tries]) -> None:
        """Raises PinWrong, PinLocked, PinUnusable, PinInDoubt."""
        question = {"ask": "login", "slot": token.slot, "serial": token.key, "pin": pin, "never_when": flags_for(never_when)}
        self._ask(question, self._patience.login)
        self.logged_in = True

    def certificates(self) -> tuple[CertificateSeen, ...]:
        """Those that show after the login."""
        try:
            return certificates_from(self._ask({"ask": "certificates"}, self._patience.opening))
        except ValueError as odd:
            raise SessionLost("odd answer") from odd

    def take_key(self, certificate: CertificateSeen) -> None:
        """Raises KeyNotOnToken."""
        wanted = {"id": certificate.id, "modulus": modulus_of(certificate.der)}
        self._ask({"ask": "key", **wanted}, self._patience.opening)
        self.has_key = True

    def sign(self, digest: bytes, mechanism: Mechanism) -> bytes:
        """Raises TokenRefused; PinWrong when the key wants the PIN for every signature."""
        answer = self._ask({"ask": "sign", "digest": digest.hex(), "mechanism": mechanism.value}, self._patience.signing)
        try:
            raw = bytes.fromhex(str(answer))
        except ValueError as odd:
            raise SessionLost("odd answer") from odd
        if mechanism is not Mechanism.ECDSA:
            return raw
        if len(raw) != 2 * P256_HALF:
            raise TokenRefused(why="not a P-256 signature")
        return encode_dss_signature(int.from_bytes(raw[:P256_HALF], "big"), int.from_bytes(raw[P256_HALF:], "big"))

    def end(self) -> None:
        self._link.end()

    def forget(self) -> None:
        """See TokenLink.forget."""
        self._link.forget()

    def _ask(self, question: Frame, seconds: float) -> object:
        try:
            return self._link.ask(question, seconds=seconds)
        except Complaint as complaint:
            raise _meaning(complaint) from complaint


def _meaning(complaint: Complaint) -> SohoaError | SessionLost:
    tries = tries_from(complaint.flags)
    if complaint.name == "PinLocked" or (complaint.name in _PIN_WRONG and tries is Tries.NONE):
        return PinLocked()
    if complaint.name in _PIN_WRONG:
        return PinWrong(tries=tries, tries_vi=tries.vi)
    if complaint.name == "PinNotTried":
        return PinInDoubt(tries=tries, tries_vi=tries.vi)
    if complaint.name in _PIN_UNUSABLE:
        return PinUnusable()
    if complaint.name == "NoSuchKey":
        return KeyNotOnToken()
    if complaint.name in _REFUSED:
        return TokenRefused(why=complaint.name)
    return SessionLost(complaint.name)
