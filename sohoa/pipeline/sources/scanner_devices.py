"""Scanners as SANE knows them: which there are, and what one of them can do. Asked of `scanimage`, which says it in words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sohoa.kernel.children import ProgramMissing
from sohoa.pipeline.sources.scanner_errors import ScannerNone, ScannerNotTwoSided, ScannerOptionRefused
from sohoa.pipeline.sources.scanner_saying import meaning_of

PROGRAM = "scanimage"
PATIENCE = 60  # seconds; network scanners are looked for up to ten
A4 = (210.0, 297.0)  # mm
_OPTION = re.compile(r"^\s{4}(?:-(?P<short>[a-z])|--(?P<name>[\w-]+))(?P<value>\S.*?|[= ]\S.*?)?\s+\[(?P<now>[^\]]*)\]")
_RANGE = re.compile(r"(-?[\d.]+)\.\.(-?[\d.]+)(mm|dpi|%)?")


@dataclass(frozen=True, slots=True)
class Device:
    """name: what --device takes."""

    name: str
    vendor: str
    model: str
    kind: str


@dataclass(frozen=True, slots=True)
class Able:
    """What a device offers: its options by name (`source`, `mode`, `x` …), each with its values as scanimage words them; inactive ones are
    not among them."""

    options: Mapping[str, str]

    def values(self, name: str) -> tuple[str, ...]:
        """Of an option that is a list; () for any other."""
        told = self.options.get(name, "")
        return tuple(told.split("|")) if "|" in told else ((told,) if told and not _RANGE.search(told) else ())

    def up_to(self, name: str, unit: str) -> float | None:
        """The most of an option that is a range in `unit`."""
        told = _RANGE.search(self.options.get(name, ""))
        return float(told[2]) if told and (told[3] or "") == unit else None

    @property
    def feeders(self) -> tuple[str, ...]:
        return tuple(source for source in self.values("source") if _is_feeder(source))

    @property
    def two_sided(self) -> bool:
        return any("duplex" in source.lower() for source in self.feeders) or _duplex_switch(self) is not None


def environment() -> dict[str, str]:
    """SANE's own settings and the network pass; its words stay English, so that they can be understood."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("SANE_", "HOME", "LD_LIBRARY_PATH", "XDG_"))}
    return {**kept, "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}


def program() -> str:
    """Raises ProgramMissing."""
    found = shutil.which(PROGRAM)
    if found is None:
        raise ProgramMissing(program=PROGRAM)
    return found


def devices() -> tuple[Device, ...]:
    """Raises ProgramMissing, and what scanner_saying knows."""
    told = _asked("--formatted-device-list=%d\t%v\t%m\t%t%n")
    rows = [line.split("\t") for line in told.splitlines() if line.count("\t") == 3]
    return tuple(Device(*(part.strip() for part in row)) for row in rows)


def first_device() -> str:
    """The one to use where nobody named one. Raises ScannerNone."""
    named = os.environ.get("SANE_DEFAULT_DEVICE") or next((device.name for device in devices()), "")
    if not named:
        raise ScannerNone()
    return named


def able(device: str, more: Sequence[str] = ()) -> Able:
    """more: options to set first, as scanimage takes them. Raises ScannerUnknown and others of scanner_errors."""
    return read_options(_asked(f"--device-name={device}", *more, "--all-options"))


def read_options(told: str) -> Able:
    """From what `scanimage --all-options` prints."""
    options: dict[str, str] = {}
    for line in told.splitlines():
        found = _OPTION.match(line)
        if found and found["now"] != "inactive":
            value = (found["value"] or "").strip().removeprefix("[=").removesuffix("]").lstrip("=( ")
            options[found["short"] or found["name"]] = re.sub(r"\s+\(.*$", "", value).rstrip(")")
    return Able(options)


def settings_for(able: Able, *, dpi: int, mode: str, duplex: bool) -> list[str]:
    """The arguments that make the device scan so, in an order in which each option exists when it is set.

    Raises ScannerNotTwoSided, ScannerOptionRefused.
    """
    chosen = [*_source(able, duplex), *_mode(able, mode)]
    # Always said: some drivers write a resolution of their own into the file when they are not told one.
    chosen += [f"--resolution={dpi}"] if "resolution" in able.options else []
    for name, most in (("page-width", A4[0]), ("page-height", A4[1]), ("x", A4[0]), ("y", A4[1])):
        if (up_to := able.up_to(name, "mm")) is not None:
            flag = f"-{name}" if len(name) == 1 else f"--{name}="
            chosen += [f"{flag}{min(most, up_to):g}"] if len(name) > 1 else [flag, f"{min(most, up_to):g}"]
    return chosen


def _source(able: Able, duplex: bool) -> list[str]:
    both = [source for source in able.feeders if "duplex" in source.lower()]
    fronts = [source for source in able.feeders if source not in both and "back" not in source.lower()]
    if not duplex:
        switch = _duplex_switch(able)
        return [*([f"--source={fronts[0]}"] if fronts else []), *([f"--{switch[0]}={switch[1][1]}"] if switch else [])]
    if both:
        return [f"--source={both[0]}"]
    switch = _duplex_switch(able)
    if switch is None:
        raise ScannerNotTwoSided()
    return [*([f"--source={fronts[0]}"] if fronts else []), f"--{switch[0]}={switch[1][0]}"]


def _duplex_switch(able: Able) -> tuple[str, tuple[str, str]] | None:
    """Devices that have one feeder and a switch beside it: the option, and its words for both sides and for one."""
    for name in ("adf-mode", "scan-mode", "duplex"):
        values = able.values(name)
        both = next((value for value in values if value.lower() in ("duplex", "yes")), None)
        one = next((value for value in values if value.lower() in ("simplex", "no")), None)
        if both and one:
            return name, (both, one)
    return None


def _is_feeder(source: str) -> bool:
    told = source.lower()
    return "adf" in told or "feeder" in told or "duplex" in told


def _mode(able: Able, mode: str) -> list[str]:
    values = able.values("mode")
    if not values:
        return []
    wanted = "col" if mode == "color" else "gr"
    found = next((value for value in values if wanted in value.lower()), None)
    if found is None:
        raise ScannerOptionRefused(what=f"--mode {mode}")
    return [f"--mode={found}"]


def _asked(*arguments: str) -> str:
    try:
        ran = subprocess.run(
            [program(), *arguments],
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise meaning_of(0, "", kept=0, silent=PATIENCE) from None
    if ran.returncode != 0:
        raise meaning_of(ran.returncode, ran.stderr, kept=0)
    return ran.stdout
