"""What `sohoa digitize` does about its signer: told before the reading starts, waited for when it fails meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.papers import write_papers
from tests.running import Office
from tests.signing.authority import PASSPHRASE, authority


@pytest.mark.parametrize(("kind", "code"), [("expired", "signing.certificate_expired"), ("revoked", "signing.certificate_revoked")])
def test_a_signer_who_must_not_sign_is_told_before_any_paper_is_taken(tmp_path: Path, kind: str, code: str) -> None:
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    (home / "keys").mkdir(parents=True)
    inbox.mkdir()
    write_papers(inbox, 1)
    with authority(tmp_path / "pki") as pki:
        pki.signer(kind).p12(home / "keys" / "a.p12")
        (home / "keys" / "pass").write_text(PASSPHRASE)
        (home / "keys" / "pass").chmod(0o400)
        (home / "signing.toml").write_text(
            f'[trust]\nroots = ["{pki.root_pem}"]\n[digitize]\nsigner = "a"\n'
            '[signers.a]\nkind = "pkcs12"\nfile = "keys/a.p12"\npassphrase_file = "keys/pass"\n',
            encoding="utf-8",
        )
        office = Office(home)
        answer = office("digitize", inbox, "--json")
        assert answer.code == 2 and code in answer.err
        assert not list((home / "claims").glob("?" * 64)), "nothing was taken in"


def test_papers_wait_composed_for_a_signer_that_fails_meanwhile_and_are_signed_later(office: Office, inbox: Path) -> None:
    """The signer's key is broken between the check at the start and the first paper; the paper is not to blame."""
    write_papers(inbox, 1)
    toml = office.home / "signing.toml"
    spoil = Path(__file__).parent / "spoil_signer"
    told = office("digitize", inbox, "--json", PYTHONPATH=f"{spoil}:{Path(__file__).parents[2]}", SPOIL_SIGNER="1")
    assert told.code == 3 and not toml.exists(), told.err
    assert office.rows("SELECT state, waiting_for FROM pipeline_item") == [("composed", "pipeline.signer_not_ready")]
    assert "key_exposed" in told.out or "Khóa" in told.err or "khóa" in told.err
    later = office("digitize", inbox, "--json")
    assert later.code == 0, later.err
    assert [line["state"] for line in later.lines] == ["archived"] and later.lines[0]["signature"]["level"] == "PAdES-B-B"
