"""What a look at a package found: one verdict a rule, each with a stable code and the places it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sohoa.kernel.verdicts import Outcome, worst

BAGIT, SIP, AIP, DIP, UNKNOWN = "bagit", "sip", "aip", "dip", ""

# Every rule there is, and what it asks, for people. A rule that was not reached is in no report.
RULES_VI = {
    "package.recognised": "là gói BagIt hoặc gói có METS.xml ở gốc",
    "package.paths_safe": "mọi đường dẫn nằm trong gói; không có liên kết, tên trùng, tên lạ",
    "bag.declaration": "bagit.txt khai phiên bản và bảng mã đọc được",
    "bag.manifest": "có ít nhất một bảng kê băm dùng được, mọi dòng đọc được",
    "bag.complete": "tệp trong data/ đúng như bảng kê, không thiếu, không thừa",
    "bag.checksums": "mã băm của mọi tệp đúng như bảng kê",
    "bag.oxum": "tổng số byte và số tệp đúng như bag-info.txt",
    "bag.whole": "không có phần nào phải tải từ nơi khác (fetch.txt)",
    "eark.xml": "mọi tệp METS, EAD, PREMIS là XML đọc được, không có DTD",
    "eark.mets": "METS.xml đúng không gian tên, OBJID trùng tên thư mục",
    "eark.type": "METS.xml ghi rõ SIP, AIP hoặc DIP",
    "eark.profile": "METS.xml theo hồ sơ E-ARK CSIP",
    "eark.references": "mọi tệp được dẫn đúng một lần, không dẫn ra ngoài gói",
    "eark.present": "mọi tệp được dẫn đều có trong gói",
    "eark.sizes": "kích thước tệp đúng như METS.xml",
    "eark.checksums": "mã băm tệp đúng như METS.xml",
    "eark.structure": "có sơ đồ cấu trúc CSIP",
    "eark.dossier": "EAD.xml có đủ phần tử, không có phần tử lạ",
    "eark.documents": "EAD_doc_*.xml có đủ phần tử, không có phần tử lạ",
    "eark.codes": "mã trong EAD thuộc bảng mã",
    "eark.doc_codes": "docCode là fileCode, dấu chấm và 7 chữ số, không trùng",
    "eark.dates": "ngày viết DD/MM/YYYY",
    "eark.counts": "số giấy tờ, số trang và số tệp khớp nhau",
    "eark.paper_file_code": "hồ sơ số hóa có paperFileCode",
    "eark.premis": "AIP có PREMIS, gói khác thì không",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as a rule asks. what: a stable code. where: the path in the package, "" for the whole.

    doubtful: a person should look, but it does not make the package worthless.
    """

    rule: str
    what: str
    where: str = ""
    doubtful: bool = False


@dataclass(slots=True)
class Report:
    """kind: bagit | sip | aip | dip | "". profile: as METS tells it, `SIP_hoso`. rules: those that were looked at, in order."""

    kind: str = UNKNOWN
    profile: str = ""
    files: int = 0
    bytes: int = 0
    rules: list[str] = field(default_factory=list[str])
    findings: list[Finding] = field(default_factory=list[Finding])

    def looked_at(self, *rules: str) -> None:
        self.rules += [rule for rule in rules if rule not in self.rules]

    def add(self, rule: str, what: str, where: str = "", *, doubtful: bool = False) -> None:
        self.looked_at(rule)
        self.findings.append(Finding(rule, what, where, doubtful))

    def outcome_of(self, rule: str) -> Outcome:
        return worst(
            Outcome.UNDETERMINED if finding.doubtful else Outcome.FAILED for finding in self.findings if finding.rule == rule
        )

    @property
    def outcome(self) -> Outcome:
        return worst(self.outcome_of(rule) for rule in self.rules)

    def of(self, outcome: Outcome) -> Iterable[str]:
        return [rule for rule in self.rules if self.outcome_of(rule) is outcome]

    def as_dict(self) -> dict[str, object]:
        return {
            "kind": self.kind or None,
            "profile": self.profile or None,
            "verdict": self.outcome,
            "files": self.files,
            "bytes": self.bytes,
            "rules": [
                {
                    "rule": rule,
                    "verdict": self.outcome_of(rule),
                    "findings": [{"what": one.what, "where": one.where or None} for one in self.findings if one.rule == rule],
                }
                for rule in self.rules
            ],
        }
