"""The Java judges of `judges/`: built with Maven, asked in one go, their answers as values."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parent / "judges"
# Below the checkout and not in a scratch folder, so that the compiler has nothing to do the second time; `make clean` removes it.
BUILT = Path(__file__).parents[2] / "build" / "judges"
GOALS = ("compiler:compile", "dependency:build-classpath")
PACKAGES = "deploy/apt-conformance.txt"
FIRST_DOWNLOAD, JUDGING = 800, 300  # seconds
# Short-lived: starting quickly matters more than running fast.
JVM = ("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")


@dataclass(frozen=True, slots=True)
class Judged:
    """What the two judges printed about one file, as Judges.java words it."""

    verapdf: dict[str, Any]
    dss: dict[str, Any]

    @property
    def broken_rules(self) -> list[dict[str, str]]:
        """Of PDF/A-2b; empty means compliant. A file that veraPDF could not read breaks the rule of being one."""
        if "error" in self.verapdf:
            return [{"rule": "unreadable", "where": "", "asks": self.verapdf["error"]}]
        assert self.verapdf["flavour"] == "2b" and self.verapdf["checks"] > 0, self.verapdf
        assert self.verapdf["compliant"] is not bool(self.verapdf["failures"]), self.verapdf
        return self.verapdf["failures"]

    @property
    def signature(self) -> dict[str, Any]:
        """The only one."""
        assert len(self.dss.get("signatures", ())) == 1, self.dss
        return self.dss["signatures"][0]


@dataclass(frozen=True, slots=True)
class Judges:
    classpath: str

    def __call__(
        self, files: Iterable[Path], *, trust: Path | Sequence[Path], crl: Path | Sequence[Path] = (), at: datetime | None = None
    ) -> dict[Path, Judged]:
        """trust: roots in PEM. crl: lists (DER) beside what the files bring along; without any, nothing more is known about
        revocation. at: the time of judging, instead of now."""
        asked = list(files)
        known = [*_each("--trust", trust), *_each("--crl", crl)]
        then = () if at is None else ("--at", int(at.timestamp() * 1000))
        command = ("java", *JVM, "-cp", self.classpath, "judges.Judges", *known, *then, *asked)
        ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=JUDGING, check=False)
        assert ran.returncode == 0, ran.stderr
        said: dict[str, dict[str, dict[str, Any]]] = {}
        for line in ran.stdout.splitlines():
            answer = json.loads(line)
            said.setdefault(answer["file"], {})[answer["judge"]] = answer
        assert list(said) == list(map(str, asked)), ran.stderr
        return {Path(file): Judged(**answers) for file, answers in said.items()}


def _each(option: str, files: Path | Sequence[Path]) -> list[str | Path]:
    return [part for file in ([files] if isinstance(files, Path) else files) for part in (option, file)]


def build_judges() -> Judges:
    """Ends the run, as failed, where the judges cannot be had: an unjudged product must not look like a conforming one, and one
    sentence is worth more than the same error under every test."""
    missing = [program for program in ("mvn", "javac") if not shutil.which(program)]
    if missing:
        pytest.exit(f"Conformance was not judged: {' and '.join(missing)} not found. Install the packages of {PACKAGES}.", 1)
    written = BUILT / "classpath.txt"
    BUILT.mkdir(parents=True, exist_ok=True)
    command = ("mvn", "-B", "-q", "-f", SOURCE, f"-Djudges.build={BUILT}", f"-Dmdep.outputFile={written}", *GOALS)
    try:
        ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=FIRST_DOWNLOAD, check=False)
        complaint = ran.stdout + ran.stderr if ran.returncode else ""
    except subprocess.TimeoutExpired:
        complaint = f"nothing within {FIRST_DOWNLOAD} s"
    if complaint:
        pytest.exit(
            "Conformance was not judged: Maven could not bring veraPDF and DSS together. The first time it needs a repository that it"
            f" can reach; afterwards its local one is enough. Maven said:\n{complaint.strip()[:1500]}",
            1,
        )
    return Judges(os.pathsep.join((str(BUILT / "classes"), written.read_text())))
