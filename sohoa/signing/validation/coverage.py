"""What a signature covers, and what happened to the file afterwards."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO, cast

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
from sohoa.signing.validation.reading import Signature

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
    revision that belong to nothing and that nobody signed."""

    whole: bool
    clear: bool
    modified: bool
    loose_bytes: bool


def coverage_of(signature: Signature, *, signed_again: bool) -> Coverage:
    """signed_again: a later signature exists, so fields may have been filled with it; that signer saw and covers those changes."""
    reader = signature.inner.reader
    stream = cast(BinaryIO, reader.stream)
    size = stream.seek(0, os.SEEK_END)
    level = signature.inner.coverage = signature.inner.evaluate_signature_coverage()
    if not _hole_is_the_signature(signature, stream, size) or level < SignatureCoverageLevel.ENTIRE_REVISION:
        return Coverage(whole=False, clear=False, modified=False, loose_bytes=False)
    end = signature.byte_range[2] + signature.byte_range[3]
    if end == size:
        return Coverage(whole=True, clear=True, modified=False, loose_bytes=False)
    is_last = signature.revision == reader.xrefs.total_revisions - 1
    loose = _more_than_padding(stream, end if is_last else _end_of_last_revision(stream, size))
    return Coverage(whole=False, clear=True, modified=_modified(signature, signed_again), loose_bytes=loose)


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


def _end_of_last_revision(stream: BinaryIO, size: int) -> int:
    """Changes up to there are judged object by object; only what follows is left to look at."""
    start = max(0, size - 2048)  # a reader looks for the end mark no further back than this
    stream.seek(start)
    return start + stream.read().rfind(b"%%EOF") + len(b"%%EOF")


def _more_than_padding(stream: BinaryIO, start: int) -> bool:
    stream.seek(start)
    return any(chunk.strip(PADDING) for chunk in iter(lambda: stream.read(CHUNK), b""))


def _modified(signature: Signature, signed_again: bool) -> bool:
    permission = signature.inner.docmdp_level
    filling_allowed = permission in (MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE)
    difference = signature.inner.evaluate_modifications(DEFAULT_DIFF_POLICY if filling_allowed else _SIGNATURES_ONLY)
    if not isinstance(difference, DiffResult):
        return True
    signing_allowed = signed_again and permission is not MDPPerm.NO_CHANGES
    allowed = ModificationLevel.FORM_FILLING if filling_allowed or signing_allowed else ModificationLevel.LTA_UPDATES
    return difference.modification_level.value > allowed.value
