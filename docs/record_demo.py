"""Record the last screen of a real `sohoa demo` as docs/pictures/demo.svg: `SOHOA_HOME=… python docs/record_demo.py`.

The home should be a new one, or the screen tells of a run in which everything was there already. Letters are drawn as outlines of
Cousine (fonts-croscore): the picture fetches no font, and a viewer whose own font lacks Vietnamese letters shows it all the same.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

PICTURE = Path(__file__).parent / "pictures" / "demo.svg"
FONTS = Path("/usr/share/fonts/truetype/croscore")
COLUMNS, ROWS = 100, 40
CURSOR_BACK = "\x1b[?25h"  # a progress bar gives the cursor back when it ends; the final screen comes after the last one
SIZE, WIDE, HIGH, MARGIN = 16, 9.6, 20, 18  # points of a letter, of its cell, around the screen
# Rounded corners, which the font lacks: from the middle of a cell's bottom or top to the middle of its side.
_MIDDLE, _TOP, _BOTTOM = -4.9, -14.0, 6.0
CORNERS = {
    "╭": f"M4.8 {_BOTTOM}V0Q4.8 {_MIDDLE} 9.6 {_MIDDLE}",
    "╮": f"M4.8 {_BOTTOM}V0Q4.8 {_MIDDLE} 0 {_MIDDLE}",
    "╰": f"M4.8 {_TOP}V-10Q4.8 {_MIDDLE} 9.6 {_MIDDLE}",
    "╯": f"M4.8 {_TOP}V-10Q4.8 {_MIDDLE} 0 {_MIDDLE}",
}
PAPER, INK, FAINT = "#1b1e20", "#d5d8d6", 0.62


def final_screen() -> str:
    """What the command leaves on the terminal when it has ended, colours and all."""
    pid, terminal = pty.fork()
    if pid == 0:
        command = str(Path(sys.executable).with_name("sohoa"))
        os.execvpe(command, [command, "demo"], {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    said = bytearray()
    while True:
        try:
            some = os.read(terminal, 1 << 16)
        except OSError:  # Linux says so when the other end closed
            break
        if not some:
            break
        said += some
    os.waitpid(pid, 0)
    return said.decode().replace("\r\n", "\n").rpartition(CURSOR_BACK)[2].strip("\n")


class Letters:
    """Outlines of a font, each drawn once and used where it stands."""

    def __init__(self) -> None:
        self._fonts = {bold: TTFont(FONTS / f"Cousine-{'Bold' if bold else 'Regular'}.ttf") for bold in (False, True)}
        self.defined: dict[str, str] = {}

    def name_of(self, letter: str, *, bold: bool) -> str:
        name = f"{'b' if bold else 'r'}{ord(letter):x}"
        if name not in self.defined and letter in CORNERS:
            self.defined[name] = f'<path id="{name}" fill="none" stroke="{INK}" stroke-width="1.1" d="{CORNERS[letter]}"/>'
        elif name not in self.defined:
            font = self._fonts[bold]
            pen = SVGPathPen(glyphs := font.getGlyphSet(), ntos=lambda number: f"{number:.0f}")
            glyphs[font.getBestCmap()[ord(letter)]].draw(pen)  # a KeyError here is a letter the font lacks: never draw a box for it
            scale = SIZE / font["head"].unitsPerEm
            self.defined[name] = f'<path id="{name}" transform="scale({scale:.6f} -{scale:.6f})" d="{pen.getCommands()}"/>'
        return name


def drawn(screen: str) -> str:
    console = Console(width=COLUMNS, color_system="truecolor", force_terminal=True)
    letters = Letters()
    rows = screen.split("\n")
    marks = [mark for row, line in enumerate(rows) for mark in _row(letters, row, Text.from_ansi(line).render(console))]
    wide, high = COLUMNS * WIDE + 2 * MARGIN, len(rows) * HIGH + 2 * MARGIN
    told = escape("\n".join(Text.from_ansi(line).plain.rstrip() for line in rows))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" role="img">',
            f"<title>sohoa demo</title>\n<desc>{told}</desc>",
            f'<rect width="{wide:.0f}" height="{high:.0f}" rx="8" fill="{PAPER}"/>',
            f"<defs>{''.join(letters.defined.values())}</defs>",
            *marks,
            "</svg>\n",
        ]
    )


def _row(letters: Letters, row: int, segments: Iterator[Segment]) -> Iterator[str]:
    column = 0
    for text, style, _ in segments:
        style = style or Style.null()
        uses = "".join(
            f'<use href="#{letters.name_of(letter, bold=bool(style.bold))}" x="{MARGIN + (column + offset) * WIDE:.1f}"/>'
            for offset, letter in enumerate(text)
            if not letter.isspace()
        )
        column += len(text)
        if uses:
            colour = style.color.get_truecolor(DIMMED_MONOKAI).hex if style.color and not style.color.is_default else INK
            faint = f' opacity="{FAINT}"' if style.dim else ""
            yield f'<g fill="{colour}"{faint} transform="translate(0 {MARGIN + row * HIGH + SIZE - 2})">{uses}</g>'


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(final_screen()), encoding="utf-8")
    print(f"{PICTURE.name}: {PICTURE.stat().st_size} bytes", file=sys.stderr)
