"""The way of a paper, readable aloud. Each stage takes what the one before left in the work folder and leaves its own there.

claimed → captured → recognised → classified → composed → signed → archived
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sohoa.config.catalogue import rows
from sohoa.config.settings import settings
from sohoa.config.units import administrative_units, agency_names
from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.durable import write_durably
from sohoa.kernel.memory import give_back
from sohoa.kernel.text import nfc
from sohoa.ocr.composing.alto import to_alto
from sohoa.ocr.composing.drawing import Profile
from sohoa.ocr.composing.pdfa import compose_pdfa
from sohoa.ocr.imaging.intake import Intake, inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, pixels_of, turned
from sohoa.ocr.model import PageImage, PageText, Understanding
from sohoa.ocr.reading.own_text.page import own_text
from sohoa.ocr.reading.page import MODES, read_page
from sohoa.ocr.reading.pictures import plain_picture
from sohoa.ocr.reading.structure import structured
from sohoa.ocr.understanding.handwriting.weighing import Evidence
from sohoa.ocr.understanding.lexicon import Lexicon
from sohoa.ocr.understanding.textmodel import TextModel, TextModelAltered
from sohoa.ocr.understanding.types import document_types_from
from sohoa.ocr.understanding.understand import Known, understand
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.modelfolder import model_in_use
from sohoa.pipeline.workfolder import WorkFolder

# Signing and the archive take a second to import, which whoever only reads a paper should not wait for.
if TYPE_CHECKING:
    from sohoa.pipeline.beside import Beside
    from sohoa.pipeline.signing.office import SigningOffice
    from sohoa.signing.model import FileReport
    from sohoa.storage.archive import Content, Deposit
    from sohoa.storage.catalogue.matching import Belonging

log = logging.getLogger("sohoa")

# A record's flag for a page that no reader could read; the page's number follows.
PAGE_FAILED = "page_failed:"
# The fields are drawn from the first page and its back; a title on page 40 is an attachment's.
PAGES_UNDERSTOOD = 3


def capture(work: WorkFolder) -> Intake:
    """What is it, how many pages? Raises the errors of ocr/imaging for what is not a readable document."""
    return work.intake(lambda: inspect(work.source))


def recognise(
    work: WorkFolder, slots: Slots, *, mode: str, page_done: Callable[[], bool], first: int = 1, last: int | None = None
) -> None:
    """Read every page that is not read yet, as many at once as the machine has slots for.

    mode: "fast" or "accurate". first, last: read only these and the pages between. page_done: told after each page; False (the lease was lost, or
    somebody asked to stop) ends the stage early with Interrupted.
    """
    intake = capture(work)
    until = min(intake.page_count, last or intake.page_count)
    todo = (number for number in range(first, until + 1) if not work.has_page(number))
    with ThreadPoolExecutor(slots.count, thread_name_prefix="page") as pool:
        # What raises here ends the stage; pages that wait are then given up with the rest, so an error is told at once.
        for _ in pool.map(lambda number: _read(work, intake, number, slots, mode, page_done), todo):
            pass
    give_back()


class Interrupted(Exception):
    pass


def _read(work: WorkFolder, intake: Intake, number: int, slots: Slots, mode: str, page_done: Callable[[], bool]) -> None:
    """A page whose own file says what stands on it is believed; any other is read from its picture."""
    work.images.mkdir(exist_ok=True)
    with slots.one():
        image = page_image(work.source, intake, number, work.images)
        own = own_text(work.source, intake, image, workspace=work.images)
        text = structured(own) if own else read_page(image, workspace=work.images, readers=MODES[mode])
    work.keep_page(image, text)
    if not page_done():
        raise Interrupted


def classify(work: WorkFolder, beside: Beside | None = None) -> Understanding:
    """Type and fields, from the first pages. beside: what archive and register know; None: there is neither."""

    def made() -> Understanding:
        signed = evidence_of(work.source) if capture(work).signed else known().evidence
        here = replace(known(), evidence=signed)
        if beside:
            here = replace(here, numbers=beside.numbers, register=beside.register, familiar=beside.familiar)
        return understand(pages_understood(work), here, pictures(work.page))

    return work.understanding(made)


@functools.cache
def known() -> Known:
    """The catalogues and the learned witness, once per process."""
    types = document_types_from(rows("document_types", "type"))
    return Known(types, Lexicon.of(administrative_units(), agency_names()), _text_model())


def _text_model() -> TextModel | None:
    """The learned witness in use. An altered one is not listened to: the other two witnesses decide, and `sohoa doctor` tells."""
    try:
        return model_in_use(settings().home / "models").model
    except TextModelAltered as altered:
        log.warning("%s", altered)
        return None


def pictures(page: Callable[[int], tuple[PageImage, PageText]]) -> Callable[[int], Grey | Colour]:
    """The upright pixels of a page that was read; the one asked for last is kept, since several questions follow one another."""

    @functools.lru_cache(maxsize=1)
    def upright(number: int) -> Grey | Colour:
        image, text = page(number)
        with plain_picture(image) as picture:
            return turned(pixels_of(picture), text.rotation)

    return upright


def _stored(image: PageImage) -> Grey | Colour:
    with plain_picture(image) as picture:
        return pixels_of(picture)


def evidence_of(source: Path) -> Evidence:
    """What a signed file itself tells about the day it was issued: when it was signed."""
    from sohoa.signing.validation.reading import signing_times

    return Evidence(signature_dates=tuple(sorted({when.astimezone(VIETNAM).date() for when in signing_times(source)})))


def pages_understood(work: WorkFolder) -> list[PageText]:
    last = min(capture(work).page_count, PAGES_UNDERSTOOD)
    return [work.page(number)[1] for number in range(1, last + 1)]


def compose(
    work: WorkFolder, *, title: str, identifier: str, now: datetime, keep_signed: bool = True, profile: Profile = "scan"
) -> None:
    """The searchable PDF/A, and the words with their boxes.

    keep_signed: a paper that arrived signed is its own record, so only its text is made. profile: how its pictures are kept.
    """
    intake = capture(work)
    if not work.text.exists():
        write_durably(work.text, to_alto(text for _, text in _pages(work, intake)).encode())
    if not (intake.signed and keep_signed) and not work.composed.exists():
        compose_pdfa(
            work.source,
            intake,
            _pages(work, intake),
            work.composed,
            title=title,
            created=now,
            identifier=identifier,
            profile=profile,
        )


def _pages(work: WorkFolder, intake: Intake) -> Iterator[tuple[PageImage, PageText]]:
    return (work.page(number) for number in range(1, intake.page_count + 1))


def sign(work: WorkFolder, office: SigningOffice, *, wanted: bool) -> None:
    """Sign what we made; validate what is signed. A signature once kept is never made again.

    Raises what the key holder and the certificate check raise; then the paper waits, composed.
    """
    from sohoa.pipeline.signing.papers import sign_record

    intake = capture(work)

    def judged(report: FileReport) -> None:
        write_durably(work.validation, json.dumps(report.as_dict(file=""), ensure_ascii=False).encode())

    if wanted and not intake.signed and not work.signed.exists():
        sign_record(office, work.composed, work.signed, judged=judged, picture=lambda page: _stored(work.page(page + 1)[0]))
    signed = work.source if intake.signed else work.signed
    if signed.exists() and not work.validation.exists():
        judged(office.validate(signed))


def package(work: WorkFolder, *, source: Path, belongs: Belonging, procedure: str, unit: str) -> Deposit:
    """Everything the archive needs, gathered from what the stages left."""
    from sohoa.pipeline.dossiers import asked_about, flags_of
    from sohoa.pipeline.signing.papers import STAMP_LEFT_OUT, stamp_left_out
    from sohoa.storage.archive import Deposit

    intake, understanding = capture(work), classify(work)
    texts = [(text.number, text.rotation, text.confidence, text.blank, text.failed) for _, text in _pages(work, intake)]
    written = [confidence for _, _, confidence, blank, _ in texts if not blank]
    failed = [number for number, *_, failed in texts if failed]
    return Deposit(
        source_sha256=work.path.name,
        source_name=nfc(source.name),
        contents=_contents(work, intake),
        rotations={number: rotation for number, rotation, *_ in texts},
        type=asdict(understanding.type),
        fields={name: asdict(field) for name, field in understanding.fields.items()},
        needs_review=asked_about(understanding, belongs),
        flags=[
            *intake.hazards,
            *(["extension_differs"] if _extension_differs(source, intake) else []),
            *(f"{PAGE_FAILED}{number}" for number in failed),
            *([STAMP_LEFT_OUT] if stamp_left_out(work.signed) else []),
            *flags_of(belongs),
        ],
        pages=intake.page_count,
        confidence=sum(written) / len(written) if written else 0.0,
        signed_on_arrival=intake.signed,
        signature=_signature(work),
        dossier=belongs.code,
        procedure=procedure,
        unit=unit,
    )


def _contents(work: WorkFolder, intake: Intake) -> list[Content]:
    from sohoa.storage.archive import Content

    made = work.signed if work.signed.exists() else work.composed
    contents = [
        Content("original", work.source, intake.extension, intake.media_type),
        Content("record", made, ".pdf", "application/pdf"),
        Content("text", work.text, ".xml", "application/xml"),
        Content("validation", work.validation, ".json", "application/json"),
    ]
    return [content for content in contents if content.path.exists()]


SAME_KIND = {".jpeg": ".jpg", ".tif": ".tiff", ".heif": ".heic"}


def _extension_differs(source: Path, intake: Intake) -> bool:
    """The work folder's copy has no extension, so the name the paper came with is what counts."""
    had = source.suffix.lower()
    return SAME_KIND.get(had, had) != SAME_KIND.get(intake.extension, intake.extension)


def _signature(work: WorkFolder) -> dict[str, str]:
    """Level and verdict of the weakest signature; empty when nothing is signed."""
    if not work.validation.exists():
        return {}
    report = json.loads(work.validation.read_bytes())
    levels = [signature["level"] for signature in report["signatures"]]
    return {"level": levels[0] if levels else "", "verdict": report["verdict"]}
