"""Papers of the sample office that nobody has signed yet: as a word processor saves them, and as a scanner delivers them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import img2pdf
from fpdf import FPDF
from PIL import Image

from sohoa.pipeline.signing.block import PlacedBlock
from sohoa.pipeline.sources.sampleoffice.chance import dice, seed_of
from sohoa.pipeline.sources.sampleoffice.fonts import FACES
from sohoa.pipeline.sources.sampleoffice.kinds import BY_CODE
from sohoa.pipeline.sources.sampleoffice.kinds.story import telling
from sohoa.pipeline.sources.sampleoffice.layout import Seal, Sheet, Signature
from sohoa.pipeline.sources.sampleoffice.model import Strength
from sohoa.pipeline.sources.sampleoffice.painting import paint
from sohoa.pipeline.sources.sampleoffice.scanner import as_jpeg, moved, scan, wear_of

Points = tuple[float, float, float, float]
_DPI = 288  # of the picture that a draft's ink is measured on


@dataclass(frozen=True)
class Truth:
    """page: from 0. heads: the lines over the signature. name: the last one of the block. Points as seen."""

    page: int
    heads: tuple[Points, ...]
    name: Points

    def off(self, found: PlacedBlock) -> tuple[float, float, float]:
        """Points: the foot of the position, the top of the name, the middle of the name."""
        assert found.page == self.page
        block, name = found.block, self.name
        middle = (block.name[0] + block.name[2] - name[0] - name[2]) / 2
        return block.position[3] - max(head[3] for head in self.heads), block.name[1] - name[1], middle


def sheets_of(kind: str, seed: int) -> list[Sheet]:
    rng = dice("paper", kind, seed)
    draft = BY_CODE[kind](rng, telling(rng))
    return [replace(sheet, marks=[m for m in sheet.marks if not isinstance(m, Seal | Signature)]) for sheet in draft.sheets]


def drafted(path: Path, kind: str, seed: int, *, more: list[Sheet] | None = None) -> Truth:
    """With a text layer of its own, as printed to PDF. more: sheets that follow."""
    sheets = [*sheets_of(kind, seed), *(more or [])]
    pdf = FPDF(unit="pt", format=(sheets[0].width, sheets[0].height))
    for sheet in sheets:
        pdf.add_page()
        for line in sheet.lines:
            for piece in (piece for word in line.words for piece in word.pieces):
                face = piece.run.face
                if face not in pdf.fonts:
                    pdf.add_font(face, fname=FACES[face])
                pdf.set_font(face, size=piece.run.size)
                pdf.text(piece.x, piece.baseline, piece.run.text)
    pdf.output(str(path))
    return _truth(sheets, [None] * len(sheets), _DPI)


def delivered(path: Path, kind: str, seed: int, *, strength: Strength, dpi: int = 200) -> Truth:
    """Printed and scanned, unsigned."""
    sheets = sheets_of(kind, seed)
    jpegs, matrices = [], []
    for number, sheet in enumerate(sheets):
        throw = seed_of("draft", kind, seed, number)
        wear = wear_of(strength, dice("scan", throw))
        made = scan(paint(sheet, dpi).pixels, wear, dpi=dpi, seed=throw)
        jpegs.append(as_jpeg(made.pixels, quality=wear.quality, dpi=dpi))
        matrices.append(made.matrix)
    written = img2pdf.convert(jpegs, layout_fun=img2pdf.get_fixed_dpi_layout_fun((dpi, dpi)), nodate=True)
    assert written
    path.write_bytes(written)
    return _truth(sheets, matrices, dpi)


def _truth(sheets, matrices, dpi: int) -> Truth:
    zoom = 72 / dpi
    for page, (sheet, matrix) in reversed(list(enumerate(zip(sheets, matrices, strict=True)))):
        size = round(sheet.width / zoom), round(sheet.height / zoom)
        lines = [line for line in paint(replace(sheet, marks=[]), dpi).lines if line.region == "signature"]
        boxes = []
        for line in lines:
            sides = [box if matrix is None else moved(box, matrix, *size) for _, box in line.words]
            whole = min(s[0] for s in sides), min(s[1] for s in sides), max(s[2] for s in sides), max(s[3] for s in sides)
            boxes.append(tuple(side * zoom for side in whole))
        if boxes:
            return Truth(page, tuple(boxes[:-1]), boxes[-1])
    raise AssertionError("no signature's block")


def page_image(path: Path, sheet: Sheet, *, turn: int = 0, dpi: int = 150) -> Path:
    """One page as a picture, turned so many degrees."""
    Image.fromarray(paint(sheet, dpi).pixels).rotate(turn, expand=True).save(path, dpi=(dpi, dpi), quality=90)
    return path
