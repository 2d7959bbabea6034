"""Fit the network to strips and their strings: gradients written out, Adam, one core."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sohoa.ocr.understanding.handwriting.ctc import Spelling
from sohoa.ocr.understanding.handwriting.network import (
    CLASSES,
    STEPS,
    Floats,
    Step,
    Weights,
    log_softmax,
    one_thread,
    pooled,
    shapes,
    times,
    windows,
)
from sohoa.ocr.understanding.handwriting.strips import narrowed, strip_of
from sohoa.ocr.understanding.handwriting.training.scenes import Scene

BATCH = 48
_TOGETHER = 8
_FASTEST = 0.0015
_WARM_UP = 0.03
# A batch with one hopeless strip must not throw away what was learned.
_STEEPEST = 2.0


@dataclass(frozen=True, slots=True)
class Slope:
    """loss: mean negative logarithm of the right strings' chances. matrices, biases: its gradient."""

    loss: float
    matrices: tuple[Floats, ...]
    biases: tuple[Floats, ...]


def fresh_weights(chance: Generator, about: dict[str, str]) -> Weights:
    """Random, scaled so that signals neither die nor grow on their way (He et al. 2015)."""
    matrices = tuple(chance.normal(0, np.sqrt(2 / shape[0]), shape).astype(np.float32) for shape in shapes())
    # The last choice begins undecided.
    matrices = (*matrices[:-1], matrices[-1] * np.float32(0.1))
    return Weights(about, matrices, tuple(np.zeros(out, np.float32) for _, out in shapes()))


def learn(weights: Weights, scenes: Sequence[Scene], chance: Generator, *, rounds: int, told: Callable[[str], None]) -> Weights:
    """Go over the scenes `rounds` times, each time seen a little larger, smaller or leaning. told: hears how it goes."""
    total = rounds * (len(scenes) // BATCH)
    means = [np.zeros_like(array) for array in (*weights.matrices, *weights.biases)]
    squares = [np.zeros_like(array) for array in means]
    done, recent = 0, 0.0
    for _ in range(rounds):
        order: list[int] = chance.permutation(len(scenes)).tolist()
        for strips, texts in _batches(chance, [scenes[number] for number in order]):
            slope = slope_of(weights, strips, texts)
            done += 1
            pace = _FASTEST * min(1.0, done / (_WARM_UP * total)) * (0.01 + 0.99 * (1 + np.cos(np.pi * done / total)) / 2)
            weights = _stepped(weights, slope, means, squares, pace=pace, done=done)
            recent = slope.loss if done == 1 else 0.99 * recent + 0.01 * slope.loss
            if done % 200 == 0:
                told(f"{done} of {total}: loss {recent:.3f}")
    return weights


def _batches(chance: Generator, scenes: Sequence[Scene]) -> Iterator[tuple[Floats, list[str]]]:
    """Strips of like width together: half of the columns would be bare paper else."""
    for start in range(0, len(scenes), _TOGETHER * BATCH):
        seen = sorted(_seen(chance, scenes[start : start + _TOGETHER * BATCH]), key=lambda one: narrowed(one[0][None]).shape[2])
        for first in chance.permutation(range(0, len(seen) - BATCH + 1, BATCH)):
            batch = seen[first : first + BATCH]
            yield narrowed(np.stack([strip for strip, _ in batch])), [text for _, text in batch]


def _seen(chance: Generator, scenes: Sequence[Scene]) -> Iterator[tuple[Floats, str]]:
    for one in scenes:
        scale, lean = float(np.exp(chance.normal(0, 0.12))), float(chance.normal(0, 0.12))
        strip = strip_of(one.ink, scale=scale, lean=lean)
        if strip is not None:
            yield strip, one.text


def slope_of(weights: Weights, strips: Floats, texts: Sequence[str]) -> Slope:
    """The loss on these strips and how it changes with each weight."""
    with one_thread():
        return _slope_of(weights, strips, texts)


def _slope_of(weights: Weights, strips: Floats, texts: Sequence[str]) -> Slope:
    seen: list[Floats] = []
    before: list[Floats] = []
    after: list[Floats] = []
    values = strips[..., None]
    for step, matrix, bias in zip(STEPS, weights.matrices, weights.biases, strict=False):
        seen.append(windows(values, step))
        before.append(times(seen[-1], matrix))
        values = np.maximum(pooled(before[-1], step) + bias, 0)
        after.append(values)
    along = values[:, 0]
    chances = log_softmax(times(along, weights.matrices[-1]) + weights.biases[-1])
    loss, change = _string_loss(chances, texts)
    matrices = [np.tensordot(along, change, axes=((0, 1), (0, 1)))]
    biases = [change.sum(axis=(0, 1))]
    back = times(change, weights.matrices[-1].T)[:, None]
    for number in range(len(STEPS) - 1, -1, -1):
        back = back * (after[number] > 0)
        biases.append(back.sum(axis=(0, 1, 2)))
        back = _unpooled(back, before[number], STEPS[number])
        matrices.append(np.tensordot(seen[number], back, axes=((0, 1, 2), (0, 1, 2))))
        if number:
            back = _unwindowed(times(back, weights.matrices[number].T), STEPS[number])
    return Slope(loss, tuple(reversed(matrices)), tuple(reversed(biases)))


def _string_loss(chances: Floats, texts: Sequence[str]) -> tuple[float, Floats]:
    """Mean loss, and its gradient by the scores before log_softmax."""
    spelling = Spelling(texts)
    ahead, behind = spelling.ahead(chances), spelling.behind(chances)
    total = spelling.total(ahead[-1])
    # Where the string passes each column, (columns, number, states).
    passed = np.exp(np.minimum(ahead + behind - spelling.emitted(chances) - total[:, None], 0.0))
    wanted = np.zeros(chances.shape)
    classes = np.eye(CLASSES)[spelling.states]
    wanted = np.einsum("tns,nsk->ntk", passed, classes)
    change = (np.exp(chances) - wanted) / len(texts)
    return float(-total.mean()), change.astype(np.float32)


def _unpooled(back: Floats, before: Floats, step: Step) -> Floats:
    """To the largest of each pool, shared where several are."""
    down, across = step.pool
    if (down, across) == (1, 1):
        return back
    places = [(slice(None), slice(i, None, down), slice(j, None, across)) for i in range(down) for j in range(across)]
    top = pooled(before, step)
    largest = [before[place] == top for place in places]
    share = back / sum(one.astype(np.float32) for one in largest)
    spread = np.zeros_like(before)
    for place, one in zip(places, largest, strict=True):
        spread[place] = share * one
    return spread


def _unwindowed(back: Floats, step: Step) -> Floats:
    (down, across), (top, left), channels = step.kernel, step.edge, step.channels[0]
    number, rows, columns, _ = back.shape
    edged = np.zeros((number, rows + down - 1, columns + across - 1, channels), np.float32)
    for place in range(down * across):
        i, j = divmod(place, across)
        edged[:, i : i + rows, j : j + columns] += back[..., place * channels : (place + 1) * channels]
    return edged[:, top : edged.shape[1] - top, left : edged.shape[2] - left]


def _stepped(weights: Weights, slope: Slope, means: list[Floats], squares: list[Floats], *, pace: float, done: int) -> Weights:
    """One step of Adam (Kingma and Ba 2015); means and squares are carried along in place."""
    slopes: list[NDArray[np.float32]] = [*slope.matrices, *slope.biases]
    steep = float(np.sqrt(sum(float((one * one).sum()) for one in slopes)))
    held = min(1.0, _STEEPEST / max(steep, 1e-9))
    moved: list[Floats] = []
    for array, one, mean, square in zip((*weights.matrices, *weights.biases), slopes, means, squares, strict=True):
        one = one * held
        mean += 0.1 * (one - mean)
        square += 0.001 * (one * one - square)
        step = (mean / (1 - 0.9**done)) / (np.sqrt(square / (1 - 0.999**done)) + 1e-8)
        moved.append((array - pace * step).astype(np.float32))
    count = len(weights.matrices)
    return replace(weights, matrices=tuple(moved[:count]), biases=tuple(moved[count:]))
