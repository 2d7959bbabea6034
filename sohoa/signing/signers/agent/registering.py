"""The server's list of paired agents: `agents/<id>/` below the folder of the post, readable by nobody else.

pairing.json    the shared secret; its removal ends the pairing at once
identity.json   the certificate that the agent registered
seen            an empty file; its time is when the agent was last heard
nonces/         one empty file for each message of the last minutes, so that none is taken twice, by whichever process
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sohoa.kernel.clock import iso_vietnam
from sohoa.kernel.durable import write_durably
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import fold
from sohoa.signing.signers.agent import post
from sohoa.signing.signers.agent.fields import Fields, MessageUnreadable, packed, shown_text
from sohoa.signing.signers.agent.messages import Outcome, identity_as_dict, read_identity
from sohoa.signing.signers.agent.sealing import AGENT, LONGEST_NAME, SECRET, WINDOW, Pairing, PairingUnreadable, Seal
from sohoa.signing.signers.holder import Identity

PAIRING, IDENTITY, SEEN, NONCES = "pairing.json", "identity.json", "seen", "nonces"
MANY_NONCES = 1000  # from here on old ones are cleared away


class AgentUnknown(SohoaError):
    code, exit_code = "signing.agent_unknown", Exit.USAGE
    vi = "Chưa có máy ký nào được ghép với tên này."
    en = "No signing agent is paired under this name."
    remedy = "Xem tên các máy đã ghép bằng «sohoa agent list»; ghép máy mới bằng «sohoa agent pair»."
    remedy_en = "See the paired machines with `sohoa agent list`; pair a new one with `sohoa agent pair`."


class AgentNameTaken(SohoaError):
    code, exit_code = "signing.agent_name_taken", Exit.USAGE
    vi = "Tên máy ký này để trống hoặc đã dùng cho một máy khác."
    en = "This name is empty, or another agent has it."
    remedy = "Chọn tên khác; hoặc hủy ghép máy cũ trước, rồi ghép lại."
    remedy_en = "Choose another name; or remove the old pairing first, then pair again."


class AgentNeverSeen(SohoaError):
    code, exit_code = "signing.agent_never_seen", Exit.UNREACHABLE
    vi = "Máy ký này đã được ghép nhưng chưa kết nối lần nào, nên chưa biết chứng thư ký."
    en = "This agent is paired but has never connected, so its certificate is not known."
    remedy = "Trên máy có USB token, chạy «sohoa agent run» với tệp ghép và địa chỉ máy chủ, rồi ký lại."
    remedy_en = (
        "On the machine with the token run `sohoa agent run` with the pairing file and the server's address, then sign again."
    )


@dataclass(frozen=True, slots=True)
class PairedAgent:
    """seen: when it was last heard. signer, fingerprint: of the certificate that it registered; "" when it never did."""

    id: str
    name: str
    paired: datetime
    seen: datetime | None
    signer: str = ""
    fingerprint: str = ""


def pair(folder: Path, name: str, *, now: datetime) -> Pairing:
    """Let one more agent in; what is returned goes to its machine once (`write_pairing`). Raises AgentNameTaken."""
    name = shown_text(name, LONGEST_NAME).strip()
    if not name or any(fold(known.name) == fold(name) for known in paired(folder)):
        raise AgentNameTaken()
    made = Pairing(secrets.token_hex(AGENT // 2), name, secrets.token_bytes(SECRET))
    here = folder_of(folder, made.agent)
    for private in (folder / "agents", here, here / NONCES):
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
    (here / SEEN).touch(mode=0o600)
    os.utime(here / SEEN, (0, 0))
    # Last: without this file there is no agent, so a crash before it leaves nothing that anybody could use.
    write_durably(here / PAIRING, made.as_json(), mode=0o600)
    os.utime(here / PAIRING, (now.timestamp(), now.timestamp()))
    return made


def paired(folder: Path) -> list[PairedAgent]:
    """By name. A pairing that cannot be read is left out: it lets nobody in."""
    found: list[PairedAgent] = []
    for file in sorted((folder / "agents").glob(f"*/{PAIRING}")):
        pairing = pairing_of(folder, file.parent.name)
        if pairing is not None:
            with suppress(FileNotFoundError):  # its pairing was ended just now
                found.append(_told(file.parent, pairing))
    return sorted(found, key=lambda agent: fold(agent.name))


def unpair(folder: Path, name: str, *, now: datetime) -> None:
    """End a pairing: nothing is taken from this agent any more, and what waits for it is cancelled. Raises AgentUnknown."""
    agent = find(folder, name).id
    (folder_of(folder, agent) / PAIRING).unlink(missing_ok=True)
    for request in post.waiting(folder_of(folder, agent)):
        post.settle_all(folder_of(folder, agent), request, Outcome.CANCELLED, now=now)


def find(folder: Path, name: str) -> PairedAgent:
    """By name (hats, tones and case do not matter) or id. Raises AgentUnknown."""
    for known in paired(folder):
        if name == known.id or fold(name.strip()) == fold(known.name):
            return known
    raise AgentUnknown()


def folder_of(folder: Path, agent: str) -> Path:
    """agent: an id that was checked to be hexadecimal."""
    return folder / "agents" / agent


def pairing_of(folder: Path, agent: str) -> Pairing | None:
    try:
        return Pairing.from_json((folder_of(folder, agent) / PAIRING).read_bytes())
    except (OSError, PairingUnreadable):
        return None


def register(folder: Path, agent: str, identity: Identity, *, now: datetime) -> None:
    """Keep the certificate with which the agent will sign."""
    told = packed({**identity_as_dict(identity), "registered": iso_vietnam(now)})
    write_durably(folder_of(folder, agent) / IDENTITY, told, mode=0o600)


def registered(folder: Path, agent: str) -> Identity | None:
    """None: it never connected, or what it told is no longer readable, which its next connection mends."""
    try:
        return read_identity(Fields.parse((folder_of(folder, agent) / IDENTITY).read_bytes()))
    except (OSError, MessageUnreadable):
        return None


def note_seen(folder: Path, agent: str, *, now: datetime) -> None:
    # Only the file's time: this happens every few seconds for every agent, and is worth no flush to the disk.
    os.utime(folder_of(folder, agent) / SEEN, (now.timestamp(), now.timestamp()))


def first_time(folder: Path, seal: Seal, *, now: datetime) -> bool:
    """Whether this message has not been seen before; remembers it. The seal must fit and lie within WINDOW."""
    nonces = folder_of(folder, seal.agent) / NONCES
    try:
        os.close(os.open(nonces / f"{seal.seconds:012d}-{seal.nonce}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    known = os.listdir(nonces)
    if len(known) > MANY_NONCES:
        oldest = f"{int((now - WINDOW).timestamp()):012d}"
        for name in known:
            if name < oldest:  # too old to be taken anyway
                (nonces / name).unlink(missing_ok=True)
    return True


def _told(here: Path, pairing: Pairing) -> PairedAgent:
    identity = registered(here.parent.parent, pairing.agent)
    paired_at = datetime.fromtimestamp((here / PAIRING).stat().st_mtime, UTC)
    heard = (here / SEEN).stat().st_mtime if (here / SEEN).exists() else 0
    return PairedAgent(
        id=pairing.agent,
        name=pairing.name,
        paired=paired_at,
        seen=datetime.fromtimestamp(heard, UTC) if heard else None,
        signer=identity.name if identity else "",
        fingerprint=identity.fingerprint if identity else "",
    )
