from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from sohoa.signing.model import Role
from sohoa.signing.names import role_of
from sohoa.signing.profiles import profile as profile_module
from sohoa.signing.profiles.profile import ImageKind, Place, ProfileInvalid, ProfileUnknown, chosen, read_profiles

OWN = """
[bien_nhan]
field = "CoQuan"
role = "agency"
reason = "Ký biên nhận"
place = "top_left"
lines = ["{agency}", "{time}"]
"""


def test_the_corners_are_those_of_the_law(profiles) -> None:
    assert profiles["capture_signature"].place is Place.TOP_LEFT  # TT 01/2023/TT-VPCP
    for name in ("true_copy", "archive_signature", "attachment", "seal_top_right", "converted"):
        assert profiles[name].place is Place.TOP_RIGHT


def test_only_issuance_and_the_old_rule_show_an_image(profiles) -> None:
    images = {name: one.image for name, one in profiles.items() if one.image is not ImageKind.NONE}
    assert images == {
        "issuance_person": ImageKind.SIGNATURE,
        "issuance_agency": ImageKind.SEAL,
        "seal_top_right": ImageKind.SEAL,
    }


def test_text_is_of_the_size_of_the_law_and_never_shrinks_below_six_points(profiles) -> None:
    assert {one.size for one in profiles.values()} == {10.0}
    assert min(one.least_size for one in profiles.values()) == 6.0


def test_what_was_not_checked_against_the_law_says_so(profiles) -> None:
    (rule,) = profiles["archive_signature"].law
    assert (rule.text, rule.checked) == ("TT 05/2025/TT-BNV", False)
    assert all(one.law for name, one in profiles.items() if name != "invisible")


def test_the_field_of_a_profile_tells_who_signed(profiles) -> None:
    for one in profiles.values():
        if one.field in ("NguoiKy", "CoQuan"):
            assert role_of("?", field=one.field) is one.role


def test_a_profile_in_two_halves_is_chosen_by_who_signs() -> None:
    assert chosen("issuance", Role.PERSON).name == "issuance_person"
    assert chosen("issuance", Role.AGENCY).name == "issuance_agency"
    assert chosen("true_copy", Role.AGENCY).name == "true_copy"


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    with pytest.raises(ProfileUnknown) as refused:
        chosen("sao_y", Role.AGENCY)
    assert refused.value.code == "signing.profile_unknown"
    assert "true_copy" in refused.value.as_dict()["remedy"]


def test_a_site_adds_a_profile_and_keeps_the_others(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN, encoding="utf-8")
    known = read_profiles(own)
    assert known["bien_nhan"].place is Place.TOP_LEFT
    assert known["true_copy"] == read_profiles()["true_copy"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"top_left"', '"middle"'),
        ('"agency"\n', '"somebody"\n'),
        ("{time}", "{pin}"),
        ("{time}", "{time.year}"),
        ("{time}", "{time!r:>9999999}"),
        ("{time}", "{0}"),
        ("{time}", "{"),
        ('field = "CoQuan"', 'field = "Co.Quan"'),
        ('field = "CoQuan"', ""),
        ('["{agency}", "{time}"]', '"text"'),
        ('["{agency}", "{time}"]', "[]"),
        ("[bien_nhan]", "[bien_nhan]\nsize = 5"),
        ("[bien_nhan]", "[bien_nhan]\nleast_size = 3"),
        ("[bien_nhan]", '[bien_nhan]\ncolour = "red"'),
        ("[bien_nhan]", "[bien_nhan]\nzone = [0.5]"),
        ("[bien_nhan]", '[bien_nhan]\nimage = "seal"\nwidth = 900'),
        ("[bien_nhan]", "[bien_nhan]\nlaw = [1]"),
        ("[bien_nhan]", "bien_nhan = 3\n[another]"),
        ("[bien_nhan]", "[bien_nhan"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_when_it_is_read(tmp_path: Path, old: str, new: str) -> None:
    own = tmp_path / "own.toml"
    assert old in OWN
    own.write_text(OWN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileInvalid):
        read_profiles(own)


def test_every_key_of_the_file_is_explained_in_it() -> None:
    text = Path(profile_module.__file__).with_name("profiles.toml").read_text(encoding="utf-8")
    told = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    keys = {key for table in tomllib.loads(text).values() for key in table} - {"title"}
    assert [key for key in sorted(keys) if f"# {key}" not in told and f"{key}, " not in told and f"`{key}`" not in told] == []
