"""`sohoa renew` as the clerk meets it: what it says, and that a kill at any moment costs nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sohoa.kernel.clock import now
from sohoa.signing.validation.validate import validate_pdf
from sohoa.storage.objects.seaweed import embedded_store
from tests.pipeline.signing.archived import plain_paper, signed_paper
from tests.running import Answer, Office
from tests.signing.authority import PASSPHRASE, Pki, authority

CHECKOUT = Path(__file__).parents[2]
LTA = "PAdES-B-LTA"
MOST_STEPS = 20  # no run has so many; the loops below end long before


class Runner:
    """Children of a process that has everything loaded, in the office's home."""

    def __init__(self, office: Office) -> None:
        command = [sys.executable, "-m", "tests.pipeline.signing.renewal_run"]
        self._child = subprocess.Popen(
            command, cwd=CHECKOUT, env=office.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def sohoa(self, *arguments: str | Path) -> Answer:
        status, answer = self(command=[str(one) for one in arguments])
        assert status == 0
        return Answer(*answer)

    def killed(self, *arguments: str, step: int) -> bool:
        return self(command=list(arguments), kill=step)[0] != 0

    def __call__(self, **wish: Any) -> tuple[int, Any]:
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(json.dumps(wish) + "\n")
        self._child.stdin.flush()
        status, answer = json.loads(self._child.stdout.readline())
        assert status in (0, -signal.SIGKILL), status
        return status, answer

    def end(self) -> None:
        assert self._child.stdin
        self._child.stdin.close()
        self._child.wait(timeout=30)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("renew")


@pytest.fixture(scope="module")
def pki(room: Path) -> Iterator[Pki]:
    with authority(room / "pki") as pki:
        yield pki


@pytest.fixture(scope="module")
def office(room: Path, pki: Pki) -> Iterator[Office]:
    """With a key of the test PKI, its services, and a store that runs."""
    office = Office(room / "home")
    office.home.mkdir()
    pki.signer("rsa2048").p12(office.home / "mau.p12")
    secret = office.home / "mau.pass"
    secret.write_text(PASSPHRASE, encoding="utf-8")
    secret.chmod(0o600)
    (office.home / "signing.toml").write_text(
        f'[services]\ntimestamps = ["{pki.tsa_url}"]\n[trust]\nroots = ["{pki.root_pem}"]\n'
        '[signers.mau]\nkind = "pkcs12"\nfile = "mau.p12"\npassphrase_file = "mau.pass"\n',
        encoding="utf-8",
    )
    with embedded_store(office.home):
        yield office


@pytest.fixture(scope="module")
def run(office: Office) -> Iterator[Runner]:
    runner = Runner(office)
    yield runner
    runner.end()


def archived(run: Runner, pki: Pki, *papers: Path) -> list[str]:
    status, ids = run(deposit=[str(signed_paper(paper, pki, when=now())) for paper in papers])
    assert status == 0
    return ids


def signed_during_an_outage(run: Runner, pki: Pki, folder: Path) -> Path:
    pki.stop()
    answer = run.sohoa("sign", plain_paper(folder / "giay.pdf"), "--signer", "mau")
    pki.start()
    assert answer.code == 0, answer.err
    return folder / "giay-da-ky.pdf"


def words(text: str) -> str:
    return " ".join(text.split())


def test_an_outage_is_told_once_the_next_run_does_it_all_and_then_nothing_is_left(
    office: Office, run: Runner, pki: Pki, tmp_path: Path
):
    first, second = archived(run, pki, tmp_path / "a.pdf", tmp_path / "b.pdf")
    delivered = signed_during_an_outage(run, pki, tmp_path)

    planned = run.sohoa("renew", "--dry-run")
    assert planned.code == 0, planned.err
    assert f"bản ghi {first}: nâng PAdES-B-B → {LTA}, hết hạn" in words(planned.out) and str(delivered) in planned.out
    assert "3 sẽ làm (chưa làm gì)" in words(planned.err)

    pki.stop()
    out = run.sohoa("renew")
    pki.start()
    assert out.code == 3, out.err
    said = words(out.err)
    assert said.count("dịch vụ cấp dấu thời gian không trả lời") == 1 and "3 còn thiếu" in said
    assert second in said and not out.out.strip()

    done = office("renew")
    assert done.code == 0, done.err
    assert f"✓ bản ghi {first}: PAdES-B-B → {LTA}, hết hạn" in done.out and "3 đã nâng mức" in words(done.err)
    assert validate_pdf(delivered, trust=[pki.root_pem], now=now()).signatures[0].level == LTA
    assert run(verify=[first, second])[1] == [[True, 2, 1, LTA]] * 2

    idle = run.sohoa("renew")
    assert idle.code == 0 and not idle.out.strip()
    end = pki.certificate("tsa-0").not_valid_after_utc
    assert "Chưa có chữ ký nào đến hạn." in idle.err and f"{end:%m/%Y}" in idle.err
    told = run.sohoa("renew", first, "--json").json
    assert (told["left"], told["raised"], told["items"][0]["level"]) == (1, 0, LTA)
    assert f"bản ghi {first}: chưa đến hạn" in run.sohoa("renew", first).out


def test_a_record_that_does_not_exist_is_told(run: Runner):
    answer = run.sohoa("renew", "0" * 20, "--json")
    assert answer.code == 1 and answer.json["error"]["code"] == "storage.no_such_record"


def test_a_kill_after_any_durable_step_leaves_a_record_that_the_next_run_renews_once(run: Runner, pki: Pki, tmp_path: Path):
    stood: list[list[Any]] = []
    for step in range(1, MOST_STEPS):
        [paper] = archived(run, pki, tmp_path / f"{step}.pdf")
        killed = run.killed("renew", paper, step=step)
        if killed:
            stood += run(verify=[paper])[1]
        assert run.sohoa("renew", paper).code == 0
        assert run(verify=[paper])[1] == [[True, 2, 1, LTA]]
        if not killed:
            break
    # Until the package has its next version and the catalogue names it, the record stands as it was archived.
    before, after = [True, 1, 0, "PAdES-B-B"], [True, 2, 1, LTA]
    assert stood == [before] * (len(stood) - 1) + [after], "fetched; contents, inventory and copies in the store; entered last"
    assert len(stood) >= 6


def test_a_kill_after_any_durable_step_leaves_a_file_that_the_next_run_delivers(run: Runner, pki: Pki, tmp_path: Path):
    kills = 0
    for step in range(1, MOST_STEPS):
        folder = tmp_path / str(step)
        folder.mkdir()
        delivered = signed_during_an_outage(run, pki, folder)
        killed = run.killed("renew", step=step)
        kills += killed
        assert run.sohoa("renew").code == 0
        report = validate_pdf(delivered, trust=[pki.root_pem], now=now())
        assert [one.level for one in report.signatures] == [LTA, "RFC3161"] and report.verdict == "ok"
        if not killed:
            break
    assert kills == 4, "raised, validated, delivered, archived"
