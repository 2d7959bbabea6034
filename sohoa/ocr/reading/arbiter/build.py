"""Make the shipped language model from counted words and pairs: `python -m sohoa.ocr.reading.arbiter.build FOLDER [OUT]`.

FOLDER holds vi_unigrams.tsv.gz and vi_bigrams.tsv.gz: lines `word<TAB>count` and `word word<TAB>count`, lower case, NFC, with <s>
and </s> at the ends of sentences and <num> for every word with a digit. The same counts give the same file, byte for byte.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.reading.arbiter.language import SHIPPED, STEPS_PER_DOUBLING

ABOUT = {
    "name": "sohoa syllable bigrams",
    "version": "1",
    "date": "2026-11-22",
    "source": "counts over 530 public legal texts of Vietnam (4.7 million tokens; official documents, outside copyright) from "
    "phanbasongtoan112-art/vbpl-layout-detection at dcebf5d; words counted at least twice, pairs at least twice",
}


def build(folder: Path) -> bytes:
    """The model file. Raises OSError for missing files and ValueError for lines of another form."""
    counted = dict(_counted(folder / "vi_unigrams.tsv.gz"))
    words = sorted(counted)
    if len(words) > 1 << 16:
        raise ValueError("more than 65,536 words")
    numbers = {word: number for number, word in enumerate(words)}
    pairs: list[tuple[int, int, int]] = []
    for pair, count in _counted(folder / "vi_bigrams.tsv.gz"):
        left, right = pair.split(" ")
        if left in numbers and right in numbers:
            pairs.append((numbers[left], numbers[right], min(round(STEPS_PER_DOUBLING * math.log2(count)), 255)))
    pairs.sort()
    lefts = np.array([left for left, _, _ in pairs])
    return _packed(
        about=np.frombuffer(json.dumps(ABOUT, ensure_ascii=False).encode(), np.uint8),
        words=np.frombuffer("\n".join(words).encode(), np.uint8),
        counts=np.array([counted[word] for word in words], np.uint32),
        rows=np.searchsorted(lefts, np.arange(len(words) + 1)).astype(np.uint32),
        rights=np.array([right for _, right, _ in pairs], np.uint16),
        steps=np.array([step for _, _, step in pairs], np.uint8),
    )


def _counted(path: Path) -> Iterator[tuple[str, int]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            text, count = line.rstrip("\n").split("\t")
            yield text, int(count)


def _packed(**arrays: NDArray[np.generic]) -> bytes:
    """As numpy.savez_compressed does it, but without the time of day in the file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, array in arrays.items():
            inner = io.BytesIO()
            np.lib.format.write_array(inner, array, allow_pickle=False)
            packed.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), inner.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    target = Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).with_name(SHIPPED)
    data = build(Path(sys.argv[1]))
    target.write_bytes(data)
    print(f"{target.name}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
