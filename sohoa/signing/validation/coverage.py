"""What a signature covers, and what happened to the file afterwards."""
# Half of pyHanko carries no types; what leaves this module has them.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.status import SignatureCoverageLevel

from sohoa.kernel.durable import CHUNK
from sohoa.signing.validation.reading import Kind, Signature

LONGEST_DICTIONARY = 1 << 16  # bytes of a signature's dictionary on either side of its value; pictures and fonts lie elsewhere
_KEY = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]+")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
PADDING = b"\r\n\t\x00 "  # what mailers and copiers put after a file; no reader makes anything of it

# pyHanko's default also lets form fields be filled in after any signature. On an official paper that changes what is read, so only
# a signer who allowed it (DocMDP) gets that; otherwise the only things that may follow are signatures and what keeps them alive.
_SIGNATURES_ONLY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        *(
            rule.as_qualified(ModificationLevel.LTA_UPDATES)
            for rule in (DocInfoRule(), XrefStreamRule(), ObjectStreamRule(), DSSCompareRule(), MetadataUpdateRule())
        ),
    ],
    form_rule=FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]),
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """whole: no byte of the file is outside. clear: the signature covers its own revision from the first byte to its end, and
    what it leaves out is exactly its own value. modified: a later change is not explained. loose_bytes: bytes after the last
    revision that belong to nothing and that nobody signed. added: what later revisions brought that is allowed, as codes ADDED_….
    """

    whole: bool
    clear: bool
    modified: bool
    loose_bytes: bool
    added: tuple[str, ...] = ()


def coverage_of(signature: Signature, *, later: Sequence[Signature]) -> Coverage:
    """later: the signatures of later revisions. Fields may have been filled with one: its signer saw and covers those changes."""
    reader = signature.inner.reader
    stream = cast(BinaryIO, reader.stream)
    size = stream.seek(0, os.SEEK_END)
    level = signature.inner.coverage = signature.inner.evaluate_signature_coverage()
    if (
        not (_hole_is_the_signature(signature, stream, size) and _says_it_once(signature, stream))
        or level < SignatureCoverageLevel.ENTIRE_REVISION
    ):
        return Coverage(whole=False, clear=False, modified=False, loose_bytes=False)
    end = signature.byte_range[2] + signature.byte_range[3]
    if end == size:
        return Coverage(whole=True, clear=True, modified=False, loose_bytes=False)
    is_last = signature.revision == reader.xrefs.total_revisions - 1
    loose = _more_than_padding(stream, end if is_last else _end_of_last_revision(stream, size))
    modified = _modified(signature, later)
    added = () if modified else tuple(_added(signature, later))
    return Coverage(whole=False, clear=True, modified=modified, loose_bytes=loose, added=added)


def _hole_is_the_signature(signature: Signature, stream: BinaryIO, size: int) -> bool:
    """One gap, filled by this signature's own value and nothing else: else bytes could hide in it."""
    if len(signature.byte_range) != 4:
        return False
    start, before, after, rest = signature.byte_range
    hole_and_brackets = 2 * len(signature.value) + 2
    if not (start == 0 < before and after == before + hole_and_brackets and after <= after + rest <= size):
        return False
    stream.seek(before)
    gap = stream.read(after - before)
    try:
        return gap[:1] == b"<" and gap[-1:] == b">" and bytes.fromhex(gap[1:-1].decode("ascii")) == signature.value
    except ValueError:
        return False


def _says_it_once(signature: Signature, stream: BinaryIO) -> bool:
    """The hole lies in this signature's own dictionary, and that holds no key twice: of two, readers of other makes take the other."""
    reference = cast(IndirectObject, signature.inner.sig_field.raw_get("/V")).reference
    start = signature.inner.reader.xrefs.get_historical_ref(reference, signature.revision)
    hole, after = signature.byte_range[1], signature.byte_range[2]
    if not isinstance(start, int) or not start < hole <= start + LONGEST_DICTIONARY:
        return False
    stream.seek(start)
    before_hole = stream.read(hole - start)
    stream.seek(after)
    after_hole = stream.read(LONGEST_DICTIONARY)
    end = after_hole.find(b"endobj")
    if b"endobj" in before_hole or end < 0:
        return False
    keys = [_ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), key) for key in _KEY.findall(before_hole + after_hole[:end])]
    return keys.count(b"/ByteRange") == keys.count(b"/Contents") == 1


def _end_of_last_revision(stream: BinaryIO, size: int) -> int:
    """Changes up to there are judged object by object; only what follows is left to look at."""
    start = max(0, size - 2048)  # a reader looks for the end mark no further back than this
    stream.seek(start)
    return start + stream.read().rfind(b"%%EOF") + len(b"%%EOF")


def _more_than_padding(stream: BinaryIO, start: int) -> bool:
    stream.seek(start)
    return any(chunk.strip(PADDING) for chunk in iter(lambda: stream.read(CHUNK), b""))


def _modified(signature: Signature, later: Sequence[Signature]) -> bool:
    if any(other.kind is Kind.STAMP and _is_drawn(other.inner.sig_field) for other in later):
        # Anybody may have anything stamped, and a drawn stamp can hide what is under it: nobody answers for its picture.
        return True
    signed_again = any(other.kind is not Kind.STAMP for other in later)
    permission = signature.inner.docmdp_level
    filling_allowed = permission in (MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE)
    difference = signature.inner.diff_result = signature.inner.evaluate_modifications(
        DEFAULT_DIFF_POLICY if filling_allowed else _SIGNATURES_ONLY
    )
    if not isinstance(difference, DiffResult):
        return True
    signing_allowed = signed_again and permission is not MDPPerm.NO_CHANGES
    allowed = ModificationLevel.FORM_FILLING if filling_allowed or signing_allowed else ModificationLevel.LTA_UPDATES
    return difference.modification_level.value > allowed.value


def _is_drawn(field: DictionaryObject) -> bool:
    """Whether the field shows anything on a page: a rectangle with an area."""
    for widget in (field, *(one.get_object() for one in _entry(field, "/Kids", ()))):
        rectangle = [float(one.get_object()) for one in _entry(widget, "/Rect", ())]
        if len(rectangle) == 4 and rectangle[0] != rectangle[2] and rectangle[1] != rectangle[3]:
            return True
    return False


def _entry(dictionary: DictionaryObject, key: str, absent: Any) -> Any:
    """The value itself: pyHanko's `get` gives references as they are, `[]` follows them."""
    try:
        return dictionary[key]
    except KeyError:
        return absent


def _added(signature: Signature, later: Sequence[Signature]) -> Iterator[str]:
    """In the order in which people care."""
    if any(other.kind is not Kind.STAMP for other in later):
        yield "ADDED_SIGNATURE"
    difference = signature.inner.diff_result
    if isinstance(difference, DiffResult) and difference.changed_form_fields - {other.field for other in later}:
        yield "ADDED_FORM_DATA"
    if any(other.kind is Kind.STAMP for other in later):
        yield "ADDED_TIMESTAMP"
    reader = signature.inner.reader
    if _kept_in_store(reader.root) != _kept_in_store(reader.get_historical_root(signature.revision)):
        yield "ADDED_VALIDATION_DATA"


def _kept_in_store(root: DictionaryObject) -> int:
    store = _entry(root, "/DSS", DictionaryObject())
    return sum(len(_entry(store, kind, ())) for kind in ("/Certs", "/CRLs", "/OCSPs", "/VRI"))
