"""Bringing a signed file to a higher level by adding to its end, and keeping it there.

What can be had now is added now; what cannot is told as a value, the file stays valid at the level that it reached, and the same
call later does the rest. To reach B-LTA, validation data and the timestamp over it go into one revision: the file is read once and
written once, and the data holds for the new timestamp's own authority too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from pyhanko.pdf_utils.reader import PdfFileReader

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.signing.beginning import Beginning
from sohoa.signing.opening import UNREADABLE, PdfDamaged, PdfEncrypted
from sohoa.signing.pades.appending import append
from sohoa.signing.pades.held import Held, Level, Speaker, held_in
from sohoa.signing.trustservices.revocation import RevocationService, RevocationUnavailable, ValidationData, names_a_place
from sohoa.signing.trustservices.tsa import Stamped, TimestampAuthority, TimestampRefused, TimestampUnavailable

__all__ = [
    "Level",
    "NothingToRaise",
    "Raised",
    "TrustServices",
    "add_document_timestamp",
    "add_validation_data",
    "raise_level",
    "renew",
]


class NothingToRaise(SohoaError):
    code = "signing.nothing_to_raise"
    vi = "Tệp không có chữ ký nào để nâng mức."
    en = "The file carries no signature whose level could be raised."
    remedy = "Ký tệp trước, rồi nâng mức chữ ký."
    remedy_en = "Sign the file first."


class RevocationNotOffered(SohoaError):
    code = "signing.revocation_not_offered"
    vi = "Chứng thư của người ký không nêu nơi tra cứu thu hồi, nên chữ ký không thể lên mức B-LT."
    en = "The signer's certificate names nowhere to ask about revocation, so level B-LT cannot be reached."
    remedy = "Dùng chứng thư của nơi cấp có dịch vụ OCSP hoặc CRL, hoặc chấp nhận mức B-T."
    remedy_en = "Use a certificate whose authority offers OCSP or CRLs, or be content with level B-T."


@dataclass(frozen=True, slots=True)
class TrustServices:
    """trust: roots, DER, at which chains of certificates end."""

    tsa: TimestampAuthority
    revocation: RevocationService
    trust: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """level: of the file now. lacking: why it is not what was wanted, the code of the service's error as reason; None: it is."""

    level: Level
    lacking: Verdict | None = None


def add_validation_data(document: BinaryIO, data: ValidationData) -> None:
    """Append a revision with what of `data` is not in the file yet; nothing when all is. Raises PdfDamaged, PdfEncrypted."""
    append(_reader(document), document, data=data, authority=None)


def add_document_timestamp(document: BinaryIO, authority: TimestampAuthority) -> Stamped:
    """Append a revision with a timestamp over the whole file. Raises PdfDamaged, PdfEncrypted, TimestampUnavailable,
    TimestampRefused; then nothing was written."""
    reader = _reader(document)
    stamped = append(reader, document, data=None, authority=authority, fields=_held(reader).fields)
    assert stamped is not None
    return stamped


def raise_level(
    document: BinaryIO, *, wanted: Level, services: TrustServices, now: datetime, beginning: Beginning | None = None
) -> Raised:
    """Bring a signed file to `wanted`, or as near as the services allow at present; `document` is readable, writable, seekable.

    Every signature of the file is brought there. One that has no timestamp of its own (its authority was out when it was made) has
    its time proven by a timestamp of the document; where B-LT is wanted the file then ends up at B-LTA, at no more cost.
    beginning: of `document`, where its hash is known already. Raises NothingToRaise, PdfDamaged, PdfEncrypted.
    """
    file = _open(document, services, now, beginning)
    level = file.held.level
    if level is None:
        raise NothingToRaise()
    if level >= wanted:
        return Raised(level)
    data, lacking = (ValidationData() if level is Level.B_LT else None), None
    if level < Level.B_LT <= wanted:
        try:
            data = file.data_for_all()
        except (RevocationUnavailable, RevocationNotOffered) as out:
            lacking = _lacking(out)
            if level is Level.B_T:
                return Raised(level, lacking)
    if level is Level.B_T and wanted is Level.B_LT:
        append(file.reader, document, data=data, authority=None, unnamed=file.held.unnamed)
        return Raised(Level.B_LT)
    try:
        file.stamp(data)
    except (TimestampUnavailable, TimestampRefused) as out:
        if level is Level.B_T:
            append(_reader(document), document, data=data, authority=None, unnamed=file.held.unnamed)
            level = Level.B_LT
        return Raised(level, _lacking(out))
    return Raised(Level.B_T if data is None else Level.B_LTA, lacking)


def renew(document: BinaryIO, *, services: TrustServices, now: datetime) -> Raised:
    """Keep what the newest timestamp rests on, while it can still be had, and put a new timestamp over it all.

    A file that has not reached B-LTA is brought there instead. Raises NothingToRaise, PdfDamaged, PdfEncrypted, and where a service
    is out RevocationUnavailable, TimestampUnavailable, TimestampRefused; then nothing was written.
    """
    file = _open(document, services, now)
    newest = file.held.newest
    if file.held.level is not Level.B_LTA or newest is None:
        return raise_level(document, wanted=Level.B_LTA, services=services, now=now)
    file.stamp(file.data_for(newest.speaker))
    return Raised(Level.B_LTA)


@dataclass(frozen=True, slots=True)
class _File:
    """A signed file that is open, with whom to ask about it."""

    document: BinaryIO
    reader: PdfFileReader
    held: Held
    services: TrustServices
    now: datetime
    beginning: Beginning | None

    def data_for(self, speaker: Speaker) -> ValidationData:
        """Raises RevocationUnavailable."""
        services = self.services
        return services.revocation.data_for(speaker.certificate, speaker.carried, trust=services.trust, now=self.now)

    def data_for_all(self) -> ValidationData:
        """About every signer and every time-stamping authority in the file. Raises RevocationUnavailable, RevocationNotOffered."""
        data = ValidationData()
        for one in self.held.signatures:
            if not names_a_place(one.speaker.certificate):
                raise RevocationNotOffered()
        for speaker in self.held.speakers:
            data += self.data_for(speaker)
        return data

    def stamp(self, data: ValidationData | None) -> None:
        """Append `data`, if there is any, under a timestamp, with data about the timestamp's own authority: which that will be is
        known from the last time. Raises TimestampUnavailable, TimestampRefused."""
        tsa = self.services.tsa
        expected = None
        if data is not None:
            expected = self._expected_speaker()
            if self.held.level is not Level.B_LT or expected not in self.held.speakers:  # else its data is there already
                data += self._data_at_hand(expected)
        held = self.held
        made = append(
            self.reader,
            self.document,
            data=data,
            authority=tsa,
            fields=held.fields,
            unnamed=held.unnamed,
            beginning=self.beginning,
        )
        if made is None or expected is None or made.certificate == expected.certificate:
            return
        # It has another certificate since. What is added after its timestamp is as good, and goes under the next one.
        later = self._data_at_hand(Speaker(made.certificate, made.certificates))
        append(_reader(self.document), self.document, data=later, authority=None)

    def _expected_speaker(self) -> Speaker:
        last, newest = self.services.tsa.last, self.held.newest
        if last is None and newest is not None:
            return newest.speaker
        found = last or self.services.tsa.stamped(hashlib.sha256(b"").digest())  # a trial, once in the life of the process
        return Speaker(found.certificate, found.certificates)

    def _data_at_hand(self, speaker: Speaker) -> ValidationData:
        """The level does not need it, so nothing fails for want of it; the next renewal brings it."""
        try:
            return self.data_for(speaker)
        except RevocationUnavailable:
            return ValidationData()


def _open(document: BinaryIO, services: TrustServices, now: datetime, beginning: Beginning | None = None) -> _File:
    reader = _reader(document)
    return _File(document, reader, _held(reader), services, now, beginning)


def _reader(document: BinaryIO) -> PdfFileReader:
    """Raises PdfDamaged, PdfEncrypted."""
    try:
        reader = PdfFileReader(document, strict=False)
        if reader.encrypted:
            raise PdfEncrypted()
        return reader
    except UNREADABLE as broken:
        raise PdfDamaged(why=type(broken).__name__) from broken


def _held(reader: PdfFileReader) -> Held:
    try:
        return held_in(reader)
    except UNREADABLE as broken:
        raise PdfDamaged(why=type(broken).__name__) from broken


def _lacking(error: SohoaError) -> Verdict:
    return Verdict(Outcome.UNDETERMINED, error.code, {"en": str(error)})
