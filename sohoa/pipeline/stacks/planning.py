"""Which sheets a run consists of, in the order in which they are printed and laid into the stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sohoa.kernel.text import nfc
from sohoa.pipeline.stacks.errors import SheetCodeInvalid, TooManySheets
from sohoa.pipeline.stacks.marks import LONGEST_CODE, MOST_SHEETS, Kind, Mark, Place, run_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sheet to be printed. name: of the component or the procedure, for people; it is printed but stands in no code."""

    place: Place
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    mark: Mark
    name: str = ""


def planned(wanted: Sequence[Wanted], *, batch: str = "", expected: int | None = None) -> tuple[Sheet, ...]:
    """The run's sheets, its batch header (where `batch` is given) first. The same call gives the same run.

    expected: sheets of paper in the batch, separators not counted. Raises SheetCodeInvalid, TooManySheets.
    """
    batch = _code(batch) if batch else ""
    places = [Place(_code(one.place.dossier), one.place.component) for one in wanted]
    if not places and not batch:
        raise SheetCodeInvalid()
    if len(places) > MOST_SHEETS:
        raise TooManySheets()
    run = run_of("*".join((batch, str(expected), *(f"{place.dossier}#{place.component}" for place in places))))
    count = len(places)
    sheets = [
        Sheet(
            Mark(
                Kind.DOSSIER if place.component is None else Kind.COMPONENT,
                run,
                index,
                count,
                batch,
                place,
                following=places[index % count],
            ),
            nfc(one.name),
        )
        for index, (place, one) in enumerate(zip(places, wanted, strict=True), 1)
    ]
    if batch:
        sheets.insert(0, Sheet(Mark(Kind.BATCH, run, 0, count, batch, expected=expected, following=places[0] if places else None)))
    return tuple(sheets)


def _code(code: str) -> str:
    code = nfc(code).strip()
    if not code or len(code) > LONGEST_CODE or not code.isprintable():
        raise SheetCodeInvalid()
    return code
