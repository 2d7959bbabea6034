"""What is asked of a PDF before it is signed, how it is to look, and where the signed one goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader

from sohoa.kernel.clock import now
from sohoa.kernel.durable import copy_durably, sha256_of
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline.signing.office import TEST, SigningOffice
from sohoa.signing.flow.job import Job
from sohoa.signing.flow.journal import Journal
from sohoa.signing.flow.session import Request
from sohoa.signing.names import role_of
from sohoa.signing.opening import has_signatures
from sohoa.signing.pades.gate import pdfa_kept
from sohoa.signing.pades.held import Level
from sohoa.signing.pades.prepare import Placed
from sohoa.signing.profiles.facts import Facts
from sohoa.signing.profiles.font import signature_font
from sohoa.signing.profiles.look import look_for
from sohoa.signing.profiles.profile import Profile, chosen


class TargetTaken(SohoaError):
    code = "pipeline.target_taken"
    vi = "Ở nơi ghi tệp đã ký đang có một tệp khác; tệp đó không bị ghi đè."
    en = "Where the signed file is to go there is another file; it is not overwritten."
    remedy = "Chọn nơi ghi khác («-o»), hoặc chuyển tệp đang có đi nơi khác rồi chạy lại."
    remedy_en = "Choose another place (-o), or move that file away, then run again."


class SignerNeedsAPerson(SohoaError):
    code, exit_code = "pipeline.signer_needs_a_person", Exit.USAGE
    vi = "Người ký đặt cho «sohoa digitize» phải xác nhận từng lần ký, nên không ký tự động được."
    en = "The signer set for digitize has to agree to each request, so nothing can be signed unattended."
    remedy = "Đặt người ký khác trong mục [digitize] của signing.toml, hoặc số hóa với --no-sign rồi ký bằng «sohoa sign»."
    remedy_en = "Set another signer under [digitize] in signing.toml, or digitize with --no-sign and sign with `sohoa sign`."


@dataclass(frozen=True, slots=True)
class Way:
    """How a pile is signed. field: "" means the profile's. facts: what the stamp tells, at the time of signing."""

    profile: Profile
    facts: Callable[[datetime], Facts]
    wanted: Level
    field: str = ""
    reason: str | None = None
    location: str | None = None


def request_for(source: Path, target: Path, way: Way, *, title: str, now: datetime) -> Request:
    """Raises PdfaBroken, TargetTaken, and what opening a PDF raises."""
    if source.resolve() == target.resolve():
        raise TargetTaken()
    if not has_signatures(source):
        pdfa_kept(source)

    def place(reader: PdfFileReader) -> Placed:
        look = look_for(way.profile, reader, way.facts(now), font=signature_font(), paper=source)
        return Placed(look.page, look.box, look.style, existing=look.existing)

    return Request(
        source,
        title,
        str(target.absolute()),
        profile=way.profile.name,
        field=way.field or way.profile.field,
        reason=way.reason or way.profile.reason,
        location=way.location,
        wanted=way.wanted,
        place=place,
    )


def sign_record(office: SigningOffice, composed: Path, target: Path) -> None:
    """Sign what was just composed, as signing.toml says of `digitize`. The gate stood at composing. Raises what signing raises."""
    name = office.plan.digitize or TEST
    # Kept in the paper's own work folder: what becomes of the paper becomes of this.
    with office.session(name, deliver_file, journal=Journal(target.parent / "signing")) as session:
        if session.holder.interactive:
            raise SignerNeedsAPerson()
        shown = session.holder.identity().name
        looks = chosen(office.plan.digitize_profile, role_of(shown, field=""))
        way = Way(looks, lambda when: Facts(when, shown, shown, without_legal_value=name == TEST), office.level)
        (result,) = session.sign([request_for(composed, target, way, title="Giấy tờ số hóa", now=now())])
    if result.error:
        raise result.error


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
