"""The figures of a run, from its judged papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.understanding.judging import FIELDS, JUDGED, TYPE, Judged, JudgedPaper
from benchmarks.understanding.papers import GROUPS
from benchmarks.understanding.risk import Curve, Share, curve

PRINTED_KEY = ("code_number", "code_notation", "issued_date")
BANDS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class ReviewLoad:
    """What review does with one field. sent: papers whose field goes to a person. needless: of those, right all along (or rightly
    absent). caught: wrong or not found, and sent. slipped: wrong, and sent to nobody. omitted: on the paper, not found, and sent to
    nobody.
    """

    field: str
    sent: int
    needless: int
    caught: int
    slipped: int
    omitted: int


@dataclass(frozen=True, slots=True)
class Run:
    papers: tuple[JudgedPaper, ...]
    seed: int
    mode: str
    seconds: float  # of processor, for understanding all papers
    pages: int

    def fields(self, name: str | None = None) -> Iterator[Judged]:
        return (field for paper in self.papers for field in paper.fields if name in (None, field.field))

    def group(self, *groups: str) -> Run:
        return Run(tuple(paper for paper in self.papers if paper.group in groups), self.seed, self.mode, 0.0, 0)

    @property
    def groups(self) -> list[str]:
        present = {paper.group for paper in self.papers}
        return [group for group in GROUPS if group in present]

    def exact(self, name: str, *, written: bool | None = None) -> Share:
        """Right ones of all that stand on the papers."""
        asked = [field for field in self.fields(name) if field.truth and written in (None, field.written)]
        return Share(sum(field.outcome == "right" for field in asked), len(asked))

    def among_best_three(self, name: str) -> Share:
        """Of those a pen wrote: right, or right among the first three to choose from."""
        asked = [field for field in self.fields(name) if field.truth and field.written]
        return Share(sum(field.outcome == "right" or field.among_three for field in asked), len(asked))

    def printed_key(self) -> Share:
        """Number, notation and date all exact, of the papers that carry all three in print."""
        kept = [
            [field for field in paper.fields if field.field in PRINTED_KEY]
            for paper in self.papers
            if all((field := paper.of(name)) and field.truth and not field.written for name in PRINTED_KEY)
        ]
        return Share(sum(all(field.outcome == "right" for field in fields) for fields in kept), len(kept))

    def subject_errors(self) -> float | None:
        """Mean character error rate; a subject that was not found counts as wholly wrong."""
        rates = [min(1.0, field.cer) for field in self.fields("subject") if field.cer is not None]
        return sum(rates) / len(rates) if rates else None

    def straight(self) -> Share:
        return Share(sum(paper.straight for paper in self.papers), len(self.papers))

    def wrong_when_straight(self) -> Share:
        """Wrong fields among the fields of papers that nobody looks at."""
        given = [field for paper in self.papers if paper.straight for field in paper.fields if field.given]
        return Share(sum(field.false for field in given), len(given))

    def spoilt_when_straight(self) -> Share:
        passed = [paper for paper in self.papers if paper.straight]
        return Share(sum(any(field.false for field in paper.fields) for paper in passed), len(passed))

    def wrong_unseen(self) -> Share:
        """Wrong fields among all that were sent to nobody, also of papers where another field was."""
        given = [field for field in self.fields() if field.given and not field.in_review]
        return Share(sum(field.false for field in given), len(given))

    def written_straight(self) -> tuple[int, int, int]:
        """Papers with a pen's number or day: all, straight through, and of those wrong in what the pen wrote."""
        by_pen = [paper for paper in self.papers if paper.written]
        passed = [paper for paper in by_pen if paper.straight]
        return len(by_pen), len(passed), sum(any(field.written and field.false for field in paper.fields) for paper in passed)

    def loads(self) -> list[ReviewLoad]:
        return [_load(name, [*self.fields(name)]) for name in JUDGED] + self._unjudged_loads()

    def _unjudged_loads(self) -> list[ReviewLoad]:
        """Fields whose truth nobody told, and that send papers to review all the same."""
        sent = Counter(name for paper in self.papers for name in paper.needs_review if not paper.of(name))
        return [ReviewLoad(f"{name} (not judged)", count, 0, 0, 0, 0) for name, count in sent.most_common()]

    def confusions(self) -> list[tuple[str, str, int]]:
        """(truth, verdict or "", how many), the frequent ones first."""
        taken = Counter((field.truth, field.value) for field in self.fields(TYPE) if field.truth != field.value)
        return [(truth, verdict, count) for (truth, verdict), count in taken.most_common()]

    def calibration(self) -> list[tuple[float, Share]]:
        """By bands of confidence (from the one bound to the next): right ones of the values given."""
        given = [field for field in self.fields() if field.given]
        bands = zip(BANDS, (*BANDS[1:], 2.0), strict=True)
        inside = [(low, [field for field in given if low <= field.confidence < high]) for low, high in bands]
        return [(low, Share(sum(not field.false for field in fields), len(fields))) for low, fields in inside]

    def curve(self) -> Curve:
        return curve(self.papers)

    def wrong(self) -> list[Judged]:
        """Everything that is not as it should be: wrong and unseen first, then wrong, then not found."""
        worst = {(True, False): 0, (False, False): 1, (True, True): 2, (False, True): 3}
        bad = [field for field in self.fields() if field.outcome in ("wrong", "invented", "missing")]
        return sorted(
            bad, key=lambda field: (worst[field.false, field.in_review], JUDGED.index(field.field), field.kind, field.paper)
        )

    def needless(self) -> list[Judged]:
        """What a person was asked to look at though it was right, the surest first."""
        sent = [field for field in self.fields() if field.in_review and field.outcome in ("right", "rightly absent")]
        return sorted(sent, key=lambda field: (JUDGED.index(field.field), -field.confidence, field.paper))

    def as_dict(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "mode": self.mode,
            "papers": len(self.papers),
            "pages": self.pages,
            "cpu_seconds": self.seconds,
            "all": self._figures(),
            "groups": {group: self.group(group)._figures() for group in self.groups},
            "clean_and_medium": self.group("clean", "medium")._figures(),
            "confusions": self.confusions(),
            "review": [{name: getattr(load, name) for name in load.__slots__} for load in self.loads()],
            "calibration": [{"from": low, **share.as_dict()} for low, share in self.calibration()],
            "curve": self.curve().as_dict(),
            "wrong": [field.as_dict() for field in self.wrong()],
            "needless": [field.as_dict() for field in self.needless()],
        }

    def _figures(self) -> dict[str, Any]:
        by_pen, passed, wrong = self.written_straight()
        shares = {
            "type": self.exact(TYPE),
            **{f"{name}_printed": self.exact(name, written=False) for name in FIELDS},
            "code_number_written": self.exact("code_number", written=True),
            "issued_date_written": self.exact("issued_date", written=True),
            "code_number_written_best_three": self.among_best_three("code_number"),
            "issued_date_written_best_three": self.among_best_three("issued_date"),
            "printed_number_notation_date": self.printed_key(),
            "straight_through": self.straight(),
            "wrong_fields_when_straight": self.wrong_when_straight(),
            "papers_with_a_wrong_field_when_straight": self.spoilt_when_straight(),
            "wrong_fields_unseen": self.wrong_unseen(),
        }
        return {
            **{name: share.as_dict() for name, share in shares.items()},
            "subject_cer": self.subject_errors(),
            "written_papers": {"all": by_pen, "straight_through": passed, "of_those_wrong": wrong},
        }


def _load(name: str, fields: Sequence[Judged]) -> ReviewLoad:
    sent = [field for field in fields if field.in_review]
    unseen = [field for field in fields if not field.in_review]
    needless = sum(field.outcome in ("right", "rightly absent") for field in sent)
    return ReviewLoad(
        field=name,
        sent=len(sent),
        needless=needless,
        caught=len(sent) - needless,
        slipped=sum(field.false for field in unseen),
        omitted=sum(field.outcome == "missing" for field in unseen),
    )
