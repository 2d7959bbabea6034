"""Small files that ask for much: what somebody might send to stop a centre's validator. Each entry of BOMBS makes the bytes of one."""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Callable
from io import BytesIO

from asn1crypto import cms
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.signing.attacks import Workshop
from tests.signing.attacks.forging import revised, value_of, with_value
from tests.signing.pki import NOW, crl, issue

BOMBS: dict[str, Callable[[Workshop], bytes]] = {}
MIB = 1 << 20


def bomb(make: Callable[[Workshop], bytes]) -> Callable[[Workshop], bytes]:
    BOMBS[make.__name__] = make
    return make


@functools.cache
def squeezed(times: int, layers: int = 2, filling: bytes = b"\x00") -> bytes:
    """`times` MiB of `filling`, deflated `layers` times over."""
    packer = zlib.compressobj(9)
    out = b"".join(packer.compress(filling * MIB) for _ in range(times)) + packer.flush()
    for _ in range(layers - 1):
        out = zlib.compress(out, 9)
    return out


def _file(objects: dict[int, bytes], *, trailer: bytes = b"") -> bytes:
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(out)
    size = max(objects) + 1
    out += b"xref\n0 1\n0000000000 65535 f \n" + b"".join(b"%d 1\n%010d 00000 n \n" % one for one in places.items())
    return out + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, at)


def _with_xref_stream(entries: bytes, *, dictionary: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    out = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [3 0 R] >> >>\nendobj\n"
    at = len(out)
    out += b"9 0 obj\n<< /Type /XRef /Root 1 0 R %s /Filter [%s] /Length %d >>\nstream\n" % (dictionary, filters, len(entries))
    return out + entries + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


@bomb
def table_of_a_thousand_million_entries(shop: Workshop) -> bytes:
    return _with_xref_stream(squeezed(400, 2), dictionary=b"/Size 1000000000 /W [1 1 1]", filters=b"/FlateDecode /FlateDecode")


@bomb
def table_with_entries_of_hundreds_of_megabytes(shop: Workshop) -> bytes:
    return _with_xref_stream(squeezed(1, 1), dictionary=b"/Size 9 /W [1000000000 1000000000 1000000000]")


@bomb
def table_of_a_million_objects(shop: Workshop) -> bytes:
    body = b"<< /Type /Catalog /AcroForm << /Fields [] >> >>"
    start = b"%PDF-1.7\n1 0 obj\n" + body + b"\nendobj\n"
    table = b"xref\n0 1000000\n" + b"0000000000 65535 f \n" + b"0000000009 00000 n \n" * 999_999
    return start + table + b"trailer\n<< /Size 1000000 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(start)


@bomb
def a_million_signature_fields(shop: Workshop) -> bytes:
    fields = b"<< /FT /Sig /T (a) /V 4 0 R >> " * 1_000_000
    return _file(
        {1: b"<< /Type /Catalog /AcroForm << /Fields [%s] >> >>" % fields, 4: b"<< /ByteRange [0 1 2 3] /Contents <30> >>"}
    )


@bomb
def object_stream_of_hundreds_of_megabytes(shop: Workshop) -> bytes:
    packed = squeezed(400, 3, b" ")
    return _with_xref_stream(
        zlib.compress(b"\x01\x00\x09\x00" + b"\x02\x00\x08\x00" * 8),
        dictionary=b"/Size 9 /W [1 2 1]",
    ).replace(
        b"startxref",
        b"8 0 obj\n<< /Type /ObjStm /N 100000 /First 800000 /Filter [/FlateDecode /FlateDecode /FlateDecode] /Length %d >>\n"
        % len(packed)
        + b"stream\n"
        + packed
        + b"\nendstream\nendobj\nstartxref",
        1,
    )


@bomb
def a_hundred_thousand_revisions(shop: Workshop) -> bytes:
    out = bytearray(_file({1: b"<< /Type /Catalog /AcroForm << /Fields [] >> >>"}))
    before = int(bytes(out).rsplit(b"startxref", 1)[1].split()[0])
    for _ in range(100_000):
        at = len(out)
        out += b"xref\n0 0\ntrailer\n<</Size 2/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (before, at)
        before = at
    return bytes(out)


@bomb
def revisions_in_a_ring(shop: Workshop) -> bytes:
    data = _file({1: b"<< /Type /Catalog >>"})
    at = data.rindex(b"xref\n0 1")
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % at)


@bomb
def arrays_within_arrays(shop: Workshop) -> bytes:
    deep = b"[" * 200_000 + b"]" * 200_000
    return _file({1: b"<< /Type /Catalog /AcroForm << /Fields %s >> >>" % deep})


@bomb
def fields_within_themselves(shop: Workshop) -> bytes:
    return _file(
        {
            1: b"<< /Type /Catalog /AcroForm << /Fields [2 0 R] >> >>",
            2: b"<< /T (a) /FT /Sig /Kids [2 0 R 2 0 R] /V 3 0 R >>",
            3: b"<< /ByteRange [0 1 2 3] /Contents <30> >>",
        }
    )


@bomb
def fields_that_branch_for_ever(shop: Workshop) -> bytes:
    levels = {number: b"<< /T (a) /Kids [%d 0 R %d 0 R] >>" % (number + 1, number + 1) for number in range(2, 40)}
    return _file({1: b"<< /Type /Catalog /AcroForm << /Fields [2 0 R] >> >>", **levels, 40: b"<< /T (a) /FT /Sig /V 41 0 R >>"})


@bomb
def object_that_is_a_reference_to_itself(shop: Workshop) -> bytes:
    return _file({1: b"<< /Type /Catalog /AcroForm 2 0 R >>", 2: b"2 0 R"})


@bomb
def value_of_a_hundred_megabytes(shop: Workshop) -> bytes:
    data = shop.signed.read_bytes()
    start = data.index(b"/Contents <30") + len(b"/Contents <")
    return data[:start] + b"30" * (50 * MIB) + data[start:]


@bomb
def value_nested_without_end(shop: Workshop) -> bytes:
    inner = b""
    for _ in range(4000):
        size = len(inner)
        head = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
        inner = b"\x30" + head + inner
    return with_value(shop.signed.read_bytes(), inner)


def _with_key(shop: Workshop, modulus: int, exponent: int) -> bytes:
    """The signer's certificate claims another key; nothing fits any more, but a checker that multiplies first will be long at it."""
    packed = cms.ContentInfo.load(value_of(shop.signed.read_bytes()))
    signed = packed["content"].copy()
    info = signed["signer_infos"][0]
    info["signed_attrs"] = cms.CMSAttributes(
        [one for one in info["signed_attrs"] if not one["type"].native.startswith("signing_certificate")]
    )
    serial = info["sid"].chosen["serial_number"].native
    changed = []
    for choice in signed["certificates"]:
        certificate = asn1_x509.Certificate.load(choice.chosen.dump())
        if certificate.serial_number == serial:
            tbs = certificate["tbs_certificate"]
            tbs["subject_public_key_info"]["public_key"] = RSAPublicKey({"modulus": modulus, "public_exponent": exponent})
            certificate = asn1_x509.Certificate(
                {
                    "tbs_certificate": tbs,
                    "signature_algorithm": certificate["signature_algorithm"],
                    "signature_value": certificate["signature_value"],
                }
            )
        changed.append(cms.CertificateChoices("certificate", certificate))
    signed["certificates"] = cms.CertificateSet(changed)
    return with_value(shop.signed.read_bytes(), cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


@bomb
def key_of_sixteen_thousand_bits(shop: Workshop) -> bytes:
    return _with_key(shop, (1 << 16383) + 1, 65537)


@bomb
def key_with_an_endless_exponent(shop: Workshop) -> bytes:
    return _with_key(shop, (1 << 4095) + 1, (1 << 4096) - 1)


def _with_store(shop: Workshop, kind: str, bodies: list[bytes]) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(shop.signed.read_bytes()), strict=False)
    streams = [writer.add_object(generic.StreamObject(stream_data=body)) for body in bodies]
    store = generic.DictionaryObject({pdf_name(kind): generic.ArrayObject(streams)})
    writer.root[pdf_name("/DSS")] = writer.add_object(store)
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@bomb
def ten_thousand_certificates(shop: Workshop) -> bytes:
    certificate = issue("Rác", 22, issuer=shop.root).certificate
    der, serial = bytearray(certificate.public_bytes(Encoding.DER)), certificate.serial_number.to_bytes(2, "big")
    at = bytes(der).index(b"\x02\x02" + serial) + 2
    bodies = []
    for number in range(10_000):
        der[at : at + 2] = (0x1000 + number).to_bytes(2, "big")
        bodies.append(bytes(der))
    return _with_store(shop, "/Certs", bodies)


@bomb
def revocation_list_of_fifty_megabytes(shop: Workshop) -> bytes:
    plain = asn1_crl.CertificateList.load(crl(shop.root, revoked={7: NOW}, at=NOW))
    entry = plain["tbs_cert_list"]["revoked_certificates"][0].dump()
    contents = entry * (50 * MIB // len(entry))
    tbs = plain["tbs_cert_list"]
    before = b"".join(tbs[name].dump() for name in ("version", "signature", "issuer", "this_update", "next_update"))
    body = before + b"\x30\x84" + len(contents).to_bytes(4, "big") + contents + tbs["crl_extensions"].dump()
    whole = b"\x30\x84" + len(body).to_bytes(4, "big") + body
    whole += plain["signature_algorithm"].dump() + plain["signature"].dump()
    return _with_store(shop, "/CRLs", [b"\x30\x84" + len(whole).to_bytes(4, "big") + whole])


@bomb
def revocation_list_squeezed_to_nothing(shop: Workshop) -> bytes:
    data = shop.signed.read_bytes()
    packed = squeezed(400, 2)
    size = int(data.rsplit(b"/Size", 1)[1].split()[0])
    root = int(data.rsplit(b"/Root", 1)[1].split()[0])
    start = data.rindex(b"\n%d 0 obj" % root)
    body = data[data.index(b"<<", start) : data.index(b"endobj", start)].rstrip()
    return revised(
        data,
        {
            root: body[:-2] + b" /DSS << /CRLs [%d 0 R] >> >>" % size,
            size: b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed),
        },
    )


@bomb
def a_thousand_signatures(shop: Workshop) -> bytes:
    data = shop.signed.read_bytes()
    size = int(data.rsplit(b"/Size", 1)[1].split()[0])
    reader_root = int(data.rsplit(b"/Root", 1)[1].split()[0])
    value = value_of(data)
    objects: dict[int, bytes] = {}
    references = []
    for number in range(1000):
        field, signature = size + 2 * number, size + 2 * number + 1
        objects[field] = b"<< /FT /Sig /T (chu ky %d) /V %d 0 R >>" % (number, signature)
        objects[signature] = (
            b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 99 9999 %d] /Contents <%s> >>"
            % (number, value.rstrip(b"\x00").hex().encode())
        )
        references.append(b"%d 0 R" % field)
    start = data.rindex(b"\n%d 0 obj" % reader_root)
    body = data[data.index(b"<<", start) : data.index(b"endobj", start)].rstrip()
    form = size + 2000
    objects[form] = b"<< /Fields [%s] /SigFlags 3 >>" % b" ".join(references)
    objects[reader_root] = re.sub(rb"/AcroForm \d+ 0 R", b"/AcroForm %d 0 R" % form, body)
    return revised(data, objects)
