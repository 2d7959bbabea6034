"""Inside the value of a signature: certificates, signers, attributes and timestamps swapped."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from asn1crypto import algos, cms, core
from pyhanko.sign.fields import SigSeedSubFilter

from sohoa.signing.names import as_asn1
from tests.signing.attacks.forging import FIELD, around, sealed_again, value_of, with_cms, with_value
from tests.signing.attacks.register import attack
from tests.signing.attacks.workshop import Workshop
from tests.signing.pki import NOW, Held, issue, sign_otherwise, write_paper


@attack("NO_SIGNING_CERTIFICATE_FOUND", fails=False)
def certificate_swapped(shop: Workshop) -> bytes:
    twin = issue("Chủ tịch UBND", 22, issuer=shop.root)  # the same key under another name
    return with_cms(shop.signed.read_bytes(), lambda signed: _presented_as(signed, twin))


@attack("NO_CERTIFICATE_CHAIN_FOUND", fails=False)
def certificate_swapped_where_none_is_named(shop: Workshop) -> bytes:
    # The older kind names no certificate among what is signed, so a twin that nobody trusts fits; it must not borrow trust.
    target = shop.folder / "older.pdf"
    sign_otherwise(shop.paper, target, shop.person, field=FIELD, kind=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    data = target.read_bytes()
    imitated = issue("Gốc thử nghiệm – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", 26, ca=True)
    return with_cms(data, lambda signed: _presented_as(_unnamed(signed, shop.person), issue("Chủ tịch UBND", 22, issuer=imitated)))


@attack("SIG_CONSTRAINTS_FAILURE", fails=False)
def certificate_not_named_among_what_is_signed(shop: Workshop) -> bytes:
    return with_cms(shop.signed.read_bytes(), lambda signed: _unnamed(signed, shop.person))


def _presented_as(signed: cms.SignedData, held: Held) -> cms.SignedData:
    certificate = as_asn1(held.certificate)
    signed["certificates"] = cms.CertificateSet([cms.CertificateChoices("certificate", certificate)])
    signed["signer_infos"][0]["sid"] = cms.SignerIdentifier(
        "issuer_and_serial_number",
        cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number}),
    )
    return signed


def _unnamed(signed: cms.SignedData, held: Held) -> cms.SignedData:
    """Signed again without the attribute that names the certificate."""
    info = signed["signer_infos"][0]
    kept = [one for one in info["signed_attrs"] if not one["type"].native.startswith("signing_certificate")]
    info["signed_attrs"] = cms.CMSAttributes(kept)
    info["signature"] = _raw(info["signed_attrs"].dump(), held)
    return signed


def _raw(attributes: bytes, held: Held) -> bytes:
    tagged = b"\x31" + attributes[1:]
    return asyncio.run(held.simple_signer.async_sign_raw(tagged, "sha256"))


@attack("FORMAT_FAILURE")
def two_signers_in_one_value(shop: Workshop) -> bytes:
    def change(signed: cms.SignedData) -> cms.SignedData:
        first = signed["signer_infos"][0]
        signed["signer_infos"] = cms.SignerInfos([first, first.copy()])
        return signed

    return with_cms(shop.signed.read_bytes(), change)


@attack("FORMAT_FAILURE")
def no_signer_in_the_value(shop: Workshop) -> bytes:
    def change(signed: cms.SignedData) -> cms.SignedData:
        signed["signer_infos"] = cms.SignerInfos([])
        return signed

    return with_cms(shop.signed.read_bytes(), change)


@attack("FORMAT_FAILURE", "SIG_CRYPTO_FAILURE")
def attributes_not_in_der(shop: Workshop) -> bytes:
    """Signed as they are written, with a length that takes two bytes where one is enough: readers that write DER see other bytes."""
    data = shop.signed.read_bytes()
    packed = cms.ContentInfo.load(value_of(data))
    info = packed["content"]["signer_infos"][0]
    plain = info["signed_attrs"].untag().contents
    loose = plain[:1] + b"\x81" + plain[1:]
    marker = b"\xa0" + _length(plain) + plain
    value = packed.dump()
    if marker not in value:
        raise ValueError("the attributes are not where they should be")
    signature = info["signature"].native
    resigned = _raw(b"\xa0" + _length(loose) + loose, shop.person)
    # Lengths of everything around grow by one; easiest is to write the three of them anew.
    grown = _rebuilt(packed, b"\xa0" + _length(loose) + loose, signature, resigned)
    return with_value(data, grown)


def _length(contents: bytes) -> bytes:
    size = len(contents)
    if size < 0x80:
        return bytes([size])
    told = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(told)]) + told


def _element(tag: int, contents: bytes) -> bytes:
    return bytes([tag]) + _length(contents) + contents


def _rebuilt(packed: cms.ContentInfo, attributes: bytes, signature: bytes, resigned: bytes) -> bytes:
    signed = packed["content"]
    info = signed["signer_infos"][0]
    inner = b"".join(info[key].dump() for key in ("version", "sid", "digest_algorithm"))
    inner += attributes + info["signature_algorithm"].dump() + core.OctetString(resigned).dump()
    outer = b"".join(signed[key].dump() for key in ("version", "digest_algorithms", "encap_content_info", "certificates"))
    outer += _element(0x31, _element(0x30, inner))
    return _element(0x30, packed["content_type"].dump() + _element(0xA0, _element(0x30, outer)))


@attack("HASH_FAILURE", "FORMAT_FAILURE")
def other_content_inside_the_value(shop: Workshop) -> bytes:
    def change(signed: cms.SignedData) -> cms.SignedData:
        signed["encap_content_info"] = cms.ContentInfo({"content_type": "data", "content": core.OctetString(b"khac")})
        return signed

    return with_cms(shop.signed.read_bytes(), change)


@attack("SIG_CRYPTO_FAILURE")
def signature_number_spoilt(shop: Workshop) -> bytes:
    def change(signed: cms.SignedData) -> cms.SignedData:
        spoilt = bytearray(signed["signer_infos"][0]["signature"].native)
        spoilt[40] ^= 1
        signed["signer_infos"][0]["signature"] = bytes(spoilt)
        return signed

    return with_cms(shop.signed.read_bytes(), change)


@attack("SIG_CRYPTO_FAILURE", "HASH_FAILURE")
def algorithm_swapped_for_a_weak_one(shop: Workshop) -> bytes:
    def change(signed: cms.SignedData) -> cms.SignedData:
        signed["signer_infos"][0]["digest_algorithm"] = algos.DigestAlgorithm({"algorithm": "md5"})
        return signed

    return with_cms(shop.signed.read_bytes(), change)


@attack("TIMESTAMP_OF_SOMETHING_ELSE", fails=False)
def timestamp_of_another_signature(shop: Workshop) -> bytes:
    older = shop.folder / "older-stamped.pdf"
    plain = write_paper(shop.folder / "other-paper-2.pdf")
    sign_otherwise(plain, older, shop.person, field=FIELD, timestamper=shop.stamper(), when=NOW - timedelta(hours=1))
    token = cms.ContentInfo.load(value_of(older.read_bytes()))["content"]["signer_infos"][0]["unsigned_attrs"]

    def change(signed: cms.SignedData) -> cms.SignedData:
        signed["signer_infos"][0]["unsigned_attrs"] = token.copy()
        return signed

    return with_cms(shop.signed.read_bytes(), change)


@attack("HASH_FAILURE")
def document_timestamp_of_another_file(shop: Workshop) -> bytes:
    target = shop.folder / "elsewhere.pdf"
    data = shop.with_document_timestamp(shop.signed, shop.folder / "stamped-here.pdf").read_bytes()
    elsewhere = shop.with_document_timestamp(shop.other, target).read_bytes()
    return with_value(data, value_of(elsewhere, 1).rstrip(b"\x00"), 1)


@attack("FORMAT_FAILURE")
def timestamp_made_of_a_signature(shop: Workshop) -> bytes:
    data = shop.signed.read_bytes().replace(b"/ETSI.CAdES.detached", b"/ETSI.RFC3161       ")
    return sealed_again(data, shop.person, around(data))


@attack("UNSIGNED_BYTES_IN_VALUE", fails=False)
def something_hidden_behind_the_value(shop: Workshop) -> bytes:
    data = shop.signed.read_bytes()
    value = value_of(data)
    told = len(cms.ContentInfo.load(value).dump())
    return with_value(data, value[: told + 20] + b"giau o day" + value[told + 30 :])
