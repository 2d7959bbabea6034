"""From points to pixels: a sheet drawn at a resolution, with the box of every word it carries."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw

from sohoa.pipeline.sources.sampleoffice.fonts import font
from sohoa.pipeline.sources.sampleoffice.layout import Code, Panel, Rule, Seal, SetLine, SetWord, Sheet, Signature
from sohoa.pipeline.sources.sampleoffice.model import Box, Pixels, Region
from sohoa.pipeline.sources.sampleoffice.seals import press, sign


@dataclass(frozen=True, slots=True)
class PaintedLine:
    words: tuple[tuple[str, Box], ...]
    region: Region
    handwritten: bool


@dataclass(frozen=True, slots=True)
class Painted:
    """pixels: (height, width, 3) RGB, ink on pure white, before any scanner. codes: text and box of each barcode."""

    pixels: Pixels
    lines: tuple[PaintedLine, ...]
    codes: tuple[tuple[str, Box], ...]


def paint(sheet: Sheet, dpi: int) -> Painted:
    scale = dpi / 72
    image = Image.new("RGB", (round(sheet.width * scale), round(sheet.height * scale)), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    for mark in sheet.marks:
        if isinstance(mark, Panel):
            draw.rectangle((mark.x0 * scale, mark.y0 * scale, mark.x1 * scale, mark.y1 * scale), fill=mark.colour)
    for mark in sheet.marks:
        if isinstance(mark, Rule):
            _draw_rule(draw, mark, scale)
    lines = tuple(_draw_line(draw, line, scale) for line in sheet.lines)
    codes = tuple(_draw_code(image, mark, scale) for mark in sheet.marks if isinstance(mark, Code))
    pixels = np.array(image)
    for mark in sheet.marks:
        if isinstance(mark, Signature):
            sign(pixels, mark, scale)
        elif isinstance(mark, Seal):
            press(pixels, mark, scale)
    return Painted(pixels, lines, codes)


def _draw_rule(draw: ImageDraw.ImageDraw, rule: Rule, scale: float) -> None:
    width = max(1, round(rule.thickness * scale))
    draw.line((round(rule.x0 * scale), round(rule.y0 * scale), round(rule.x1 * scale), round(rule.y1 * scale)), rule.colour, width)


def _draw_line(draw: ImageDraw.ImageDraw, line: SetLine, scale: float) -> PaintedLine:
    return PaintedLine(tuple((word.text, _draw_word(draw, word, scale)) for word in line.words), line.region, line.handwritten)


def _draw_word(draw: ImageDraw.ImageDraw, word: SetWord, scale: float) -> Box:
    """Draws a word; gives the box of its ink."""
    boxes: list[tuple[float, float, float, float]] = []
    for piece in word.pieces:
        face = font(piece.run.face, round(piece.run.size * scale, 1))
        # Whole pixels: a fraction would be rounded by the font engine, and the box below by us, not always the same way.
        x, y = round(piece.x * scale), round(piece.baseline * scale)
        draw.text((x, y), piece.run.text, fill=piece.run.colour, font=face, anchor="ls")
        x0, y0, x1, y1 = face.getbbox(piece.run.text, anchor="ls")
        boxes.append((x + x0, y + y0, x + x1, y + y1))
    return (
        int(min(box[0] for box in boxes)),
        int(min(box[1] for box in boxes)),
        int(max(box[2] for box in boxes) + 0.999),
        int(max(box[3] for box in boxes) + 0.999),
    )


def _draw_code(image: Image.Image, code: Code, scale: float) -> tuple[str, Box]:
    barcode = zxingcpp.create_barcode(code.text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = np.array(barcode.to_image(scale=1, add_quiet_zones=False), np.uint8)
    side = round(code.side * scale)
    large = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_NEAREST)
    x, y = round(code.x * scale), round(code.y * scale)
    image.paste(Image.fromarray(large), (x, y))
    return code.text, (x, y, x + side, y + side)
