"""What the clerk's page on signing says about settings and profiles is so."""

from __future__ import annotations

import re
from pathlib import Path

from sohoa.config.signing import EVERY_KIND, KINDS, signing_plan
from sohoa.signing.profiles.profile import read_profiles

PAGE = (Path(__file__).parents[2] / "docs" / "vi" / "ky-so.md").read_text(encoding="utf-8")


def test_every_example_of_settings_is_one_that_sohoa_takes_and_every_kind_of_key_has_one(tmp_path: Path) -> None:
    kinds: set[str] = set()
    for example in re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        (tmp_path / "signing.toml").write_text(example, encoding="utf-8")
        kinds |= {signer.kind for signer in signing_plan(tmp_path).signers.values()}
    assert kinds == set(KINDS)


def test_what_every_signer_may_have_is_explained() -> None:
    told = PAGE.partition("Người ký nào cũng có thể thêm:")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", told)) == {name for name in EVERY_KIND if not name.endswith("*")}


def test_every_profile_stands_in_the_table_with_the_law_it_rests_on() -> None:
    section = PAGE.partition("## Kiểu chữ ký")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", section, re.MULTILINE))
    profiles = read_profiles()
    assert set(rows) == set(profiles)
    for name, profile in profiles.items():
        for law in profile.law:
            number = law.text.split()[-1]
            assert number in rows[name], (name, law.text)
