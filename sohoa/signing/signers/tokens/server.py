"""The process in which a vendor's PKCS#11 library lives: `python -m sohoa.signing.signers.tokens.server`, started by link.py.

Such libraries crash, hang, print, and mind being forked; here they may do so alone. One process, one login, one session, one question
at a time. What goes in is hashes and, once, the PIN. Answers are JSON rather than Python's own pickles: whatever a library does to this
process, nothing that it says can run in the other one.

load {library} · tokens {} · login {slot, serial, pin, never_when} · certificates {} · key {id, modulus} · sign {digest, mechanism} · close {}
Every question has a number, and its answer the same: {"number", "ok": …} or {"number", "error": name of the PKCS#11 error, "flags": of
the token, 0 when unknown}. Bytes are hex.
"""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, cast

import pkcs11
from pkcs11.constants import Attribute, ObjectClass, TokenFlag
from pkcs11.exceptions import NoSuchKey, PKCS11Error, TokenNotPresent
from pkcs11.mechanisms import MGF, Mechanism

from sohoa.signing.signers.tokens.frames import Frame, read_frame, write_frame

GRACE = 2.0  # seconds that a library may still take for what it is doing when nobody listens any more
PSS = (Mechanism.SHA256, MGF.SHA256, 32)
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # DER of DigestInfo up to the digest; RFC 8017, 9.2, note 1


class PinNotTried(Exception):
    """Somebody failed to log in since the token was listed, and this PIN is not to be tried after that."""


class TokenServer:
    def __init__(self) -> None:
        self._library: Any = None
        self._slot: Any = None
        self._session: Any = None
        self._key: Any = None
        self._pin: str | None = None  # between login and key; longer only for a key that wants it for every signature
        self._answers: dict[str, Callable[[Frame], object]] = {
            **{"load": self._load, "tokens": self._tokens, "login": self._login, "certificates": self._certificates},
            **{"key": self._find_key, "sign": self._sign, "close": self._close},
        }

    def answer(self, question: Frame) -> Frame:
        number = question.get("number")
        try:
            return {"number": number, "ok": self._answers[question["ask"]](question)}
        except Exception as refused:  # a border: the other side decides what each means, by name
            return {"number": number, "error": type(refused).__name__, "flags": self._flags()}

    def _load(self, question: Frame) -> None:
        self._library = pkcs11.lib(question["library"])

    def _tokens(self, _: Frame) -> list[Frame]:
        seen: list[Frame] = []
        for slot in self._library.get_slots(token_present=True):
            # A reader with a broken card must not hide the good token in the other one.
            with suppress(PKCS11Error, MemoryError):
                token = slot.get_token()
                if token.flags & TokenFlag.TOKEN_INITIALIZED:
                    seen.append({**_told(slot, token), "certificates": self._visible(token)})
        return seen

    def _visible(self, token: Any) -> list[Frame]:
        """Certificates that the token shows without a login."""
        try:
            session = token.open()
            try:
                return _certificates(session)
            finally:
                session.close()
        except PKCS11Error:
            return []

    def _login(self, question: Frame) -> None:
        for slot in self._library.get_slots(token_present=True):
            if slot.slot_id == question["slot"] and (token := slot.get_token()).serial.hex() == question["serial"]:
                self._slot = slot
                if int(token.flags) & question["never_when"]:
                    raise PinNotTried
                self._session = token.open(user_pin=question["pin"])
                self._pin = question["pin"]
                return
        raise TokenNotPresent

    def _certificates(self, _: Frame) -> list[Frame]:
        return _certificates(self._session)

    def _find_key(self, question: Frame) -> None:
        """The private key with the certificate's id; else, and when several share it, the one with its modulus."""
        private = list(self._session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
        named = [key for key in private if question["id"] and _bytes(key, Attribute.ID).hex() == question["id"]]
        if len(named) != 1 and question["modulus"]:
            named = [key for key in named or private if _bytes(key, Attribute.MODULUS).hex().lstrip("0") == question["modulus"]]
        if not named:
            raise NoSuchKey
        self._key = named[0]
        if not _bool(self._key, Attribute.ALWAYS_AUTHENTICATE):
            self._pin = None

    def _sign(self, question: Frame) -> str:
        digest = bytes.fromhex(question["digest"])
        if question["mechanism"] == "rsa-pkcs1":
            signature = self._key.sign(SHA256_INFO + digest, mechanism=Mechanism.RSA_PKCS, pin=self._pin)
        elif question["mechanism"] == "rsa-pss":
            signature = self._key.sign(digest, mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=PSS, pin=self._pin)
        else:
            signature = self._key.sign(digest, mechanism=Mechanism.ECDSA, pin=self._pin)
        return signature.hex()

    def _close(self, _: Frame) -> None:
        if self._session is not None:
            with suppress(PKCS11Error):  # gone already
                self._session.close()
        if self._library is not None:
            with suppress(PKCS11Error):
                self._library.finalize()

    def _flags(self) -> int:
        try:
            return int(self._slot.get_token().flags) if self._slot else 0
        except PKCS11Error:
            return 0


def _told(slot: Any, token: Any) -> Frame:
    return {
        **{"slot": slot.slot_id, "label": token.label, "serial": token.serial.hex(), "flags": int(token.flags)},
        **{"manufacturer": token.manufacturer_id, "model": token.model},
    }


def _certificates(session: Any) -> list[Frame]:
    return [
        {"der": _bytes(one, Attribute.VALUE).hex(), "id": _bytes(one, Attribute.ID).hex(), "label": _text(one, Attribute.LABEL)}
        for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    ]


def _bytes(found: Any, attribute: Attribute) -> bytes:
    """b"" where the object has none: not every token gives every attribute."""
    value = _attribute(found, attribute)
    if isinstance(value, int):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes(value or b"")


def _text(found: Any, attribute: Attribute) -> str:
    return str(_attribute(found, attribute) or "")


def _bool(found: Any, attribute: Attribute) -> bool:
    return bool(_attribute(found, attribute))


def _attribute(found: Any, attribute: Attribute) -> Any:
    try:
        return found[attribute]
    except (PKCS11Error, MemoryError, ValueError, KeyError):
        return None


def _read_on(source: io.RawIOBase, questions: SimpleQueue[Frame | None]) -> None:
    """Ends this process when nobody is left to ask, even while the library hangs."""
    with suppress(ValueError, OSError):
        while (question := read_frame(source)) is not None:
            questions.put(question)
    questions.put(None)
    time.sleep(GRACE)
    os._exit(0)


def _apart(descriptor: int, mode: str) -> io.RawIOBase:
    """The pipe under a number of its own; under the old one, which libraries may read and print to, is nothing."""
    kept = os.dup(descriptor)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, descriptor)
    os.close(nothing)
    return cast(io.RawIOBase, os.fdopen(kept, mode, buffering=0))


def _leave_no_core() -> None:
    """A crash must not write the PIN to the disk."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # not on every system

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    _leave_no_core()
    source, target = _apart(0, "rb"), _apart(1, "wb")
    questions: SimpleQueue[Frame | None] = SimpleQueue()
    threading.Thread(target=_read_on, args=(source, questions), daemon=True).start()
    server = TokenServer()
    while (question := questions.get()) is not None:
        answer = server.answer(question)
        with suppress(OSError):
            write_frame(target, answer)
        if question["ask"] == "close":
            break
    else:
        server.answer({"ask": "close"})
    os._exit(0)  # libraries have been seen to hang in what they do at exit


if __name__ == "__main__":
    main()
