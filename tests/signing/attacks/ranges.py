"""Byte ranges and dictionaries that are not what they seem."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string

from tests.signing.attacks.forging import (
    CONTENTS,
    FIELD,
    OTHER_TEXT,
    RANGE,
    Seen,
    Writer,
    around,
    dictionary,
    hole,
    look,
    numbers,
    revised,
    sealed_again,
    stream_of,
    with_numbers,
)
from tests.signing.attacks.register import ATTACKS, Attack, attack, overridden
from tests.signing.attacks.workshop import Workshop
from tests.signing.pki import sign_otherwise


def _oddly_sealed(numbers: Callable[[int, int, int], bytes], covered: Callable[[bytes, int, int], bytes]) -> Callable[..., bytes]:
    """A trusted signer's own signature over odd bytes; so the hash is right, and only the coverage gives it away."""

    def make(shop: Workshop) -> bytes:
        data = shop.signed.read_bytes()
        start, end = hole(data)
        data = with_numbers(data, numbers(start, end, len(data)))
        return sealed_again(data, shop.person, covered(data, start, end))

    return make


_ODD: dict[str, tuple[Callable[[int, int, int], bytes], Callable[[bytes, int, int], bytes]]] = {
    "gap_wider_than_the_value": (
        lambda start, end, size: b"[0 %d %d %d]" % (start, end + 8, size - end - 8),
        lambda data, start, end: data[:start] + data[end + 8 :],
    ),
    "gap_begins_early": (
        lambda start, end, size: b"[0 %d %d %d]" % (start - 8, end, size - end),
        lambda data, start, end: data[: start - 8] + data[end:],
    ),
    "range_begins_late": (
        lambda start, end, size: b"[9 %d %d %d]" % (start - 9, end, size - end),
        lambda data, start, end: data[9:start] + data[end:],
    ),
    "range_stops_early": (
        lambda start, end, size: b"[0 %d %d %d]" % (start, end, size - end - 60),
        lambda data, start, end: data[:start] + data[end:-60],
    ),
    "range_past_the_end": (
        lambda start, end, size: b"[0 %d %d %d]" % (start, end, size - end + 999),
        lambda data, start, end: data[:start] + data[end:],
    ),
    "range_far_past_the_end": (
        lambda start, end, size: b"[0 %d %d 99999999999]" % (start, end),
        lambda data, start, end: data[:start] + data[end:],
    ),
    "ranges_overlap": (
        lambda start, end, size: b"[0 %d %d %d]" % (start, start - 20, size - start + 20),
        lambda data, start, end: data[:start] + data[start - 20 :],
    ),
    "five_numbers": (
        lambda start, end, size: b"[0 %d %d %d 0]" % (start, end, size - end),
        lambda data, start, end: data[:start] + data[end:],
    ),
    "six_numbers": (
        lambda start, end, size: b"[0 9 9 %d %d %d]" % (start - 9, end, size - end),
        lambda data, start, end: data[:start] + data[end:],
    ),
    "two_numbers": (lambda start, end, size: b"[0 %d]" % start, lambda data, start, end: data[:start]),
    "no_numbers": (lambda start, end, size: b"[]", lambda data, start, end: b""),
    "nothing_covered": (lambda start, end, size: b"[0 0 0 0]", lambda data, start, end: b""),
    "negative_length": (lambda start, end, size: b"[0 %d %d -1]" % (start, end), lambda data, start, end: data[:start]),
    "negative_offset": (
        lambda start, end, size: b"[0 %d -9 %d]" % (start, size),
        lambda data, start, end: data[:start],
    ),
    "numbers_are_words": (lambda start, end, size: b"[/a /b /c /d]", lambda data, start, end: data),
    "range_is_null": (lambda start, end, size: b"null", lambda data, start, end: data[:start] + data[end:]),
}
for _name, (_numbers_of, _covered) in _ODD.items():
    ATTACKS[_name] = Attack(
        _oddly_sealed(_numbers_of, _covered), frozenset({"COVERAGE_UNCLEAR", "HASH_FAILURE", "FORMAT_FAILURE"}), True
    )


@attack("COVERAGE_UNCLEAR", "FORMAT_FAILURE")
def signature_wrapped(shop: Workshop) -> bytes:
    # The second part of the signed bytes is copied behind what the attacker adds, and a new dictionary points there: what is hashed is
    # the same as ever, it only lies elsewhere now.
    data = shop.signed.read_bytes()
    seen = look(data)
    start, end = hole(data)
    evil = {seen.contents: stream_of(OTHER_TEXT), seen.size + 3: stream_of(data[end:])}
    place = 0
    for _ in range(3):  # the place is written before the bytes it tells of, so it is found by trying
        numbers = b"/ByteRange [0 %d %d %d]" % (start, place, len(data) - end)
        out = revised(data, {**evil, seen.signature: re.sub(RANGE, numbers, seen.dictionary)})
        place = out.rindex(data[end:])
    return out


@attack("COVERAGE_UNCLEAR")
def second_byte_range_in_the_dictionary(shop: Workshop) -> bytes:
    return _doubled(shop, lambda start, end, size: b"/ByteRange [0 9 9 9]")


@attack("COVERAGE_UNCLEAR")
def second_contents_in_the_dictionary(shop: Workshop) -> bytes:
    return _doubled(shop, lambda start, end, size: b"/Contents <3000>")


def _doubled(shop: Workshop, extra: Callable[[int, int, int], bytes]) -> bytes:
    """Signed with a dictionary that holds a key twice: which of the two counts depends on the reader."""
    data = shop.signed.read_bytes()
    start, end = hole(data)
    # /M is dropped to make room without moving anything.
    time = re.search(rb"/M \(D[^)]*\)", data)
    if time is None or len(extra(start, end, len(data))) > len(time.group()):
        raise ValueError("the dictionary has no room")
    grown = data[: time.start()] + extra(start, end, len(data)).ljust(len(time.group())) + data[time.end() :]
    return sealed_again(grown, shop.person, around(grown))


@attack("FORMAT_FAILURE", "COVERAGE_UNCLEAR", "MODIFIED_AFTER_SIGNING")
def value_in_an_object_of_its_own(shop: Workshop) -> bytes:
    def dictionary(data: bytes, seen: Seen) -> bytes:
        return re.sub(rb"/Contents <[0-9a-fA-F]*>", b"/Contents %d 0 R" % (seen.size + 1), seen.dictionary)

    data = shop.signed.read_bytes()
    value = data[slice(*hole(data))]
    return overridden(shop, dictionary, {look(data).size + 1: value})


@attack("FORMAT_FAILURE", "COVERAGE_UNCLEAR", "MODIFIED_AFTER_SIGNING")
def signature_in_an_object_stream(shop: Workshop) -> bytes:
    modern = shop.folder / "modern.pdf"
    with pikepdf.open(shop.paper) as pdf:
        pdf.save(modern, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    signed = sign_otherwise(modern, shop.folder / "modern-signed.pdf", shop.person, field=FIELD)

    def change(writer: Writer) -> None:
        stream = writer.prepare_object_stream()
        fields = writer.root["/AcroForm"]["/Fields"]
        field = next(one.get_object() for one in fields if one.get_object()["/T"] == FIELD)
        moved = generic.DictionaryObject({key: field["/V"].raw_get(key) for key in field["/V"]})
        field[pdf_name("/V")] = writer.add_object(moved, obj_stream=stream)
        writer.update_container(field)

    return shop.changed(signed, change)


@attack("FORMAT_FAILURE", "COVERAGE_UNCLEAR", "MODIFIED_AFTER_SIGNING")
def signature_is_the_dictionary_of_a_stream(shop: Workshop) -> bytes:
    def dictionary(data: bytes, seen: Seen) -> bytes:
        return seen.dictionary[:-2] + b" /Length 4 >>\nstream\nabcd\nendstream"

    return overridden(shop, dictionary)


@attack("COVERAGE_UNCLEAR", "MODIFIED_AFTER_SIGNING", "FORMAT_FAILURE")
def signature_dictionary_copied_to_the_end(shop: Workshop) -> bytes:
    return overridden(shop, lambda data, seen: seen.dictionary)


@attack("MODIFIED_AFTER_SIGNING", "SIGNATURE_SHARED", "COVERAGE_UNCLEAR")
def field_that_shows_the_signature_of_another(shop: Workshop) -> bytes:
    def change(writer: Writer) -> None:
        fields = writer.root["/AcroForm"]["/Fields"]
        signed = next(one.get_object() for one in fields if one.get_object()["/T"] == FIELD)
        twin = dictionary(
            FT=pdf_name("/Sig"),
            T=pdf_string("ChuTich"),
            V=signed.raw_get("/V"),
            Type=pdf_name("/Annot"),
            Subtype=pdf_name("/Widget"),
            Rect=numbers(0, 0, 0, 0),
            F=generic.NumberObject(132),
        )
        fields.append(writer.add_object(twin))
        writer.update_container(fields)

    return shop.changed(shop.signed, change)


@attack("SIGNATURE_SHARED")
def two_fields_that_were_signed_at_once(shop: Workshop) -> bytes:
    # Prepared before signing: the second field was there, empty in the clerk's viewer, and pointed to the signature to come.
    data = shop.signed.read_bytes()
    seen = look(data)
    with_twin = re.sub(rb"\(so_tien\)", b"(so_tiem)", data)
    text_field = re.search(rb"\n(\d+) 0 obj\n<<(?:(?!endobj).)*\(so_tiem\)(?:(?!endobj).)*>>\nendobj", with_twin, re.DOTALL)
    if text_field is None:
        raise ValueError("the paper has no text field")
    old = text_field.group(0)
    new = b"\n%s 0 obj\n<< /FT /Sig /T (ChuTich) /V %d 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132" % (
        text_field.group(1),
        seen.signature,
    )
    new = new.ljust(len(old) - len(b" >>\nendobj")) + b" >>\nendobj"
    if len(new) != len(old):
        raise ValueError("the field does not fit")
    out = with_twin.replace(old, new)
    return sealed_again(out, shop.person, around(out))


def _forged(name: str, dictionary: Callable[[bytes], bytes]) -> None:
    """Universal forgery: a dictionary without what a check needs, in the hope that the check is skipped."""

    def make(shop: Workshop) -> bytes:
        return overridden(shop, lambda data, seen: dictionary(seen.dictionary))

    ATTACKS[name] = Attack(make, frozenset({"FORMAT_FAILURE", "COVERAGE_UNCLEAR", "HASH_FAILURE"}), True)


for _name, _pattern, _instead in (
    ("value_missing", CONTENTS, b""),
    ("value_null", CONTENTS, b"/Contents null"),
    ("value_empty", CONTENTS, b"/Contents <>"),
    ("value_of_zeros", CONTENTS, b"/Contents <0000000000>"),
    ("value_is_text", CONTENTS, b"/Contents (signed)"),
    ("value_is_a_number", CONTENTS, b"/Contents 1"),
    ("range_missing", RANGE, b""),
    ("range_replaced_by_null", RANGE, b"/ByteRange null"),
    ("range_replaced_by_nothing", RANGE, b"/ByteRange []"),
    ("range_of_zeros", RANGE, b"/ByteRange [0 0 0 0]"),
    ("range_of_minus_ones", RANGE, b"/ByteRange [-1 -1 -1 -1]"),
    ("range_of_fractions", RANGE, b"/ByteRange [0 1.5 2.5 3.5]"),
):
    _forged(_name, functools.partial(re.sub, _pattern, _instead))


@attack("FORMAT_FAILURE", "UNKNOWN_SIGNATURE_FORMAT", "COVERAGE_UNCLEAR")
def kind_missing(shop: Workshop) -> bytes:
    return overridden(shop, lambda data, seen: seen.dictionary.replace(b"/SubFilter /ETSI.CAdES.detached", b""))
