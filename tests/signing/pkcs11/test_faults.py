"""What goes wrong is done to the real process and the real files: killed, stopped, pulled out."""

from __future__ import annotations

import array
import fcntl
import os
import select
import shutil
import signal
import termios
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from sohoa.signing.signers.holder import HashJob, Signed
from sohoa.signing.signers.pins import (
    PinNeeded,
    PinPrompt,
)
from sohoa.signing.signers.pkcs11 import Pkcs11Holder, TokenChanged, TokenGone
from sohoa.signing.signers.tokens.link import Patience, TokenSilent, TokenStopped
from tests.signing.pki import NOW
from tests.signing.tokens import (
    CURVE,
    OTHER_CURVE,
    OURS,
    REST,
    Clock,
    Person,
    Placed,
    SoftTokens,
    certificate_for,
    job,
    process_of,
    signature_by,
    signs,
)


def kill(process: int) -> None:
    """End it and wait until the system knows."""
    handle = os.pidfd_open(process)
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.waitid(os.P_PIDFD, handle, os.WEXITED | os.WNOWAIT)
    os.close(handle)


def wait_for_question(process: int) -> None:
    """Until the stopped process has something to read."""
    for number in os.listdir(f"/proc/{process}/fd"):
        path = f"/proc/{process}/fd/{number}"
        if os.readlink(path).startswith("pipe:") and not os.stat(path, follow_symlinks=False).st_mode & 0o200:
            pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            waiting = array.array("i", [0])
            tick = threading.Event()
            while not waiting[0]:
                fcntl.ioctl(pipe, termios.FIONREAD, waiting)
                tick.wait(0.005)
            os.close(pipe)
            return
    raise LookupError("no pipe")


def test_a_library_that_died_between_two_papers_is_opened_once_more(holder: Pkcs11Holder, person: Person):
    assert signs(holder)
    kill(process_of(holder))
    assert signs(holder)
    assert len(person.asked) == 2


@pytest.fixture
def pulled_out(tokens: SoftTokens) -> Callable[[], Callable[[], object]]:
    """Pulls every token out of its reader; what comes back plugs them in again."""

    def pull_out() -> Callable[[], object]:
        away = tokens.folder.with_name("pulled out")
        tokens.folder.rename(away)
        tokens.folder.mkdir()
        return lambda: (tokens.folder.rmdir(), away.rename(tokens.folder))

    return pull_out


def test_a_token_pulled_out_is_opened_once_more_and_then_left_alone(pulled_out, holder: Pkcs11Holder, person: Person, clock: Clock):
    assert signs(holder)
    plug_in = pulled_out()
    with pytest.raises(TokenGone) as gone:
        signature_by(holder, b"attributes")
    assert "2026-03-05T09:31:00+07:00" in gone.value.as_dict()["vi"]
    plug_in()
    clock.now += REST - timedelta(seconds=1)
    with pytest.raises(TokenGone):  # there again, but not looked at yet
        signature_by(holder, b"attributes")
    assert holder.state().trouble == "signing.token_gone" and holder.state().until == NOW + REST
    assert len(person.asked) == 1
    clock.now += timedelta(seconds=1)
    assert signs(holder)
    assert len(person.asked) == 2 and holder.state().trouble == ""


def test_a_person_who_saw_to_the_token_ends_the_rest(pulled_out, holder: Pkcs11Holder, person: Person):
    assert signs(holder)
    plug_in = pulled_out()
    with pytest.raises(TokenGone):
        signature_by(holder, b"attributes")
    plug_in()
    holder.give_pin(PinPrompt(person))
    assert signs(holder)


def test_a_clock_set_back_does_not_prolong_the_rest(pulled_out, holder: Pkcs11Holder, clock: Clock):
    assert signs(holder)
    plug_in = pulled_out()
    with pytest.raises(TokenGone):
        signature_by(holder, b"attributes")
    plug_in()
    clock.now -= timedelta(days=1)
    assert signs(holder)


def test_a_library_that_finds_nothing_to_work_with_counts_as_a_token_that_is_gone(tokens, holder: Pkcs11Holder, person: Person):
    shutil.rmtree(tokens.folder)
    with pytest.raises(TokenGone):
        holder.identity()
    assert person.asked == []


def test_another_token_in_the_same_place_is_not_signed_with(tokens, holder: Pkcs11Holder):
    assert signs(holder)
    shutil.rmtree(tokens.folder)
    tokens.folder.mkdir()
    tokens.add("CoQuan", [Placed(certificate_for(OTHER_CURVE), OTHER_CURVE)])
    with pytest.raises(TokenChanged):
        signature_by(holder, b"attributes")


def test_a_library_killed_in_the_middle_fails_that_request_and_the_next_one_works(holder: Pkcs11Holder):
    assert signs(holder)
    process = process_of(holder)
    os.kill(process, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(signature_by, holder, b"attributes")
        wait_for_question(process)
        os.kill(process, signal.SIGKILL)
        with pytest.raises(TokenStopped):
            under_way.result()
    assert signs(holder)


def test_a_library_that_hangs_is_let_go_and_the_second_time_left_alone(tokens, opened, clock: Clock):
    tokens.add("CoQuan", [Placed(OURS, CURVE)])
    holder = opened(patience=Patience(signing=0.2))
    assert signs(holder)
    os.kill(process_of(holder), signal.SIGSTOP)
    with pytest.raises(TokenSilent) as silent:
        signature_by(holder, b"attributes")
    assert "0.2" in silent.value.as_dict()["vi"]
    assert holder.identity() and holder.state().process is None
    hangs = opened(patience=Patience(opening=0.0001))
    with pytest.raises(TokenSilent):
        hangs.identity()
    for _ in range(2):
        with pytest.raises(TokenGone):
            hangs.identity()
    assert hangs.state().until == NOW + REST


def test_a_success_between_two_failures_makes_them_two_first_ones(holder: Pkcs11Holder):
    for _ in range(2):
        assert signs(holder)
        process = process_of(holder)
        os.kill(process, signal.SIGSTOP)
        with ThreadPoolExecutor(1) as pool:
            under_way = pool.submit(signature_by, holder, b"attributes")
            wait_for_question(process)
            os.kill(process, signal.SIGKILL)
            with pytest.raises(TokenStopped):
                under_way.result()


def test_what_was_signed_before_the_token_failed_is_kept(tokens, holder: Pkcs11Holder):
    assert signs(holder)
    jobs = [job(b"%d" % number) for number in range(5)]

    class PulledOutAfterTwo(list[HashJob]):
        """The clerk pulls the token out while the third paper's turn comes."""

        def __iter__(self) -> Iterator[HashJob]:
            for number, one in enumerate(list.__iter__(self)):
                if number == 2:
                    shutil.rmtree(tokens.folder)
                    tokens.folder.mkdir()
                yield one

    answer = holder.sign_hashes(PulledOutAfterTwo(jobs), transaction="1")
    assert isinstance(answer, Signed)
    assert list(answer.signatures) == [one.id for one in jobs[:2]]
    assert set(answer.refused) == {one.id for one in jobs[2:]}
    assert {(why.error["code"], why.final) for why in answer.refused.values()} == {("signing.token_gone", False)}


def test_after_a_fork_each_process_has_a_login_of_its_own(holder: Pkcs11Holder, person: Person):
    assert signs(holder)
    before = process_of(holder)
    child = os.fork()
    if child == 0:
        # Only the exit status comes back; a failed assertion would run pytest's own ending twice.
        fine = False
        try:
            fine = signs(holder, b"child") and holder.state().process != before and len(person.asked) == 2
            holder.close()
        finally:
            os._exit(0 if fine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert signs(holder) and process_of(holder) == before
    assert len(person.asked) == 1


def test_the_library_ends_with_the_process_that_asked_for_it(holder: Pkcs11Holder):
    """Even when that one is killed, and even while another process was forked from it."""
    told, tell = os.pipe()
    desk = os.fork()
    if desk == 0:
        try:
            signs(holder)
            worker = os.fork()
            if worker == 0:
                signal.pause()
            os.write(tell, b"%d %d" % (process_of(holder), worker))
            signal.pause()
        finally:
            os._exit(1)
    library, worker = (int(one) for one in os.read(told, 100).split())
    ended = os.pidfd_open(library)
    os.kill(desk, signal.SIGKILL)
    os.waitpid(desk, 0)
    # A pidfd can be read from when its process has ended.
    assert select.select([ended], [], [], 20)[0] == [ended]
    os.kill(worker, signal.SIGKILL)
    for descriptor in (ended, told, tell):
        os.close(descriptor)


def test_closing_ends_the_library_and_the_next_request_opens_it_again(holder: Pkcs11Holder):
    assert signs(holder)
    process = process_of(holder)
    holder.close()
    assert not Path(f"/proc/{process}").exists() and holder.state().process is None
    assert signs(holder)


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next(holder: Pkcs11Holder, person: Person):
    """Somebody presses Ctrl-C while the PIN is asked for."""

    def interrupted(_: PinNeeded) -> str:
        raise KeyboardInterrupt

    holder.give_pin(PinPrompt(interrupted))
    with pytest.raises(KeyboardInterrupt):
        signature_by(holder, b"attributes")
    assert holder.state().process is None
    holder.give_pin(PinPrompt(person))
    assert signs(holder)
