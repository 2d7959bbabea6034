"""What signing stands on, looked at without spending anything that is scarce: no PIN is tried, no person is asked to agree.

Outside services are asked once each: a trial time stamp, whether each signer's certificate was revoked, which certificate a remote
signing service holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sohoa.config.signing import FILE, SigningPlan
from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.check import Check, failed
from sohoa.pipeline.signing.checkup_signers import heard, signer_checks
from sohoa.pipeline.signing.office import SigningOffice, open_office
from sohoa.signing.http import Http
from sohoa.signing.signers.agent.registering import paired
from sohoa.signing.trustservices.revocation import RevocationService
from sohoa.signing.trustservices.tsa import Stamped, TimestampAuthority, TimestampUnavailable
from sohoa.signing.validation.trust import TrustedRoot, broken_files, describe_roots, trusted_roots

CONNECT, READ = 3.0, 8.0  # seconds; who asks the doctor is waiting at a screen
CLOCKS_DIFFER = timedelta(minutes=2)  # more than a slow network explains
SOON = timedelta(days=30)
PLAN, ROOTS, STAMPS, AGENTS = "Cấu hình ký số", "Chứng thư gốc tin cậy", "Dấu thời gian", "Máy ký đã ghép"


def signing_checks(home: Path, *, now: datetime) -> Iterator[Check]:
    """Each check as it is done; one that fails stops none of the others, unless signing.toml itself cannot be read."""
    try:
        office = open_office(home)
    except SohoaError as refused:
        yield failed(PLAN, refused)
        return
    plan = office.plan
    yield _plan(plan, (home / FILE).exists())
    if plan.ca_file is not None and not plan.ca_file.is_file():
        yield Check(
            "Chứng thư gốc HTTPS", Outcome.FAILED, "không có tệp nêu ở services.ca_file", "Sửa services.ca_file trong signing.toml."
        )
    yield from _roots(office, now)
    yield from _timestamps(office, now)
    for signer in plan.signers.values():
        yield from signer_checks(office, signer, now=now)
    agents = paired(office.post)
    if agents:
        yield Check(AGENTS, Outcome.OK, "; ".join(f"«{agent.name}» {heard(agent, now)}" for agent in agents))


def _plan(plan: SigningPlan, there: bool) -> Check:
    if not there:
        return Check(PLAN, Outcome.OK, "chưa có signing.toml: chỉ ký thử, không có giá trị pháp lý")
    who = ", ".join(plan.signers) or "chưa có"
    return Check(
        PLAN, Outcome.OK, f"mức {plan.level.upper()}; người ký: {who}; «sohoa digitize» ký bằng {plan.digitize or 'khóa thử'}"
    )


def _roots(office: SigningOffice, now: datetime) -> Iterator[Check]:
    """Only those that are named: the test authority's root is no matter of trust."""
    if not office.plan.roots:
        if office.plan.signers:
            yield Check(
                ROOTS,
                Outcome.FAILED,
                "chưa khai báo; không chứng thư nào được coi là tin cậy, nên chưa ký được",
                "Lấy chứng thư gốc từ nơi cấp chứng thư, ghi đường dẫn vào trust.roots trong signing.toml.",
                Exit.USAGE,
            )
        return
    broken = broken_files(office.plan.roots)
    for file, error in broken:
        yield Check(ROOTS, Outcome.FAILED, f"{_within(office.home, file)}: {error.as_dict()['vi']}", _mend_roots(), error.exit_code)
    if broken:
        return
    try:
        roots = describe_roots(office.plan.roots)
    except SohoaError as empty:
        yield Check(ROOTS, Outcome.FAILED, empty.as_dict()["vi"], _mend_roots(), empty.exit_code)
        return
    ending = [root for root in roots if root.end <= now + SOON]
    found = f"{len(roots)} chứng thư" + "".join(f"; {_ending(root, now)}" for root in ending)
    remedy = (
        "Hỏi nơi cấp về chứng thư gốc mới, thêm vào thư mục gốc tin cậy; giữ cả chứng thư cũ để kiểm tra tệp cũ." if ending else ""
    )
    yield Check(ROOTS, Outcome.UNDETERMINED if ending else Outcome.OK, found, remedy)


def _mend_roots() -> str:
    return (
        "Kiểm tra trust.roots trong signing.toml: tệp hoặc thư mục chứa chứng thư gốc dạng PEM hoặc DER (.pem, .crt, .cer, .der)."
    )


def _ending(root: TrustedRoot, now: datetime) -> str:
    said = "đã hết hạn" if root.expired(now) else "sắp hết hạn"
    return f"«{root.name}» {said} ({root.end.astimezone(VIETNAM):%d/%m/%Y})"


def _within(home: Path, file: Path) -> str:
    return str(file.relative_to(home)) if file.is_relative_to(home) else str(file)


def _timestamps(office: SigningOffice, now: datetime) -> Iterator[Check]:
    """One trial stamp of each service. As long as one of them answers, the silence of another is only a warning."""
    if not office.plan.timestamps:
        return
    http = Http(ca_file=office.plan.ca_file, connect=CONNECT, read=READ)
    checks = [_timestamp(office, url, http, now) for url in office.plan.timestamps]
    http.close()
    some = any(check.outcome is not Outcome.FAILED for check in checks)
    for check in checks:
        worse = check.outcome is Outcome.FAILED and some
        yield Check(check.what, Outcome.UNDETERMINED if worse else check.outcome, check.found, check.remedy, check.exit_code)


def _timestamp(office: SigningOffice, url: str, http: Http, now: datetime) -> Check:
    what = f"{STAMPS} ({urlsplit(url).hostname or 'địa chỉ sai'})"
    try:
        stamped = TimestampAuthority(url, http).stamped(hashlib.sha256(b"").digest())
        told = _revocation_of(office, stamped, http, now)
    except TimestampUnavailable as out:
        # What the error advises is for a paper that is being signed.
        remedy = "Kiểm tra mạng và địa chỉ services.timestamps trong signing.toml, rồi chạy lại «sohoa doctor»."
        return replace(failed(what, out), remedy=remedy)
    except SohoaError as out:
        return failed(what, out)
    ahead = now - stamped.time
    if abs(ahead) > CLOCKS_DIFFER:
        minutes = round(abs(ahead).total_seconds() / 60)
        said = f"trả lời; đồng hồ máy này {'nhanh' if ahead > timedelta(0) else 'chậm'} {minutes} phút so với dấu thời gian"
        return Check(what, Outcome.UNDETERMINED, said, "Chỉnh đồng hồ máy (NTP): giờ sai thì chữ ký mang giờ sai.")
    return Check(what, Outcome.OK, f"trả lời, đã thử một dấu{told}")


def _revocation_of(office: SigningOffice, stamped: Stamped, http: Http, now: datetime) -> str:
    """Levels LT and LTA need to know about the authority's certificate too. Raises RevocationUnavailable."""
    if office.plan.level not in ("lt", "lta"):
        return ""
    roots = [root.dump() for root in trusted_roots(office.trust)]
    RevocationService(http).data_for(stamped.certificate, stamped.certificates, trust=roots, now=now)
    return "; chứng thư của nơi cấp dấu tra cứu được"
