"""Changed bytes, and revisions added behind the signature: what is signed stays, what is seen does not."""

from __future__ import annotations

import re
from io import BytesIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field

from tests.signing.attacks.forging import (
    FIELD,
    OTHER_TEXT,
    Writer,
    byte_range,
    dictionary,
    fill,
    look,
    numbers,
    page_of,
    place_of,
    pointing,
    revised,
    value_of,
    with_numbers,
    with_store,
    with_value,
)
from tests.signing.attacks.register import attack, edit
from tests.signing.attacks.workshop import Workshop
from tests.signing.pki import NOW, crl, issue, sign_otherwise


@attack("HASH_FAILURE")
def byte_flipped_in_the_content(shop: Workshop) -> bytes:
    return shop.signed.read_bytes().replace(b"0.2 g 72", b"0.3 g 72", 1)


@attack("HASH_FAILURE")
def byte_flipped_after_the_hole(shop: Workshop) -> bytes:
    return shop.signed.read_bytes().replace(b"20260305023000Z", b"20250305023000Z", 1)


@attack("UNSIGNED_BYTES_AT_END", fails=False)
def bytes_appended(shop: Workshop) -> bytes:
    return shop.signed.read_bytes() + b"<script>alert(1)</script>"


@attack("HASH_FAILURE")
def value_of_another_paper(shop: Workshop) -> bytes:
    return with_value(shop.signed.read_bytes(), value_of(shop.other.read_bytes()).rstrip(b"\x00"))


@attack("HASH_FAILURE")
def value_of_the_other_signer_of_the_same_paper(shop: Workshop) -> bytes:
    data = shop.twice.read_bytes()
    return with_value(data, value_of(data, 1).rstrip(b"\x00"), 0)


@attack("COVERAGE_UNCLEAR", "HASH_FAILURE")
def byte_ranges_of_two_signatures_swapped(shop: Workshop) -> bytes:
    data = shop.twice.read_bytes()
    first, second = (data[slice(*byte_range(data, which))] for which in (0, 1))
    return with_numbers(with_numbers(data, second.rstrip(), 0), first.rstrip(), 1)


# ---- later revisions -------------------------------------------------------------------------------------------------------


@edit
def page_content_replaced(writer: Writer) -> None:
    page = page_of(writer)
    page[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=OTHER_TEXT))
    writer.update_container(page)


@edit
def page_turned(writer: Writer) -> None:
    page = page_of(writer)
    page[pdf_name("/Rotate")] = generic.NumberObject(180)
    writer.update_container(page)


@edit
def page_cropped(writer: Writer) -> None:
    page = page_of(writer)
    page[pdf_name("/CropBox")] = numbers(0, 0, 595, 400)
    writer.update_container(page)


@edit
def page_added(writer: Writer) -> None:
    pages = writer.root["/Pages"]
    page = dictionary(Type=pdf_name("/Page"), Parent=writer.root.raw_get("/Pages"), MediaBox=numbers(0, 0, 595, 842))
    pages["/Kids"].append(writer.add_object(page))
    pages[pdf_name("/Count")] = generic.NumberObject(2)
    writer.update_container(pages)
    writer.update_container(pages["/Kids"])


def _annotate(writer: Writer, **entries: object) -> None:
    page = page_of(writer)
    note = dictionary(Type=pdf_name("/Annot"), Rect=numbers(72, 480, 400, 560), F=generic.NumberObject(4), **entries)
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])


@edit
def comment_over_the_text(writer: Writer) -> None:
    _annotate(writer, Subtype=pdf_name("/FreeText"), Contents=pdf_string("50.000.000"), DA=pdf_string("/Helv 12 Tf"))


@edit
def stamp_over_the_text(writer: Writer) -> None:
    picture = generic.StreamObject(dictionary(Subtype=pdf_name("/Form"), BBox=numbers(0, 0, 400, 80)), stream_data=OTHER_TEXT)
    _annotate(writer, Subtype=pdf_name("/Stamp"), AP=dictionary(N=writer.add_object(picture)))


@edit
def link_to_another_place(writer: Writer) -> None:
    action = dictionary(S=pdf_name("/URI"), URI=pdf_string("http://example.invalid/"))
    _annotate(writer, Subtype=pdf_name("/Link"), A=action)


@edit
def script_that_runs_on_opening(writer: Writer) -> None:
    writer.root[pdf_name("/OpenAction")] = dictionary(S=pdf_name("/JavaScript"), JS=pdf_string("app.alert(1)"))
    writer.update_root()


@edit
def scripts_by_name(writer: Writer) -> None:
    script = writer.add_object(dictionary(S=pdf_name("/JavaScript"), JS=pdf_string("app.alert(1)")))
    tree = dictionary(Names=generic.ArrayObject([pdf_string("a"), script]))
    writer.root[pdf_name("/Names")] = dictionary(JavaScript=tree)
    writer.update_root()


@edit
def file_attached(writer: Writer) -> None:
    stream = writer.add_object(generic.StreamObject(stream_data=b"other contract"))
    spec = writer.add_object(dictionary(Type=pdf_name("/Filespec"), F=pdf_string("a.pdf"), EF=dictionary(F=stream)))
    tree = dictionary(Names=generic.ArrayObject([pdf_string("a.pdf"), spec]))
    writer.root[pdf_name("/Names")] = dictionary(EmbeddedFiles=tree)
    writer.update_root()


@edit
def font_of_the_form_swapped(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    font = dictionary(Type=pdf_name("/Font"), Subtype=pdf_name("/Type1"), BaseFont=pdf_name("/ZapfDingbats"))
    form[pdf_name("/DR")] = dictionary(Font=dictionary(Helv=writer.add_object(font)))
    writer.update_container(form)


@edit
def font_object_overwritten(writer: Writer) -> None:
    font = page_of(writer)["/Resources"]["/Font"]["/Helv"]
    font[pdf_name("/BaseFont")] = pdf_name("/ZapfDingbats")
    writer.update_container(font)


@edit
def appearances_left_to_the_viewer(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    form[pdf_name("/NeedAppearances")] = generic.BooleanObject(True)
    writer.update_container(form)
    fill(writer)


@edit
def form_field_refilled(writer: Writer) -> None:
    fill(writer)


@edit
def picture_of_a_form_field_replaced(writer: Writer) -> None:
    fields = [one.get_object() for one in writer.root["/AcroForm"]["/Fields"]]
    field = next(one for one in fields if one["/T"] == "so_tien")
    picture = generic.StreamObject(dictionary(Subtype=pdf_name("/Form"), BBox=numbers(0, 0, 200, 20)), stream_data=OTHER_TEXT)
    field["/AP"][pdf_name("/N")] = writer.add_object(picture)
    writer.update_container(field)


@edit
def form_field_moved_over_other_text(writer: Writer) -> None:
    fields = [one.get_object() for one in writer.root["/AcroForm"]["/Fields"]]
    field = next(one for one in fields if one["/T"] == "so_tien")
    field[pdf_name("/Rect")] = numbers(72, 600, 400, 720)
    writer.update_container(field)


@edit
def form_field_laid_over_the_text(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    picture = generic.StreamObject(dictionary(Subtype=pdf_name("/Form"), BBox=numbers(0, 0, 400, 80)), stream_data=OTHER_TEXT)
    widget = dictionary(
        FT=pdf_name("/Tx"),
        T=pdf_string("che"),
        Type=pdf_name("/Annot"),
        Subtype=pdf_name("/Widget"),
        Rect=numbers(72, 600, 472, 680),
        F=generic.NumberObject(4),
        AP=dictionary(N=writer.add_object(picture)),
    )
    reference = writer.add_object(widget)
    form["/Fields"].append(reference)
    page_of(writer)["/Annots"].append(reference)
    writer.update_container(form["/Fields"])
    writer.update_container(page_of(writer)["/Annots"])


@edit
def empty_signature_field_drawn_over_the_text(writer: Writer) -> None:
    append_signature_field(writer, SigFieldSpec("Che", on_page=0, box=(60, 600, 400, 720), empty_field_appearance=True))


@edit
def the_signature_gets_a_picture_over_the_text(writer: Writer) -> None:
    fields = [one.get_object() for one in writer.root["/AcroForm"]["/Fields"]]
    field = next(one for one in fields if one["/T"] == FIELD)
    picture = generic.StreamObject(dictionary(Subtype=pdf_name("/Form"), BBox=numbers(0, 0, 400, 80)), stream_data=OTHER_TEXT)
    field[pdf_name("/AP")] = dictionary(N=writer.add_object(picture))
    field[pdf_name("/Rect")] = numbers(72, 600, 472, 680)
    writer.update_container(field)


@edit
def layers_switched(writer: Writer) -> None:
    default = writer.root["/OCProperties"]["/D"]
    default[pdf_name("/ON")], default[pdf_name("/OFF")] = default["/OFF"], default["/ON"]
    writer.update_container(writer.root["/OCProperties"])


@edit
def layers_removed(writer: Writer) -> None:
    del writer.root["/OCProperties"]
    writer.update_root()


@edit
def white_sheet_taken_away(writer: Writer) -> None:
    # Shadow, hide: what lay under the sheet was signed, and nobody had seen it.
    resources = page_of(writer)["/Resources"]
    resources["/XObject"][pdf_name("/To")] = writer.add_object(
        generic.StreamObject(dictionary(Subtype=pdf_name("/Form"), BBox=numbers(0, 0, 1, 1)), stream_data=b"")
    )
    writer.update_container(resources["/XObject"])


@attack("MODIFIED_AFTER_SIGNING")
def white_sheet_overwritten_under_its_number(shop: Workshop) -> bytes:
    data = shop.signed.read_bytes()
    reader = PdfFileReader(BytesIO(data), strict=False)
    sheet = reader.root["/Pages"]["/Kids"][0]["/Resources"]["/XObject"].raw_get("/To").idnum
    return revised(data, {sheet: b"<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 0 >>\nstream\n\nendstream"})


@attack("MODIFIED_AFTER_SIGNING")
def hidden_text_shown_by_turning_the_table(shop: Workshop) -> bytes:
    # Shadow, hide and replace: no byte of content is added, an old number now means another old object.
    data, seen = shop.turned.read_bytes(), look(shop.turned.read_bytes())
    return pointing(data, {seen.contents: place_of(data, seen.contents, -2)})


@attack("MODIFIED_AFTER_SIGNING")
def hidden_catalogue_made_the_root(shop: Workshop) -> bytes:
    reader = PdfFileReader(BytesIO(shop.trapped.read_bytes()), strict=False)
    return pointing(shop.trapped.read_bytes(), {}, root=reader.root["/PieceInfo"]["/An"]["/Private"].raw_get(1).idnum)


@attack("MODIFIED_AFTER_SIGNING")
def hidden_page_under_the_number_of_the_catalogue(shop: Workshop) -> bytes:
    data, seen = shop.turned.read_bytes(), look(shop.turned.read_bytes())
    older = {number: place_of(data, number, which) for number, which in ((seen.root, 1),)}
    return revised(pointing(data, older), {})


@attack("MODIFIED_AFTER_SIGNING")
def content_freed(shop: Workshop) -> bytes:
    data, seen = shop.signed.read_bytes(), look(shop.signed.read_bytes())
    out = pointing(data, {seen.contents: 0})
    return out.replace(b"%d 1\n0000000000 00000 n" % seen.contents, b"%d 1\n0000000000 00001 f" % seen.contents)


@attack("MODIFIED_AFTER_SIGNING")
def second_table_for_newer_readers_only(shop: Workshop) -> bytes:
    # Hybrid: readers that follow /XRefStm see another page than those that do not.
    data, seen = shop.turned.read_bytes(), look(shop.turned.read_bytes())
    before = int(data.rsplit(b"startxref", 1)[1].split()[0])
    number, body = seen.size, place_of(data, seen.contents, -2)
    stream_at = len(data)
    entry = b"\x01" + body.to_bytes(3, "big") + b"\x00"
    data += b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 3 1] /Index [%d 1] /Root %d 0 R /Length 5 >>\nstream\n" % (
        number,
        number + 1,
        seen.contents,
        seen.root,
    )
    data += entry + b"\nendstream\nendobj\n"
    table_at = len(data)
    data += b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root %d 0 R /Prev %d /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        number,
        stream_at,
        number + 1,
        seen.root,
        before,
        stream_at,
        table_at,
    )
    return data


@attack("MODIFIED_AFTER_SIGNING")
def first_signature_taken_out_of_the_form(shop: Workshop) -> bytes:
    def change(writer: Writer) -> None:
        form = writer.root["/AcroForm"]
        kept = [one for one in form.raw_get("/Fields") if one.get_object()["/T"] != FIELD]
        form[pdf_name("/Fields")] = generic.ArrayObject(kept)
        writer.update_container(form)

    return shop.changed(shop.twice, change)


@attack("MODIFIED_AFTER_SIGNING")
def stranger_signs_over_a_changed_page(shop: Workshop) -> bytes:
    changed = shop.folder / "changed-page.pdf"
    changed.write_bytes(shop.changed(shop.signed, page_content_replaced))
    stranger = issue("Người lạ", 25)
    return sign_otherwise(changed, shop.folder / "covered.pdf", stranger, field="Khac").read_bytes()


@attack("MODIFIED_AFTER_SIGNING")
def trusted_colleague_signs_over_a_changed_page(shop: Workshop) -> bytes:
    changed = shop.folder / "changed-page.pdf"
    changed.write_bytes(shop.changed(shop.signed, page_content_replaced))
    return sign_otherwise(changed, shop.folder / "covered.pdf", shop.colleague, field="Khac").read_bytes()


@attack("MODIFIED_AFTER_SIGNING")
def changed_page_covered_by_a_trusted_timestamp(shop: Workshop) -> bytes:
    changed = shop.folder / "changed-page.pdf"
    changed.write_bytes(shop.changed(shop.signed, page_content_replaced))
    return shop.with_document_timestamp(changed, shop.folder / "covered.pdf").read_bytes()


@attack("MODIFIED_AFTER_SIGNING")
def timestamp_drawn_over_the_text(shop: Workshop) -> bytes:
    with_field = shop.folder / "with-field.pdf"

    def change(writer: Writer) -> None:
        append_signature_field(writer, SigFieldSpec("DauThoiGian", on_page=0, box=(72, 600, 472, 680)))
        field = next(one.get_object() for one in writer.root["/AcroForm"]["/Fields"] if one.get_object()["/T"] == "DauThoiGian")
        picture = dictionary(Subtype=pdf_name("/Form"), BBox=numbers(0, 0, 400, 80))
        field[pdf_name("/AP")] = dictionary(N=writer.add_object(generic.StreamObject(picture, stream_data=OTHER_TEXT)))

    with_field.write_bytes(shop.changed(shop.signed, change))
    return shop.with_document_timestamp(with_field, shop.folder / "covered.pdf").read_bytes()


@attack("MODIFIED_AFTER_SIGNING")
def comment_on_a_certified_form(shop: Workshop) -> bytes:
    return shop.changed(shop.certified(MDPPerm.FILL_FORMS), comment_over_the_text)


@attack("MODIFIED_AFTER_SIGNING")
def form_filled_though_certified_as_final(shop: Workshop) -> bytes:
    return shop.changed(shop.certified(MDPPerm.NO_CHANGES), fill)


@attack("COVERAGE_UNCLEAR")
def permission_widened_after_certifying(shop: Workshop) -> bytes:
    def change(writer: Writer) -> None:
        signature = writer.root["/Perms"]["/DocMDP"]
        signature["/Reference"][0]["/TransformParams"][pdf_name("/P")] = generic.NumberObject(3)
        writer.update_container(signature)
        fill(writer)

    return shop.changed(shop.certified(MDPPerm.NO_CHANGES), change)


@attack("MODIFIED_AFTER_SIGNING", "TRY_LATER", fails=False)
def store_of_evidence_taken_out(shop: Workshop) -> bytes:
    def change(writer: Writer) -> None:
        del writer.root["/DSS"]
        writer.update_root()

    return shop.changed(shop.long_term, change)


@attack("TRY_LATER", fails=False)
def cut_back_to_before_the_evidence(shop: Workshop) -> bytes:
    data = shop.long_term.read_bytes()
    return data[: [found.end() for found in re.finditer(rb"%%EOF\n?", data)][-2]]


@attack("TRY_LATER", fails=False)
def evidence_forged(shop: Workshop) -> bytes:
    bare = sign_otherwise(shop.paper, shop.folder / "bare-2.pdf", shop.listed, field=FIELD)
    forger = issue("Gốc thử nghiệm – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", 26, ca=True)
    return with_store(bare, shop.folder / "forged.pdf", crl(forger, revoked={}, at=NOW)).read_bytes()
