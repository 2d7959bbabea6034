"""What is asked of a PDF before it is signed, how it is to look, and where the signed one goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pyhanko.pdf_utils.reader import PdfFileReader

from sohoa.kernel.clock import now
from sohoa.kernel.durable import copy_durably, sha256_of, write_durably
from sohoa.kernel.errors import Exit, InOthersWords, SohoaError
from sohoa.pipeline.signing.citizens_code import CitizensCode, Printed
from sohoa.pipeline.signing.office import TEST, SigningOffice
from sohoa.signing.flow.job import Job
from sohoa.signing.flow.journal import JobDamaged, Journal, SigningInProgress
from sohoa.signing.flow.session import Request, Result
from sohoa.signing.model import FileReport
from sohoa.signing.names import role_of
from sohoa.signing.opening import has_signatures
from sohoa.signing.pades.gate import pdfa_kept
from sohoa.signing.pades.held import Level
from sohoa.signing.pades.prepare import INVISIBLE, Placed
from sohoa.signing.profiles.facts import Facts
from sohoa.signing.profiles.font import signature_font
from sohoa.signing.profiles.ink import PageNotDrawn
from sohoa.signing.profiles.look import Look, look_for
from sohoa.signing.profiles.place import NoRoomForStamp
from sohoa.signing.profiles.profile import ImageKind, Profile, chosen
from sohoa.signing.profiles.sheet import sheet_of
from sohoa.signing.profiles.wording import StampFactMissing

# A record's flag: it is signed, but its first page had no free place for what the signature should have shown. TT 01/2023/TT-VPCP,
# Điều 8, wants name and time shown at the top left; a paper full to its edges must neither be covered nor be left unsigned for it.
STAMP_LEFT_OUT = "stamp_left_out"

Pictures = Callable[[int], NDArray[np.uint8]]
"""Of whole pages as they are stored, before their /Rotate, by number from 0: (height, width) or (height, width, 3), RGB, any
resolution."""


class TargetTaken(SohoaError):
    code = "pipeline.target_taken"
    vi = "Ở nơi ghi tệp đã ký đang có một tệp khác; tệp đó không bị ghi đè."
    en = "Where the signed file is to go there is another file; it is not overwritten."
    remedy = "Chọn nơi ghi khác («-o»), hoặc chuyển tệp đang có đi nơi khác rồi chạy lại."
    remedy_en = "Choose another place (-o), or move that file away, then run again."


class SignerNotReady(InOthersWords):
    """Nothing is wrong with the paper: it waits, composed, until its signer can sign. What is told is what the signer's error tells."""

    code, exit_code = "pipeline.signer_not_ready", Exit.UNREACHABLE
    vi = "Giấy tờ đã đọc xong, đang chờ người ký sẵn sàng."
    en = "The paper is read and waits for its signer ({why})."
    remedy = "Xử lý lý do của người ký («sohoa doctor»), rồi chạy lại đúng lệnh này."
    remedy_en = "Deal with the signer's reason (`sohoa doctor`), then run the same command again."


class SignerNeedsAPerson(SohoaError):
    code, exit_code = "pipeline.signer_needs_a_person", Exit.USAGE
    vi = "Người ký đặt cho «sohoa digitize» phải xác nhận từng lần ký, nên không ký tự động được."
    en = "The signer set for digitize has to agree to each request, so nothing can be signed unattended."
    remedy = "Đặt người ký khác trong mục [digitize] của signing.toml, hoặc số hóa với --no-sign rồi ký bằng «sohoa sign»."
    remedy_en = "Set another signer under [digitize] in signing.toml, or digitize with --no-sign and sign with `sohoa sign`."


@dataclass(frozen=True, slots=True)
class Way:
    """How a pile is signed. field: "" means the profile's. facts: what the stamp tells, at the time of signing. code: the citizen's QR
    code, printed on each before it is signed."""

    profile: Profile
    facts: Callable[[datetime], Facts]
    wanted: Level
    field: str = ""
    reason: str | None = None
    location: str | None = None
    code: CitizensCode | None = None


def request_for(
    source: Path,
    target: Path,
    way: Way,
    *,
    title: str,
    now: datetime,
) -> Request:
    """Raises PdfaBroken, TargetTaken, what opening a PDF raises, and what printing a QR code raises."""
    if source.resolve() == target.resolve():
        raise TargetTaken()
    printed = way.code.on(source, now=now) if way.code else Printed(source, "")
    paper = printed.path
    if not has_signatures(paper):
        pdfa_kept(paper)
    return _request(paper, target, way, title=title, now=now, sha256=printed.sha256)


def _request(
    paper: Path,
    target: Path,
    way: Way,
    *,
    title: str,
    now: datetime,
    picture: Pictures | None = None,
    left_out: Callable[[SohoaError | None], None] | None = None,
    sha256: str = "",
) -> Request:
    """picture: spares drawing the pages. left_out: told why there is no place for the stamp, which is then left out, or None where
    there is one; without it, having no place is an error of that file."""

    def place(reader: PdfFileReader) -> Placed:
        try:
            look = _look(way.profile, reader, way.facts(now), paper, picture)
        except (NoRoomForStamp, PageNotDrawn) as none:
            if left_out is None:
                raise
            left_out(none)
            return INVISIBLE
        if left_out is not None:
            left_out(None)
        return Placed(look.page, look.box, look.style, existing=look.existing)

    return Request(
        paper,
        title,
        str(target.absolute()),
        profile=way.profile.name,
        field=way.field or way.profile.field,
        reason=way.reason or way.profile.reason,
        location=way.location,
        wanted=way.wanted,
        place=place,
        source_sha256=sha256,
    )


def _look(profile: Profile, reader: PdfFileReader, facts: Facts, paper: Path, picture: Pictures | None) -> Look:
    """The signer's block is looked for only where nothing else says where the stamp goes: a scan has to be read for it."""
    seen = (lambda page: _as_seen(picture(page), reader, page)) if picture else None
    try:
        return look_for(profile, reader, facts, font=signature_font(), paper=paper, picture=seen)
    except StampFactMissing as missing:
        if missing.facts["what"] != "block":
            raise
    if profile.image is not ImageKind.NONE and facts.image is None:
        raise StampFactMissing.named("image")
    from sohoa.pipeline.signing.block import signature_block  # brings the reader along, which most signatures have no use for

    found = signature_block(paper)
    here = replace(facts, page=found.page, block=found.block)
    return look_for(profile, reader, here, font=signature_font(), paper=paper, picture=seen)


def _as_seen(pixels: NDArray[np.uint8], reader: PdfFileReader, page: int) -> NDArray[np.uint8]:
    grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return np.rot90(grey, -sheet_of(reader, page).rotation // 90)


def put_away(way: Way, result: Result) -> None:
    """What was printed only to be signed goes, once the result is known."""
    if way.code:
        begun = result.job is not None or isinstance(result.error, JobDamaged | SigningInProgress)
        way.code.put_away(Printed(result.request.source, result.request.source_sha256), begun=begun)


def sign_record(
    office: SigningOffice, composed: Path, target: Path, *, judged: Callable[[FileReport], None], picture: Pictures | None = None
) -> None:
    """Sign what was just composed, as signing.toml says of `digitize`. The gate stood at composing. Raises what signing raises.

    judged: given the validation of the signed file, before that stands at `target`. picture: of the pages, by number from 0. A page
    without a free place is signed all the same: see `stamp_left_out`.
    """
    name = office.plan.digitize or TEST
    noted = target.with_name(STAMP_LEFT_OUT)

    def left_out(why: SohoaError | None) -> None:
        # Before the signature is begun: from then on nobody asks for its place again.
        if why is None:
            noted.unlink(missing_ok=True)
        else:
            write_durably(noted, why.code.encode())

    try:
        if office.holder(name).interactive:
            raise SignerNeedsAPerson()
        # Kept in the paper's own work folder: what becomes of the paper becomes of this.
        session = office.session(name, deliver_file, journal=Journal(target.parent / "signing"), judged=judged)
        shown = session.holder.identity().name
    except SohoaError as signer:
        raise SignerNotReady(why=signer.code, told=signer.as_dict()) from signer
    looks = chosen(office.plan.digitize_profile, role_of(shown, field=""))
    way = Way(looks, lambda when: Facts(when, shown, shown, without_legal_value=name == TEST), office.level)
    asked = _request(composed, target, way, title="Giấy tờ số hóa", now=now(), picture=picture, left_out=left_out)
    try:
        (result,) = session.sign([asked])
    except SohoaError as signer:  # what one paper cannot have is in its result; this would befall each
        raise SignerNotReady(why=signer.code, told=signer.as_dict()) from signer
    if result.error:
        raise result.error


def must_be_ready(office: SigningOffice) -> None:
    """Whether the signer of `digitize` could sign now, unattended; asks no PIN. Raises what would keep every paper from being signed."""
    name = office.plan.digitize or TEST
    holder = office.holder(name)
    if holder.interactive:
        raise SignerNeedsAPerson()
    identity = holder.identity()
    office.must_be_fit(office.signer(name), identity, now())
    chosen(office.plan.digitize_profile, role_of(identity.name, field=""))


def stamp_left_out(signed: Path) -> bool:
    """Whether the record that `sign_record` signed had no free place for its stamp."""
    return signed.with_name(STAMP_LEFT_OUT).exists()


def deliver_file(job: Job, signed: Path) -> None:
    """To the path that is the job's destination. A file that is neither this one nor the one delivered before stays as it is.

    Raises TargetTaken.
    """
    target = Path(job.destination)
    if target.exists():
        there = sha256_of(target)
        if there == job.sha256:
            return
        if there != job.delivered:
            raise TargetTaken()
    with signed.open("rb") as source:
        copy_durably(source, target)
