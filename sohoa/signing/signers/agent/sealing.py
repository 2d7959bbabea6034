"""Every message between server and agent is sealed with the secret of their pairing, both ways.

A question's seal binds method, path, body, agent, time and a fresh nonce; an answer's seal binds status, body and the nonce of the
question, so an answer to another question, or from another server, does not fit. This works over plain HTTP in a closed network,
but plain HTTP **hides nothing**: titles and documents can be read on the way (the key and its PIN never travel). Where others share
the network, use HTTPS (`Http(ca_file=…)` for the office's own authority); the seals stay.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sohoa.kernel.durable import write_durably
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.signers.agent.fields import Fields, MessageUnreadable, as_base64

HEADER = "Sohoa-Seal"
WINDOW = timedelta(minutes=5)  # how far the two clocks may differ, and how long a nonce must be remembered
SECRET = 32  # bytes
AGENT, NONCE = 16, 32  # hexadecimal digits
LONGEST_NAME = 100
_SEAL = re.compile(r"1 ([0-9a-f]{16}) ([0-9]{1,12}) ([0-9a-f]{32}) ([0-9a-f]{64})")


class PairingUnreadable(SohoaError):
    code, exit_code = "signing.agent_pairing_unreadable", Exit.USAGE
    vi = "Không đọc được tệp ghép máy ký: tệp không còn, bị hỏng, hoặc không phải tệp ghép."
    en = "The pairing file could not be read: it is gone, damaged, or something else."
    remedy = "Ghép lại máy này ở máy chủ, chép tệp ghép mới sang, rồi chạy lại."
    remedy_en = "Pair this machine again on the server, copy the new pairing file over, and run again."


class PairingExposed(SohoaError):
    code, exit_code = "signing.agent_pairing_exposed", Exit.USAGE
    vi = "Người dùng khác trên máy này đọc được tệp ghép máy ký, nên tệp không được dùng."
    en = "Other users of this machine can read the pairing file, so it is not used (mode {mode})."
    remedy = "Chạy «chmod 600» cho tệp ghép. Nếu nghi đã lộ, hủy ghép ở máy chủ và ghép lại."
    remedy_en = "Run `chmod 600` on the pairing file. If it may have leaked, remove the pairing on the server and pair again."


@dataclass(frozen=True, slots=True)
class Pairing:
    """What one server and one agent share. agent: its id, hexadecimal. name: as the server calls the machine."""

    agent: str
    name: str
    secret: bytes = field(repr=False)

    def as_json(self) -> bytes:
        return json.dumps(
            {"sohoa_agent_pairing": 1, "agent": self.agent, "name": self.name, "secret": as_base64(self.secret)}, ensure_ascii=False
        ).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Pairing:
        """Raises PairingUnreadable."""
        try:
            found = Fields.parse(data)
            found.whole("sohoa_agent_pairing", 1)
            read = cls(found.hexadecimal("agent", AGENT), found.text("name", LONGEST_NAME), found.octets("secret", SECRET))
        except MessageUnreadable as broken:
            raise PairingUnreadable() from broken
        if len(read.secret) != SECRET:
            raise PairingUnreadable()
        return read


def write_pairing(path: Path, pairing: Pairing) -> None:
    """Mode 0600. To be carried to the clerk's machine once, by hand, and deleted here."""
    write_durably(path, pairing.as_json(), mode=0o600)


def read_pairing(path: Path) -> Pairing:
    """Raises PairingUnreadable, PairingExposed."""
    try:
        mode = path.stat().st_mode & 0o777
        # Windows answers with a made-up mode; who may read a file is told elsewhere there.
        if os.name == "posix" and mode & 0o077:
            raise PairingExposed(mode=f"{mode:o}")
        return Pairing.from_json(path.read_bytes())
    except OSError as refused:
        raise PairingUnreadable() from refused


@dataclass(frozen=True, slots=True)
class Seal:
    """A question's seal as it was sent; it proves nothing before `question_fits`."""

    agent: str
    seconds: int
    nonce: str
    mac: str

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


def new_nonce() -> str:
    return secrets.token_hex(NONCE // 2)


def seal_question(pairing: Pairing, method: str, path: str, body: bytes, *, now: datetime, nonce: str) -> str:
    """The value of HEADER. path: below the address at which the desk stands, beginning with a slash."""
    seconds = int(now.timestamp())
    mac = _question_mac(pairing.secret, method, path, body, pairing.agent, seconds, nonce)
    return f"1 {pairing.agent} {seconds} {nonce} {mac}"


def read_seal(header: str) -> Seal | None:
    """None: not a seal."""
    found = _SEAL.fullmatch(header)
    return Seal(found[1], int(found[2]), found[3], found[4]) if found else None


def question_fits(secret: bytes, seal: Seal, method: str, path: str, body: bytes) -> bool:
    """Whether the holder of `secret` asked exactly this. When, and whether for the first time, is for the caller to look at."""
    mac = _question_mac(secret, method, path, body, seal.agent, seal.seconds, seal.nonce)
    return hmac.compare_digest(mac, seal.mac)


def seal_answer(secret: bytes, nonce: str, status: int, body: bytes) -> str:
    return _mac(secret, b"answer", nonce.encode(), str(status).encode(), hashlib.sha256(body).digest())


def answer_fits(secret: bytes, nonce: str, status: int, body: bytes, header: str) -> bool:
    return hmac.compare_digest(seal_answer(secret, nonce, status, body).encode(), header.encode("utf-8", "replace"))


def _question_mac(secret: bytes, method: str, path: str, body: bytes, agent: str, seconds: int, nonce: str) -> str:
    told = (method, path, agent, str(seconds), nonce)
    return _mac(secret, b"question", *(one.encode("utf-8", "replace") for one in told), hashlib.sha256(body).digest())


def _mac(secret: bytes, *parts: bytes) -> str:
    # Each part with its length, so that no part can lend a byte to its neighbour; the first one tells questions from answers.
    told = b"".join(b"%d:%b" % (len(part), part) for part in (b"sohoa agent 1", *parts))
    return hmac.new(secret, told, hashlib.sha256).hexdigest()
