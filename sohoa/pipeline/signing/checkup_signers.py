"""Each signer of signing.toml: is the key there and private, and may its certificate be signed with today."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from sohoa.config.signing import Signer
from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.check import Check, failed
from sohoa.pipeline.signing.holders import Around, holder_of
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.signing.pades.levels import RevocationNotOffered
from sohoa.signing.signers.agent.holder import no_documents
from sohoa.signing.signers.agent.registering import AgentNeverSeen, PairedAgent, find
from sohoa.signing.signers.holder import Identity
from sohoa.signing.signers.pins import PinFile, PinInDoubt, Tries, secret_in
from sohoa.signing.signers.pkcs11 import tokens_of
from sohoa.signing.signers.pkcs12 import KeyUnreadable, mechanism_for
from sohoa.signing.signers.tokens.link import Patience
from sohoa.signing.signers.tokens.seen import CertificateWanted, TokenWanted, chain_above, chosen_certificate, chosen_token
from sohoa.signing.signers.tokens.session import PinLocked
from sohoa.signing.trustservices.revocation import names_a_place
from sohoa.signing.validation.certificate import CertificateStatusUnknown

ENDS_SOON = timedelta(days=30)
CONNECTED = timedelta(minutes=2)  # an agent at work is heard every few seconds
PATIENCE = Patience(opening=20.0)  # a library that hangs must not hold up the other checks for long

# What a look at a key gives: its identity where that shows, and what else is worth knowing. Raises SohoaError.
Seen = tuple[Identity | None, str, str]  # identity, found, remedy ("" when all is well)


def heard(agent: PairedAgent, now: datetime) -> str:
    """For people: whether an agent is at work, or when it last was."""
    if agent.seen is None:
        return "chưa kết nối lần nào"
    return "đang kết nối" if connected(agent, now) else f"thấy lần cuối {agent.seen.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


def connected(agent: PairedAgent, now: datetime) -> bool:
    return agent.seen is not None and now - agent.seen <= CONNECTED


def signer_checks(office: SigningOffice, signer: Signer, *, now: datetime) -> Iterator[Check]:
    """The key, then its certificate, then whether the certificate's authority can be asked about it."""
    what = f"Người ký «{signer.name}»"
    exposed = [option for option, path in signer.options.items() if isinstance(path, Path) and _others_can_read(path)]
    if exposed:
        names = ", ".join(exposed)
        yield Check(
            what, Outcome.FAILED, f"người dùng khác đọc được tệp bí mật ({names})", "Chạy «chmod 600» cho tệp ấy.", Exit.USAGE
        )
        return
    try:
        identity, found, remedy = _LOOKS[signer.kind](office, signer, now)
    except SohoaError as refused:
        yield failed(what, refused)
        return
    if identity is None:
        yield Check(what, Outcome.UNDETERMINED if remedy else Outcome.OK, found, remedy)
        return
    yield from _certificate(office, signer, identity, found, remedy, now)


def _certificate(
    office: SigningOffice, signer: Signer, identity: Identity, found: str, remedy: str, now: datetime
) -> Iterator[Check]:
    what, asked = f"Người ký «{signer.name}»", f"Tra cứu thu hồi cho «{signer.name}»"
    end = x509.load_der_x509_certificate(identity.certificate).not_valid_after_utc
    said = f"{identity.name}, chứng thư hết hạn {end.astimezone(VIETNAM):%d/%m/%Y}" + (f"; {found}" if found else "")
    try:
        fit = office.must_be_fit(signer, identity, now)
    except SohoaError as unfit:
        told = unfit.as_dict()
        yield Check(what, Outcome.FAILED, f"{said}. {told['vi']}", told["remedy"], unfit.exit_code)
        return
    if end - now < ENDS_SOON:
        days = (end - now).days
        remedy = remedy or "Làm thủ tục gia hạn chứng thư ngay với nơi cấp."
        said += f" (còn {days} ngày)"
    yield Check(what, Outcome.UNDETERMINED if remedy else Outcome.OK, said, remedy)
    if fit.outcome is Outcome.UNDETERMINED:
        yield failed(asked, CertificateStatusUnknown(**fit.evidence))
    elif not names_a_place(identity.certificate):
        if office.plan.level in ("lt", "lta"):
            told = RevocationNotOffered().as_dict()
            yield Check(asked, Outcome.UNDETERMINED, told["vi"], told["remedy"])
    elif office.plan.revocation:
        yield Check(asked, Outcome.OK, "nơi cấp trả lời: chưa bị thu hồi")


def _others_can_read(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & 0o077)
    except OSError:
        return False  # told by whoever reads it


def _pkcs12(office: SigningOffice, signer: Signer, now: datetime) -> Seen:
    if "passphrase_file" in signer.options:
        return _asked(office, signer, now)
    if not signer.options["file"].is_file():
        raise KeyUnreadable()
    return None, "có tệp khóa; mật khẩu sẽ hỏi khi ký, nên chưa xem được chứng thư", ""


def _pkcs11(office: SigningOffice, signer: Signer, now: datetime) -> Seen:
    told = signer.options
    wanted = TokenWanted(label=told.get("token"), serial=told.get("serial"), slot=told.get("slot"))
    token = chosen_token(tokens_of(Path(told["library"]), patience=PATIENCE), wanted)
    if token.tries is Tries.NONE:
        raise PinLocked()
    remedy = ""
    if "pin_file" in told:
        secret_in(told["pin_file"])  # read, not tried
        if token.tries in PinFile(told["pin_file"]).never_when:
            raise PinInDoubt(tries=token.tries, tries_vi=token.tries.vi)
    elif token.tries is not Tries.FULL:
        remedy = "Kiểm tra kỹ mã PIN trước khi nhập; sai liên tiếp sẽ khóa thiết bị."
    found = f"thiết bị «{token.label}» đang cắm ({token.tries.vi})"
    if not any(one.signs for one in token.certificates):
        return None, f"{found}; chứng thư chỉ hiện sau khi nhập mã PIN, nên chưa xem được", remedy
    chosen = chosen_certificate(token.certificates, CertificateWanted(label=told.get("certificate")), now=now)
    mechanism = mechanism_for(x509.load_der_x509_certificate(chosen.der), pss=bool(told.get("pss")))
    return Identity(chosen.der, chain_above(chosen.der, [one.der for one in token.certificates]), mechanism), found, remedy


def _asked(office: SigningOffice, signer: Signer, now: datetime) -> Seen:
    """A key that tells its certificate without anybody's approval: a file, or a service that knows us."""
    around = Around(office.post, no_documents, office.plan.ca_file, ask_code=lambda _: "")
    holder = holder_of(signer, around)
    try:
        return holder.identity(), "", ""
    finally:
        holder.close()


def _agent(office: SigningOffice, signer: Signer, now: datetime) -> Seen:
    name = signer.options["agent"]
    agent = find(office.post, name)
    if agent.seen is None or not agent.fingerprint:
        raise AgentNeverSeen()
    identity, _, _ = _asked(office, signer, now)
    away = "" if connected(agent, now) else "Khi cần ký, chạy «sohoa agent run» trên máy của người ký."
    return identity, f"máy ký «{agent.name}» {heard(agent, now)}", away


_LOOKS: Mapping[str, Callable[[SigningOffice, Signer, datetime], Seen]] = {
    "pkcs12": _pkcs12,
    "pkcs11": _pkcs11,
    "csc": _asked,
    "sp769": _asked,
    "agent": _agent,
}
