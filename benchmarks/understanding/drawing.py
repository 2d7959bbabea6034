"""The risk-coverage curve as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.understanding.figures import Run
from benchmarks.understanding.risk import ALLOWED, Curve

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 40, 60
COLOURS = ("#1b5e8c", "#b3541e", "#4d7a3a", "#7a4d7a", "#8c7a1b", "#444444")
STEPS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class _Axes:
    most: float  # risk at the upper edge

    def x(self, coverage: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * coverage

    def y(self, risk: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(risk, self.most) / self.most


def curves_svg(run: Run) -> str:
    """Wrong fields in % over the share of papers let pass; the dot is where the product itself stops letting papers pass."""
    runs = {"clean and medium": run.group("clean", "medium"), **{group: run.group(group) for group in run.groups}}
    drawn = {name: of.curve() for name, of in runs.items() if of.papers}
    axes = _Axes(max(2 * ALLOWED, *(1.1 * point.risk for curve in drawn.values() for point in curve.points)))
    parts = _frame(axes)
    for number, (name, curve) in enumerate(drawn.items()):
        parts += _line(name, curve, runs[name], axes, number)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', *parts, "</svg>\n"])


def _frame(axes: _Axes) -> list[str]:
    low, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<path d="M{LEFT} {TOP}V{low}H{right}" fill="none" stroke="#333333"/>']
    for tenth in range(0, 11, 2):
        parts.append(f'<text x="{axes.x(tenth / 10):.0f}" y="{low + 18}" text-anchor="middle">{10 * tenth}</text>')
    step = next((step for step in STEPS if axes.most / step <= 8), STEPS[-1])
    for number in range(int(axes.most / step) + 1):
        y = axes.y(number * step)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{100 * number * step:g}</text>')
    allowed = axes.y(ALLOWED)
    parts.append(f'<path d="M{LEFT} {allowed:.1f}H{right}" stroke="#aa2222" stroke-dasharray="5 4"/>')
    parts.append(f'<text x="{(LEFT + right) / 2:.0f}" y="{HEIGHT - 14}" text-anchor="middle">papers let pass, %</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 14}">wrong fields among them, %; dashed: {100 * ALLOWED:g} %</text>')
    return parts


def _line(name: str, curve: Curve, run: Run, axes: _Axes, number: int) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    path = "L".join(f"{axes.x(point.coverage):.1f} {axes.y(point.risk):.1f}" for point in curve.points)
    parts = [f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>']
    passed = run.straight().part
    if passed:
        stop = curve.points[passed - 1]
        parts.append(f'<circle cx="{axes.x(stop.coverage):.1f}" cy="{axes.y(stop.risk):.1f}" r="4" fill="{colour}"/>')
    key = TOP + 16 + 18 * number
    return [*parts, f'<text x="{LEFT + 14}" y="{key}" fill="{colour}">{escape(name)}, {len(curve.points)}</text>']
