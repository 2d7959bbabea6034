"""`sohoa agent` between a server and a clerk's machine: two homes, real processes, a person at a terminal."""

from __future__ import annotations

import functools
import io
import ipaddress
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from typer.testing import CliRunner, Result

from sohoa.cli.agent_desk import AgentDesk
from sohoa.cli.main import application
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.http import ServiceUnreachable
from sohoa.signing.signers.agent.agent import Happening, Told
from sohoa.signing.signers.agent.link import PairingRefused
from sohoa.signing.signers.agent.question import Question, Shown
from sohoa.signing.signers.agent.registering import pair, paired
from sohoa.signing.signers.agent.sealing import write_pairing
from sohoa.signing.validation.validate import validate_pdf
from tests.cli.terminal import terminal
from tests.running import PATIENCE, Answer, Office
from tests.signing.pki import YEAR, Held, issue
from tests.signing.tokens import LIBRARY, PIN, WORTHLESS, Placed, SoftTokens

PASSPHRASE = "thử nghiệm"
MACHINE = "Máy một cửa số 3"
TRUST = '[trust]\nroots = ["{root}"]\n'


@functools.cache
def person() -> Held:
    """Of an authority that names nowhere to ask about revocation, so that a file alone can be judged to be good."""
    start, end = now() - YEAR, now() + YEAR
    root = issue(f"Gốc – {WORTHLESS}", 1, ca=True, start=start, end=end)
    return issue(f"Nguyễn Thị Mẫu – {WORTHLESS}", 2, issuer=root, start=start, end=end)


@dataclass(frozen=True)
class Two:
    """server: prepares papers. clerk: the machine with the key. pairing: the file that was carried over."""

    server: Office
    clerk: Office
    pairing: Path
    root: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def sign(self, *papers: Path) -> subprocess.Popen[str]:
        self.started.append(self.server.start("sign", *papers, "--signer", "lan", "--json"))
        return self.started[-1]

    def run(self, address: str, *more: str) -> tuple[str | Path, ...]:
        return ("agent", "run", "--server", address, "--pairing", self.pairing, "--signer", "toi", *more)

    def journal(self) -> list[dict[str, object]]:
        lines = (self.clerk.home / "agent-journal.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    who = person()
    assert who.issuer is not None
    root = who.issuer.pem(tmp_path / "root.pem")
    made = Two(Office(tmp_path / "server"), Office(tmp_path / "clerk"), tmp_path / "ghep.json", root)
    for office in (made.server, made.clerk):
        office.home.mkdir()
    said = TRUST.format(root=root) + f'[signers.lan]\nkind = "agent"\nagent = "{MACHINE}"\n'
    (made.server.home / "signing.toml").write_text(said, encoding="utf-8")
    encryption = BestAvailableEncryption(PASSPHRASE.encode())
    packed = serialize_key_and_certificates(None, who.key, who.certificate, [who.issuer.certificate], encryption)
    (made.clerk.home / "toi.p12").write_bytes(packed)
    (made.clerk.home / "toi.p12").chmod(0o600)
    (made.clerk.home / "toi.pass").write_text(PASSPHRASE, encoding="utf-8")
    (made.clerk.home / "toi.pass").chmod(0o600)
    plan = '[signers.toi]\nkind = "pkcs12"\nfile = "toi.p12"\npassphrase_file = "toi.pass"\n'
    (made.clerk.home / "signing.toml").write_text(plan, encoding="utf-8")
    write_pairing(made.pairing, pair(made.server.home / "signing-post", MACHINE, now=now()))
    yield made
    for process in made.started:
        process.kill()
        process.communicate()


@contextmanager
def serving(office: Office, *more: str | Path) -> Generator[str]:
    """The address of a server that was started by its command; it ends in good order."""
    process = office.start("agent", "serve", "--port", "0", *more)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()


def answer_of(process: subprocess.Popen[str]) -> Answer:
    assert process.stdout and process.stderr
    out, err = process.stdout.read(), process.stderr.read()
    process.wait(PATIENCE)
    assert "Traceback" not in err, err
    return Answer(process.returncode, out, err)


def https(folder: Path) -> tuple[Path, Path]:
    """A certificate for a web server on 127.0.0.1, which is its own root, and its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Máy chủ – {WORTHLESS}")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, private.public_key(), 7, now() - YEAR, now() + YEAR)
    made = builder.add_extension(here, critical=False).sign(private, hashes.SHA256())
    (folder / "https.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "https.key").write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "https.pem", folder / "https.key"


def paper(folder: Path, name: str) -> Path:
    """Claims to be nothing in particular, so that no gate is in the way."""
    path = folder / f"{name}.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842)).contents_add(f"% {name}".encode())
        pdf.save(path)
    return path


def typed(office: Office, *words: str | Path) -> Result:
    """What a command that asks nobody does, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOHOA_HOME", str(office.home))
        settings.cache_clear()
        try:
            return CliRunner().invoke(application("agent"), ["agent", *map(str, words)])
        finally:
            settings.cache_clear()


def test_a_paper_of_the_server_is_signed_on_the_clerks_machine_after_it_was_looked_at(two: Two, tmp_path: Path) -> None:
    viewers, copy, opened = tmp_path / "bin", tmp_path / "seen.pdf", tmp_path / "opened"
    viewers.mkdir()
    subprocess.run(["mkfifo", opened], check=True, timeout=10)  # reading from it waits until the viewer has come up
    (viewers / "xdg-open").write_text(f'#!/bin/sh\ncp "$1" "{copy}" && echo open > "{opened}"\n')
    (viewers / "xdg-open").chmod(0o755)
    path = f"{viewers}:{Path(shutil.which('cp') or '/bin/cp').parent}"
    source = paper(tmp_path, "quyet-dinh")
    with serving(two.server) as address, terminal(two.clerk, *two.run(address, "--once"), PATH=path) as desk:
        desk.until("Đang chờ yêu cầu ký")
        signing = two.sign(source)
        asked = desk.until("[y/n/o]")
        for shown in ("quyet-dinh.pdf", "Nguyễn Thị Mẫu", "Chữ ký không hiển thị", "trả lời trước"):
            assert shown in asked
        desk.type("o")
        assert opened.read_text() == "open\n"
        desk.until("[y/n/o]")
        desk.type("y")
        desk.until("Đã ký và gửi 1 chữ ký")
        assert desk.end() == 0
        (told,) = answer_of(signing).lines
    assert (told["error"], told["state"], told["signature"]["verdict"]) == (None, "archived", "ok")
    (signature,) = validate_pdf(tmp_path / "quyet-dinh-da-ky.pdf", trust=[two.root], now=now()).signatures
    assert (signature.signer, signature.verdict) == (told["signer"], Outcome.OK)
    seen = copy.read_bytes()
    assert seen.startswith(source.read_bytes())
    (made,) = [line for line in two.journal() if line["answer"] == "signed"]
    assert (made["title"], made["size"], made["pages"]) == ("quyet-dinh.pdf", len(seen), 1)
    assert str(made["document"])[:12] in asked and str(made["document"])[:12] in typed(two.clerk, "journal").stdout
    (known,) = json.loads(typed(two.server, "list", "--json").stdout)["agents"]
    assert known["signer"] == told["signer"] and known["seen"]


def test_the_pin_of_a_token_is_asked_at_the_clerks_machine_and_what_was_not_agreed_to_is_not_signed(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = SoftTokens(tmp_path)
    monkeypatch.setenv("SOFTHSM2_CONF", str(tokens.configuration))
    tokens.add("VanThu", [Placed(person().certificate, person().key)])
    certificate, private = https(tmp_path)
    plan = f'[services]\nca_file = "{certificate}"\n[signers.toi]\nkind = "pkcs11"\nlibrary = "{LIBRARY}"\n'
    (two.clerk.home / "signing.toml").write_text(plan, encoding="utf-8")
    first, second = paper(tmp_path, "mot"), paper(tmp_path, "hai")
    with serving(two.server, "--cert", certificate, "--key", private) as address:
        assert address.startswith("https://127.0.0.1:")
        with terminal(two.clerk, *two.run(address)) as desk:
            desk.until("Đang chờ yêu cầu ký")
            refused = two.sign(first)
            desk.until("[y/n/o]")
            desk.type("n")
            desk.until("Đã trả lời không ký 1 tài liệu")
            signing = two.sign(second)  # while the other is still on its way to hear that it was refused
            desk.until("[y/n/o]")
            desk.type("có")
            desk.until("[y/n/o]")  # that was neither a yes nor a no
            desk.interrupt()
            desk.until("Đã dừng")
            assert desk.end() == 0
        with terminal(two.clerk, *two.run(address, "--once")) as again:
            again.until("[y/n/o]")  # it waited
            again.type("y")
            again.until("Mã PIN của thiết bị ký «VanThu»")
            again.type(PIN)
            again.until("Đã ký và gửi 1 chữ ký")
            assert again.end() == 0
        assert answer_of(refused).code == 1
        assert [one["error"] for one in answer_of(signing).lines] == [None]
    assert not (tmp_path / "mot-da-ky.pdf").exists()
    for said in (desk.said, again.said):
        assert PIN not in said and "Traceback" not in said
    assert [line["answer"] for line in two.journal()] == ["declined", "signed", "delivered"]


def test_a_machine_is_paired_under_a_name_that_nobody_else_has_and_its_secret_is_for_the_owner_alone(two: Two, tmp_path: Path):
    file = tmp_path / "may-khac.json"
    told = typed(two.server, "pair", "Máy khác", "-o", file)
    assert (told.exit_code, told.stdout.strip()) == (0, str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_bytes())["secret"] not in told.output
    assert {one["name"] for one in json.loads(typed(two.server, "list", "--json").stdout)["agents"]} == {MACHINE, "Máy khác"}
    assert "chưa kết nối lần nào" in typed(two.server, "list").stdout
    assert typed(two.server, "remove", "may mot cua so 3").exit_code == 0
    assert [one.name for one in paired(two.server.home / "signing-post")] == ["Máy khác"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("pair", MACHINE, "-o", "{new}"), "signing.agent_name_taken"),
        (("pair", "Máy khác", "-o", "{pairing}"), "đã có"),
        (("pair", "Máy khác", "-o", "/proc/khong-ghi-duoc"), "chưa ghép"),
        (("remove", "Máy lạ"), "signing.agent_unknown"),
        (("serve", "--cert", "{pairing}"), "--key"),
        (("serve", "--cert", "{pairing}", "--key", "{pairing}"), "PEM"),
        (("serve", "--host", "256.0.0.1"), "256.0.0.1"),
        (("run", "--server", "x", "--pairing", "{pairing}"), "màn hình"),
    ],
    ids=lambda one: one if isinstance(one, str) else " ".join(one),
)
def test_what_cannot_be_done_is_told_and_changes_nothing(two: Two, tmp_path: Path, words: tuple[str, ...], expected: str):
    before = two.pairing.read_bytes()
    told = typed(two.server, *(word.format(new=tmp_path / "new.json", pairing=two.pairing) for word in words))
    if isinstance(told.exception, SohoaError):
        assert (told.exception.code, told.exception.exit_code) == (expected, 2)
    else:
        assert told.exit_code == 2
        assert expected in told.stderr
    assert two.pairing.read_bytes() == before
    assert not (tmp_path / "new.json").exists()
    assert [one.name for one in paired(two.server.home / "signing-post")] == [MACHINE]


QUESTION = Question("Nguyễn Thị Mẫu", (Shown("[b]Đơn", "", None, "ab" * 32, None, None, None),), now(), now() + YEAR)


def test_ctrl_c_after_a_yes_lets_the_signature_reach_the_server_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    desk = AgentDesk(once=False)
    with desk.interruptible():
        assert desk.ask(QUESTION)
        os.kill(os.getpid(), signal.SIGINT)
        desk.tell(Told(Happening.SIGNED, 1))
        assert desk.wait(0)


def test_ctrl_c_where_nothing_is_being_signed_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    desk = AgentDesk(once=False)
    came_back = False
    with desk.interruptible():
        assert not desk.ask(QUESTION)
        os.kill(os.getpid(), signal.SIGINT)
        came_back = True
    assert desk.wait(0) and not came_back


@pytest.mark.parametrize("typed_in", ["", "\n\nyes please\n", "o\n", "o 7\n", "o x\nn\n"])
def test_whatever_is_no_yes_signs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed_in: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed_in))
    assert not AgentDesk(once=False).ask(QUESTION)
    said = capsys.readouterr().err
    assert "[b]Đơn" in said and "không có bản để xem" in said


def test_a_line_that_stays_down_is_told_once_and_again_when_the_trouble_is_another(capsys: pytest.CaptureFixture[str]) -> None:
    desk = AgentDesk(once=False)
    down = Told(Happening.TROUBLE, error=ServiceUnreachable(service="máy chủ sohoa", why="x"))
    for told in (down, down, Told(Happening.TROUBLE, error=PairingRefused()), Told(Happening.CONNECTED), down):
        desk.tell(told)
    said = capsys.readouterr().err
    assert (said.count("Không kết nối được"), said.count("không nhận máy ký này")) == (2, 1)


def test_a_key_that_is_elsewhere_is_no_key_for_an_agent(two: Two) -> None:
    (two.clerk.home / "signing.toml").write_text('[signers.toi]\nkind = "agent"\nagent = "x"\n', encoding="utf-8")
    with terminal(two.clerk, *two.run("x")) as desk:
        assert desk.end() == 2
    assert "signing.agent_key_not_at_hand" in desk.said


def test_a_journal_that_was_cut_short_or_written_by_hand_is_shown_as_far_as_it_can_be_read(two: Two) -> None:
    lines = [
        json.dumps({"when": "2026-03-05T09:30:00+07:00", "answer": "signed", "title": "[red]x", "document": "ab" * 32, "pages": 2}),
        *('{"answer": "sig', "[1]", '{"answer": 5}', "\udcff", ""),
    ]
    (two.clerk.home / "agent-journal.jsonl").write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    told = typed(two.clerk, "journal")
    assert told.exit_code == 1
    assert "[red]x" in told.stdout and "4 dòng" in told.stderr and "1 chữ ký" in told.stderr
    assert typed(two.clerk, "journal", "--json").stdout.strip() == lines[0]
