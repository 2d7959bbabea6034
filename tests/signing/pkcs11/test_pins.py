"""A PIN is tried once, by whoever; and is written nowhere."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sohoa.signing.signers.pins import (
    PinFile,
    PinFileExposed,
    PinFileUnreadable,
    PinInDoubt,
    PinNeeded,
    PinNotGiven,
    PinPrompt,
    Tries,
)
from sohoa.signing.signers.pkcs11 import Pkcs11Holder, tokens_of
from sohoa.signing.signers.tokens.seen import (
    tries_from,
)
from sohoa.signing.signers.tokens.session import PinWrong
from tests.signing.tokens import (
    CURVE,
    LIBRARY,
    OURS,
    PIN,
    Person,
    Placed,
    process_of,
    signature_by,
    signs,
)


def test_a_wrong_pin_is_tried_once_and_then_never_again(tokens, opened, person: Person):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    person.answer = "sai-0000"
    holder = opened()
    with pytest.raises(PinWrong) as refused:
        signature_by(holder, b"attributes")
    assert "còn lại ít lần thử" in refused.value.as_dict()["vi"]
    assert tokens_of(LIBRARY)[0].tries is Tries.LOW
    # The right PIN elsewhere clears what the token remembers; were ours sent again, the token would say so again.
    assert tokens.log_in("CoQuan", PIN)
    for _ in range(3):
        with pytest.raises(PinWrong):
            signature_by(holder, b"attributes")
    assert tokens_of(LIBRARY)[0].tries is Tries.FULL
    assert len(person.asked) == 1
    assert holder.state().trouble == "signing.pin_wrong" and holder.state().process is None


def test_threads_that_share_a_wrong_pin_spend_one_try(tokens, opened, person: Person):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    person.answer = "sai-0000"
    holder = opened()

    def refused(_: int) -> str:
        with pytest.raises(PinWrong) as told:
            signature_by(holder, b"attributes")
        return told.value.code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(refused, range(8))) == {"signing.pin_wrong"}
    assert len(person.asked) == 1


def test_a_new_pin_opens_the_holder_again_and_the_person_is_warned(tokens, opened, person: Person):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    holder = opened(PinPrompt(lambda _: "sai-0000"))
    with pytest.raises(PinWrong):
        signature_by(holder, b"attributes")
    holder.give_pin(PinPrompt(person))
    assert signs(holder)
    assert [needed.tries for needed in person.asked] == [Tries.LOW]
    assert tokens_of(LIBRARY)[0].tries is Tries.FULL


def pin_file(folder: Path, content: str | bytes = PIN + "\n", mode: int = 0o400) -> Path:
    path = folder / "pin"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def pin_of(source: PinFile, needed: PinNeeded) -> str:
    with source.given(needed) as pin:
        return pin


@pytest.mark.parametrize("content", [PIN, PIN + "\n", PIN + "\r\n"])
def test_a_pin_file_for_its_owner_alone_opens_the_token(tokens, opened, tmp_path: Path, content: str):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    assert signs(opened(PinFile(pin_file(tmp_path, content))))


def test_services_that_start_again_with_a_wrong_pin_file_spend_one_try_in_all(tokens, opened, tmp_path: Path):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    source = PinFile(pin_file(tmp_path, "sai-0000"))
    with pytest.raises(PinWrong):
        signature_by(opened(source), b"attributes")
    for _ in range(3):
        with pytest.raises(PinInDoubt):
            signature_by(opened(source), b"attributes")
    # Mended, and a person logged in once: it works without anything having been restarted.
    late = opened(PinFile(source.path))
    source.path.chmod(0o600)
    pin_file(tmp_path)
    with pytest.raises(PinInDoubt):
        signature_by(late, b"attributes")
    assert tokens.log_in("CoQuan", PIN)
    assert signs(late)


def test_workers_that_start_at_once_with_a_wrong_pin_file_spend_one_try_in_all(tokens, opened, tmp_path: Path):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    source = PinFile(pin_file(tmp_path, "sai-0000"))
    workers = [opened(source) for _ in range(4)]
    assert all(worker.identity() for worker in workers)  # each has seen a token where nobody failed yet

    def refused(worker: Pkcs11Holder) -> str:
        with pytest.raises((PinWrong, PinInDoubt)) as told:
            signature_by(worker, b"attributes")
        return told.value.code

    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(refused, workers))
    assert codes == ["signing.pin_in_doubt"] * 3 + ["signing.pin_wrong"]


def test_a_worker_waits_while_another_logs_in_and_then_looks_at_the_token_again(tokens, opened, tmp_path: Path):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    path = pin_file(tmp_path)
    holder = opened(PinFile(path))
    assert holder.identity()  # seen while nobody had failed yet
    with path.open() as other, ThreadPoolExecutor(1) as pool:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting = pool.submit(signature_by, holder, b"attributes")
        tick, inode = threading.Event(), f":{path.stat().st_ino} "
        while not waiting.done() and not [
            one for one in Path("/proc/locks").read_text().splitlines() if "->" in one and inode in one
        ]:
            tick.wait(0.005)
        assert not tokens.log_in("CoQuan", "sai-0000")
        fcntl.flock(other, fcntl.LOCK_UN)
        with pytest.raises(PinInDoubt):
            waiting.result()


@pytest.mark.parametrize("tries", [Tries.LOW, Tries.LAST, Tries.NONE])
def test_the_last_try_is_never_spent_on_a_file(tmp_path: Path, tries: Tries):
    path = pin_file(tmp_path)
    with pytest.raises(PinInDoubt):
        pin_of(PinFile(path), PinNeeded("CoQuan", tries))
    insisting = PinFile(path, even_when_low=True)
    if tries is Tries.LOW:
        assert pin_of(insisting, PinNeeded("CoQuan", tries)) == PIN
    else:
        with pytest.raises(PinInDoubt):
            pin_of(insisting, PinNeeded("CoQuan", tries))


@pytest.mark.parametrize(
    ("flags", "tries"),
    [(0x42D, Tries.FULL), (0x1042D, Tries.LOW), (0x3042D, Tries.LAST), (0x7042D, Tries.NONE), (0x4042D, Tries.NONE)],
)
def test_tries_are_read_from_the_flags_of_the_standard(flags: int, tries: Tries):
    assert tries_from(flags) is tries


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o640, 0o604, 0o420, 0o777])
def test_a_pin_file_that_others_may_read_or_write_is_refused(tokens, opened, tmp_path: Path, mode: int):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    with pytest.raises(PinFileExposed) as refused:
        signature_by(opened(PinFile(pin_file(tmp_path, mode=mode))), b"attributes")
    assert f"{mode:o}" in str(refused.value)


@pytest.mark.parametrize("content", ["", "\n", "hai\ndong", "a" * 300, b"\xff\xfe\x00", "\x00\x01"])
def test_a_file_that_holds_no_pin_is_refused(tmp_path: Path, content: str | bytes):
    with pytest.raises(PinFileUnreadable) as refused:
        pin_of(PinFile(pin_file(tmp_path, content)), PinNeeded("CoQuan", Tries.FULL))
    assert refused.value.__cause__ is None


def test_a_missing_pin_file_a_folder_and_a_pipe_are_refused(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "none", tmp_path, tmp_path / "pipe"):
        with pytest.raises(PinFileUnreadable):
            pin_of(PinFile(path), PinNeeded("CoQuan", Tries.FULL))


@pytest.mark.parametrize("answer", [None, ""])
def test_a_person_may_say_not_now_and_be_asked_later(holder: Pkcs11Holder, person: Person, answer: str | None):
    person.answer = answer
    with pytest.raises(PinNotGiven):
        signature_by(holder, b"attributes")
    person.answer = PIN
    assert signs(holder)


def test_the_pin_is_in_no_argument_no_environment_no_log_and_no_error(
    tokens, opened, person: Person, caplog: pytest.LogCaptureFixture
):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    holder = opened()
    with caplog.at_level(logging.DEBUG):
        assert signs(holder)
        process = Path(f"/proc/{process_of(holder)}")
        person.answer = "sai-7777"
        other = opened()
        with pytest.raises(PinWrong) as refused:
            signature_by(other, b"attributes")
    told = [
        *((process / "cmdline").read_bytes().decode(), (process / "environ").read_bytes().decode(), caplog.text),
        *(str(os.environ), repr(refused.value), str(refused.value.as_dict()), repr(holder.state()), repr(vars(other))),
    ]
    assert not [text for text in told if PIN in text or "sai-7777" in text]
