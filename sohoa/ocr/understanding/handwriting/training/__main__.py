"""Make the model: `python -m sohoa.ocr.understanding.handwriting.training MNIST_FOLDER -o OUT`; about seven minutes on one core."""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.understanding.handwriting.network import SHIPPED, VERSION, Weights
from sohoa.ocr.understanding.handwriting.training.learning import fresh_weights, learn
from sohoa.ocr.understanding.handwriting.training.measuring import read_all, report, with_certainty
from sohoa.ocr.understanding.handwriting.training.mnist import digits_of
from sohoa.ocr.understanding.handwriting.training.scenes import scene

SEED = 20261122
ABOUT = {
    "name": "sohoa handwritten digit strings",
    "version": str(VERSION),
    "date": "2026-11-22",
    "source": "MNIST test digits (Yann LeCun, Corinna Cortes, Christopher Burges; CC BY-SA 3.0), every fifth held back, "
    "and digits drawn by sohoa's own strokes",
    "licence": "CC BY-SA 3.0",
}


def main(arguments: list[str] | None = None) -> int:
    asked = argparse.ArgumentParser(prog="training", description="Make the model that reads handwritten digit strings.")
    asked.add_argument("mnist", type=Path, help="folder with the two t10k files of MNIST")
    asked.add_argument("-o", "--out", type=Path, default=Path(SHIPPED))
    asked.add_argument("--scenes", type=int, default=36_000, help="strings to learn from")
    asked.add_argument("--rounds", type=int, default=6, help="how often to go over them")
    asked.add_argument("--held-back", type=int, default=2_000, help="strings to fit confidences on; as many again to report")
    told = asked.parse_args(arguments)
    made = trained(told.mnist, scenes=told.scenes, rounds=told.rounds, held_back=told.held_back)
    told.out.write_bytes(packed(made))
    return 0


def trained(mnist: Path, *, scenes: int, rounds: int, held_back: int) -> Weights:
    """Raises OSError and ValueError for a folder without MNIST's test digits."""
    cv2.setNumThreads(1)
    learned, kept = digits_of(mnist)
    drawing, learning, judging = np.random.default_rng(SEED).spawn(3)
    lessons = [scene(drawing, learned) for _ in range(scenes)]
    weights = learn(fresh_weights(learning, ABOUT), lessons, learning, rounds=rounds, told=_say)
    weights = with_certainty(weights, read_all(weights, [scene(judging, kept) for _ in range(held_back)]))
    _say(f"temperature {weights.temperature:.2f}, missing {weights.missing}")
    _say(report(weights, read_all(weights, [scene(judging, kept) for _ in range(held_back)])))
    return weights


def packed(weights: Weights) -> bytes:
    """The model file, weights in half precision; the same weights give the same bytes."""
    arrays: dict[str, NDArray[np.generic]] = {
        "about": np.frombuffer(json.dumps(weights.about, ensure_ascii=False).encode(), np.uint8),
        "certainty": np.array([weights.temperature, weights.missing], np.float64),
    }
    for number, (matrix, bias) in enumerate(zip(weights.matrices, weights.biases, strict=True)):
        arrays[f"matrix_{number}"], arrays[f"bias_{number}"] = matrix.astype(np.float16), bias.astype(np.float16)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            held = io.BytesIO()
            np.save(held, array, allow_pickle=False)
            # A fixed date: numpy's own writer would put today's into the file.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), held.getvalue(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
