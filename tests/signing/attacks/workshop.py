"""Certificates, and the honest signed files that attacks start from."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Callable
from pathlib import Path

import pikepdf
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.timestamps import DummyTimeStamper

from tests.signing.attacks.forging import (
    FIELD,
    OTHER_TEXT,
    WHITE_SHEET,
    Writer,
    body_of,
    look,
    revised,
    stream_of,
    with_store,
)
from tests.signing.pki import NOW, changed_afterwards, crl, issue, sign_otherwise, write_paper


class Workshop:
    """Certificates, and the honest files that attacks start from; made when first asked for, below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = issue("Gốc thử nghiệm – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", 21, ca=True)
        self.person = issue("Nguyễn Thị Mẫu", 22, issuer=self.root)
        self.colleague = issue("Trần Văn Thử", 23, issuer=self.root)
        self.listed = issue("Có CRL", 22, issuer=self.root, crl_url="http://crl.example.invalid/ca.crl")
        self.time_authority = issue("Cơ quan cấp dấu thời gian", 24, issuer=self.root, stamping=True)

    @functools.cached_property
    def paper(self) -> Path:
        """One page that has something to hide: layers, an overlay, a form field, and objects nobody sees yet."""
        return _prepared(self.folder / "paper.pdf", second_catalogue=False)

    @functools.cached_property
    def signed(self) -> Path:
        return sign_otherwise(self.paper, self.folder / "signed.pdf", self.person, field=FIELD)

    @functools.cached_property
    def trapped(self) -> Path:
        """Signed with a second catalogue in it, which shows another page beside the same signature."""
        paper = _prepared(self.folder / "trapped-paper.pdf", second_catalogue=True)
        return sign_otherwise(paper, self.folder / "trapped.pdf", self.person, field=FIELD)

    @functools.cached_property
    def turned(self) -> Path:
        """Signed with other versions of the page's text and of the catalogue left in it, from revisions before the signature."""
        data = self.paper.read_bytes()
        seen = look(data, signed=False)
        other_page, other_pages = seen.size + 1, seen.size + 2
        kept = {number: body_of(data, number) for number in (seen.root, seen.contents)}
        told = {
            seen.contents: stream_of(OTHER_TEXT),
            seen.root: re.sub(rb"/Pages \d+ 0 R", b"/Pages %d 0 R" % other_pages, kept[seen.root]),
            other_page: b"<< /Type /Page /MediaBox [0 0 595 842] /Parent %d 0 R /Contents %d 0 R >>"
            % (other_pages, seen.hidden_contents),
            other_pages: b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % other_page,
        }
        paper = self.folder / "turned-paper.pdf"
        paper.write_bytes(revised(revised(data, told), kept))
        return sign_otherwise(paper, self.folder / "turned.pdf", self.person, field=FIELD)

    @functools.cached_property
    def twice(self) -> Path:
        return sign_otherwise(self.signed, self.folder / "twice.pdf", self.colleague, field="CoQuan")

    @functools.cached_property
    def other(self) -> Path:
        """Another paper by the same person."""
        plain = write_paper(self.folder / "other-paper.pdf")
        return sign_otherwise(plain, self.folder / "other.pdf", self.person, field=FIELD)

    @functools.cached_property
    def stamped(self) -> Path:
        return sign_otherwise(self.paper, self.folder / "stamped.pdf", self.person, field=FIELD, timestamper=self.stamper())

    @functools.cached_property
    def long_term(self) -> Path:
        """B-LT: the certificate names a revocation list, and the file brings it."""
        bare = sign_otherwise(self.paper, self.folder / "bare.pdf", self.listed, field=FIELD, timestamper=self.stamper())
        return with_store(bare, self.folder / "long-term.pdf", crl(self.root, revoked={}, at=NOW))

    @functools.cached_property
    def archived(self) -> Path:
        return self.with_document_timestamp(self.long_term, self.folder / "archived.pdf")

    def certified(self, permission: MDPPerm) -> Path:
        target = self.folder / f"certified-{permission.value}.pdf"
        more = {"certify": True, "docmdp_permissions": permission}
        return sign_otherwise(self.paper, target, self.person, field=FIELD, **more)

    def stamper(self) -> DummyTimeStamper:
        simple = self.time_authority.simple_signer
        return DummyTimeStamper(simple.signing_cert, simple.signing_key, certs_to_embed=simple.cert_registry, fixed_dt=NOW)

    def with_document_timestamp(self, source: Path, target: Path) -> Path:
        with source.open("rb") as handle, target.open("w+b") as out:
            stamper = PdfTimeStamper(self.stamper(), field_name="DauThoiGian")
            asyncio.run(stamper.async_timestamp_pdf(Writer(handle, strict=False), "sha256", output=out))
        return target

    def changed(self, source: Path, change: Callable[[Writer], None]) -> bytes:
        return changed_afterwards(source, self.folder / "changed.pdf", change).read_bytes()


def _prepared(path: Path, *, second_catalogue: bool) -> Path:
    write_paper(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        _prepare(pdf)
        if second_catalogue:
            _hide_a_catalogue(pdf)
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False, deterministic_id=True)
    return path


def _prepare(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    name, dictionary, array = pikepdf.Name, pikepdf.Dictionary, pikepdf.Array
    seen, hidden = (pdf.make_indirect(dictionary(Type=name.OCG, Name=pikepdf.String(text))) for text in ("Hiện", "Ẩn"))
    pdf.Root.OCProperties = dictionary(OCGs=array([seen, hidden]), D=dictionary(ON=array([seen]), OFF=array([hidden])))
    sheet = pdf.make_stream(WHITE_SHEET)
    sheet.Type, sheet.Subtype, sheet.BBox = name.XObject, name.Form, array([0, 0, 595, 842])
    font = pdf.make_indirect(dictionary(Type=name.Font, Subtype=name.Type1, BaseFont=name.Helvetica))
    page.Resources = dictionary(
        XObject=dictionary(To=sheet), Properties=dictionary(MC0=seen, MC1=hidden), Font=dictionary(Helv=font)
    )
    page.contents_add(b"\n/To Do /OC /MC0 BDC 0 g 80 600 100 10 re f EMC /OC /MC1 BDC 1 0 0 rg 80 560 100 10 re f EMC")
    shown = pdf.make_stream(b"/Tx BMC BT /Helv 12 Tf 2 4 Td (5.000.000) Tj ET EMC")
    shown.Type, shown.Subtype, shown.BBox = name.XObject, name.Form, array([0, 0, 200, 20])
    shown.Resources = dictionary(Font=dictionary(Helv=font))
    field = pdf.make_indirect(
        dictionary(
            FT=name.Tx,
            T=pikepdf.String("so_tien"),
            V=pikepdf.String("5.000.000"),
            Type=name.Annot,
            Subtype=name.Widget,
            Rect=array([80, 500, 280, 520]),
            F=4,
            DA=pikepdf.String("/Helv 12 Tf 0 g"),
            AP=dictionary(N=shown),
            P=page.obj,
        )
    )
    page.Annots = pdf.make_indirect(array([field]))
    pdf.Root.AcroForm = pdf.make_indirect(dictionary(Fields=array([field]), DR=dictionary(Font=dictionary(Helv=font))))
    # Something that was signed and that nobody saw: another text for the page.
    pdf.Root.PieceInfo = dictionary(An=dictionary(Private=array([pdf.make_stream(OTHER_TEXT)])))


def _hide_a_catalogue(pdf: pikepdf.Pdf) -> None:
    name, dictionary, array = pikepdf.Name, pikepdf.Dictionary, pikepdf.Array
    private = pdf.Root.PieceInfo.An.Private
    page = pdf.make_indirect(dictionary(Type=name.Page, MediaBox=array([0, 0, 595, 842]), Contents=private[0]))
    pages = pdf.make_indirect(dictionary(Type=name.Pages, Count=1, Kids=array([page])))
    page.Parent = pages
    private.append(pdf.make_indirect(dictionary(Type=name.Catalog, Pages=pages, AcroForm=pdf.Root.AcroForm)))
