"""`sohoa train`: learn how papers of each type sound from the archive's own, and use that only where it is no worse than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Q

from sohoa.config.catalogue import rows
from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import SohoaError
from sohoa.ocr.understanding.textmodel.fitting import Example, fit
from sohoa.ocr.understanding.textmodel.independent import own_words
from sohoa.ocr.understanding.textmodel.inventing import invented, shared_from, wordings_from
from sohoa.ocr.understanding.textmodel.model import TextModel
from sohoa.ocr.understanding.textmodel.sealing import TextModelAltered
from sohoa.ocr.understanding.types import document_types_from
from sohoa.pipeline.modelfolder import InUse, Version, in_the_log, model_in_use, next_number, put_to_use
from sohoa.storage.catalogue.records import PageText, Record
from sohoa.storage.review import VERIFIED

# Whose type is known without this model: a person said so, or what is printed says so twice.
KNOWN = Q(type_agreement=VERIFIED) | Q(type_agreement__startswith="title+notation")
FEWEST_RECORDS, FEWEST_OF_A_TYPE = 40, 5
# One record in four is never learned by any version, so that versions can be compared on it.
HOLD_BACK = 4
INVENTED_EACH = 24  # texts of every type of the catalogue of wordings: what the archive has not met yet is not forgotten


class TooFewRecords(SohoaError):
    code = "pipeline.too_few_records"
    vi = "Mới có {records} bản ghi đã rõ loại, thuộc {types} loại có từ {each} bản ghi; cần ít nhất {wanted} bản ghi của 2 loại."
    en = "Only {records} records of a known type, {types} types with {each} or more; {wanted} records of 2 types are needed."
    remedy = (
        "Số hóa thêm và duyệt loại văn bản ở «sohoa review», rồi huấn luyện lại. Trong lúc đó phần mềm vẫn dùng mô hình hiện có."
    )
    remedy_en = "Digitise more and settle types in `sohoa review`, then train again. The present model stays in use meanwhile."


@dataclass(frozen=True, slots=True)
class Score:
    """Of the papers held back. right: its best is the type. wrong: its best is another; silent: it said nothing."""

    right: int
    wrong: int
    silent: int

    @property
    def papers(self) -> int:
        return self.right + self.wrong + self.silent


@dataclass(frozen=True, slots=True)
class Change:
    """A held-back paper that the two models take for different types. "": silent."""

    document_id: str
    type: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Training:
    """What training found. put_to_use: None where the present model is better and was kept.

    before: None where there is no present model, or its file was altered (`altered`). learned: records by type.
    """

    learned: dict[str, int]
    held_back: int
    before: Score | None
    after: Score
    changes: tuple[Change, ...]
    put_to_use: Version | None
    altered: bool = False
    former: Version | None = None
    about: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Known:
    document_id: str
    code: str
    text: str
    held_back: bool


def train(
    folder: Path, *, now: datetime, step: Callable[[str, int], None], seed: int = 1, invented_each: int = INVENTED_EACH
) -> Training:
    """folder: $SOHOA_HOME/models. step: told what is done now and of how many records. Raises TooFewRecords.

    invented_each: texts made up of every type of the catalogue of wordings; 0: nothing but the archive is learned.
    """
    known = list(_known(step))
    learned = [paper for paper in known if not paper.held_back]
    held_back = [paper for paper in known if paper.held_back]
    counts = Counter(paper.code for paper in learned)
    if len(known) < FEWEST_RECORDS or sum(count >= FEWEST_OF_A_TYPE for count in counts.values()) < 2 or not held_back:
        common = sum(count >= FEWEST_OF_A_TYPE for count in counts.values())
        raise TooFewRecords(records=len(known), types=common, each=FEWEST_OF_A_TYPE, wanted=FEWEST_RECORDS)
    present, altered = _present(folder)
    number = next_number(folder)
    about = {
        "version": str(number),
        "date": now.astimezone(VIETNAM).date().isoformat(),
        "records": len(learned),
        "held_back": len(held_back),
        "source": "records of this archive and the catalogue type_wording",
    }
    model = fit([*_examples(learned), *_invented(seed, invented_each)], about, step=lambda what: step(what, 0))
    before = score(present.model, held_back) if present.model else None
    after = score(model, held_back)
    better = before is None or after.right >= before.right
    version = put_to_use(folder, model, number=number, told=in_the_log(now)) if better else None
    return Training(
        dict(sorted(counts.items())),
        len(held_back),
        before,
        after,
        _changes(present.model, model, held_back),
        version,
        altered,
        present.version,
        model.about,
    )


def score(model: TextModel, papers: Sequence[Known]) -> Score:
    heard = [model.judge(paper.text) for paper in papers]
    silent = sum(not said for said in heard)
    right = sum(bool(said) and said[0].value == paper.code for said, paper in zip(heard, papers, strict=True))
    return Score(right, len(papers) - silent - right, silent)


def _present(folder: Path) -> tuple[InUse, bool]:
    """A file that was altered is not compared with: training is how to get a sound one."""
    try:
        return model_in_use(folder), False
    except TextModelAltered:
        return InUse(None, None), True


def _known(step: Callable[[str, int], None]) -> Iterator[Known]:
    types = document_types_from(rows("document_types", "type"))
    codes = {kind.code for kind in types}
    records = Record.objects.filter(KNOWN).order_by("pk").values_list("pk", "source_sha256", "type_code")
    step("records", records.count())
    for document_id, sha256, code in records.iterator(chunk_size=500):
        first = PageText.objects.filter(record=document_id, number__gte=1).exclude(text="").order_by("number").first()
        if first and code in codes:
            yield Known(document_id, code, own_words(first.text, types), int(sha256[:8], 16) % HOLD_BACK == 0)
        step("record", 1)


def _examples(papers: Sequence[Known]) -> Iterator[Example]:
    return (Example(paper.text, paper.code, paper.document_id) for paper in papers)


def _invented(seed: int, each: int) -> Iterator[Example]:
    """Texts of every type, with the titles of the catalogue taken out as they are taken out of a paper."""
    types = document_types_from(rows("document_types", "type"))
    known = {kind.code for kind in types}
    wordings = [said for said in wordings_from(rows("type_wording", "wording")) if said.code in known]
    shared = shared_from(rows("type_wording", "shared")[0])
    for example in invented(wordings, shared, each=each, seed=seed):
        yield Example(own_words(example.text, types), example.code, example.group, example.weight)


def _changes(before: TextModel | None, after: TextModel, papers: Sequence[Known]) -> tuple[Change, ...]:
    found: list[Change] = []
    for paper in papers if before else ():
        was, now = (said[0].value if (said := model.judge(paper.text)) else "" for model in (before, after) if model)
        if was != now:
            found.append(Change(paper.document_id, paper.code, was, now))
    return tuple(found)
