"""The bucket of a digitised archive before an OCFL validator that is not ours; its PREMIS and ALTO before their boards' schemas."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sohoa.storage.objects.seaweed import embedded_store
from tests.conformance import alto
from tests.ocfl_judge import judged_valid, lay_out
from tests.storage.exports.judging import complaints

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def root(made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that the bucket of records holds, as plain files."""
    with embedded_store(made.office.home) as connection, connection.store() as store:
        return lay_out(store, tmp_path_factory.mktemp("bucket"))


def contents(root: Path, name: str) -> list[Path]:
    """Of every record, the file that was archived under this name."""
    stem, _, extension = name.partition(".")
    named = re.compile(rf"v\d+/content/[0-9a-f]{{20}}/{stem}-[0-9a-f]{{16}}\.{extension}")
    return [path for path in sorted(root.rglob(f"{stem}-*.{extension}")) if named.search(path.as_posix())]


def test_the_bucket_as_a_whole_is_a_storage_root_without_a_warning(made, root: Path) -> None:
    assert judged_valid(root, whole_root=True) == []
    assert len(contents(root, "metadata.json")) == len(made.signed)


def test_the_validator_finds_a_flipped_byte_and_a_missing_file(root: Path, tmp_path: Path) -> None:
    victim = next(path.parent for path in root.rglob("0=ocfl_object_1.1"))
    for number, spoil in enumerate((_flip, Path.unlink)):
        copy = tmp_path / str(number)
        copy.mkdir()
        for path in victim.rglob("*"):
            if path.is_file():
                (copy / path.relative_to(victim)).parent.mkdir(parents=True, exist_ok=True)
                (copy / path.relative_to(victim)).write_bytes(path.read_bytes())
        assert judged_valid(copy) == []
        spoil(next(copy.rglob("original-*")))
        assert judged_valid(copy) != []


def test_the_premis_of_every_record_is_valid_by_its_schema(made, root: Path) -> None:
    files = contents(root, "premis.xml")
    assert len(files) == len(made.signed)
    assert {path.name: complaints("premis.xsd", path.read_bytes()) for path in files} == {path.name: [] for path in files}


def test_the_text_of_every_record_is_valid_alto(made, root: Path) -> None:
    files = contents(root, "text.xml")
    assert len(files) == len(made.signed)
    assert {path.name: alto.complaints(path.read_text("utf-8")) for path in files} == {path.name: [] for path in files}


def _flip(path: Path) -> None:
    spoilt = bytearray(path.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    path.write_bytes(spoilt)
