"""Read pages with truth as the product reads them, for `fit`: `python -m sohoa.ocr.reading.arbiter.reread FOLDER`.

The leader reads the page, the second reader every line of it in a column. What is there already is not read again.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Grey
from sohoa.ocr.reading.arbiter import LanguageModel, Weights, arbitrate
from sohoa.ocr.reading.column import Column
from sohoa.ocr.reading.engines.choices import parse_hocr
from sohoa.ocr.reading.page import ACCURATE
from sohoa.ocr.reading.recogniser import Recogniser
from sohoa.ocr.reading.second_look import column_of_doubts


def reread(told: Path) -> None:
    """told: NAME.json. Raises OSError, KeyError, ValueError, and the readers' errors."""
    leader, second = ACCURATE.leader, ACCURATE.second
    dpi = int(json.loads(told.read_bytes())["dpi"])
    pixels = np.asarray(cv2.imread(str(told.with_suffix(".png")), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    first = told.with_name(f"{told.stem}.{leader.name}.hocr")
    if not first.exists():
        _read(leader, pixels, dpi, first)
    if second is None or told.with_name(f"{told.stem}.{second.name}.hocr").exists():
        return
    lines = arbitrate(
        [parse_hocr(first.read_bytes(), reader=leader.name)], model=LanguageModel.shipped(), weights=Weights.shipped()
    )
    column = column_of_doubts(pixels, lines, below=ACCURATE.below)
    if column is not None:
        _keep(column, told.with_name(f"{told.stem}.{second.name}.column.json"))
        _read(second, column.pixels, dpi, told.with_name(f"{told.stem}.{second.name}.hocr"), column=True)


def _keep(column: Column, path: Path) -> None:
    path.write_text(json.dumps(column.places), encoding="utf-8")


def _read(reader: Recogniser, pixels: Grey, dpi: int, hocr: Path, *, column: bool = False) -> None:
    picture = hocr.with_suffix(".pgm")
    cv2.imwrite(str(picture), pixels)
    reader.read(picture, dpi=dpi, workspace=hocr.parent, leaving=hocr.stem, layout="column" if column else "page")
    picture.unlink()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    pages = sorted(path for path in asked.parse_args().folder.glob("*.json") if not path.name.endswith(".column.json"))
    with ThreadPoolExecutor() as pool:
        for number, _ in enumerate(pool.map(reread, pages), 1):
            print(f"\r{number} of {len(pages)} pages", end="", flush=True)
    print()


if __name__ == "__main__":
    main()
