"""Pages for preparation: paper, print, seals, pens, tables and the harm that scanning does, all in millimetres.

A page is drawn at any resolution and handed over as the pixels that preparation takes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

TINOS = "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf"
PAPER, PRINT = (248, 248, 248), (30, 30, 30)
SEAL_RED, PEN_BLUE = (205, 40, 45), (40, 60, 190)
A5 = (148.0, 210.0)
TEXT = (
    "Căn cứ Luật Tổ chức chính quyền địa phương năm này;",
    "Theo đề nghị của Giám đốc Sở Nội vụ tại Tờ trình gửi kèm",
    "về việc số hóa hồ sơ, kết quả giải quyết thủ tục của dân,",
    "thủ tục hành chính; Ủy ban nhân dân phường yêu cầu thêm",
    "các đơn vị trực thuộc thực hiện những nội dung sau đây.",
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A white sheet. All places and sizes in millimetres from the top left corner, whatever the resolution."""

    picture: Image.Image
    dpi: int

    @classmethod
    def blank(cls, dpi: int = 225, size: tuple[float, float] = A5) -> Paper:
        return cls(Image.new("RGB", (round(size[0] * dpi / 25.4), round(size[1] * dpi / 25.4)), PAPER), dpi)

    def px(self, mm: float) -> int:
        return round(mm * self.dpi / 25.4)

    @property
    def pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.picture)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        return np.asarray(self.picture)

    @property
    def grey(self) -> NDArray[np.uint8]:
        return np.asarray(self.picture.convert("L"))

    @property
    def bilevel(self) -> NDArray[np.uint8]:
        """Black and white only, as fax machines scan."""
        return np.where(self.grey < 128, 0, 255).astype(np.uint8)

    def write(self, x: float, y: float, text: str, *, points: float = 13, ink: tuple[int, int, int] = PRINT) -> Paper:
        font = ImageFont.truetype(TINOS, points * self.dpi / 72)
        self.pen.text((self.px(x), self.px(y)), text, font=font, fill=ink)
        return self

    def paragraphs(self, y: float = 20, *, count: int = 15, x: float = 15) -> Paper:
        for row in range(count):
            self.write(x, y + 7 * row, TEXT[row % len(TEXT)])
        return self

    def rule(self, x0: float, y0: float, x1: float, y1: float, *, thick: float = 0.3, ink: tuple[int, int, int] = PRINT) -> Paper:
        self.pen.line((self.px(x0), self.px(y0), self.px(x1), self.px(y1)), fill=ink, width=max(1, self.px(thick)))
        return self

    def table(self, lefts: Sequence[float], tops: Sequence[float]) -> Paper:
        """Rules at all these places; `lefts` and `tops` include the last ones."""
        for x in lefts:
            self.rule(x, tops[0], x, tops[-1])
        for y in tops:
            self.rule(lefts[0], y, lefts[-1], y)
        return self

    def seal(self, x: float, y: float, *, across: float = 36) -> Paper:
        """A round red seal about (x, y), two rings, a star and words, as agencies have."""
        for radius, thick in ((across / 2, 1.0), (across / 3.2, 0.5)):
            box = (self.px(x - radius), self.px(y - radius), self.px(x + radius), self.px(y + radius))
            self.pen.ellipse(box, outline=SEAL_RED, width=self.px(thick))
        reaches = (across / 7, across / 16)
        star = [
            (
                self.px(x + reaches[point % 2] * math.sin(math.pi * point / 5)),
                self.px(y - reaches[point % 2] * math.cos(math.pi * point / 5)),
            )
            for point in range(10)
        ]
        self.pen.polygon(star, fill=SEAL_RED)
        self.write(x - across / 3.6, y - across / 2.4, "ỦY BAN", points=11, ink=SEAL_RED)
        self.write(x - across / 3.6, y + across / 4.2, "NHÂN DÂN", points=9, ink=SEAL_RED)
        return self

    def signature(self, x: float, y: float, *, high: float = 18, wide: float = 35, thick: float = 0.6) -> Paper:
        """Loops of a blue pen, joined, as high as signatures are."""
        curve = [
            (self.px(x + wide * t / 200), self.px(y + high / 2 * (1 + math.sin(t / 9) * math.cos(t / 31)))) for t in range(200)
        ]
        self.pen.line(curve, fill=PEN_BLUE, width=max(1, self.px(thick)), joint="curve")
        return self

    def over(self, other: Paper) -> Paper:
        """What is printed here and what is printed there, on one sheet: each ink takes its share of the light."""
        light = self.pixels.astype(np.uint16) * other.pixels // PAPER[0]
        return Paper(Image.fromarray(np.minimum(light, 255).astype(np.uint8)), self.dpi)

    def turned(self, degrees: float) -> Paper:
        """Clockwise, about the middle."""
        return Paper(self.picture.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=PAPER), self.dpi)

    def shaded(self, share: float) -> Paper:
        """Darker towards the right, by `share` at the edge."""
        light = np.linspace(1, 1 - share, self.picture.width)[None, :, None]
        return Paper(Image.fromarray((self.pixels * light).astype(np.uint8)), self.dpi)

    def speckled(self, share: float, *, seed: int = 5) -> Paper:
        """Lone black and white pixels, as old sensors make them."""
        chance = np.random.default_rng(seed).random(self.pixels.shape[:2])
        pixels = self.pixels.copy()
        pixels[chance < share / 2] = 0
        pixels[chance > 1 - share / 2] = 255
        return Paper(Image.fromarray(pixels), self.dpi)


def ink(pixels: NDArray[np.uint8], below: int = 128) -> NDArray[np.bool_]:
    grey = pixels if pixels.ndim == 2 else pixels.min(axis=2)
    return grey < below
