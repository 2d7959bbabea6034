"""`sohoa export` and `sohoa import` as typed, on a real object server: what scripts and people get from them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import Office
from tests.storage.exports.conftest import DOSSIER

# A dossier with one scanned and one signed paper, put into the server and the catalogue that the environment names.
FILL = """
from sohoa.config.settings import settings
from sohoa.storage.catalogue import database
home = settings().home
database.ready(home)
from sohoa.storage.objects.seaweed import embedded_store
from tests.storage.exports.conftest import archived, pdf_of
with embedded_store(home) as connection, connection.store() as store:
    store.prepare()
    archived(store, "gõ lệnh", {"original": ("original.pdf", b"x"), "record": ("record.pdf", pdf_of("trang"))})
"""


@pytest.fixture(scope="module")
def typed(store_home: Path, tmp_path_factory: pytest.TempPathFactory):
    """The command, on the server of all tests with a catalogue of its own."""
    office = Office(store_home)
    more = {
        "SOHOA_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('typed')}/catalogue.sqlite3",
        "DJANGO_SETTINGS_MODULE": "sohoa.config.django",
    }
    subprocess.run([sys.executable, "-c", FILL], env=office.environment(**more), check=True, timeout=120)
    return lambda *words: office(*words, **more)


def test_a_dossier_goes_out_and_comes_back_and_a_changed_one_does_not(typed, tmp_path: Path) -> None:
    made = typed("export", DOSSIER, "-o", tmp_path / "gói", "--as", "dip", "--zip", "--json")
    assert (made.code, made.json["form"], made.json["documents"], made.json["again"]) == (0, "dip", 1, False)
    assert typed("export", DOSSIER, "-o", tmp_path / "gói", "--as", "dip", "--zip", "--json").json["again"] is True

    package = Path(made.json["package"])
    looked = typed("import", package, "--json")
    assert (looked.code, looked.json["verdict"]) == (0, "ok")
    (paper,) = looked.json["papers"]
    assert (paper["dossier"], paper["fields"]["code_number"]) == (DOSSIER, "05")

    lines: list[dict] = []
    for _ in range(2):
        taken = typed("import", package, "--digitize", "--no-sign", "--json")
        lines += [json.loads(line) for line in taken.out.splitlines()][1:]
        assert (taken.code, lines[-1]["state"], lines[-1]["dossier"]) == (0, "archived", DOSSIER), taken.err
    assert lines[0]["source"] == f"{package}/{paper['name']}"
    assert lines[0]["object"] == lines[1]["object"], "the second run archived nothing more"

    package.write_bytes(package.read_bytes().replace(b"%PDF-1", b"%PDF-2", 1))
    spoiled = typed("import", package, "--verify-only")
    assert spoiled.code in (1, 2), spoiled.err
    assert (spoiled.code, "zip" in spoiled.err) == (1, True)


def test_what_is_not_in_the_archive_is_told_with_a_way_out(typed, tmp_path: Path) -> None:
    answer = typed("export", "H26.khong-co", "-o", tmp_path / "gói")
    assert (answer.code, "sohoa search" in answer.err) == (2, True)
    assert not (tmp_path / "gói").exists()
