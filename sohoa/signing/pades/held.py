"""What a signed file already has: signatures, timestamps, validation data, and so which level it has reached.

Read for adding to it, not for believing it; that is what `validation/` is for.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from asn1crypto import cms
from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject, Reference
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields


class Level(enum.IntEnum):
    """PAdES baseline levels (EN 319 142-1, 6), the higher the longer a signature can be proven."""

    B_B = 1  # signed
    B_T = 2  # and its time proven
    B_LT = 3  # and all that is needed to validate it later is in the file
    B_LTA = 4  # and a timestamp over that, which can be renewed

    @property
    def said(self) -> str:
        """`PAdES-B-LTA`."""
        return "PAdES-" + self.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who made a signature or a timestamp: the certificate, and those that came with it; DER."""

    certificate: bytes
    carried: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp, of one signature or of the whole document. hashes: names of those it relies on."""

    speaker: Speaker
    time: datetime
    hashes: frozenset[str]


@dataclass(frozen=True, slots=True)
class HeldSignature:
    """revision: of the file, from 0, in which it was made. key: its name in a DSS, the SHA-1 (hex, capitals) of its /Contents."""

    speaker: Speaker
    revision: int
    stamp: Stamp | None
    key: str


@dataclass(frozen=True, slots=True)
class Held:
    """fields: all names of signature fields. signatures, stamps (of the document, with their revisions): in the order in which
    they were made. data: revisions in which validation data was added."""

    fields: frozenset[str]
    signatures: tuple[HeldSignature, ...]
    stamps: tuple[tuple[int, Stamp], ...]
    data: tuple[int, ...]

    @property
    def level(self) -> Level | None:
        """The lowest of its signatures'; None: there is no signature."""
        return min((self._level(one) for one in self.signatures), default=None)

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Keys of the signatures that were made after validation data was last added."""
        last = max(self.data, default=-1)
        return tuple(one.key for one in self.signatures if one.revision > last)

    @property
    def newest(self) -> Stamp | None:
        """The timestamp on which everything rests: the last of the document, else the last of a signature."""
        if self.stamps:
            return self.stamps[-1][1]
        return max((one.stamp for one in self.signatures if one.stamp), key=lambda stamp: stamp.time, default=None)

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        """Everybody whose certificate a validator will ask about, each once."""
        stamps = [one.stamp.speaker for one in self.signatures if one.stamp] + [stamp.speaker for _, stamp in self.stamps]
        return tuple(dict.fromkeys([one.speaker for one in self.signatures] + stamps))

    def _level(self, one: HeldSignature) -> Level:
        stamped = [revision for revision, _ in self.stamps if revision > one.revision]
        if one.stamp is None and not stamped:
            return Level.B_B
        proven = next((revision for revision in self.data if revision >= one.revision), None)
        if proven is None:
            return Level.B_T
        return Level.B_LTA if any(revision >= proven for revision in stamped) else Level.B_LT


def held_in(reader: PdfFileReader) -> Held:
    """Raises what UNREADABLE lists for signatures that cannot be read."""
    fields: set[str] = set()
    signatures: list[HeldSignature] = []
    stamps: list[tuple[int, Stamp]] = []
    for name, value, _ in cast(Iterable[tuple[object, object, object]], enumerate_sig_fields(reader)):
        fields.add(str(name))
        if value is None:
            continue
        reference = value.reference if isinstance(value, IndirectObject) else None
        signature = cast(DictionaryObject, value.get_object() if isinstance(value, IndirectObject) else value)
        revision = reader.xrefs.get_introducing_revision(reference) if reference else reader.xrefs.total_revisions - 1
        contents = bytes(cast(Any, signature["/Contents"]))
        packed = cms.ContentInfo.load(contents, strict=False)
        if signature["/SubFilter"] == "/ETSI.RFC3161":
            stamps.append((revision, _stamp(packed)))
        else:
            key = hashlib.sha1(contents, usedforsecurity=False).hexdigest().upper()
            signatures.append(HeldSignature(_speaker(packed), revision, _stamp_within(packed), key))
    return Held(
        frozenset(fields),
        tuple(sorted(signatures, key=lambda one: one.revision)),
        tuple(sorted(stamps, key=lambda one: one[0])),
        _revisions_of_data(reader),
    )


def _speaker(packed: Any) -> Speaker:
    signed = packed["content"]
    sid = signed["signer_infos"][0]["sid"]
    carried = [one.chosen for one in signed["certificates"] or () if one.name == "certificate"]
    found = next(one for one in carried if _is_named(sid, one))
    return Speaker(found.dump(), tuple(one.dump() for one in carried if one is not found))


def _is_named(sid: Any, certificate: Any) -> bool:
    if sid.name == "subject_key_identifier":
        return certificate.key_identifier == sid.chosen.native
    named = sid.chosen
    return certificate.serial_number == named["serial_number"].native and certificate.issuer.dump() == named["issuer"].dump()


def _stamp(packed: Any) -> Stamp:
    signed = packed["content"]
    about = signed["encap_content_info"]["content"].parsed
    algorithms = (about["message_imprint"]["hash_algorithm"], signed["signer_infos"][0]["digest_algorithm"])
    return Stamp(_speaker(packed), about["gen_time"].native, frozenset(one["algorithm"].native for one in algorithms))


def _stamp_within(packed: Any) -> Stamp | None:
    for attribute in packed["content"]["signer_infos"][0]["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            return _stamp(attribute["values"][0])
    return None


def _revisions_of_data(reader: PdfFileReader) -> tuple[int, ...]:
    """Of a store that says something about revocation; certificates alone prove nothing."""
    try:
        place = reader.root.raw_get("/DSS")
    except KeyError:
        return ()
    store = cast(DictionaryObject, place.get_object() if isinstance(place, IndirectObject) else place)
    if not (store.get("/OCSPs") or store.get("/CRLs")):
        return ()
    reference: Reference = place.reference if isinstance(place, IndirectObject) else reader.root_ref
    xrefs = reader.xrefs
    return tuple(one for one in range(xrefs.total_revisions) if reference in xrefs.explicit_refs_in_revision(one))
