"""What server and agent tell each other, as values and as JSON. Reading raises MessageUnreadable, whatever the bytes."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from sohoa.kernel.clock import iso_vietnam
from sohoa.signing.opening import UNREADABLE
from sohoa.signing.signers.agent.fields import Fields, MessageUnreadable, as_base64, packed
from sohoa.signing.signers.holder import HashJob, Identity, Mechanism, Refusal, public_key_of

MOST_JOBS = 1000  # signatures in one request; as JSON under 1 MiB
LARGEST_MESSAGE = 4 << 20  # bytes
CHUNK = 4 << 20  # bytes of a document in one answer
LARGEST_DOCUMENT = 1 << 30  # bytes
LONGEST_ATTRIBUTES, LONGEST_SIGNATURE, LONGEST_CERTIFICATE, LONGEST_CHAIN = 16_384, 1_024, 65_536, 10
LONGEST_TITLE, LONGEST_PROFILE, LONGEST_SENTENCE = 300, 100, 600  # letters
HASH = 64  # hexadecimal digits of a SHA-256
ERROR_KEYS = ("code", "vi", "en", "remedy", "remedy_en")


@dataclass(frozen=True, slots=True)
class Offered:
    """A prepared PDF that the agent may fetch. size: bytes. hole: first and last+1 byte of what is not signed, brackets included."""

    size: int
    hole: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One signature that the server asks for. title, profile: for people. claimed: the time that the signature will claim."""

    id: str
    title: str
    attributes: bytes
    document: str
    profile: str = ""
    claimed: datetime | None = None
    offered: Offered | None = None

    @property
    def job(self) -> HashJob:
        return HashJob(self.id, self.title, self.attributes, self.document)

    def as_dict(self) -> dict[str, object]:
        return {
            "id": self.id,
            "title": self.title,
            "attributes": as_base64(self.attributes),
            "document": self.document,
            "profile": self.profile,
            "claimed": iso_vietnam(self.claimed) if self.claimed else None,
            "offered": {"size": self.offered.size, "start": self.offered.hole[0], "end": self.offered.hole[1]}
            if self.offered
            else None,
        }

    @classmethod
    def read(cls, found: Fields) -> Wanted:
        return cls(
            id=found.hexadecimal("id", HASH),
            title=found.text("title", LONGEST_TITLE),
            attributes=found.octets("attributes", LONGEST_ATTRIBUTES),
            document=found.hexadecimal("document", HASH),
            profile=found.text("profile", LONGEST_PROFILE),
            claimed=found.moment("claimed") if found.has("claimed") else None,
            offered=_offered(found.part("offered")) if found.has("offered") else None,
        )


def _offered(found: Fields) -> Offered:
    size = found.whole("size", LARGEST_DOCUMENT)
    return Offered(size, (found.whole("start", size), found.whole("end", size)))


@dataclass(frozen=True, slots=True)
class Request:
    """What one person is asked to sign in one go. key: SHA-256 of the transaction, hexadecimal. certificate: fingerprint of the one
    that the signatures are to be made with."""

    key: str
    made: datetime
    expires: datetime
    certificate: str
    wanted: tuple[Wanted, ...]

    def as_dict(self) -> dict[str, object]:
        return {
            "key": self.key,
            "made": iso_vietnam(self.made),
            "expires": iso_vietnam(self.expires),
            "certificate": self.certificate,
            "wanted": [one.as_dict() for one in self.wanted],
        }

    @classmethod
    def read(cls, found: Fields) -> Request:
        read = cls(
            key=found.hexadecimal("key", HASH),
            made=found.moment("made"),
            expires=found.moment("expires"),
            certificate=found.hexadecimal("certificate", HASH),
            wanted=tuple(Wanted.read(one) for one in found.parts("wanted", MOST_JOBS)),
        )
        if len({one.id for one in read.wanted}) != len(read.wanted) or not read.wanted:
            raise MessageUnreadable(why="wanted")
        return read


class Outcome(enum.StrEnum):
    """How a request ended; the first ending stands for ever."""

    ANSWERED = "answered"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Settled:
    """outcome, when, and the answer to every signature of the request, by id."""

    outcome: Outcome
    when: datetime
    signatures: Mapping[str, bytes]
    refused: Mapping[str, Refusal] = field(default_factory=dict[str, Refusal])

    def as_dict(self) -> dict[str, object]:
        return {"outcome": self.outcome.value, "when": iso_vietnam(self.when), **answers_as_dict(self.signatures, self.refused)}

    @classmethod
    def read(cls, found: Fields) -> Settled:
        return cls(outcome_of(found), found.moment("when"), *read_answers(found))


def outcome_of(found: Fields) -> Outcome:
    try:
        return Outcome(found.text("outcome", 20))
    except ValueError as unknown:
        raise MessageUnreadable(why="outcome") from unknown


def answers_as_dict(signatures: Mapping[str, bytes], refused: Mapping[str, Refusal]) -> dict[str, object]:
    return {
        "signatures": [{"id": one, "signature": as_base64(signature)} for one, signature in signatures.items()],
        "refused": [{"id": one, "final": refusal.final, "error": refusal.error} for one, refusal in refused.items()],
    }


def read_answers(found: Fields) -> tuple[dict[str, bytes], dict[str, Refusal]]:
    signatures = {
        one.hexadecimal("id", HASH): one.octets("signature", LONGEST_SIGNATURE) for one in found.parts("signatures", MOST_JOBS)
    }
    refused = {one.hexadecimal("id", HASH): _refusal(one) for one in found.parts("refused", MOST_JOBS)}
    if signatures.keys() & refused.keys():
        raise MessageUnreadable(why="refused")
    return signatures, refused


def _refusal(found: Fields) -> Refusal:
    error = found.part("error")
    return Refusal({key: error.text(key, LONGEST_SENTENCE) for key in ERROR_KEYS}, found.truth("final"))


def identity_as_dict(identity: Identity) -> dict[str, object]:
    return {
        "certificate": as_base64(identity.certificate),
        "chain": [as_base64(one) for one in identity.chain],
        "mechanism": identity.mechanism.value,
    }


def read_identity(found: Fields) -> Identity:
    """Raises KeyNotSupported too. Certificates of the chain are not looked into here."""
    certificate = found.octets("certificate", LONGEST_CERTIFICATE)
    chain = tuple(Fields({"one": one}).octets("one", LONGEST_CERTIFICATE) for one in found.strings("chain", LONGEST_CHAIN))
    try:
        identity = Identity(certificate, chain, Mechanism(found.text("mechanism", 20)))
        public_key_of(certificate)
        for one in chain:
            x509.load_der_x509_certificate(one)
        _ = identity.name  # what cannot be named cannot be shown
    except (*UNREADABLE, UnsupportedAlgorithm) as broken:
        raise MessageUnreadable(why="identity") from broken
    return identity


def message(**said: object) -> bytes:
    return packed(said)
