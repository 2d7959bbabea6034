"""Make the shipped text model: `python -m sohoa.ocr.understanding.textmodel.build CATALOGUES [OUT]`.

CATALOGUES holds document_types.toml and type_wording.toml. No paper of anybody is in it: the texts are put together from the project's
own sentences, among words in the order that public legal texts have them (the reader's language model). The same files and the same
scikit-learn give the same model. About a minute on one core.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

from sohoa.ocr.understanding.textmodel.fitting import Example, fit
from sohoa.ocr.understanding.textmodel.independent import own_words
from sohoa.ocr.understanding.textmodel.inventing import invented, shared_from, wordings_from
from sohoa.ocr.understanding.textmodel.model import SHIPPED, TextModel
from sohoa.ocr.understanding.types import DocumentType, document_types_from

ABOUT = {
    "name": "sohoa types by their wording",
    "version": "1",
    "date": "2026-11-22",
    "source": "texts put together from config/catalogues/type_wording.toml; no real paper",
}
EACH, SEED = 40, 1


def build(types: tuple[DocumentType, ...], told: dict[str, Any], *, each: int = EACH, seed: int = SEED) -> TextModel:
    """told: the tables of type_wording.toml. each: texts of every type."""
    examples = [
        Example(own_words(example.text, types), example.code, example.group, example.weight)
        for example in invented(wordings_from(told["wording"]), shared_from(told["shared"][0]), each=each, seed=seed, weight=1.0)
    ]
    return fit(examples, ABOUT)


def main() -> None:
    catalogues = Path(sys.argv[1])
    types = document_types_from(tomllib.loads((catalogues / "document_types.toml").read_text("utf-8"))["type"])
    model = build(types, tomllib.loads((catalogues / "type_wording.toml").read_text("utf-8")))
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).with_name(SHIPPED)
    target.write_bytes(model.as_bytes())
    print(f"{target.name}: {len(model.codes)} types, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
