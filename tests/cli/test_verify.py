"""The whole round as an administrator types it: verify, back up, drill, lose something, repair it, restore all of it elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from minio import Minio

from sohoa.storage.objects.model import RECORDS
from sohoa.storage.objects.seaweed import embedded_store
from tests.running import Office

_ARCHIVE = """
import sys
from pathlib import Path
from sohoa.cli.workplace import with_catalogue, with_store
here = with_catalogue()
from tests.storage.fixity.archives import small_archive
with with_store(here) as store:
    small_archive(Path(sys.argv[1]), store, here.home, signed=False)
"""


def archive_in(office: Office, scratch: Path) -> None:
    environment = {**office.environment(), "DJANGO_SETTINGS_MODULE": "sohoa.config.django"}
    script = f"import django; django.setup()\n{_ARCHIVE}"
    subprocess.run([sys.executable, "-c", script, str(scratch)], check=True, env=environment, timeout=120)


@pytest.mark.timeout(300)
def test_an_archive_is_verified_backed_up_drilled_repaired_and_restored_by_commands(office: Office, tmp_path: Path) -> None:
    place = tmp_path / "sao-luu"
    with embedded_store(office.home) as connection:
        archive_in(office, tmp_path)
        well = office("verify", "--all", "--fixity-only", "--json")
        assert well.code == 0, well.out + well.err
        assert (well.json["checked"], well.json["ok"], well.json["failures"]) == (3, 3, [])
        assert well.json["algorithms"] == ["sha256", "sha512"] and well.json["bytes"] > 0

        made = office("backup", place, "--json")
        assert made.code == 0 and made.json["objects"] > 50 and made.json["wrong"] == [], made.err
        drilled = office("drill", "--sample", "2")
        assert drilled.code == 0 and "khôi phục được 2 trên 2 gói thử" in drilled.err, drilled.err

        ((pk, key, version),) = office.rows(
            "SELECT record_id, key, version_id FROM catalogue_storedfile WHERE role = 'record' LIMIT 1"
        )
        with connection.store() as store, store.open(RECORDS, key, version) as stream:
            content = b"".join(stream)
        (volume,) = [file for file in (office.home / "objects").rglob("*.dat") if content in file.read_bytes()]
        with volume.open("r+b") as opened:
            opened.seek(volume.read_bytes().index(content) + len(content) // 2)
            opened.write(b"??")
        mended = office("verify", "--repair-from", place, pk, "--json")
        assert mended.code == 0, mended.out + mended.err
        assert [(one["role"], one["repaired"]) for one in mended.json["repaired"]] == [("record", True)]
        sampled = office("verify", "--sample", "100%", "--seed", "5", "--rate", "50MB", "--fixity-only")
        assert sampled.code == 0 and "3 đúng" in sampled.err and "số gieo 5" in sampled.err, sampled.err

        where = urlsplit(connection.url)
        Minio(where.netloc, *(connection.admin or ()), secure=False).remove_object(RECORDS, key)
        hidden = office("verify", pk, "--json")
        assert hidden.code == 1 and hidden.json["failures"][0]["reason"] == "record: delete_marker"

    new = Office(tmp_path / "new-home")
    with embedded_store(new.home):
        restored = new("backup", "--restore", place, "--json")
        assert restored.code == 0 and restored.json["objects"] == made.json["objects"], restored.out + restored.err
        again = new("backup", "--restore", place)
        assert again.code == 2 and "không ghi đè" in again.err
        verified = new("verify", "--all", "--fixity-only", "--json")
        found = {(one["what"], one["reason"]) for one in verified.json["failures"]}
        assert found <= {("audit", "key_unknown")}, "the keys were not in the backup, all else was"
        assert (verified.json["checked"], verified.json["ok"]) == (3, 3)


def test_what_cannot_be_meant_is_refused_before_anything_is_read(office: Office, tmp_path: Path) -> None:
    assert office("verify", "--all", "--repair-from", tmp_path).code == 2
    nothing = office("drill", "--json")
    assert nothing.code == 2 and json.loads(nothing.out)["error"]["code"] == "storage.not_a_backup"
