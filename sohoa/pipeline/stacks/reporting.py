"""A split stack told to the clerk who stands at the scanner: what to do first, in short sentences. And the same as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.stacks.marks import Kind, Place
from sohoa.pipeline.stacks.model import Counted, Document, Doubt, Missing, Run, SeenSheet, Stack
from sohoa.pipeline.stacks.writing import Written

DOUBTS_VI: dict[Doubt, str] = {
    Doubt.NO_SHEETS: "chồng giấy không có phiếu phân cách, tách theo dấu hiệu trang đầu",
    Doubt.BEFORE_FIRST_SHEET: "không nằm dưới phiếu phân cách nào",
    Doubt.SHEET_UNREAD: "phiếu không đọc được",
    Doubt.SHEET_MISSING: "có thể lẫn giấy tờ của phiếu bị thiếu",
    Doubt.SHEET_TWICE: "có hai phiếu cho cùng một chỗ",
    Doubt.FOREIGN_BATCH: "phiếu của lô khác",
    Doubt.OUT_OF_ORDER: "phiếu nằm sai thứ tự in",
    Doubt.FIRST_PAGE_UNSURE: "chưa chắc chỗ bắt đầu",
    Doubt.PAGE_UNREAD: "có trang không đọc được",
    Doubt.SHEET_BACK_PRINTED: "mặt sau phiếu không trắng",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """outcome: failed needs mending (a sheet is gone), undetermined needs a look, ok is just told."""

    outcome: Outcome
    text: str


def sentences(stack: Stack) -> tuple[Sentence, ...]:
    """What is wrong first, then what is in doubt, then how much there is."""
    told = stack.reconciliation
    failed = [text for run in told.runs for text in _of_run(run)]
    failed += [_of_count(count) for count in told.counted if count.verdict.outcome is Outcome.FAILED]
    failed += [f"Trang {_pages(told.foreign)}: phiếu của lô khác lẫn vào chồng giấy này."] if told.foreign else []
    doubtful = [_of_unread(sheet) for sheet in stack.sheets if sheet.mark is None or sheet.how == "order"]
    doubtful += [_of_count(count) for count in told.counted if count.verdict.outcome is Outcome.UNDETERMINED]
    for pages, said in (
        (told.twice, "phiếu này đã gặp ở trước đó (quét lặp hoặc in hai lần)"),
        (told.out_of_order, "phiếu nằm sai thứ tự in"),
        (told.without_pages, "phiếu không có giấy tờ nào bên dưới"),
        (told.before_first, "giấy tờ nằm trước phiếu đầu tiên, chưa biết của hồ sơ nào"),
        (
            tuple(sheet.page for sheet in stack.sheets if sheet.back_printed),
            "mặt sau của phiếu không trắng; kiểm tra xem hai lượt quét có lệch nhau không",
        ),
    ):
        doubtful += [f"Trang {_pages(pages)}: {said}."] if pages else []
    doubtful += [_of_beginnings(number, document) for number, document in enumerate(stack.documents, 1) if document.may_begin]
    doubtful += (
        ["Không thấy phiếu phân cách nào; tách theo dấu hiệu trang đầu, cần người xem lại từng tài liệu."]
        if not stack.sheets and stack.pages
        else []
    )
    found = sum(1 for sheet in stack.sheets if sheet.mark is None or sheet.mark.kind is not Kind.BATCH)
    backs = sum(len(sheet.backs) for sheet in stack.sheets)
    doubted = sum(1 for document in stack.documents if document.doubts)
    summary = f"{stack.pages} trang: {len(stack.documents)} tài liệu, bỏ ra {found} phiếu phân cách"
    summary += f", {len(stack.sheets) - found} phiếu đầu lô" if len(stack.sheets) > found else ""
    summary += f", {backs} mặt sau của phiếu" if backs else ""
    summary += f". {doubted} tài liệu cần xem lại." if doubted else "."
    return (
        *(Sentence(Outcome.FAILED, text) for text in failed),
        *(Sentence(Outcome.UNDETERMINED, text) for text in doubtful),
        Sentence(Outcome.OK if stack.certain else Outcome.UNDETERMINED, summary),
    )


def _of_run(run: Run) -> list[str]:
    name = f"Lô {run.batch} (lần in {run.run})" if run.batch else f"Lần in {run.run}"
    told = [f"{name}: không thấy phiếu đầu lô."] if run.header_missing else []
    if run.missing:
        told.append(f"{name}: in {run.printed} phiếu, thấy {run.found}. Thiếu: " + "; ".join(map(_of_missing, run.missing)) + ".")
    return told


def _of_missing(missing: Missing) -> str:
    named = f"phiếu {missing.index}/{missing.of} ({_place(missing.place)})"
    if missing.pages is None:
        return f"{named}, giấy tờ của nó có thể nằm dưới bất cứ phiếu nào của lần in này"
    if not missing.pages:
        return f"{named}, không có giấy tờ nào ở chỗ của nó"
    return f"{named}, giấy tờ của nó nằm trong trang {_pages(missing.pages)}"


def _of_unread(sheet: SeenSheet) -> str:
    if sheet.mark is None:
        return f"Trang {sheet.page}: có phiếu nhưng không đọc được; giấy tờ dưới phiếu chưa biết của hồ sơ nào."
    named = f"phiếu {sheet.mark.index}/{sheet.mark.of} ({_place(sheet.mark.place)})"
    return f"Trang {sheet.page}: phiếu không đọc được; theo thứ tự in thì đây là {named}. Xem lại cho chắc."


def _of_count(count: Counted) -> str:
    return f"Lô {count.batch}: đếm {count.expected} tờ giấy, quét được {count.pages} trang. Kiểm tra tờ sót hoặc dính nhau."


def _of_beginnings(number: int, document: Document) -> str:
    return (
        f"Tài liệu {number} (trang {_pages(document.pages)}): có thể có tài liệu khác bắt đầu ở trang {_pages(document.may_begin)}."
    )


def _place(place: Place | None) -> str:
    return place.shown if place and place.dossier else "chưa rõ hồ sơ"


def _pages(numbers: Sequence[int]) -> str:
    """`1–3, 7`."""
    breaks = [0, *(at for at, (a, b) in enumerate(pairwise(numbers), 1) if b != a + 1), len(numbers)]
    runs = [numbers[begin:end] for begin, end in pairwise(breaks)]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def rows(stack: Stack, written: Sequence[Written]) -> list[tuple[str, str, str]]:
    """Pages, reasons and file of each document that a person should look at; the others need no line of their own."""
    files = {id(one.document): str(one.file) for one in written}
    return [
        (_pages(document.pages), "; ".join(DOUBTS_VI[doubt] for doubt in document.doubts), files.get(id(document), ""))
        for document in stack.documents
        if document.doubts
    ]


def as_dict(stack: Stack, written: Sequence[Written]) -> dict[str, Any]:
    """The shape of `--json`; keys are added, never renamed. Page numbers count in the stack, from 1."""
    told = stack.reconciliation
    files = {id(one.document): str(one.file) for one in written}
    return {
        "pages": stack.pages,
        "certain": stack.certain,
        "documents": [
            {
                "file": files.get(id(document), ""),
                "pages": list(document.pages),
                "dossier": document.place.dossier if document.place else "",
                "component": document.place.component if document.place else None,
                "doubts": [str(doubt) for doubt in document.doubts],
                "may_begin": list(document.may_begin),
            }
            for document in stack.documents
        ],
        "sheets": [
            {
                "page": sheet.page,
                "backs": list(sheet.backs),
                "read_by": sheet.how,
                "run": sheet.mark.run if sheet.mark else "",
                "index": sheet.mark.index if sheet.mark else None,
                "of": sheet.mark.of if sheet.mark else None,
            }
            for sheet in stack.sheets
        ],
        "reconciliation": {
            "runs": [
                {
                    "run": run.run,
                    "batch": run.batch,
                    "printed": run.printed,
                    "found": run.found,
                    "header_missing": run.header_missing,
                    "missing": [
                        {
                            "index": one.index,
                            "dossier": one.place.dossier if one.place else "",
                            "component": one.place.component if one.place else None,
                            "pages": None if one.pages is None else list(one.pages),
                        }
                        for one in run.missing
                    ],
                }
                for run in told.runs
            ],
            "unread": list(told.unread),
            "twice": list(told.twice),
            "foreign": list(told.foreign),
            "out_of_order": list(told.out_of_order),
            "without_pages": list(told.without_pages),
            "before_first": list(told.before_first),
            "counted": [
                {
                    "batch": count.batch,
                    "expected": count.expected,
                    "pages": count.pages,
                    "verdict": str(count.verdict.outcome),
                    "reason": count.verdict.reason,
                }
                for count in told.counted
            ],
        },
    }
