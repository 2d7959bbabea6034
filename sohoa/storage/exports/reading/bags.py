"""A bag against RFC 8493: declaration, manifests, every byte."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import unquote

from sohoa.kernel.text import nfc
from sohoa.storage.exports.reading.arriving import Arrived
from sohoa.storage.exports.reading.hashing import ALGORITHMS, digests_of
from sohoa.storage.exports.reading.report import BAGIT, Report

_SMALL = 64 << 20  # bytes: manifests and tag files
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_VERSION = re.compile(r"BagIt-Version: (0\.97|1\.0)")
_ESCAPED = re.compile("%(0A|0D|25)", re.IGNORECASE)  # all that RFC 8493 lets a manifest escape
Claims = dict[str, dict[str, str]]  # path → algorithm → digest


def inspect_bag(arrived: Arrived, report: Report) -> None:
    report.kind = BAGIT
    report.looked_at("bag.declaration", "bag.manifest", "bag.complete", "bag.checksums", "bag.oxum", "bag.whole")
    _declaration(arrived, report)
    if "fetch.txt" in arrived.files:
        report.add("bag.whole", "parts_elsewhere", "fetch.txt")
    payload, tags = _claims(arrived, report)
    if not payload:
        return
    present = {path for path in arrived.files if path.startswith("data/")}
    for algorithm in {name for claims in payload.values() for name in claims}:
        listed = {path for path, claims in payload.items() if algorithm in claims}
        for path in sorted(present - listed):
            report.add("bag.complete", "not_listed", path)
    found = _spellings(arrived)
    for path, claims in sorted((payload | tags).items()):
        real = found.get(nfc(path))
        if real is None:
            report.add("bag.complete", "missing", path)
            continue
        for algorithm, digest in digests_of(arrived.path(real), claims).items():
            if digest != claims[algorithm]:
                report.add("bag.checksums", f"{algorithm}_differs", path)
    _oxum(arrived, report, present)


def info_of(arrived: Arrived) -> dict[str, list[str]]:
    """bag-info.txt; labels in lower case, folded lines joined. Nothing where there is none."""
    told: dict[str, list[str]] = defaultdict(list)
    if "bag-info.txt" not in arrived.files:
        return told
    label = ""
    for line in arrived.read("bag-info.txt", at_most=_SMALL).decode("utf-8-sig", "replace").splitlines():
        if line[:1] in " \t" and label:
            told[label][-1] += " " + line.strip()
        elif ":" in line:
            label, _, value = line.partition(":")
            label = label.strip().lower()
            told[label].append(value.strip())
    return told


def _declaration(arrived: Arrived, report: Report) -> None:
    lines = arrived.read("bagit.txt", at_most=_SMALL).decode("utf-8", "replace").splitlines()
    if len(lines) != 2 or not _VERSION.fullmatch(lines[0].strip()):
        report.add("bag.declaration", "version_unknown", "bagit.txt")
    if len(lines) != 2 or lines[1].strip().upper() != "TAG-FILE-CHARACTER-ENCODING: UTF-8":
        report.add("bag.declaration", "encoding_unknown", "bagit.txt")


def _claims(arrived: Arrived, report: Report) -> tuple[Claims, Claims]:
    payload: Claims = defaultdict(dict)
    tags: Claims = defaultdict(dict)
    usable = False
    for name in arrived.files:
        kind = _MANIFEST.fullmatch(name)
        if not kind:
            continue
        if kind[2] not in ALGORITHMS:
            report.add("bag.manifest", "algorithm_unknown", name, doubtful=True)
            continue
        usable = usable or not kind[1]
        for path, digest in _lines(arrived, name, report):
            if kind[1] is None and not path.startswith("data/"):
                report.add("bag.manifest", "outside_payload", name)
                continue
            claims = (tags if kind[1] else payload)[path]
            if claims.setdefault(ALGORITHMS[kind[2]], digest) != digest:
                report.add("bag.manifest", "listed_twice", path)
    if not usable:
        report.add("bag.manifest", "none")
    return dict(payload), dict(tags)


def _lines(arrived: Arrived, name: str, report: Report) -> Iterator[tuple[str, str]]:
    try:
        text = arrived.read(name, at_most=_SMALL).decode("utf-8")
    except UnicodeDecodeError:
        report.add("bag.manifest", "not_utf8", name)
        return
    for line in text.splitlines():
        digest, _, path = line.partition(" ")
        path = _ESCAPED.sub(lambda found: unquote(found[0]), path.lstrip(" *\t").removeprefix("./"))
        if not re.fullmatch("[0-9a-fA-F]+", digest) or not path:
            if line.strip():
                report.add("bag.manifest", "line_unreadable", name)
        else:
            yield path, digest.lower()


def _spellings(arrived: Arrived) -> dict[str, str]:
    """Composed or not, a name means the same file: a bag may have travelled through systems that rewrite one as the other."""
    return {nfc(path): path for path in arrived.files}


def _oxum(arrived: Arrived, report: Report, present: set[str]) -> None:
    for claimed in info_of(arrived).get("payload-oxum", []):
        if claimed != f"{sum(arrived.files[path] for path in present)}.{len(present)}":
            report.add("bag.oxum", "differs", "bag-info.txt")
