"""What `sohoa doctor` says of signing: each thing that can be wrong is told with how to mend it, and nothing scarce is spent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sohoa.kernel.errors import Exit
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.check import Check
from sohoa.pipeline.signing.checkup import AGENTS, PLAN, ROOTS, STAMPS, signing_checks
from sohoa.signing.signers.agent.registering import note_seen, pair, register
from tests.signing.authority import PASSPHRASE, Pki, authority
from tests.signing.pki import NOW, YEAR
from tests.signing.services.sp769_service import ACCOUNT, sp769_service
from tests.signing.tokens import LIBRARY, PIN, Placed, SoftTokens

OK, FAILED, DOUBT = Outcome.OK, Outcome.FAILED, Outcome.UNDETERMINED
AGENT = '[signers.lan]\nkind = "agent"\nagent = "Máy 3"\n'
WHO, REVOCATION = "Người ký «lan»", "Tra cứu thu hồi cho «lan»"


@pytest.fixture(scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with authority(tmp_path_factory.mktemp("pki"), now=NOW) as running:
        yield running


@pytest.fixture
def pki(_running: Pki) -> Iterator[Pki]:
    yield _running
    _running.now = NOW
    _running.start()


class Home:
    """A home of the server. `told` is what the doctor says of it, by what was looked at."""

    def __init__(self, folder: Path, pki: Pki) -> None:
        self.folder, self.pki = folder, pki

    @property
    def post(self) -> Path:
        return self.folder / "signing-post"

    def plan(self, text: str, *, roots: bool = True) -> None:
        trust = f'[trust]\nroots = ["{self.pki.root_pem}"]\n' if roots else ""
        (self.folder / "signing.toml").write_text(text + trust, encoding="utf-8")

    def secret(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def key(self, kind: str = "p256") -> str:
        """The table of a signer whose key is a file here."""
        self.pki.signer(kind).p12(self.folder / "k.p12").chmod(0o600)
        self.secret("k.pass", PASSPHRASE)
        return '[signers.lan]\nkind = "pkcs12"\nfile = "k.p12"\npassphrase_file = "k.pass"\n'

    def told(self, *, later: timedelta = timedelta(0)) -> dict[str, Check]:
        return {check.what: check for check in signing_checks(self.folder, now=NOW + later)}


@pytest.fixture
def home(tmp_path: Path, pki: Pki) -> Home:
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home", pki)


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftTokens:
    made = SoftTokens(tmp_path)
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.configuration))
    return made


def test_a_home_without_settings_says_that_it_signs_for_trial_only(home: Home) -> None:
    told = home.told()
    assert set(told) == {PLAN}
    assert told[PLAN].outcome is OK and "không có giá trị pháp lý" in told[PLAN].found


def test_settings_that_cannot_be_read_are_the_only_thing_told(home: Home) -> None:
    home.plan("level = 5\n")
    assert [(check.what, check.outcome, check.exit_code) for check in home.told().values()] == [(PLAN, FAILED, Exit.USAGE)]


def test_an_office_that_is_well_is_told_so_in_every_line(home: Home) -> None:
    home.plan(f'level = "lta"\n[services]\ntimestamps = ["{home.pki.tsa_url}"]\n' + home.key())
    told = home.told()
    assert {check.outcome for check in told.values()} == {OK}
    assert set(told) == {PLAN, ROOTS, f"{STAMPS} (127.0.0.1)", WHO, REVOCATION}
    assert "Người ký P-256" in told[WHO].found and "hết hạn" in told[WHO].found


def test_roots_that_are_missing_broken_or_about_to_end_are_told(home: Home, tmp_path: Path) -> None:
    home.plan(home.key(), roots=False)
    told = home.told()
    assert (told[ROOTS].outcome, told[WHO].outcome) == (FAILED, FAILED)
    (home.folder / "roots").mkdir()
    with (home.folder / "signing.toml").open("a") as plan:
        plan.write('[trust]\nroots = ["roots"]\n')
    assert home.told()[ROOTS].outcome is FAILED  # an empty folder
    (home.folder / "roots" / "xau.pem").write_text("-----BEGIN nothing")
    assert "roots/xau.pem" in home.told()[ROOTS].found
    (home.folder / "roots" / "xau.pem").write_bytes(home.pki.root_pem.read_bytes())
    assert home.told()[ROOTS].outcome is OK
    later = home.told(later=40 * YEAR - timedelta(days=10))
    assert (later[ROOTS].outcome, "sắp hết hạn" in later[ROOTS].found) == (DOUBT, True)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("expired", "hết hạn"), ("revoked", "thu hồi"), ("wrong_usage", "không được cấp để ký"), ("stranger", "gốc")],
)
def test_a_certificate_that_may_not_be_signed_with_is_told_before_anybody_tries(home: Home, kind: str, expected: str) -> None:
    home.plan(home.key(kind))
    check = home.told()[WHO]
    assert (check.outcome, bool(check.remedy)) == (FAILED, True)
    assert expected in check.found


def test_a_certificate_of_somebody_else_is_told(home: Home) -> None:
    home.plan(home.key() + 'name = "Trần Văn Khác"\n')
    assert "họ tên" in home.told()[WHO].found


def test_a_certificate_is_told_a_month_before_it_ends(home: Home) -> None:
    home.plan(home.key())
    home.pki.now = NOW + 3 * YEAR - timedelta(days=20)
    check = home.told(later=3 * YEAR - timedelta(days=20))[WHO]
    assert (check.outcome, "còn 20 ngày" in check.found) == (DOUBT, True)
    assert "gia hạn" in check.remedy


def test_key_files_that_others_can_read_or_that_do_not_open_are_told(home: Home) -> None:
    home.plan(home.key())
    (home.folder / "k.p12").chmod(0o640)
    assert "file" in home.told()[WHO].found and "chmod 600" in home.told()[WHO].remedy
    (home.folder / "k.p12").chmod(0o600)
    home.secret("k.pass", "sai")
    assert "sai mật khẩu" in home.told()[WHO].found
    (home.folder / "k.pass").unlink()
    assert home.told()[WHO].outcome is FAILED


def test_a_key_whose_password_a_person_keeps_is_only_looked_for(home: Home) -> None:
    home.plan(home.key().replace('passphrase_file = "k.pass"\n', ""))
    check = home.told()[WHO]
    assert (check.outcome, "hỏi khi ký" in check.found) == (OK, True)
    (home.folder / "k.p12").unlink()
    assert home.told()[WHO].outcome is FAILED


def test_services_that_are_out_are_told_with_exit_code_three(home: Home) -> None:
    home.plan(f'level = "t"\n[services]\ntimestamps = ["{home.pki.tsa_url}"]\n' + home.key())
    home.pki.stop()
    told = home.told()
    for what in (f"{STAMPS} (127.0.0.1)", REVOCATION):
        assert (told[what].outcome, told[what].exit_code) == (FAILED, Exit.UNREACHABLE)
    assert told[WHO].outcome is OK


def test_a_second_time_stamping_service_makes_the_silence_of_the_first_a_warning(home: Home) -> None:
    urls = ["http://127.0.0.1:9/tsa", home.pki.tsa_url.replace("127.0.0.1", "localhost")]
    home.plan(f'level = "t"\n[services]\ntimestamps = ["{urls[0]}", "{urls[1]}"]\n')
    told = home.told()
    assert [told[f"{STAMPS} ({host})"].outcome for host in ("127.0.0.1", "localhost")] == [DOUBT, OK]


def test_a_clock_that_differs_from_the_time_stamp_is_told(home: Home) -> None:
    home.plan(f'level = "t"\n[services]\ntimestamps = ["{home.pki.tsa_url}"]\n')
    check = home.told(later=timedelta(minutes=7))[f"{STAMPS} (127.0.0.1)"]
    assert (check.outcome, "nhanh 7 phút" in check.found) == (DOUBT, True)


def test_an_authority_nobody_trusts_is_told_where_the_level_needs_it(home: Home) -> None:
    home.plan(f'level = "lt"\n[services]\ntimestamps = ["{home.pki.wrong_tsa_url}"]\n')
    assert home.told()[f"{STAMPS} (127.0.0.1)"].outcome is FAILED


def test_a_token_is_looked_at_without_a_try_of_its_pin(home: Home, tokens: SoftTokens) -> None:
    who = home.pki.signer("p256")
    tokens.add("VanThu", [Placed(who.certificate, who.key), Placed(who.chain[0], None, id="02", label="CA")])
    home.secret("pin", "sai-1234")  # would cost a try
    home.plan(f'[signers.lan]\nkind = "pkcs11"\nlibrary = "{LIBRARY}"\ntoken = "VanThu"\npin_file = "pin"\n')
    assert home.told()[WHO].outcome is OK
    assert "chưa ghi nhận lần sai nào" in home.told()[WHO].found
    assert tokens.log_in("VanThu", "000000") is False
    check = home.told()[WHO]
    assert (check.outcome, "bị sai" in check.found) == (FAILED, True)
    assert tokens.log_in("VanThu", PIN)
    assert home.told()[WHO].outcome is OK


def test_a_token_that_is_not_there_hides_its_certificates_or_leaves_its_pin_open_is_told(home: Home, tokens: SoftTokens) -> None:
    home.plan(f'[signers.lan]\nkind = "pkcs11"\nlibrary = "{LIBRARY}"\n[signers.khac]\nkind = "pkcs11"\nlibrary = "/khong/co.so"\n')
    told = home.told()
    assert (told[WHO].outcome, told[WHO].exit_code) == (FAILED, Exit.UNREACHABLE)
    assert (told["Người ký «khac»"].outcome, told["Người ký «khac»"].exit_code) == (FAILED, Exit.USAGE)
    who = home.pki.signer("p256")
    tokens.add("VanThu", [Placed(who.certificate, who.key, hidden=True)])
    check = home.told()[WHO]
    assert (check.outcome, "sau khi nhập mã PIN" in check.found) == (OK, True)


def test_a_remote_service_is_asked_for_its_certificate_and_nobody_is_rung(home: Home, tmp_path: Path) -> None:
    home.secret("sp.pass", ACCOUNT.sp_password)
    with sp769_service(tmp_path) as service:
        home.plan(
            f'[signers.lan]\nkind = "sp769"\nurl = "{service.url}"\nsp_id = "{ACCOUNT.sp_id}"\nsp_password_file = "sp.pass"\n'
            f'user = "{ACCOUNT.user_id}"\n[trust]\nroots = ["{tmp_path / "root.pem"}"]\n',
            roots=False,
        )
        assert (home.told()[WHO].outcome, "SmartCA" in home.told()[WHO].found) == (OK, True)
        assert service.authorisations == 0
    assert (home.told()[WHO].outcome, home.told()[WHO].exit_code) == (FAILED, Exit.UNREACHABLE)


def test_agents_are_told_with_when_they_were_last_seen(home: Home) -> None:
    home.plan(AGENT)
    assert home.told()[WHO].outcome is FAILED  # nobody was paired under this name
    made = pair(home.post, "Máy 3", now=NOW)
    told = home.told()
    assert (told[WHO].outcome, told[WHO].exit_code) == (FAILED, Exit.UNREACHABLE)
    assert "chưa kết nối lần nào" in told[AGENTS].found
    register(home.post, made.agent, home.pki.signer("p256").identity, now=NOW)
    note_seen(home.post, made.agent, now=NOW)
    told = home.told(later=timedelta(seconds=5))
    assert (told[WHO].outcome, "đang kết nối" in told[WHO].found) == (OK, True)
    later = home.told(later=timedelta(hours=3))
    assert (later[WHO].outcome, "09:30 05/03/2026" in later[WHO].found) == (DOUBT, True)
    assert "sohoa agent run" in later[WHO].remedy
