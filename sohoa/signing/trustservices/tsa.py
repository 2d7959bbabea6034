"""Time stamps (RFC 3161): somebody whom others trust says that a hash existed by a certain time.

Every token is checked before it is used: that it was granted, is about our hash and answers our question (nonce), that its
signature is that of the certificate it carries, and that this certificate was issued for time-stamping and nothing else. Whether
the certificate leads to a trusted root is for whoever validates to say.
"""
# asn1crypto carries no types; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import base64
import functools
import hashlib
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.http import Http, ServiceUnreachable
from sohoa.signing.opening import UNREADABLE
from sohoa.signing.trustservices.chain import BROKEN
from sohoa.signing.trustservices.resting import Patience

SERVICE = "cấp dấu thời gian"
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
USUAL_TOKEN = 8192  # bytes; tokens in the field are 2 to 7 KB, by how many certificates they carry
SPARE = 512  # bytes; an RSA token of the same authority varies by a few, more when it changes its certificate
_SOUND: dict[str, type[hashes.HashAlgorithm]] = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


class TimestampUnavailable(SohoaError):
    code, exit_code = "signing.timestamp_unavailable", Exit.UNREACHABLE
    vi = "Không lấy được dấu thời gian: dịch vụ cấp dấu thời gian không trả lời."
    en = "No time stamp: the time-stamping authority could not be reached ({why})."
    remedy = "Chữ ký vẫn có hiệu lực ở mức thấp hơn; chạy lại «sohoa renew» khi dịch vụ hoạt động trở lại."
    remedy_en = "The signature stands, at a lower level; run `sohoa renew` once the service answers again."


class TimestampRefused(SohoaError):
    code, exit_code = "signing.timestamp_refused", Exit.NEEDS_A_PERSON
    vi = "Dịch vụ cấp dấu thời gian từ chối, hoặc trả lời không đúng chuẩn."
    en = "The time-stamping authority refused, or its answer is not a proper time stamp ({why})."
    remedy = "Báo cho nơi cung cấp dịch vụ kèm mã lỗi; kiểm tra địa chỉ và tài khoản dịch vụ trong cấu hình."
    remedy_en = "Tell the provider this error's code; check the service's address and account in the settings."


@dataclass(frozen=True, slots=True)
class Stamped:
    """A checked token, DER. time: what it proves, UTC. certificate: of the authority; certificates: all that it carries; DER."""

    token: bytes
    time: datetime
    certificate: bytes
    certificates: tuple[bytes, ...]


class TimestampAuthority:
    """Safe to use from several threads. urls: asked in this order until one gives a sound token."""

    def __init__(
        self,
        urls: str | Sequence[str],
        http: Http,
        *,
        policy: str | None = None,
        username: str = "",
        password: str = "",
        chance: Callable[[], int] = lambda: secrets.randbits(63),
    ) -> None:
        """policy: object identifier under which the authority must stamp. chance: nonces."""
        self._urls = (urls,) if isinstance(urls, str) else tuple(urls)
        self._patience = Patience(http)
        self._policy = policy
        self._headers = {"Content-Type": QUERY, "Accept": REPLY}
        if username:
            self._headers["Authorization"] = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self._chance = chance
        self._lock = threading.Lock()
        self._largest = 0
        self._last: Stamped | None = None

    def stamp(self, imprint: bytes, digest: str = "sha256") -> bytes:
        """The token (DER of a ContentInfo) over a hash made with `digest`. Raises TimestampUnavailable, TimestampRefused."""
        return self.stamped(imprint, digest).token

    def stamped(self, imprint: bytes, digest: str = "sha256") -> Stamped:
        """The same with what was read from it."""
        refused: TimestampRefused | None = None
        why = "no authority is configured"
        for url in self._urls:
            try:
                return self._kept(self._asked(url, imprint, digest))
            except ServiceUnreachable as out:
                why = str(out.facts["why"])
            except TimestampRefused as out:
                refused = out
        if refused is not None:
            raise refused
        raise TimestampUnavailable(why=why)

    def size_of_token(self) -> int:
        """Bytes to keep free for the next token: what the largest so far took and a little more; before that, a generous guess."""
        with self._lock:
            return self._largest + SPARE if self._largest else USUAL_TOKEN

    @property
    def last(self) -> Stamped | None:
        """The newest token: the next one most likely comes from the same certificate."""
        return self._last

    def _kept(self, stamped: Stamped) -> Stamped:
        with self._lock:
            self._largest = max(self._largest, len(stamped.token))
            self._last = stamped
        return stamped

    def _asked(self, url: str, imprint: bytes, digest: str) -> Stamped:
        nonce = self._chance()
        question: dict[str, object] = {
            "version": 1,
            "message_imprint": {"hash_algorithm": {"algorithm": digest}, "hashed_message": imprint},
            "nonce": nonce,
            "cert_req": True,
        }
        if self._policy:
            question["req_policy"] = self._policy
        query = tsp.TimeStampReq(question)
        reply = self._patience.post(url, query.dump(), service=SERVICE, headers=self._headers)
        if reply.status >= 500:  # it is there, but not well: as good as not there
            raise ServiceUnreachable(service=SERVICE, why=f"HTTP status {reply.status}")
        if reply.status != 200:
            raise TimestampRefused(why=f"HTTP status {reply.status}")
        try:
            stamped, about = read_token(_granted(reply.body))
            _must_answer(about, imprint, digest, nonce, self._policy)
        except UNREADABLE as broken:
            raise TimestampRefused(why=f"not a time stamp: {type(broken).__name__}") from broken
        return stamped


class _Answer(core.Sequence):
    """TimeStampResp; asn1crypto's own insists on a token, so that it cannot read a refusal."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("token", cms.ContentInfo, {"optional": True})]


def _granted(body: bytes) -> Any:
    answer = _Answer.load(body, strict=True)
    status = cast(str, answer["status"]["status"].native)
    if status not in ("granted", "granted_with_mods"):
        told = answer["status"]["fail_info"].native
        raise TimestampRefused(why=", ".join([status, *sorted(cast(set[str], told or ()))]))
    return answer["token"]


def _must_answer(about: Any, imprint: bytes, digest: str, nonce: int, policy: str | None) -> None:
    stamped = about["message_imprint"]
    if stamped["hash_algorithm"]["algorithm"].native != digest or stamped["hashed_message"].native != imprint:
        raise TimestampRefused(why="it stamped another hash")
    if about["nonce"].native != nonce:
        raise TimestampRefused(why="it answers another question")
    if policy and about["policy"].dotted != policy:
        raise TimestampRefused(why="stamped under another policy")


def read_token(token: bytes | Any) -> tuple[Stamped, Any]:
    """A token checked against the certificate that it carries, and its TSTInfo as asn1crypto reads it.

    token: DER, or a ContentInfo. Raises TimestampRefused, and what UNREADABLE lists.
    """
    info = cms.ContentInfo.load(token, strict=True) if isinstance(token, bytes) else token
    if info["content_type"].native != "signed_data":
        raise TimestampRefused(why="not signed")
    signed = info["content"]
    content = signed["encap_content_info"]
    if content["content_type"].native != "tst_info":
        raise TimestampRefused(why="signed, but not a time stamp")
    if len(signed["signer_infos"]) != 1:
        raise TimestampRefused(why="not exactly one signer")
    signer = signed["signer_infos"][0]
    carried = tuple(one.chosen.dump() for one in signed["certificates"] or () if one.name == "certificate")
    certificate = _named(signer["sid"], carried)
    _must_be_signed_by(certificate, signer, content["content"].contents)
    about = content["content"].parsed
    time = cast(datetime, about["gen_time"].native).astimezone(UTC)
    if not certificate.valid_from <= time <= certificate.valid_to:
        raise TimestampRefused(why="stamped outside the validity of its certificate")
    return Stamped(info.dump(), time, certificate.der, carried), about


@dataclass(frozen=True, slots=True)
class _Authority:
    der: bytes
    key: object
    issuer: bytes
    serial: int
    key_identifier: bytes | None
    valid_from: datetime
    valid_to: datetime
    for_stamping: bool


@functools.lru_cache(maxsize=64)
def _authority(der: bytes) -> _Authority:
    """The same few certificates come with every token; reading them is dear."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        for_stamping = usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    except x509.ExtensionNotFound:
        for_stamping = False
    try:
        identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        identifier = None
    return _Authority(
        der,
        certificate.public_key(),
        certificate.issuer.public_bytes(),
        certificate.serial_number,
        identifier,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        for_stamping,
    )


def _named(sid: Any, carried: Sequence[bytes]) -> _Authority:
    for der in carried:
        try:
            one = _authority(der)
        except BROKEN:
            continue  # some other certificate, of a kind that we cannot read; when it is the one named, it is as good as not there
        if sid.name == "subject_key_identifier":
            found = one.key_identifier is not None and sid.chosen.native == one.key_identifier
        else:
            found = sid.chosen["serial_number"].native == one.serial and sid.chosen["issuer"].dump() == one.issuer
        if found:
            if not one.for_stamping:  # RFC 3161, 2.3: critical, and the only purpose
                raise TimestampRefused(why="its certificate is not for time-stamping")
            return one
    raise TimestampRefused(why="it does not carry its certificate")


def _must_be_signed_by(authority: _Authority, signer: Any, content: bytes) -> None:
    attributes = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
    if attributes["content_type"][0].native != "tst_info":
        raise TimestampRefused(why="signed as something else")
    digest = signer["digest_algorithm"]["algorithm"].native
    if digest not in _SOUND:
        raise TimestampRefused(why=f"its hash is not sound: {digest}")
    if attributes["message_digest"][0].native != hashlib.new(digest, content).digest():
        raise TimestampRefused(why="its content is not what was signed")
    _must_name(authority.der, attributes)
    try:
        _verify(authority.key, signer, digest)
    except InvalidSignature as wrong:
        raise TimestampRefused(why="its signature does not verify") from wrong


def _must_name(certificate: bytes, attributes: dict[str, Any]) -> None:
    """The signer's certificate is among what is signed (RFC 3161 with ESSCertID, RFC 5816 with ESSCertIDv2)."""
    if "signing_certificate_v2" in attributes:
        named = attributes["signing_certificate_v2"][0]["certs"][0]
        expected = hashlib.new(named["hash_algorithm"]["algorithm"].native, certificate).digest()
    elif "signing_certificate" in attributes:
        named = attributes["signing_certificate"][0]["certs"][0]
        expected = hashlib.sha1(certificate, usedforsecurity=False).digest()
    else:
        raise TimestampRefused(why="it does not name its certificate")
    if named["cert_hash"].native != expected:
        raise TimestampRefused(why="it names another certificate")


def _verify(key: object, signer: Any, digest: str) -> None:
    """Raises InvalidSignature; ValueError for a mechanism that is not known."""
    signed: bytes = signer["signed_attrs"].untag().dump()
    value: bytes = signer["signature"].native
    algorithm = signer["signature_algorithm"]
    kind = algorithm.signature_algo
    # Plain rsaEncryption names no hash of its own.
    hashed = _SOUND[digest if algorithm["algorithm"].native == "rsassa_pkcs1v15" else algorithm.hash_algo]()
    if kind == "rsassa_pkcs1v15" and isinstance(key, rsa.RSAPublicKey):
        key.verify(value, signed, padding.PKCS1v15(), hashed)
    elif kind == "rsassa_pss" and isinstance(key, rsa.RSAPublicKey):
        key.verify(value, signed, padding.PSS(padding.MGF1(hashed), padding.PSS.AUTO), hashed)
    elif kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(value, signed, ec.ECDSA(hashed))
    else:
        raise ValueError(kind)
