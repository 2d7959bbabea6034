"""`sohoa rebuild` as an administrator types it: after a disaster, to be sure, and when somebody has been at the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from sohoa.storage.objects.seaweed import embedded_store
from tests.made import register_csv
from tests.papers import write_papers
from tests.running import Office


@pytest.mark.timeout(300)
def test_a_catalogue_is_compared_with_the_bucket_replaced_by_it_and_made_again_from_nothing(office: Office, inbox: Path) -> None:
    write_papers(inbox, 2)
    with embedded_store(office.home):
        assert office("register", "import", register_csv(inbox.parent, "H99-1")).code == 0
        found = office.digitize(inbox, "--dossier", "H99-1")
        victim = found["giay-001.pdf"]["document_id"]
        same = office("rebuild", "--json")
        assert (same.code, same.json["lost"], same.json["differences"]) == (0, [], {"total": 0, "shown": []}), same.out
        assert (same.json["replayed"], same.json["replaced"]) == (3, False)

        import sqlite3

        with sqlite3.connect(office.home / "catalogue.sqlite3") as database:
            database.execute("UPDATE catalogue_record SET title = 'Quyết định khác' WHERE id = ?", (victim,))
            database.execute("DELETE FROM catalogue_filing WHERE record_id != ?", (victim,))
        told = office("rebuild")
        assert told.code == 1 and f"Record {victim}: title" in told.err and "--replace" in told.err
        mended = office("rebuild", "--replace", "--json")
        assert mended.code == 1 and mended.json["differences"]["total"] == 2 and mended.json["replaced"]
        assert (office.home / mended.json["kept"]).is_file()
        clean = office("rebuild", "--json")
        assert (clean.code, clean.json["differences"]["total"]) == (0, 0), clean.out
        before = office("indicators", "--json").out, office("search", "giấy phép", "--json").out

        for path in office.home.glob("catalogue.sqlite3*"):
            path.unlink()
        assert office("search", "giấy phép", "--json").json["total"] == 0
        (office.home / "catalogue.sqlite3").unlink()
        again = office("rebuild")
        assert again.code == 0 and "Dựng lại 3 việc" in again.err, again.err
        assert (office("indicators", "--json").out, office("search", "giấy phép", "--json").out) == before
        assert office.digitize(inbox)["giay-001.pdf"]["document_id"] == victim
        assert office("verify", "--all", "--json").json["ok"] == 2
