"""One look at a package, whatever it is."""

from __future__ import annotations

from sohoa.kernel.verdicts import Outcome
from sohoa.storage.exports.reading.arriving import Arrived
from sohoa.storage.exports.reading.bags import inspect_bag
from sohoa.storage.exports.reading.packages import ROOT_METS, inspect_package
from sohoa.storage.exports.reading.report import Report


def inspect(arrived: Arrived) -> Report:
    """Every rule that applies, every file read. Raises PackageUnreadable when the package cannot be judged at all."""
    report = Report(files=len(arrived.files), bytes=sum(arrived.files.values()))
    report.looked_at("package.paths_safe", "package.recognised")
    for path in arrived.unsafe:
        report.add("package.paths_safe", "unsafe_path", path.encode(errors="replace").decode())
    if report.outcome is not Outcome.OK:
        return report  # nothing below an unsafe name is opened
    if "bagit.txt" in arrived.files:
        inspect_bag(arrived, report)
    elif ROOT_METS in arrived.files:
        inspect_package(arrived, report)
    else:
        report.add("package.recognised", "neither_bag_nor_mets")
    return report
