"""Where a paper's finished steps wait for the next one: a folder named by the content's hash, each file written whole or not at all.

A step whose file is there is done; running it again reads the file. That is all there is to resuming.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sohoa.kernel.durable import write_durably
from sohoa.ocr.composing.json import page_text_from_dict, page_text_to_dict
from sohoa.ocr.imaging.intake import Intake
from sohoa.ocr.model import Alternative, Code, Field, PageImage, PageText, TypeVerdict, Understanding


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """`root/<sha256>/`: source, intake.json, pages/, understanding.json, record.pdf, signed.pdf, validation.json, text.xml."""

    path: Path

    @property
    def source(self) -> Path:
        return self.path / "source"

    @property
    def images(self) -> Path:
        return self.path / "images"

    @property
    def composed(self) -> Path:
        return self.path / "record.pdf"

    @property
    def signed(self) -> Path:
        return self.path / "signed.pdf"

    @property
    def validation(self) -> Path:
        return self.path / "validation.json"

    @property
    def text(self) -> Path:
        return self.path / "text.xml"

    def _page_file(self, number: int) -> Path:
        return self.path / "pages" / f"{number:05}.json"

    def remembered(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The step's stored result, or `make`'s, stored."""
        kept = self.path / name
        if kept.exists():
            return json.loads(kept.read_bytes())
        made = make()
        write_durably(kept, json.dumps(made, ensure_ascii=False).encode())
        return made

    def intake(self, make: Callable[[], Intake]) -> Intake:
        told = self.remembered("intake.json", lambda: asdict(make()))
        return Intake(**{**told, "hazards": tuple(told["hazards"])})

    def understanding(self, make: Callable[[], Understanding]) -> Understanding:
        return understanding_from(self.remembered("understanding.json", lambda: asdict(make())))

    def has_page(self, number: int) -> bool:
        return self._page_file(number).exists()

    def keep_page(self, image: PageImage, text: PageText) -> None:
        told = {"image": {**asdict(image), "path": str(image.path.relative_to(self.path))}, "text": page_text_to_dict(text)}
        write_durably(self._page_file(image.number), json.dumps(told, ensure_ascii=False).encode())

    def page(self, number: int) -> tuple[PageImage, PageText]:
        told = json.loads(self._page_file(number).read_bytes())
        image = PageImage(**{**told["image"], "path": self.path / told["image"]["path"]})
        return image, page_text_from_dict(told["text"])

    def forget(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def understanding_from(told: dict[str, Any]) -> Understanding:
    return Understanding(
        TypeVerdict(**told["type"]),
        {name: _field_from(field) for name, field in told["fields"].items()},
        tuple(told["needs_review"]),
        tuple(Code(**{**code, "bbox": tuple(code["bbox"])}) for code in told["codes"]),
    )


def _field_from(told: dict[str, Any]) -> Field:
    return Field(
        **{
            **told,
            "bbox": tuple(told["bbox"]) if told["bbox"] else None,
            "alternatives": tuple(Alternative(**other) for other in told["alternatives"]),
            "witnesses": tuple(told["witnesses"]),
            "doubts": tuple(told.get("doubts", ())),  # a paper in hand may have been understood by an earlier release
        }
    )
