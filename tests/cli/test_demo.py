"""The demonstration: the whole job on generated papers, and figures that agree with the papers' own truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sohoa.pipeline.sources.sampleoffice.register import planned, register_csv
from tests.running import Office

PAPERS = 9  # three dossiers


@pytest.mark.timeout(300)
def test_the_demonstration_ends_with_figures_that_follow_from_the_sample_offices_truth(office: Office) -> None:
    first = office("demo", "--papers", str(PAPERS), "--json")
    assert first.code == 0, first.err
    told = first.json
    states = {Path(file["source"]).name: file["state"] for file in told["files"]}
    assert list(states.values()).count("duplicate") == 1
    assert {name for name, state in states.items() if state == "quarantined"} == {
        *("bomb.png", "empty.pdf", "encrypted.pdf", "text-named.pdf", "truncated.pdf")
    }
    truth = [json.loads(line) for line in (office.home / "demo" / "truth.jsonl").read_text().splitlines()]
    right = read = 0
    by_file = {str(Path(file["source"]).relative_to(office.home / "demo")): file for file in told["files"]}
    for paper in truth:
        if paper["strength"] != "hard":
            read += 1
            right += by_file[paper["file"]]["type"] == paper["type"]
            assert by_file[paper["file"]]["dossier"] == paper["dossier"]
    assert read >= PAPERS - 2 and right >= read - 1, (right, read)
    figures = {row["id"]: row for row in told["rows"]}
    assert set(figures) == {"dossier_digitization_rate", "e_result_rate", "online_submission_rate"}
    for figure in figures.values():
        assert 0 <= figure["numerator"] <= figure["denominator"] and figure["definition"] and figure["caveat"]
        assert len(figure["missing"]) == figure["denominator"] - figure["numerator"]
    dossiers = {paper["dossier"] for paper in truth if paper["dossier"]}
    assert figures["online_submission_rate"]["denominator"] == len(dossiers)
    assert figures["dossier_digitization_rate"]["numerator"] >= 1 and figures["e_result_rate"]["numerator"] >= 1

    before = office.bucket()
    again = office("demo", "--papers", str(PAPERS), "--json")
    assert again.code == 0
    assert {Path(file["source"]).name: file["state"] for file in again.json["files"]} == states
    assert again.json["rows"] == told["rows"]
    assert office.bucket() == before


def test_figures_come_by_unit_and_name_what_is_missing(office: Office) -> None:
    register = office.home.parent / "so.csv"
    register.write_bytes(register_csv(planned(3, 20).dossiers, {}))
    assert office("register", "import", register, "--dry-run", "--json").json["created"] > 0
    assert office("indicators", "--json").json == {"period": None, "rows": []}
    imported = office("register", "import", register, "--json").json
    assert not imported["refused"]
    told = office("indicators", "--by", "unit", "--json").json
    totals = {row["id"]: row for row in told["rows"] if not row["unit"]}
    for name, total in totals.items():
        parts = [row for row in told["rows"] if row["unit"] and row["id"] == name]
        assert len(parts) >= 2
        assert sum(part["denominator"] for part in parts) == total["denominator"]
        assert sorted(code for part in parts for code in part["missing"]) == sorted(total["missing"])
    assert totals["dossier_digitization_rate"]["percent"] == "0.00", "nothing is archived, so nothing counts as digitised"
    shown = office("indicators", "--why").out
    assert all(code in shown for code in totals["dossier_digitization_rate"]["missing"])
