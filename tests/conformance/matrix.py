"""Every level, key and look of a signature, each on a paper of its own: the files that the table is about.

The way is the product's own: its composer makes the paper, a profile finds the place, a session signs and asks for time stamps and
revocation at the test PKI. A look is a row of profiles, signed one after the other into the same file.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sohoa.ocr.composing.pdfa import compose_pdfa
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.model import Line, PageText, Word
from sohoa.pipeline.signing.papers import Way, deliver_file, request_for
from sohoa.signing.flow.finishing import Finishing
from sohoa.signing.flow.journal import Journal
from sohoa.signing.flow.session import SigningSession
from sohoa.signing.pades.held import Level
from sohoa.signing.pades.levels import TrustServices
from sohoa.signing.profiles.facts import Facts
from sohoa.signing.profiles.profile import ImageKind, Profile, read_profiles
from sohoa.signing.profiles.qr import QrPayload, print_qr
from sohoa.signing.signers.pkcs12 import KeyInMemory
from tests.signing.authority import GOOD, Pki
from tests.signing.profiles.papers import BLOCK, SCAN, decision, facts, seal_png, signature_png

LOOKS: dict[str, tuple[str, ...]] = {
    "capture_signature": ("capture_signature",),
    "true_copy": ("true_copy",),
    "archive_signature": ("archive_signature",),
    "issuance": ("issuance_person", "issuance_agency"),
    "attachment": ("attachment",),
    "seal_top_right": ("seal_top_right",),
    "invisible": ("invisible",),
}
CODE = QrPayload("H40.12-260105-0012", "1.004194", document_name="Giấy phép xây dựng")
THREADS = 4  # most of the time somebody waits for the PKI


@dataclass(frozen=True, slots=True)
class Cell:
    """coded: with the citizen's QR code printed before anybody signed."""

    level: Level
    key: str
    look: str
    coded: bool = False

    @property
    def name(self) -> str:
        return f"{self.level.said[6:]} {self.key} {self.look}{' after a QR code' if self.coded else ''}"

    @property
    def profiles(self) -> tuple[str, ...]:
        return LOOKS[self.look]


CODED = Cell(Level.B_LTA, "rsa3072", "issuance", coded=True)
CELLS = (*itertools.starmap(Cell, itertools.product(Level, GOOD, LOOKS)), CODED)


def write_paper(folder: Path) -> Path:
    """A decision of one page as the composer leaves it, PDF/A-2b, with the place where its signer signs."""
    picture = decision()
    source = folder / "scan.jpg"
    picture.save(source, quality=80, dpi=(SCAN, SCAN))
    intake = inspect(source)
    words = (Word("QUYẾT", (540, 275, 620, 300), 0.9), Word("ĐỊNH", (630, 275, 700, 300), 0.9))
    text = PageText(1, picture.width, picture.height, SCAN, 0, 0.0, False, (Line(words, (540, 275, 700, 300)),))
    pages = [(page_image(source, intake, 1, folder), text)]
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    return compose_pdfa(source, intake, pages, folder / "paper.pdf", title="Quyết định", created=moment, identifier="i").path


def sign_all(cells: Iterable[Cell], folder: Path, pki: Pki, services: TrustServices) -> dict[Cell, Path]:
    """Each signed at `pki.now`, in a session of its own. Raises what the flow tells of any of them."""
    paper, coded = write_paper(folder), folder / "coded.pdf"
    print_qr(paper, coded, CODE)

    def signed(cell: Cell, number: int) -> Path:
        room = folder / f"{number:03}"
        room.mkdir()
        return _signed(cell, coded if cell.coded else paper, room, pki, services)

    asked = list(cells)
    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(asked, pool.map(signed, asked, itertools.count()), strict=True))


def _signed(cell: Cell, paper: Path, room: Path, pki: Pki, services: TrustServices) -> Path:
    certificate, key, chain, kind = pki.signer(cell.key)
    holder = KeyInMemory(certificate, key, chain, pss=kind == "rsapss")
    journal = Journal(room / "journal")
    finishing = Finishing(journal, services, [pki.root_pem], deliver_file, lambda: _now(pki))
    session = SigningSession(journal, holder, finishing, lambda: _now(pki), lambda _: None, lambda *_: None, threads=1)
    for number, name in enumerate(cell.profiles):
        profile = read_profiles()[name]
        way = Way(profile, lambda when, profile=profile: _facts(profile, when), cell.level)
        target = room / f"{number}.pdf"
        (result,) = session.sign([request_for(paper, target, way, title="Giấy tờ mẫu", now=_now(pki))])
        if result.error:
            raise result.error
        paper = target
    return paper


def _facts(profile: Profile, when: datetime) -> Facts:
    drawn = {ImageKind.NONE: None, ImageKind.SIGNATURE: signature_png(), ImageKind.SEAL: seal_png()}[profile.image]
    return facts(when=when, image=drawn, block=BLOCK, without_legal_value=True)


def _now(pki: Pki) -> datetime:
    assert pki.now is not None
    return pki.now
