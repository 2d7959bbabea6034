"""Certificates, keys and papers for the tests of signing; everything is made here, nothing is read from outside."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from sohoa.signing.names import as_asn1

NOW = datetime(2026, 3, 5, 2, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
_serials = itertools.count(1001)


@dataclass(frozen=True)
class Held:
    """A certificate with its key, and the one that issued it (None: itself)."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    issuer: Held | None = None

    @property
    def simple_signer(self) -> signers.SimpleSigner:
        store = SimpleCertificateStore()
        above = self.issuer
        while above is not None:
            store.register(as_asn1(above.certificate))
            above = above.issuer
        der = self.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return signers.SimpleSigner(
            signing_cert=as_asn1(self.certificate), signing_key=asn1_keys.PrivateKeyInfo.load(der), cert_registry=store
        )

    def pem(self, path: Path) -> Path:
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return path


@functools.cache
def key(number: int, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Keys are the slow part; they are made once a session and shared by number."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def issue(
    name: str,
    number: int,
    *,
    issuer: Held | None = None,
    ca: bool = False,
    stamping: bool = False,
    start: datetime = NOW - YEAR,
    end: datetime = NOW + 5 * YEAR,
    crl_url: str | None = None,
    ocsp_url: str | None = None,
) -> Held:
    own, above = key(number), issuer.key if issuer else key(number)
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(next(_serials))
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(_usage(ca=ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
    )
    if stamping:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    if crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    if ocsp_url:
        place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url))
        builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    return Held(builder.sign(above, hashes.SHA256()), own, issuer)


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def crl(issuer: Held, *, revoked: dict[int, datetime], at: datetime) -> bytes:
    """A revocation list of `issuer` as of `at`, good for a year; DER."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject).last_update(at).next_update(at + YEAR)
    for serial, since in revoked.items():
        builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, since).build())
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    builder = builder.add_extension(x509.CRLNumber(1), critical=False)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def write_paper(path: Path, *, version: str = "1.7", hybrid: bool = False) -> Path:
    """One A4 page of grey bars with XMP metadata, laid out as our composer leaves it (no fonts, so no font files needed)."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    bars = b"\n".join(b"0.2 g 72 %d 300 8 re f" % (700 - 20 * line) for line in range(12))
    page.contents_add(bars)
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["dc:title"] = "Mẫu"
        metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "2", "B"
    streams = pikepdf.ObjectStreamMode.disable
    pdf.save(path, force_version=version, object_stream_mode=streams, compress_streams=False, deterministic_id=True)
    if hybrid:
        _make_hybrid(path)
    return path


def _make_hybrid(path: Path) -> None:
    """Append an empty revision whose table points to a cross-reference stream too, as word processors write them."""
    data = path.read_bytes()
    before = int(data.rsplit(b"startxref", 1)[1].split()[0])
    trailer = data.rsplit(b"trailer", 1)[1].split(b"startxref")[0]
    size = int(trailer.split(b"/Size")[1].split()[0])
    root = trailer.split(b"/Root")[1].split(b"R")[0].strip() + b" R"
    stream_at = len(data)
    table = b"\x00\x00\x00\x00\xff"
    data += b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 3 1] /Index [0 1] /Root %s /Length %d >>\nstream\n" % (
        size,
        size + 1,
        root,
        len(table),
    )
    data += table + b"\nendstream\nendobj\n"
    table_at = len(data)
    data += b"xref\n0 1\n0000000000 65535 f \n%d 1\n%010d 00000 n \n" % (size, stream_at)
    data += b"trailer\n<< /Size %d /Root %s /Prev %d /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        size + 1,
        root,
        before,
        stream_at,
        table_at,
    )
    path.write_bytes(data)


def sign_otherwise(
    source: Path,
    target: Path,
    held: Held,
    *,
    kind: SigSeedSubFilter = SigSeedSubFilter.PADES,
    digest: str = "sha256",
    field: str = "KyKhac",
    box: tuple[int, int, int, int] | None = None,
    timestamper: object = None,
    when: datetime = NOW,
    attributes: dict[str, object] | None = None,
    pss: bool = False,
    **metadata: object,
) -> Path:
    """Sign as other programs do, with pyHanko's own signer: any kind, any hash, visible or with a timestamp."""
    meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm=digest, subfilter=kind, **metadata)
    spec = fields.SigFieldSpec(field, on_page=0, box=box)
    with source.open("rb") as handle, target.open("w+b") as out:
        simple = held.simple_signer
        simple.prefer_pss = pss
        signer = signers.PdfSigner(meta, simple, timestamper=timestamper, new_field_spec=spec)
        session = signer.init_signing_session(IncrementalPdfFileWriter(handle, strict=False))
        session.system_time = when
        document = session.prepare_tbs_document(validation_info=None, bytes_reserved=32768)
        prepared, _ = document.digest_tbs_document(output=out)
        asyncio.run(
            document.perform_signature(prepared.document_digest, PdfCMSSignedAttributes(signing_time=when, **attributes or {}))
        )
    return target


class _OldKind:
    """Stands where pyHanko wants one of the kinds it can make."""

    value = pdf_name("/adbe.pkcs7.sha1")


def sign_as_pkcs7_sha1(source: Path, target: Path, held: Held) -> Path:
    """adbe.pkcs7.sha1: the CMS carries a SHA-1 of the file and signs that."""
    with source.open("rb") as handle, target.open("w+b") as out:
        steps = PdfCMSEmbedder().write_cms("Cu", IncrementalPdfFileWriter(handle))
        next(steps)
        steps.send(SigObjSetup(sig_placeholder=SignatureObject(subfilter=_OldKind, bytes_reserved=16384, timestamp=NOW)))
        prepared, _ = steps.send(SigIOSetup(md_algorithm="sha1", output=out))
        cms = asyncio.run(held.simple_signer.async_sign_general_data(prepared.document_digest, "sha256", detached=False))
        steps.send(cms)
    return target


def changed_afterwards(signed: Path, target: Path, change: Callable[[IncrementalPdfFileWriter], None]) -> Path:
    """Append a revision in which `change` was made: what an editor does that keeps the signature in place."""
    with signed.open("rb") as handle, target.open("wb") as out:
        writer = IncrementalPdfFileWriter(handle, strict=False)
        change(writer)
        writer.write(out)
    return target
