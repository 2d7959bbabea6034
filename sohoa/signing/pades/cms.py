"""The CMS of a signature, put together from parts that are the same for every signature of one signer.

pyHanko builds the whole tree anew for every signature, twice, which was 25 of 31 ms of CPU per signature. Only three things
differ between two signatures of one signer: the document's hash, the raw signature and the time stamp. The rest is taken once
from a CMS that pyHanko made, and the three are set in as DER. Source: RFC 5652, ETSI EN 319 122-1, EN 319 142-1 6.3.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportIndexIssue=false

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass

from asn1crypto import algos, cms
from pyhanko.sign.signers import ExternalSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from sohoa.signing.names import from_der
from sohoa.signing.signers.holder import DIGEST, PSS_SALT, Identity, Mechanism

BLANK = bytes(32)  # stands for the document's hash in the pattern
SPARE = 64  # bytes beyond what the longest signature takes, for nothing known
SEQUENCE, SET, OCTETS, FIRST, SECOND = 0x30, 0x31, 0x04, 0xA0, 0xA1
STAMP_OID = cms.CMSAttributeType("signature_time_stamp_token").dump()
SIGNED_DATA = cms.ContentType("signed_data").dump()


def tlv(tag: int, *content: bytes) -> bytes:
    """One DER value: tag, length, the contents one after another."""
    inside = b"".join(content)
    if len(inside) < 128:
        return bytes((tag, len(inside))) + inside
    length = len(inside).to_bytes((len(inside).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + inside


@dataclass(frozen=True, slots=True)
class Envelope:
    """around_digest: the signed attributes before and after the document's hash. head: of SignedData, up to its signers. about: of
    SignerInfo, up to the signed attributes. algorithm: of the signature. All DER."""

    around_digest: tuple[bytes, bytes]
    head: bytes
    about: bytes
    algorithm: bytes
    signature_size: int

    def attributes(self, document: bytes) -> bytes:
        """The signed attributes over a document with this SHA-256 (32 bytes): the bytes that are signed."""
        before, after = self.around_digest
        return before + document + after

    def packed(self, attributes: bytes, signature: bytes, *, timestamp: bytes | None = None) -> bytes:
        """The CMS. timestamp: a token over the raw signature."""
        unsigned = b"" if timestamp is None else tlv(SECOND, tlv(SEQUENCE, STAMP_OID, tlv(SET, timestamp)))
        inside = attributes[2 if attributes[1] < 128 else 2 + (attributes[1] & 0x7F) :]  # the set under its own tag inside
        signer = tlv(SEQUENCE, self.about, tlv(FIRST, inside), self.algorithm, tlv(OCTETS, signature), unsigned)
        return tlv(SEQUENCE, SIGNED_DATA, tlv(FIRST, tlv(SEQUENCE, self.head, tlv(SET, signer))))

    def largest(self, *, timestamp: int = 0) -> int:
        """Bytes that the CMS takes at most. timestamp: bytes of the largest token expected; 0: there will be none."""
        token = bytes(timestamp) if timestamp else None
        return len(self.packed(self.attributes(BLANK), bytes(self.signature_size), timestamp=token)) + SPARE


@functools.lru_cache(maxsize=64)
def envelope_of(identity: Identity) -> Envelope:
    """The pattern for this signer. Raises KeyNotSupported."""
    size = identity.signature_size
    store = SimpleCertificateStore()
    store.register_multiple(from_der(one) for one in identity.chain)
    signer = ExternalSigner(
        signing_cert=from_der(identity.certificate),
        cert_registry=store,
        signature_value=bytes(size),
        signature_mechanism=_algorithm(identity.mechanism),
        embed_roots=False,
    )
    made = asyncio.run(signer.async_sign(BLANK, DIGEST, use_pades=True))["content"]
    (info,) = made["signer_infos"]
    attributes: bytes = asyncio.run(signer.signed_attrs(BLANK, DIGEST, use_pades=True)).dump()
    before, after = attributes.split(BLANK)
    return Envelope(
        around_digest=(before, after),
        head=b"".join(made[part].dump() for part in ("version", "digest_algorithms", "encap_content_info", "certificates")),
        about=b"".join(info[part].dump() for part in ("version", "sid", "digest_algorithm")),
        algorithm=info["signature_algorithm"].dump(),
        signature_size=size,
    )


def _algorithm(mechanism: Mechanism) -> algos.SignedDigestAlgorithm:
    if mechanism is Mechanism.RSA_PSS:
        hashed = algos.DigestAlgorithm({"algorithm": DIGEST})
        mask = algos.MaskGenAlgorithm({"algorithm": "mgf1", "parameters": hashed})
        parameters = algos.RSASSAPSSParams({"hash_algorithm": hashed, "mask_gen_algorithm": mask, "salt_length": PSS_SALT})
        return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
    return algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa" if mechanism is Mechanism.ECDSA else "sha256_rsa"})
