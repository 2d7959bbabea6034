"""What a verifier can find, each kind with a stable reason and a sentence; docs/vi/nhat-ky.md lists them, a test compares."""

from __future__ import annotations

from dataclasses import dataclass, field

from sohoa.kernel.verdicts import Outcome

MOST = 1000  # findings that are named; the rest is counted

REASONS: dict[str, tuple[str, str]] = {
    # the catalogue by itself
    "sequence_gap": ("thiếu mục {0} trong chuỗi nhật ký", "entry {0} is missing from the chain"),
    "previous_differs": ("mục {0} không nối tiếp mục trước nó", "entry {0} does not follow from the one before it"),
    "content_differs": ("nội dung mục {0} không khớp mã băm của chính nó", "entry {0} does not match its own hash"),
    # the catalogue against what was fixed in the bucket
    "event_edited": ("mục {0} đã bị sửa sau khi được chốt", "entry {0} was edited after it was fixed"),
    "event_deleted": ("mục {0} đã bị xóa khỏi cơ sở dữ liệu", "entry {0} was deleted from the database"),
    "event_inserted": (
        "mục {0} trong cơ sở dữ liệu được chèn thêm sau khi chốt",
        "entry {0} of the database was inserted afterwards",
    ),
    "event_reordered": ("mục {0} đã bị đổi chỗ với vị trí {1}", "entry {0} was moved to where entry {1} belongs"),
    "log_rewritten": ("từ mục {0} đến mục {1} nhật ký đã bị viết lại", "entries {0} to {1} of the log were written anew"),
    "log_shorter": (
        "cơ sở dữ liệu thiếu các mục {0} đến {1} đã được chốt: bị cắt bớt hoặc đưa về bản cũ",
        "the database lacks the fixed entries {0} to {1}: cut off, or set back to an older state",
    ),
    "range_differs": (
        "gói {0}–{1} trong kho không dùng được và nhật ký trong cơ sở dữ liệu cũng không khớp mốc",
        "the bundle of {0} to {1} cannot be used, and the database does not lead to its checkpoint either",
    ),
    # the bucket
    "checkpoint_missing": ("mốc ở mục {0} không còn trong kho", "the checkpoint at entry {0} is gone from the bucket"),
    "checkpoint_unreadable": ("mốc ở mục {0} không đọc được", "the checkpoint at entry {0} cannot be read"),
    "checkpoint_differs": (
        "mốc ở mục {0} không phải mốc đã ghi lúc đầu",
        "the checkpoint at entry {0} is not the one that was first written",
    ),
    "checkpoint_hidden": ("mốc ở mục {0} bị che bằng dấu xóa", "the checkpoint at entry {0} is hidden by a delete marker"),
    "checkpoint_superseded": (
        "mốc ở mục {0} có thêm phiên bản đè lên",
        "the checkpoint at entry {0} has another version written over it",
    ),
    "signature_wrong": ("chữ ký của mốc ở mục {0} không đúng", "the signature of the checkpoint at entry {0} is wrong"),
    "key_unknown": (
        "mốc ở mục {0} ký bằng khóa chưa được tin",
        "the checkpoint at entry {0} is signed with a key that is not known here",
    ),
    "origin_differs": ("mốc ở mục {0} là của một nhật ký khác", "the checkpoint at entry {0} is of another log"),
    "root_differs": (
        "các mục trong gói không dẫn tới gốc của mốc ở mục {0}",
        "the bundled entries do not lead to the root of the checkpoint at entry {0}",
    ),
    "stamp_wrong": ("dấu thời gian của mốc ở mục {0} không đúng", "the time stamp of the checkpoint at entry {0} is wrong"),
    "stamp_doubtful": (
        "dấu thời gian của mốc ở mục {0} chưa xác định được là đáng tin",
        "whether the time stamp of the checkpoint at entry {0} can be believed is not known",
    ),
    "bundle_missing": ("gói {0}–{1} không còn trong kho", "the bundle of {0} to {1} is gone from the bucket"),
    "bundle_differs": ("gói {0}–{1} không còn như lúc chốt", "the bundle of {0} to {1} is not as it was fixed"),
    "bundle_hidden": ("gói {0}–{1} bị che bằng dấu xóa", "the bundle of {0} to {1} is hidden by a delete marker"),
    "bundle_superseded": ("gói {0}–{1} có thêm phiên bản đè lên", "the bundle of {0} to {1} has another version written over it"),
    "bundle_unexpected": ("gói {0}–{1} trong kho không thuộc mốc nào", "no checkpoint is about the bundle of {0} to {1}"),
    "object_unexpected": ("kho nhật ký có đối tượng lạ", "the audit bucket holds an object that is not of the log"),
    # somebody else's word
    "witness_differs": (
        "mốc người làm chứng giữ (mục {0}) nói khác: nhật ký đã bị viết lại",
        "the witness's checkpoint (entry {0}) says otherwise: the log was written anew",
    ),
    "witness_ahead": (
        "người làm chứng giữ mốc ở mục {0}, nhưng kho chỉ còn tới mục {1}",
        "the witness has a checkpoint at entry {0}, the bucket only up to entry {1}",
    ),
    "witness_doubtful": (
        "mốc người làm chứng giữ (mục {0}) không ký bằng khóa đã biết",
        "the witness's checkpoint (entry {0}) is not signed with a key that is known here",
    ),
}
UNDETERMINED = {"key_unknown", "stamp_doubtful", "witness_doubtful"}


@dataclass(frozen=True, slots=True)
class Finding:
    """sequence: of the entry, or of a checkpoint's last one. last: the end of a range, or the other place; 0: neither."""

    reason: str
    sequence: int
    last: int = 0
    why: str = ""

    @property
    def outcome(self) -> Outcome:
        return Outcome.UNDETERMINED if self.reason in UNDETERMINED else Outcome.FAILED

    @property
    def vi(self) -> str:
        return REASONS[self.reason][0].format(self.sequence, self.last)

    @property
    def en(self) -> str:
        return REASONS[self.reason][1].format(self.sequence, self.last)

    def as_dict(self) -> dict[str, object]:
        told = {"reason": self.reason, "outcome": self.outcome, "sequence": self.sequence, "last": self.last or None}
        return {**told, "why": self.why or None, "vi": self.vi, "en": self.en}


@dataclass(slots=True)
class Findings:
    """Named up to MOST, then only counted: a wrecked log must not fill the memory."""

    named: list[Finding] = field(default_factory=list[Finding])
    more: int = 0
    _said: set[Finding] = field(default_factory=set[Finding])

    def add(self, reason: str, sequence: int, last: int = 0, why: str = "") -> None:
        found = Finding(reason, sequence, last)
        if found in self._said:
            return
        if len(self.named) < MOST:
            self._said.add(found)
            self.named.append(Finding(reason, sequence, last, why))
        else:
            self.more += 1
