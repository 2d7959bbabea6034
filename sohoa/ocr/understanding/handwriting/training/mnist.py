"""The digits of MNIST out of their files."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pictures = list[list[NDArray[np.uint8]]]
"""For each digit 0 to 9 its pictures, 28 × 28, 255 is ink."""

# Every fifth digit is never learned from; strings made of these measure the reader and set its confidences.
_HELD_BACK = 5


def digits_of(folder: Path) -> tuple[Pictures, Pictures]:
    """To learn from; held back. Raises OSError for missing files and ValueError for other ones."""
    pictures = _array(folder / "t10k-images-idx3-ubyte.gz", head=16).reshape(-1, 28, 28)
    labels = _array(folder / "t10k-labels-idx1-ubyte.gz", head=8)
    if len(pictures) != len(labels):
        raise ValueError("as many labels as pictures are needed")
    learned: Pictures = [[] for _ in range(10)]
    held_back: Pictures = [[] for _ in range(10)]
    for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        (held_back if number % _HELD_BACK == 0 else learned)[int(label)].append(picture)
    return learned, held_back


def _array(path: Path, *, head: int) -> NDArray[np.uint8]:
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=head)
