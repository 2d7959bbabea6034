"""The office on disk: files that open, a register that fits them, gaps only where they are meant."""

import csv
import hashlib
import io
import json
import subprocess
import sys
from datetime import datetime

import pikepdf
import pytest
from PIL import Image

from sohoa.pipeline.sources.sampleoffice import make_paper, write_office
from sohoa.pipeline.sources.sampleoffice.delivery import delivered
from sohoa.pipeline.sources.sampleoffice.register import HEADER, planned

ORDER = {"seed": 11, "papers": 6, "dpi": 200, "strengths": ("clean",)}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return write_office(tmp_path_factory.mktemp("office"), **ORDER)


def sums(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(office):
    return list(csv.DictReader(io.StringIO(office.register.read_text("utf-8-sig"))))


def told_by(office):
    return [json.loads(line) for line in office.truth.read_text("utf-8").splitlines()]


def test_the_office_has_as_many_papers_as_asked_for(office):
    assert office.papers == 6 == len(office.files) == len(told_by(office))
    assert sorted(office.files) == sorted(path for path in office.papers_folder.rglob("*") if path.is_file())


def test_the_same_order_gives_the_same_bytes_in_another_process(office, tmp_path):
    again = (
        "import sys; from pathlib import Path; from sohoa.pipeline.sources.sampleoffice import write_office;"
        f"write_office(Path(sys.argv[1]), **{ORDER!r})"
    )
    subprocess.run(
        [sys.executable, "-c", again, str(tmp_path / "again")], check=True, env={"PYTHONPATH": ":".join(sys.path), "PATH": ""}
    )
    assert sums(tmp_path / "again") == sums(office.folder)


def test_a_second_call_makes_nothing_and_changes_nothing(office):
    before = {path: path.stat().st_mtime_ns for path in office.folder.rglob("*")}
    assert write_office(office.folder, **ORDER).made == 0
    assert {path: path.stat().st_mtime_ns for path in office.folder.rglob("*")} == before


def test_an_interrupted_office_goes_on_where_it_stopped(office, tmp_path):
    class Stopped(Exception):
        pass

    def stop_at_three(done, of):
        assert of == 6
        if done == 3:
            raise Stopped

    with pytest.raises(Stopped):
        write_office(tmp_path, **ORDER, progress=stop_at_three)
    assert not (tmp_path / "register.csv").exists()
    assert write_office(tmp_path, **ORDER).made == 3
    assert sums(tmp_path) == sums(office.folder)


def test_a_paper_that_went_missing_is_made_again(office, tmp_path):
    healed = write_office(tmp_path, **ORDER)
    healed.files[2].unlink()
    assert write_office(tmp_path, **ORDER).made == 1
    assert sums(tmp_path / "papers") == sums(office.papers_folder)


def test_another_order_in_the_same_folder_leaves_none_of_the_old_papers(tmp_path):
    write_office(tmp_path, seed=1, papers=2, dpi=200, strengths=("clean",))
    office = write_office(tmp_path, seed=2, papers=2, dpi=200, strengths=("clean",))
    assert sorted(office.files) == sorted(path for path in office.papers_folder.rglob("*") if path.is_file())


def test_the_truth_names_every_page_with_its_lines(office):
    for entry in told_by(office):
        assert (office.folder / entry["file"]).is_file()
        assert {"dossier", "type", "fields", "strength", "dpi", "pages", "sheets"} <= set(entry)
        for number, page in enumerate(entry["pages"], 1):
            assert page["number"] == number
            assert {"width", "height", "upside_down", "blank", "kind", "lines"} <= set(page)
            assert page["blank"] == (not page["lines"])
            assert all({"text", "region", "bbox"} <= set(line) for line in page["lines"])


def test_the_register_has_the_agreed_columns_and_a_byte_order_mark(office):
    assert office.register.read_bytes().startswith(b"\xef\xbb\xbf")
    assert tuple(rows_of(office)[0]) == HEADER


def test_every_paper_of_a_dossier_has_its_row_with_its_sheets(office):
    rows = rows_of(office)
    for entry in told_by(office):
        if entry["dossier"] is None:
            assert entry["file"].startswith("papers/van-thu/")
        else:
            assert entry["file"].split("/")[1] == entry["dossier"]
            mine = [row for row in rows if row["dossier_code"] == entry["dossier"] and row["document_type"] == entry["type"]]
            assert str(entry["sheets"]) in [row["sheets"] for row in mine]


def test_only_meant_gaps_lack_a_paper():
    plan = planned(21, 120)
    incomplete = no_result = 0
    for dossier in plan.dossiers:
        seats = {paper.seat for paper in dossier.papers}
        lacking = [n for n, component in enumerate(dossier.components, 1) if component.scanned and ("component", n) not in seats]
        assert len(lacking) <= 1 and all(dossier.components[n - 1].decision == "required_by_rule" for n in lacking)
        incomplete += bool(lacking)
        yields = dossier.resolved is not None and dossier.procedure.result is not None
        assert ("result", 1) not in seats or yields
        no_result += yields and ("result", 1) not in seats
    resolved = sum(dossier.resolved is not None and dossier.procedure.result is not None for dossier in plan.dossiers)
    assert 0.85 <= 1 - incomplete / len(plan.dossiers) <= 0.97
    assert 0.80 <= 1 - no_result / resolved <= 0.97


def test_a_small_office_has_each_kind_of_gap_and_every_type_of_paper():
    plan = planned(7, 30)
    dossiers = plan.dossiers
    assert any(dossier.resolved is None for dossier in dossiers)
    assert any(dossier.resolved is not None and dossier.procedure.result is None for dossier in dossiers)
    assert {paper.kind for paper in plan.papers} == {
        *("QĐ", "CV", "TB", "TTr", "BC", "KH", "BB", "GPXD", "GCNHKD", "TLKS", "DON", "TK", "HĐ", "CC")
    }


@pytest.mark.parametrize("papers", [0, 1, 2, 3, 5, 17, 64])
def test_any_number_of_papers_can_be_asked_for(papers):
    assert len(planned(3, papers).papers) == papers


def test_dossier_codes_are_unique_and_safe_as_folder_names():
    codes = [dossier.code for dossier in planned(5, 200).dossiers]
    assert len(codes) == len(set(codes))
    assert all(set(code) <= set("0123456789.-H") and code.count("-") == 2 for code in codes)


def test_every_dossier_lives_in_the_first_half_of_2026_and_in_the_right_order():
    for dossier in planned(5, 200).dossiers:
        moments = [moment for moment in (dossier.received, dossier.resolved, dossier.returned) if moment is not None]
        assert moments == sorted(moments) and dossier.received < dossier.due
        assert all(
            datetime.fromisoformat("2026-01-01T00:00+07:00") <= moment < datetime.fromisoformat("2026-07-01T00:00+07:00")
            for moment in moments
        )
        assert (dossier.status in (9, 10)) == (dossier.resolved is not None)


@pytest.fixture(scope="module")
def long_paper():
    return make_paper("BC", 3, strength="medium", dpi=200)


def test_a_pdf_page_is_the_scanners_jpeg_at_its_true_size(long_paper):
    with pikepdf.open(io.BytesIO(delivered(long_paper, "pdf", rotate_named=True))) as pdf:
        assert len(pdf.pages) == len(long_paper.pages) > 1
        for page, made in zip(pdf.pages, long_paper.pages, strict=True):
            (image,) = page.get_images().values()
            assert image.read_raw_bytes() == made.jpeg
            assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
            assert page.obj.Rotate == 0
        assert "/Info" not in pdf.trailer


@pytest.mark.parametrize(("strength", "compression"), [("clean", "tiff_adobe_deflate"), ("medium", "jpeg")])
def test_a_tiff_holds_every_page_with_its_resolution(strength, compression):
    made = make_paper("BC", 3, strength=strength, dpi=200)
    with Image.open(io.BytesIO(delivered(made, "tif"))) as tiff:
        assert tiff.n_frames == len(made.pages)
        for number, page in enumerate(made.pages):
            tiff.seek(number)
            assert tiff.size == (page.width, page.height)
            assert tiff.info["compression"] == compression
            assert tiff.info["dpi"] == (200, 200)


def test_a_jpeg_of_several_pages_is_refused(long_paper):
    with pytest.raises(ValueError, match="one page"):
        delivered(long_paper, "jpg")


def test_a_jpeg_knows_its_resolution():
    with Image.open(io.BytesIO(delivered(make_paper("DON", 3, strength="clean", dpi=200), "jpg"))) as picture:
        assert picture.info["dpi"] == (200, 200)
