"""What every remote signing service has in common: JSON over HTTP that is not believed, errors with a next step, and a look at
each signature before it is handed on.

A request that makes somebody agree on a telephone is sent once. When its answer is lost, asking again could make them agree twice,
so nothing here repeats a request but for two answers that say it was not taken: 429 (too many requests) and, after a new login,
401 (the login had run out).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from asn1crypto import cms  # pyright: ignore[reportMissingTypeStubs]
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.text import fold
from sohoa.signing.http import Http, Reply
from sohoa.signing.signers.holder import HashJob, Identity, KeyDoesNotFit, Refusal, Signed, public_key_of
from sohoa.signing.signers.remote_errors import (
    RemoteAddressOpen,
    RemoteAnswerUnreadable,
    RemoteBusy,
    RemoteCertificateChanged,
    RemoteFailed,
    RemoteSignatureMissing,
    RemoteSignatureWrong,
)

SERVICE = "ký số từ xa"
LARGEST = 4 << 20  # bytes of one answer; a thousand signatures with their certificates have about one
DEEPEST_CHAIN = 10  # certificates believed of one answer
BUSY_TRIES, BUSY_WAIT, BUSY_LONGEST = 3, 5.0, 30.0  # seconds; what a 429 without Retry-After costs, and the most it may ask

Wait = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that was a JSON object. status: of HTTP."""

    status: int
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class JsonService:
    """One service's address. secrets: what must not come back out of an answer into a sentence. wait: how waiting is done."""

    http: Http
    url: str
    wait: Wait
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    def ask(self, path: str, body: Mapping[str, object], *, bearer: str | None = None, http: Http | None = None) -> Told:
        """POST; http: another than the usual one, for requests that wait for a person.

        Raises RemoteAddressOpen, ServiceUnreachable, RemoteBusy, RemoteFailed, RemoteAnswerUnreadable. Any other status is the
        caller's to judge.
        """
        if not _private(self.url):
            raise RemoteAddressOpen()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        packed = json.dumps(body).encode()
        for left in reversed(range(BUSY_TRIES + 1)):
            reply = (http or self.http).post(self.url.rstrip("/") + path, packed, service=SERVICE, headers=headers)
            if reply.status != 429:
                return _told(reply)
            if left:
                self.wait(_asked_to_wait(reply.headers.get("retry-after", "")))
        raise RemoteBusy()

    def code(self, value: object) -> str:
        """A service's own error code, fit for a sentence: a word or a short number that is none of our secrets, else `?`."""
        said = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not _CODE.fullmatch(said) or any(secret and secret in said for secret in self.secrets):
            return "?"
        return said


def _private(url: str) -> bool:
    """HTTPS, or this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in ("127.0.0.1", "::1", "localhost"))


_CODE = re.compile(r"[A-Za-z][A-Za-z_]{0,39}|[0-9]{1,6}")


def _asked_to_wait(header: str) -> float:
    """Seconds; a date, or nothing, is answered with BUSY_WAIT."""
    return min(float(header), BUSY_LONGEST) if re.fullmatch(r"[0-9]{1,6}", header) else BUSY_WAIT


def _told(reply: Reply) -> Told:
    try:
        body: object = json.loads(reply.body)
    except (ValueError, RecursionError):
        body = None
    if reply.status >= 500 and not (isinstance(body, dict) and body):
        raise RemoteFailed(status=reply.status)
    if not isinstance(body, dict):
        # Not `from` the cause: a JSON error carries the whole text, which may hold a token.
        raise RemoteAnswerUnreadable(what=f"HTTP {reply.status}, no JSON object") from None
    return Told(reply.status, cast(dict[str, object], body))


def text_of(found: object) -> str:
    """A string of an answer, else ""."""
    return found if isinstance(found, str) else ""


def number_of(found: object) -> int | None:
    """A whole number, also one written as a string (Viettel: `"expires_in": "3600"`); never negative."""
    if isinstance(found, bool):
        return None
    if isinstance(found, int) and 0 <= found < 1 << 53:
        return found
    return int(found) if isinstance(found, str) and re.fullmatch(r"[0-9]{1,15}", found) else None


def table_of(found: object) -> Mapping[str, object]:
    return cast(dict[str, object], found) if isinstance(found, dict) else {}


def list_of(found: object) -> list[object]:
    return cast(list[object], found) if isinstance(found, list) else []


def said(text: str, words: Iterable[str]) -> bool:
    """Whether one of the folded `words` is in `text`, whatever its case, accents and underscores."""
    folded = fold(text.replace("_", " ").replace("-", " "))
    return any(word in folded for word in words)


def decoded(found: object) -> bytes:
    """Base64, also with line ends, or as PEM. Nothing readable gives b""."""
    plain = re.sub(r"-----[A-Z ]+-----|\s", "", text_of(found))
    try:
        return base64.b64decode(plain, validate=True)
    except (ValueError, binascii.Error):
        return b""


def certificates_of(found: Iterable[object]) -> tuple[bytes, ...]:
    """DER of base64 certificates, in order. Raises RemoteAnswerUnreadable."""
    read: list[bytes] = []
    for one in list(found)[:DEEPEST_CHAIN]:
        der = decoded(one)
        try:
            x509.load_der_x509_certificate(der).public_key()
        except (ValueError, TypeError, UnsupportedAlgorithm) as broken:
            raise RemoteAnswerUnreadable(what="certificate") from broken
        read.append(der)
    return tuple(read)


def names_another_certificate(identity: Identity, attributes: bytes) -> bool:
    """Whether the signed attributes were made for a certificate other than the one that would sign (signing-certificate-v2)."""
    try:
        for attribute in cast(Any, cms.CMSAttributes).load(attributes):
            if attribute["type"].native == "signing_certificate_v2":
                first = attribute["values"][0]["certs"][0]
                return (
                    first["hash_algorithm"]["algorithm"].native == "sha256"
                    and first["cert_hash"].native.hex() != identity.fingerprint
                )
    except (ValueError, TypeError, KeyError, IndexError):
        pass  # not attributes as we make them; the signature itself is checked all the same
    return False


def signable(identity: Identity, jobs: Sequence[HashJob]) -> tuple[list[HashJob], dict[str, Refusal]]:
    """The jobs that this certificate can sign, and a refusal for each of the others: nobody is asked to agree to those."""
    refused = {
        job.id: Refusal(RemoteCertificateChanged().as_dict(), final=True)
        for job in jobs
        if names_another_certificate(identity, job.attributes)
    }
    return [job for job in jobs if job.id not in refused], refused


def settled(identity: Identity, jobs: Sequence[HashJob], given: Mapping[str, Sequence[bytes]]) -> Signed:
    """Every job with the first of its `given` values that is this certificate's signature over it, or with a refusal.

    given: by the job's id, as the service sent them: raw, or a PKCS#7 around it. One that is missing may still be asked for; one
    that is wrong is final, for somebody has agreed to something and a machine should not ask them again.
    """
    signatures: dict[str, bytes] = {}
    refused: dict[str, Refusal] = {}
    for job in jobs:
        values = [value for value in given.get(job.id, ()) if value]
        fitting = next((raw for value in values if (raw := _raw(identity, job.attributes, value))), None)
        if fitting is not None:
            signatures[job.id] = fitting
        elif values:
            what = "PKCS#7 over other attributes" if all(map(_is_pkcs7, values)) else "does not verify"
            refused[job.id] = Refusal(RemoteSignatureWrong(what=what).as_dict(), final=True)
        else:
            refused[job.id] = Refusal(RemoteSignatureMissing().as_dict(), final=False)
    return Signed(signatures, refused)


def explained(signed: Signed, identity: Identity, fresh: Callable[[], Identity]) -> Signed:
    """The same, but where signatures do not fit because the service has taken another certificate meanwhile, said so.

    fresh: asks the service for its certificate again; only called when something does not fit.
    """
    wrong = [name for name, refusal in signed.refused.items() if refusal.error["code"] == RemoteSignatureWrong.code]
    if not wrong:
        return signed
    try:
        changed = fresh().fingerprint != identity.fingerprint
    except SohoaError:
        return signed
    told = Refusal(RemoteCertificateChanged().as_dict(), final=True)
    return Signed(signed.signatures, {**signed.refused, **dict.fromkeys(wrong, told)}) if changed else signed


def _raw(identity: Identity, attributes: bytes, value: bytes) -> bytes | None:
    """The raw signature in `value`, whatever its wrapping, or None if no reading of it verifies."""
    for candidate in (value, *_pair_as_der(identity, value), *_inside_pkcs7(value)):
        try:
            identity.must_fit(attributes, candidate)
        except KeyDoesNotFit:
            continue
        return candidate
    return None


def _pair_as_der(identity: Identity, value: bytes) -> tuple[bytes, ...]:
    """Some services give ECDSA as r and s side by side."""
    key = public_key_of(identity.certificate)
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(value) != 2 * (key.key_size // 8):
        return ()
    half = len(value) // 2
    return (encode_dss_signature(int.from_bytes(value[:half]), int.from_bytes(value[half:])),)


def _is_pkcs7(value: bytes) -> bool:
    return bool(_inside_pkcs7(value))


def _inside_pkcs7(value: bytes) -> tuple[bytes, ...]:
    """Raw signatures of the signers in a PKCS#7; none if it is not one. Sources disagree about what VNPT sends."""
    if value[:1] != b"\x30" or value[1:2] not in (b"\x80", b"\x82", b"\x83"):
        return ()
    try:
        content = cast(Any, cms.ContentInfo).load(value)
        if content["content_type"].native != "signed_data":
            return ()
        return tuple(signer["signature"].native for signer in content["content"]["signer_infos"])[:4]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return ()


def batch_title(jobs: Sequence[HashJob]) -> str:
    """What the person is shown on the telephone for all of them."""
    return jobs[0].title if len(jobs) == 1 else f"Ký {len(jobs)} văn bản: {jobs[0].title}, …"


def shown_id(job: HashJob) -> str:
    """The document's number on the telephone: the beginning of the job's id. 64 bits are enough to tell a batch apart, and what
    comes back under it is checked against the document all the same."""
    return job.id[:16]
