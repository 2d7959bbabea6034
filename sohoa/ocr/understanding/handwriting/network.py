"""The small network that reads a strip column by column, and the file its weights are shipped in.

Three steps over the picture and two along the line, then a choice of eleven in every second column of the strip: a digit or nothing
(connectionist temporal classification, Graves et al. 2006). Training walks through the same `forward`, so that what was
learned and what is run cannot differ.

The digits it learned from are the test part of MNIST (Yann LeCun, Corinna Cortes, Christopher Burges; CC BY-SA 3.0), bent and
joined by `training`; the file says so too.
"""

from __future__ import annotations

import functools
import io
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController  # pyright: ignore[reportMissingTypeStubs]

from sohoa.kernel.errors import SohoaError
from sohoa.ocr.arrays import DAMAGED

Floats = NDArray[np.float32]

SHIPPED = "digits.npz"
VERSION = 1
NOTHING = 10
CLASSES = 11


@dataclass(frozen=True, slots=True)
class Step:
    """kernel: rows, columns; channels: in, out; edge: rows and columns of nothing put around; pool: the largest of rows × columns, each 1 or 2."""

    kernel: tuple[int, int]
    channels: tuple[int, int]
    edge: tuple[int, int]
    pool: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        return self.kernel[0] * self.kernel[1] * self.channels[0], self.channels[1]


STEPS = (
    Step((3, 3), (1, 12), (1, 1), (2, 2)),
    Step((3, 3), (12, 24), (1, 1), (2, 1)),
    Step((3, 3), (24, 40), (1, 1), (2, 1)),
    Step((4, 3), (40, 80), (0, 1), (1, 1)),
    Step((1, 5), (80, 80), (0, 2), (1, 1)),
)


class DigitReaderDamaged(SohoaError):
    code = "ocr.digit_reader_damaged"
    vi = "Tệp mô hình đọc chữ số viết tay bị hỏng hoặc không đúng phiên bản."
    en = "The model file of the reader of handwritten digits is damaged or of another version: {detail}."
    remedy = "Cài lại sohoa rồi chạy lại."
    remedy_en = "Install sohoa again, then run again."


@dataclass(frozen=True, slots=True)
class Weights:
    """matrices, biases: one pair a step, then the pair of the last choice.

    temperature, missing: how scores become probabilities, see reader.py; fitted on strings the network did not learn from.
    """

    about: dict[str, str]
    matrices: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    temperature: float = 1.0
    missing: float = 0.0

    @staticmethod
    @functools.cache
    def shipped() -> Weights:
        """The model of this release; one per process. Raises DigitReaderDamaged."""
        return Weights.load(resources.files("sohoa.ocr.understanding.handwriting").joinpath(SHIPPED).read_bytes())

    @staticmethod
    def load(data: bytes) -> Weights:
        """data: a file made by `training`. Raises DigitReaderDamaged."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                about: dict[str, str] = dict(json.loads(arrays["about"].tobytes()))
                matrices = tuple(np.asarray(arrays[f"matrix_{n}"], np.float32) for n in range(len(STEPS) + 1))
                biases = tuple(np.asarray(arrays[f"bias_{n}"], np.float32) for n in range(len(STEPS) + 1))
                temperature, missing = (float(number) for number in arrays["certainty"])
        except DAMAGED as damaged:
            raise DigitReaderDamaged(detail=type(damaged).__name__) from damaged
        if about.get("version") != str(VERSION):
            raise DigitReaderDamaged(detail=f"version {about.get('version')}")
        if [matrix.shape for matrix in matrices] != shapes() or [len(bias) for bias in biases] != [out for _, out in shapes()]:
            raise DigitReaderDamaged(detail="shapes")
        if not all(np.isfinite(array).all() for array in (*matrices, *biases)) or temperature <= 0 or not 0 <= missing < 1:
            raise DigitReaderDamaged(detail="numbers out of range")
        return Weights(about, matrices, biases, temperature, missing)


def one_thread() -> AbstractContextManager[object]:
    """While it is open, products are not shared out among threads: these are too small for it.

    Where all cores are busy, threads that wait for each other made reading one number last 300 ms instead of 15; and sums taken by
    several threads come out differently each time.
    """
    return _pools().limit(limits=1, user_api="blas")


@functools.cache
def _pools() -> Any:
    return ThreadpoolController()


def shapes() -> list[tuple[int, int]]:
    return [*(step.shape for step in STEPS), (STEPS[-1].channels[1], CLASSES)]


def log_chances(weights: Weights, strips: Floats) -> Floats:
    """Logarithms of what each column may be, (strips, width / 2, CLASSES). strips: (number, HEIGHT, an even width)."""
    values = strips[..., None]
    with one_thread():
        for step, matrix, bias in zip(STEPS, weights.matrices, weights.biases, strict=False):
            values = np.maximum(pooled(times(windows(values, step), matrix), step) + bias, 0)
        return log_softmax(times(values[:, 0], weights.matrices[-1]) + weights.biases[-1])


def windows(values: Floats, step: Step) -> Floats:
    """What the kernel sees at each place, in a row: (number, rows, columns, kernel × channels)."""
    (down, across), (top, left) = step.kernel, step.edge
    edged = np.pad(values, ((0, 0), (top, top), (left, left), (0, 0)))
    rows, columns = edged.shape[1] - down + 1, edged.shape[2] - across + 1
    return np.concatenate([edged[:, i : i + rows, j : j + columns] for i in range(down) for j in range(across)], axis=-1)


def times(values: Floats, matrix: Floats) -> Floats:
    """The product over the last axis, as one: numpy would multiply row by row."""
    return (values.reshape(-1, values.shape[-1]) @ matrix).reshape(*values.shape[:-1], matrix.shape[1])


def pooled(values: Floats, step: Step) -> Floats:
    """The largest of each pool; maxima of two slices are several times quicker than a maximum along short axes."""
    for axis, size in ((1, step.pool[0]), (2, step.pool[1])):
        if size == 2:
            values = (
                np.maximum(values[:, 0::2], values[:, 1::2]) if axis == 1 else np.maximum(values[:, :, 0::2], values[:, :, 1::2])
            )
    return values


def log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
