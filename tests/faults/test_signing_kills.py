"""Kill a signing run at every boundary between two states: starting again gives each paper its one signature, and never a second."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.flow.job import State
from sohoa.signing.flow.journal import Journal
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.authority import PASSPHRASE, authority
from tests.signing.pki import NOW, write_paper
from tests.signing.services.person import APPROVES_LATER
from tests.signing.services.sp769_service import ACCOUNT, Sp769Service, sp769_service
from tests.signing.tokens import LIBRARY, PIN, Placed, SoftTokens

CHECKOUT = Path(__file__).parents[2]
PAPERS = 2
MOST_WRITES = 40  # no run of two papers puts so many files in place; the loop below ends long before


class Runner:
    """Signs piles in children of a process that has everything loaded."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.signing_run"]
        self._child = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, wish: dict[str, Any]) -> tuple[int, list[str]]:
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(json.dumps(wish) + "\n")
        self._child.stdin.flush()
        status, errors = json.loads(self._child.stdout.readline())
        assert status in (0, -signal.SIGKILL), status
        return status, errors or []

    def end(self) -> None:
        assert self._child.stdin
        self._child.stdin.close()
        self._child.wait(timeout=30)


class Run:
    """Two papers to sign. `wish` is what the child is told."""

    def __init__(self, folder: Path, wish: dict[str, Any], runner: Runner, service: Sp769Service | None = None) -> None:
        self.folder, self.service, self._runner = folder, service, runner
        self._wish = {**wish, "folder": str(folder)}
        for number in range(PAPERS):
            paper = write_paper(folder / f"paper-{number}.pdf")
            paper.write_bytes(paper.read_bytes() + f"\n% {number} {folder.name}\n".encode())

    def __call__(self, *, writes: int = 0, answers: int = 0) -> tuple[int, list[str]]:
        """Exit status and what the run said of each paper; killed after so many files put in place, or answers of the key."""
        return self._runner({**self._wish, "kill_after_write": writes, "kill_after_answer": answers})

    def assert_each_signed_once(self) -> None:
        jobs = list(Journal(self.folder / "journal").jobs())
        assert [job.state for job in jobs] == [State.ARCHIVED] * PAPERS
        hashes = {tuple(line.split()) for line in (self.folder / "asked.log").read_text().splitlines()}
        assert len(hashes) == PAPERS, "another hash was signed for a paper that already had one"
        for number in range(PAPERS):
            report = validate_pdf(self.folder / f"signed-paper-{number}.pdf", trust=[Path(self._wish["root"])], now=NOW)
            signatures = [one for one in report.signatures if one.level != "RFC3161"]
            assert len(signatures) == 1 and signatures[0].integrity is Outcome.OK
            assert report.verdict is not Outcome.FAILED
        assert not list((self.folder / "journal").glob(".new-*/job.json")), "half a job was left"
        if self.service:
            files = [file for body in self.service.asked("/signatures/sign") for file in body["sign_files"]]
            assert len({file["data_to_be_signed"] for file in files}) == len(files) == PAPERS, (
                "somebody was asked twice for the same"
            )
            assert self.service.authorisations == self.service.approvals


@pytest.fixture(scope="module", params=["pkcs12", "pkcs11", "sp769"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Gives a maker of runs, each with fresh papers and, for the remote holder, a fresh service."""
    room = tmp_path_factory.mktemp(f"kills-{request.param}")
    with ExitStack() as stack:
        runner = Runner()
        stack.callback(runner.end)
        pki = stack.enter_context(authority(room / "pki", now=NOW))
        wish: dict[str, Any] = {"kind": request.param, "root": str(pki.root_pem), "tsa_url": pki.tsa_url}
        signer = pki.signer("rsa2048")
        if request.param == "pkcs12":
            wish |= {"p12": str(signer.p12(room / "key.p12")), "passphrase": PASSPHRASE}
        elif request.param == "pkcs11":
            tokens = SoftTokens(room)
            above = [Placed(one, None) for one in signer.chain]
            tokens.add("van-thu", [Placed(signer.certificate, signer.key), *above])
            pin = room / "pin"
            pin.write_text(PIN)
            pin.chmod(0o400)
            wish |= {"library": str(LIBRARY), "pin_file": str(pin)}
            wish["environment"] = {"SOFTHSM2_CONF": str(tokens.configuration)}

        def run(name: str) -> Run:
            folder = room / name
            folder.mkdir()
            if request.param != "sp769":
                return Run(folder, wish, runner)
            service = stack.enter_context(sp769_service(folder, person=APPROVES_LATER))
            mine = {**wish, "url": service.url, "account": [ACCOUNT.sp_id, ACCOUNT.sp_password, ACCOUNT.user_id]}
            return Run(folder, {**mine, "root": str(folder / "root.pem"), "tsa_url": ""}, runner, service)

        yield run


@pytest.mark.timeout(600)
def test_a_kill_after_any_durable_step_leaves_one_signature_for_each_paper(made: Any) -> None:
    killed = 0
    for write in range(1, MOST_WRITES):
        run = made(f"write-{write}")
        code, _ = run(writes=write)
        if code == 0:
            break
        killed += 1
        assert run() == (0, [""] * PAPERS)
        run.assert_each_signed_once()
    # Two papers: each is kept (twice put in place), submitted, received, finished, validated, delivered, archived.
    assert killed == PAPERS * 8, killed


def test_a_kill_between_the_keys_answer_and_its_keeping_asks_for_the_same_signature_again(made: Any) -> None:
    run = made("answer")
    code, _ = run(answers=1)
    assert code == -signal.SIGKILL
    assert {job.state for job in Journal(run.folder / "journal").jobs()} == {State.SUBMITTED}
    assert run() == (0, [""] * PAPERS)
    run.assert_each_signed_once()


def test_a_pile_killed_again_and_again_ends_with_one_signature_for_each_paper(made: Any) -> None:
    run = made("stubborn")
    codes = [run(writes=5)[0] for _ in range(6)]
    assert -signal.SIGKILL in codes
    assert run() == (0, [""] * PAPERS)
    run.assert_each_signed_once()
