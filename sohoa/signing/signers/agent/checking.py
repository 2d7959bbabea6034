"""What the agent recomputes before anybody is asked, so that nobody has to believe the server.

The document that the clerk can open, the digest among the signed attributes and the certificate they name must be one and the same.
What this cannot see is a document that different viewers show differently; that is what the archive's own checks are for.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportIndexIssue=false

from __future__ import annotations

import functools
import hashlib
import mmap
import re
from pathlib import Path

from asn1crypto import algos, cms, tsp, x509

from sohoa.kernel.errors import SohoaError
from sohoa.signing.names import from_der
from sohoa.signing.opening import NotAPdf, PdfDamaged, PdfEncrypted, opened
from sohoa.signing.signers.agent.messages import Offered
from sohoa.signing.signers.holder import DIGEST

CHUNK = 1 << 20
# The name as it may be written, each letter plain or as its code (ISO 32000-1, 7.3.5).
_BYTE_RANGE = re.compile(
    b"/" + b"".join(b"(?:%c|#%02x|#%02X)" % (letter, letter, letter) for letter in b"ByteRange") + rb"(?![A-Za-z0-9#])"
)
_FOUR = re.compile(rb"\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")


class AgentNotWhatItSays(SohoaError):
    code = "signing.agent_not_what_it_says"
    vi = "Dữ liệu máy chủ đưa ra để ký không khớp với tài liệu được hiển thị. Không ký."
    en = "What the server wants signed is not the document that it shows ({why}). It was not signed."
    remedy = "Báo ngay người quản trị: máy chủ bị lỗi hoặc bị can thiệp. Chưa có chữ ký nào được tạo ra."
    remedy_en = "Tell the administrator at once: the server is broken or was tampered with. No signature was made."


def must_be_pades(attributes: bytes, *, certificate: bytes, document: str) -> None:
    """The signed attributes are those of a PAdES signature over `document` (SHA-256, hex) by `certificate`, byte for byte, and nothing
    else: content-type, message-digest, signing-certificate-v2 (ETSI EN 319 142-1, 6.3). Raises AgentNotWhatItSays."""
    # Held against all the bytes that it may be, not read and interpreted: what cannot be read differently cannot deceive.
    digest = bytes.fromhex(document)
    if not any(attributes == before + digest + after for before, after in _around_digest(certificate)):
        raise AgentNotWhatItSays(why="signed attributes")


@functools.lru_cache(maxsize=8)
def _around_digest(certificate: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Every way to write the attributes, before and after the document's hash."""
    known = from_der(certificate)
    issuer = tsp.IssuerSerial(
        {"issuer": [x509.GeneralName({"directory_name": known.issuer})], "serial_number": known["tbs_certificate"]["serial_number"]}
    )
    plain = {"cert_hash": hashlib.sha256(certificate).digest()}
    found: list[tuple[bytes, bytes]] = []
    # SHA-256 is the default there and so needs no mention; mentioned it may be with or without empty parameters.
    for hashed in ({}, *({"hash_algorithm": algos.DigestAlgorithm(kind)} for kind in _SHA256)):
        for issued in ({}, {"issuer_serial": issuer}):
            named = tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({**plain, **hashed, **issued})]})
            told = (("content_type", "data"), ("message_digest", _BLANK), ("signing_certificate_v2", named))
            whole = cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in told]).dump()
            before, after = whole.split(_BLANK)
            found.append((before, after))
    return tuple(found)


_BLANK = bytes(32)  # stands for the document's hash
_SHA256 = ({"algorithm": DIGEST}, {"algorithm": DIGEST, "parameters": None})


def must_be_document(path: Path, offered: Offered, *, document: str) -> None:
    """The bytes of the PDF outside its hole have this SHA-256 (hex), the hole is empty and the one that its ByteRange leaves out.

    Raises AgentNotWhatItSays.
    """
    start, end = offered.hole
    if path.stat().st_size != offered.size or not 0 < start < end - 1 < offered.size:
        raise AgentNotWhatItSays(why="size")
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as seen:
        if not _empty(seen, start, end):
            raise AgentNotWhatItSays(why="hole")
        digest = hashlib.sha256()
        for first, last in ((0, start), (end, offered.size)):
            for at in range(first, last, CHUNK):
                digest.update(seen[at : min(at + CHUNK, last)])
        if digest.hexdigest() != document:
            raise AgentNotWhatItSays(why="digest")
        _must_leave_out(seen, offered)


def _empty(seen: mmap.mmap, start: int, end: int) -> bool:
    inside = seen[start + 1 : end - 1]
    return seen[start : start + 1] == b"<" and seen[end - 1 : end] == b">" and inside.count(b"0") == len(inside)


def _must_leave_out(seen: mmap.mmap, offered: Offered) -> None:
    """One ByteRange leaves out just this hole, and none other covers as many bytes: with the hole elsewhere, the same signed bytes
    would be another document."""
    start, end = offered.hole
    ours = 0
    name = _BYTE_RANGE.search(seen)  # not finditer: it would hold the file open past an error
    while name is not None:
        numbers = _FOUR.match(seen, name.end())
        if numbers is None:
            raise AgentNotWhatItSays(why="byte range")
        first, length, second, rest = map(int, numbers.groups())
        if (first, length, second, second + rest) == (0, start, end, offered.size):
            ours += 1
        elif length + rest == offered.size - (end - start):
            raise AgentNotWhatItSays(why="byte range")
        name = _BYTE_RANGE.search(seen, name.end())
    if ours != 1:
        raise AgentNotWhatItSays(why="byte range")


def pages_of(path: Path) -> int:
    """As the document itself says. Raises AgentNotWhatItSays when it is no PDF that opens."""
    try:
        with opened(path) as reader:
            return int(reader.root["/Pages"]["/Count"])
    except (NotAPdf, PdfDamaged, PdfEncrypted) as broken:
        raise AgentNotWhatItSays(why=broken.code) from broken
