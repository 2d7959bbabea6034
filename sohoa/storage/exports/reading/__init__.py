"""Packages from elsewhere, which may be broken or hostile: opened without harm, judged rule by rule, their papers listed.

with arrive(path) as arrived:        # a folder, or a zip that is unpacked aside
    report = inspect(arrived)        # a verdict for each rule
    papers = papers_of(arrived)      # raises PackageRefused when a rule fails
"""

from sohoa.storage.exports.reading.arriving import Arrived, arrive
from sohoa.storage.exports.reading.inspecting import inspect
from sohoa.storage.exports.reading.papers import ArrivingPaper, papers_of
from sohoa.storage.exports.reading.report import Finding, Report

__all__ = ["Arrived", "ArrivingPaper", "Finding", "Report", "arrive", "inspect", "papers_of"]
