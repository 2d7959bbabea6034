"""Errors against processor time as a picture: one line of readers for each source of pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.reading.real import RealReading

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 30, 60
COLOURS = ("#1b5e8c", "#b3541e", "#4d7a3a", "#7a4d7a")


@dataclass(frozen=True, slots=True)
class _Axes:
    most_seconds: float
    most_wrong: float

    def x(self, seconds: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / self.most_seconds

    def y(self, wrong: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * wrong / self.most_wrong


def curve_svg(reading: RealReading) -> str:
    """Wrong words of running text in %, over processor seconds a page; readers from the cheapest to the dearest."""
    dots = {
        source: sorted(
            (reading.cpu(reader, source=source), reading.prose(reader, source=source).share, reader) for reader in reading.readers
        )
        for source in reading.sources
    }
    every = [dot for of_source in dots.values() for dot in of_source]
    axes = _Axes(1.15 * max(seconds for seconds, _, _ in every), max(1.15 * max(wrong for _, wrong, _ in every), 0.1))
    parts = [*_frame(axes)]
    for number, (source, of_source) in enumerate(dots.items()):
        parts += _line(source, of_source, axes, COLOURS[number % len(COLOURS)], number)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', *parts, "</svg>\n"])


def _frame(axes: _Axes) -> list[str]:
    low, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<path d="M{LEFT} {TOP}V{low}H{right}" fill="none" stroke="#333333"/>']
    for seconds in _ticks(axes.most_seconds):
        parts.append(f'<text x="{axes.x(seconds):.0f}" y="{low + 18}" text-anchor="middle">{seconds:g}</text>')
    for wrong in _ticks(axes.most_wrong):
        y = axes.y(wrong)
        parts.append(f'<path d="M{LEFT} {y:.0f}H{right}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{wrong:g}</text>')
    parts.append(f'<text x="{(LEFT + right) / 2:.0f}" y="{HEIGHT - 14}" text-anchor="middle">processor seconds a page</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 10}">wrong words of running text, %</text>')
    return parts


def _ticks(most: float) -> list[float]:
    step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1e9) if most / step <= 8)
    return [round(step * number, 1) for number in range(int(most / step) + 1)]


def _line(source: str, dots: Sequence[tuple[float, float, str]], axes: _Axes, colour: str, number: int) -> list[str]:
    points = [(axes.x(seconds), axes.y(wrong), reader) for seconds, wrong, reader in dots]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in points)
    parts = [f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>']
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y, _ in points]
    parts += [f'<text x="{x + 6:.1f}" y="{y - 7:.1f}" fill="{colour}">{escape(reader)}</text>' for x, y, reader in points]
    key = TOP + 16 + 18 * number
    return [*parts, f'<text x="{WIDTH - RIGHT}" y="{key}" text-anchor="end" fill="{colour}">{escape(source)}</text>']
