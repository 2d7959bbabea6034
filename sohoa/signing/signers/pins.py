"""Where the PIN of a token comes from: a file that only its owner can read, or a person who is asked.

Never the environment, never an argument of a command. A wrong PIN brings the token closer to locking itself, so a file is used only
while the token says that nobody has failed since the last success, and by one process at a time: however often a service is started
again, and in however many processes, a wrong PIN in its file spends one try.
"""

from __future__ import annotations

import enum
import os
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sohoa.kernel.errors import Exit, SohoaError

LONGEST = 256  # bytes; PKCS#11 tokens take from 4 to some dozens


class Tries(enum.StrEnum):
    """What a token says of the tries that are left. Tokens give no number."""

    FULL = "full"  # nobody failed since the last success, or the token does not tell
    LOW = "low"  # somebody failed since then
    LAST = "last"  # one more failure locks the token
    NONE = "none"  # locked

    @property
    def vi(self) -> str:
        return _TRIES_VI[self]


_TRIES_VI = {
    Tries.FULL: "thiết bị chưa ghi nhận lần sai nào",
    Tries.LOW: "đã có lần nhập sai; còn lại ít lần thử",
    Tries.LAST: "chỉ còn MỘT lần thử, sai nữa thiết bị sẽ tự khóa",
    Tries.NONE: "thiết bị đã tự khóa",
}


class PinFileExposed(SohoaError):
    code, exit_code = "signing.pin_file_exposed", Exit.USAGE
    vi = "Tệp chứa mã PIN hoặc mật khẩu không phải của riêng người chạy chương trình, nên không được dùng."
    en = "The file of the PIN or password is not for its owner alone, so it is not used (mode {mode})."
    remedy = "Đổi mã PIN (mật khẩu) nếu nghi đã lộ; đặt chủ tệp là tài khoản chạy chương trình và chạy «chmod 400» cho tệp đó."
    remedy_en = "Change the PIN if it may have leaked; give the file to the account that runs sohoa and `chmod 400` it."


class PinFileUnreadable(SohoaError):
    code, exit_code = "signing.pin_file_unreadable", Exit.USAGE
    vi = "Không đọc được mã PIN hoặc mật khẩu từ tệp: tệp không có, trống, hoặc không phải một dòng chữ."
    en = "No PIN or password could be read from the file: it is missing, empty, or not one line of text."
    remedy = "Ghi mã PIN hoặc mật khẩu vào tệp trên một dòng duy nhất, rồi chạy lại."
    remedy_en = "Write the PIN or password into the file, on a single line, then run again."


class PinNotGiven(SohoaError):
    code = "signing.pin_not_given"
    vi = "Chưa có mã PIN của thiết bị ký. Chưa ký."
    en = "No PIN was given for the token. Nothing was signed."
    remedy = "Nhập mã PIN rồi ký lại."
    remedy_en = "Enter the PIN, then sign again."


class PinInDoubt(SohoaError):
    code = "signing.pin_in_doubt"
    vi = "Lần nhập mã PIN gần nhất trên thiết bị ký bị sai ({tries_vi}); mã PIN trong tệp không được thử để tránh khóa thiết bị. Chưa ký."
    en = "The last PIN entered on this token was wrong (tries left: {tries}); the PIN in the file is not tried. Nothing was signed."
    remedy = "Kiểm tra mã PIN trong tệp, rồi đăng nhập đúng một lần bằng phần mềm của thiết bị ký; sau đó ký lại."
    remedy_en = "Check the PIN in the file, then log in correctly once with the token's own software; then sign again."


@dataclass(frozen=True, slots=True)
class PinNeeded:
    """What a person is told who is asked: the token's label, and how near it is to locking itself."""

    token: str
    tries: Tries


@dataclass(frozen=True, slots=True)
class PinFile:
    """A PIN on one line of a file, mode 0400 (or 0600): a systemd credential, a mounted secret. Links are followed.

    even_when_low: for the few tokens that claim a failed login all the time. The last try is never spent on a file.
    """

    path: Path
    even_when_low: bool = False

    @property
    def never_when(self) -> frozenset[Tries]:
        """When the PIN must not be tried; asked of the token again right before the login."""
        return frozenset({Tries.LAST, Tries.NONE} if self.even_when_low else {Tries.LOW, Tries.LAST, Tries.NONE})

    @contextmanager
    def given(self, needed: PinNeeded) -> Generator[str]:
        """The PIN; nobody else logs in from this file before the block is left.

        Raises PinInDoubt, PinFileExposed, PinFileUnreadable.
        """
        if needed.tries in self.never_when:
            raise PinInDoubt(tries=needed.tries, tries_vi=needed.tries.vi)
        with _opened(self.path) as descriptor, _locked(descriptor):
            yield _read(descriptor)


@dataclass(frozen=True, slots=True)
class PinPrompt:
    """A person who is asked each time the token is opened: once, not for each signature. None and "" mean: not now."""

    ask: Callable[[PinNeeded], str | None]

    @property
    def never_when(self) -> frozenset[Tries]:
        """A person who was told may take any risk."""
        return frozenset()

    @contextmanager
    def given(self, needed: PinNeeded) -> Generator[str]:
        """Raises PinNotGiven."""
        answer = self.ask(needed)
        if not answer:
            raise PinNotGiven()
        yield answer


PinSource = PinFile | PinPrompt


@contextmanager
def _opened(path: Path) -> Generator[int]:
    try:
        # Opened first and looked at afterwards, so that what was looked at is what is read. A pipe must not make us wait.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as missing:
        raise PinFileUnreadable() from missing
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise PinFileUnreadable()
        if about.st_mode & 0o077 or about.st_uid not in (0, os.geteuid()):
            raise PinFileExposed(mode=f"{about.st_mode & 0o777:o}")
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _locked(descriptor: int) -> Generator[None]:
    """Where files cannot be locked, the token's own flags are all there is."""
    with suppress(ImportError, OSError):
        import fcntl  # not on every system; people are asked there, who need no lock

        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        # Said outright: a process that was forked meanwhile holds the same lock, and would keep it.
        with suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_UN)


def secret_in(path: Path) -> str:
    """A password on one line of a file that is for its owner alone. Raises PinFileExposed, PinFileUnreadable."""
    with _opened(path) as descriptor:
        return _read(descriptor)


def _read(descriptor: int) -> str:
    content = os.read(descriptor, LONGEST + 1)
    try:
        pin = content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        # Not chained: the cause holds the bytes.
        raise PinFileUnreadable() from None
    if not pin or len(content) > LONGEST or not pin.isprintable():
        raise PinFileUnreadable()
    return pin
