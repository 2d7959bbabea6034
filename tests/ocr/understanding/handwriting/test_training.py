from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sohoa.ocr.understanding.handwriting.network import Weights
from sohoa.ocr.understanding.handwriting.strips import strip_of
from sohoa.ocr.understanding.handwriting.training.__main__ import main
from sohoa.ocr.understanding.handwriting.training.learning import fresh_weights, learn, slope_of
from sohoa.ocr.understanding.handwriting.training.mnist import Pictures, digits_of
from sohoa.ocr.understanding.handwriting.training.scenes import scene
from sohoa.ocr.understanding.handwriting.training.strokes import SHAPES, draw_digit


def drawn_digits(each: int = 3) -> Pictures:
    """In the place of MNIST's: 28 × 28, drawn by ourselves."""
    chance = np.random.default_rng(1)
    pictures: Pictures = []
    for digit in range(10):
        row = []
        for _ in range(each):
            frame = np.zeros((28, 28), np.uint8)
            small = draw_digit(chance, digit, height=16, pen=2)[:28, :28]
            frame[: small.shape[0], : small.shape[1]] = small
            row.append(frame)
        pictures.append(row)
    return pictures


@pytest.fixture
def mnist_folder(tmp_path: Path) -> Path:
    digits = drawn_digits(10)
    images = b"".join(picture.tobytes() for row in digits for picture in row)
    labels = bytes(digit for digit in range(10) for _ in range(10))
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(16) + images))
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(8) + labels))
    return tmp_path


def test_every_digit_has_several_shapes_within_its_box():
    assert len(SHAPES) == 10
    for shapes in SHAPES:
        assert len(shapes) >= 2
        for _, strokes in shapes:
            assert all(len(stroke) >= 2 and -0.1 <= x <= 1.4 and -0.1 <= y <= 1.1 for stroke in strokes for x, y in stroke)


def test_the_same_seed_writes_the_same_scenes():
    digits = drawn_digits()
    one, other = (scene(np.random.default_rng(7), digits) for _ in range(2))
    assert one.text == other.text
    assert np.array_equal(one.ink, other.ink)


def test_scenes_hold_numbers_of_one_to_five_digits_or_none():
    chance, digits = np.random.default_rng(8), drawn_digits()
    texts = [scene(chance, digits).text for _ in range(150)]
    assert {len(text) for text in texts} == {0, 1, 2, 3, 4, 5}
    assert any(len(text) == 2 and text[0] == "0" for text in texts)


def test_gradients_are_those_of_the_loss():
    chance = np.random.default_rng(2)
    weights = fresh_weights(chance, {})
    strips = chance.random((3, 32, 40)).astype(np.float32)
    texts = ["07", "55", ""]
    slope = slope_of(weights, strips, texts)
    for number, matrix in enumerate(slope.matrices):
        at = np.unravel_index(np.abs(matrix).argmax(), matrix.shape)
        losses = []
        for step in (2e-3, -2e-3):
            moved = [array.copy() for array in weights.matrices]
            moved[number][at] += step
            losses.append(slope_of(replace(weights, matrices=tuple(moved)), strips, texts).loss)
        assert (losses[0] - losses[1]) / 4e-3 == pytest.approx(float(matrix[at]), rel=0.05)


def test_learning_lowers_the_loss():
    chance = np.random.default_rng(3)
    digits = drawn_digits()
    lessons = [scene(chance, digits) for _ in range(96)]
    begun = fresh_weights(chance, {})
    learned = learn(begun, lessons, chance, rounds=8, told=[].append)
    # Looked at once more, on scenes it was shown.
    seen = [(strip_of(one.ink), one.text) for one in lessons[:24]]
    strips = np.stack([strip for strip, _ in seen if strip is not None])
    texts = [text for strip, text in seen if strip is not None]
    assert slope_of(learned, strips, texts).loss < 0.5 * slope_of(begun, strips, texts).loss


def test_every_fifth_digit_is_held_back(mnist_folder: Path):
    learned, held_back = digits_of(mnist_folder)
    assert (sum(map(len, learned)), sum(map(len, held_back))) == (80, 20)


def test_files_that_do_not_belong_together_are_refused(mnist_folder: Path):
    (mnist_folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(8 + 3)))
    with pytest.raises(ValueError, match="as many labels as pictures"):
        digits_of(mnist_folder)


def test_the_command_makes_a_model_that_loads_and_the_same_one_twice(mnist_folder: Path):
    made = []
    for name in ("one.npz", "two.npz"):
        asked = [str(mnist_folder), "-o", str(mnist_folder / name), "--scenes", "96", "--rounds", "1", "--held-back", "3"]
        assert main(asked) == 0
        made.append((mnist_folder / name).read_bytes())
    assert made[0] == made[1]
    assert "MNIST" in Weights.load(made[0]).about["source"]
