"""A receipt is checked by the script in docs/, by the system's own Python, in an empty folder, without sohoa."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sohoa.storage.audit import chain
from sohoa.storage.audit.checkpoint import key_of, read_checkpoint
from sohoa.storage.audit.errors import CheckpointLost, NothingToProve, ProofFails
from sohoa.storage.audit.models import AuditCheckpoint, AuditEvent, AuditNode
from sohoa.storage.audit.proving import Receipt, last_event, prove
from sohoa.storage.objects.model import AUDIT
from tests.storage.audit.logs import NOON, Instead, Log, contents

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).parents[3] / "docs" / "check_receipt.py"
# Not the one that runs the tests: a machine that never heard of us.
PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin:/bin") or "python3"
RECORD = "3f2a90c1d4e5f6a7b8c9"
FILE = b"%PDF-1.7 ..."


@dataclass(frozen=True)
class Desk:
    """An auditor's folder: the script, the key, and what they were handed."""

    folder: Path

    def check(self, receipt: bytes, *more: str) -> tuple[int, str]:
        (self.folder / "receipt.json").write_bytes(receipt)
        ran = subprocess.run(
            [PYTHON, "-I", "-S", "check_receipt.py", "receipt.json", "--key", "audit-key.pem", *more],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in ran.stderr
        return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def desk(log: Log, tmp_path: Path) -> Desk:
    folder = tmp_path / "desk"
    folder.mkdir()
    shutil.copy(SCRIPT, folder)
    (folder / "audit-key.pem").write_text(log.key.public_pem)
    return Desk(folder)


@pytest.fixture
def archived(log: Log) -> Log:
    """A record archived among others, read twice."""
    log.write(20)
    files = {"record.pdf": hashlib.sha256(FILE).hexdigest()}
    chain.append("record.archived", RECORD, now=NOON, details={"files": files}, why="số hóa hồ sơ")
    log.write(10)
    log.fix()
    chain.append("record.read", RECORD, now=NOON, actor="nv.lan")
    log.write(7)
    log.fix()
    return log


@pytest.fixture
def script() -> Any:
    """The script within this process, for the thousands of wrong receipts; its own process is asked for a few of them."""
    spec = importlib.util.spec_from_file_location("check_receipt", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):
        spec.loader.exec_module(module)
    return module


def sealed(told: dict[str, Any]) -> bytes:
    """With the digest made anew, as a forger does."""
    told.pop("digest")
    digest = hashlib.sha256(dumped(told)).hexdigest()
    return dumped({**told, "digest": digest}) + b"\n"


def dumped(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_the_script_is_short_and_stands_on_nothing_of_ours() -> None:
    words = SCRIPT.read_text(encoding="utf-8")
    assert len([line for line in words.splitlines() if line.strip()]) <= 60
    assert "import sohoa" not in words and "from sohoa" not in words


def test_a_receipt_proves_all_events_of_a_record_without_us(archived: Log, desk: Desk) -> None:
    code, said = desk.check(prove(RECORD, archived.store).written)
    assert code == 0, said
    assert f"21 record.archived {RECORD}" in said and f"32 record.read {RECORD}" in said and "nv.lan" in said
    assert "the archive's word" in said


def test_a_person_can_compare_a_file_with_what_was_logged(archived: Log, desk: Desk) -> None:
    receipt = prove(RECORD, archived.store, only="record.archived").written
    (desk.folder / "record.pdf").write_bytes(FILE)
    code, said = desk.check(receipt, "--file", "record.pdf")
    assert code == 0 and "file matches" in said
    (desk.folder / "record.pdf").write_bytes(FILE + b" ")
    code, said = desk.check(receipt, "--file", "record.pdf")
    assert code == 1 and "not a file of these entries" in said


def test_the_key_of_somebody_else_proves_nothing(archived: Log, desk: Desk, tmp_path: Path) -> None:
    (desk.folder / "audit-key.pem").write_text(Log(archived.store, tmp_path / "others").key.public_pem)
    code, said = desk.check(prove(RECORD, archived.store).written)
    assert code == 1 and "the log's signature is wrong" in said


def test_an_entrys_number_can_be_proven_too(archived: Log, desk: Desk) -> None:
    made = prove("5", archived.store)
    assert [one.event.sequence for one in made.events] == [5] and made.checkpoint.body.size == 31
    assert desk.check(made.written)[0] == 0


def test_every_byte_of_a_receipt_counts(archived: Log, desk: Desk, script: Any, tmp_path: Path) -> None:
    whole = prove(RECORD, archived.store).written
    place = tmp_path / "receipt.json"
    asked = SimpleNamespace(receipt=place, key=desk.folder / "audit-key.pem", tsa_ca=None, file=None)
    chance, passed = random.Random(20260105), list[int]()
    for number in range(len(whole)):
        place.write_bytes(whole[:number] + bytes([whole[number] ^ 1 << chance.randrange(8)]) + whole[number + 1 :])
        try:
            script.check(asked, tmp_path)
            passed.append(number)
        except Exception:
            continue
    assert not passed
    for cut in (0, 1, len(whole) // 2, len(whole) - 1):
        assert desk.check(whole[:cut])[0] == 1
    for more in (b" ", b"\n", b"{}"):
        assert desk.check(whole + more)[0] == 1
    for number in chance.sample(range(len(whole)), 5):
        assert desk.check(whole[:number] + bytes([whole[number] ^ 1]) + whole[number + 1 :])[0] == 1
    assert desk.check(whole)[0] == 0


def forgeries(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every value in a receipt, changed with the digest made anew."""
    for part, name in (
        *((told["events"][0]["event"], name) for name in told["events"][0]["event"]),
        *((told["events"][0], name) for name in ("index", "path")),
        *((told["checkpoint"]["body"], name) for name in told["checkpoint"]["body"]),
        (told["checkpoint"], "signature"),
        (told, "format"),
    ):
        was = part[name]
        if isinstance(was, int):
            others: list[Any] = [was + 1, was - 1, str(was), None]
        else:
            others = [f"{was}x", "", None, [], [was], {**was, "x": 1} if isinstance(was, dict) else was[:-1]]
        for wrong in others:
            part[name] = wrong
            if wrong != was:
                yield told
        part[name] = was
    for added in ("note", "origin2"):
        told["events"][0]["event"][added] = "x"
        yield told
        del told["events"][0]["event"][added]
    events = told["events"]
    for wrong in ([], None, {}):
        told["events"] = wrong
        yield told
    told["events"] = events


def test_a_forger_who_seals_it_anew_is_found_too(archived: Log, desk: Desk, script: Any, tmp_path: Path) -> None:
    told = json.loads(prove(RECORD, archived.store).written)
    place = tmp_path / "receipt.json"
    asked = SimpleNamespace(receipt=place, key=desk.folder / "audit-key.pem", tsa_ca=None, file=None)
    tried = 0
    for forged in forgeries(told):
        place.write_bytes(sealed(dict(forged)))
        with pytest.raises(Exception):  # noqa: B017 (whatever it is, the script tells that nothing is proven)
            script.check(asked, tmp_path)
        tried += 1
    assert tried > 60
    place.write_bytes(sealed(dict(told)))
    script.check(asked, tmp_path)


def test_a_receipt_takes_the_earliest_stamped_checkpoint_or_the_newest_when_asked(archived: Log) -> None:
    assert prove("3", archived.store).checkpoint.body.size == 31
    AuditCheckpoint.objects.filter(size=39).update(stamped=True)
    assert prove("3", archived.store).checkpoint.body.size == 39
    AuditCheckpoint.objects.filter(size=31).update(stamped=True)
    assert prove("3", archived.store).checkpoint.body.size == 31
    assert prove("3", archived.store, newest=True).checkpoint.body.size == 39
    assert prove(RECORD, archived.store).checkpoint.body.size == 39


def test_every_event_of_a_log_with_large_parts_can_be_proven(log: Log) -> None:
    chain.append_all([chain.Entry("record.read", str(number)) for number in range(5000)], now=NOON)
    log.fix()
    chain.append_all([chain.Entry("record.read", str(number)) for number in range(700)], now=NOON)
    log.fix()
    assert AuditNode.objects.count() == 22 + 11 + 5 + 2 + 1
    for sequence in (1, 2, 1024, 1025, 4096, 4097, 5000, 5001, 5120, 5121, 5700):
        assert len(prove(str(sequence), log.store).events) == 1
    AuditNode.objects.all().update(hash="0" * 64)  # what is remembered is wrong: it is built again
    assert isinstance(prove("1", log.store), Receipt)
    assert not AuditNode.objects.filter(hash="0" * 64).exists()
    AuditNode.objects.all().delete()
    assert isinstance(prove("5700", log.store), Receipt)


def test_what_is_not_there_or_not_fixed_or_not_whole_is_not_proven(log: Log) -> None:
    with pytest.raises(NothingToProve):
        prove("1", log.store)
    log.write(3)
    with pytest.raises(CheckpointLost):
        prove("1", log.store)
    log.fix()
    for unknown in ("4", "x", "", "9" * 40, "-1", "1 ", "٣"):
        with pytest.raises(NothingToProve):
            last_event(unknown)
    AuditEvent.objects.filter(sequence=2).update(actor="ai đó")
    with pytest.raises(ProofFails):
        prove("1", log.store)
    whole = contents(log.store, AUDIT, key_of(3))
    spoilt = whole.replace(b"no_service", b"no_servicf")
    assert read_checkpoint(spoilt).is_signed()
    with pytest.raises(CheckpointLost):
        prove("1", Instead(log.store, {key_of(3): spoilt}))  # pyright: ignore
