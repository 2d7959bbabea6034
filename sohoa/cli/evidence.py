"""`sohoa evidence create|verify|renew|archive`: since when files, and the records of the archive, are proven to exist unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import track

from sohoa.cli.output import MARKS, Json, data, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.config.settings import settings
from sohoa.kernel.clock import VIETNAM, iso_vietnam, now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.signing.evidence_files import Made, Renewed, create_for, renew_in, verify_files
from sohoa.pipeline.signing.office import open_office
from sohoa.signing.evidence_records.model import EvidenceReport

Files = Annotated[list[Path], typer.Argument(help="Một hay nhiều tệp, loại nào cũng được.")]
SHOWN = 20  # lines of the same kind; the rest is counted, and all of it is in --json
FINDINGS_VI = {
    "DATA_NOT_COVERED": "tệp không phải tệp đã được đóng dấu: đã bị sửa, hoặc là tệp khác",
    "GROUP_INCOMPLETE": "chứng cứ nói về nhiều tệp hơn số tệp được đưa ra; hãy đưa đủ các tệp của bản ghi",
    "HASH_NOT_GIVEN": "không có mã băm đúng loại mà chứng cứ dùng",
    "TREE_FAILURE": "các mã băm trong chứng cứ không dẫn tới điều đã được đóng dấu",
    "FORMER_NOT_COVERED": "lần gia hạn không nói về dấu thời gian trước nó",
    "FORMAT_FAILURE": "không đọc được chứng cứ: bị hỏng hoặc không đúng chuẩn RFC 4998",
    "SIG_CRYPTO_FAILURE": "dấu thời gian không phải do khóa của nơi cấp tạo ra",
    "NO_CERTIFICATE_CHAIN_FOUND": "chưa có chứng thư gốc của nơi cấp dấu thời gian; thêm bằng --trust",
    "OUT_OF_BOUNDS_NO_POE": "chứng thư của nơi cấp dấu thời gian đã hết hạn trước khi chứng cứ được gia hạn",
    "REVOKED": "chứng thư của nơi cấp dấu thời gian đã bị thu hồi trước khi đóng dấu",
    "REVOKED_NO_POE": "chứng thư của nơi cấp dấu thời gian đã bị thu hồi, chưa rõ trước hay sau khi đóng dấu",
    "TRY_LATER": "chưa biết chứng thư của nơi cấp dấu thời gian có bị thu hồi không",
    "CRYPTO_CONSTRAINTS_FAILURE": "thuật toán của chứng cứ nay không còn được coi là an toàn",
    "TIMESTAMP_ORDER_FAILURE": "các dấu thời gian không theo đúng thứ tự",
}


def create(
    files: Files,
    output: Annotated[Path, typer.Option("-o", "--output", file_okay=False, help="Thư mục ghi chứng cứ: «tên-tệp.ers».")],
    as_json: Json = False,
) -> None:
    """Lập chứng cứ (RFC 4998) cho nhiều tệp bằng một dấu thời gian. Chạy lại thì chỉ làm những tệp còn thiếu.

    \b
    Ví dụ:
      sohoa evidence create ho-so/*.pdf -o chung-cu/
    """
    if len({file.name for file in files}) < len(files):
        raise typer.BadParameter("có hai tệp cùng tên; chứng cứ mang tên tệp, nên hãy lập cho từng thư mục riêng.")
    if output.exists() and not output.is_dir():
        raise typer.BadParameter(f"«{output}» không phải là thư mục.")
    seen: list[Made] = []
    for made in create_for(open_office(settings().home), files, output, clock=now):
        seen.append(made)
        if as_json:
            print_json(_made_dict(made))
        elif made.report is None or made.error:
            _refused(made.file, made.error)
        else:
            note = " [dim](đã có từ trước)[/]" if made.again else ""
            data.print(f"{MARKS[made.report.outcome]} {escape(made.file.name)} → {escape(str(made.evidence))}{note}")
    done = [made for made in seen if made.report and made.report.verdict.ok]
    if done:
        since = min(made.report.since for made in done if made.report and made.report.since)
        people.print(f"{number_vi(len(done))} / {number_vi(len(seen))} tệp có chứng cứ, sớm nhất từ {_vi(since)}.")
        end = min(made.renew_by for made in done if made.renew_by)
        people.print(f"  → Gia hạn trước {_vi(end)}: sohoa evidence renew {output}", markup=False)
    raise typer.Exit(int(Exit.OK if len(done) == len(seen) else Exit.NEEDS_A_PERSON))


def verify(
    files: Files,
    evidence: Annotated[
        Path, typer.Option("--evidence", help="Thư mục chứa «tên-tệp.ers»; hoặc một tệp .ers nói về tất cả các tệp đưa ra.")
    ],
    trust: Annotated[
        list[Path] | None, typer.Option(help="Chứng thư gốc tin cậy: tệp PEM/DER hoặc thư mục; dùng nhiều lần được.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Kiểm tra chứng cứ: tệp có còn nguyên không, và được chứng minh là có từ bao giờ. Không cần mạng, không cần kho.

    \b
    Ví dụ:
      sohoa evidence verify ho-so/*.pdf --evidence chung-cu/
      sohoa evidence verify original.pdf record.pdf text.xml validation.json premis.xml metadata.json --evidence 000001.ers
    """
    roots = [*(trust or ()), *open_office(settings().home).trust]
    seen: list[Outcome] = []
    for group, place, found in verify_files(files, evidence, trust=roots, now=now()):
        outcome = Outcome.FAILED if isinstance(found, SohoaError) else found.outcome
        seen.append(outcome)
        if as_json:
            print_json(_verified_dict(group, place, found))
        elif isinstance(found, SohoaError):
            for file in group:
                _refused(file, found)
        else:
            _show(group, found)
    raise typer.Exit(int(Exit.OK if all(outcome is Outcome.OK for outcome in seen) else Exit.NEEDS_A_PERSON))


def renew(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Thư mục có các tệp .ers.")],
    margin: Annotated[int, typer.Option(min=1, max=3650, help="Gia hạn trước khi hết hạn bao nhiêu ngày.")] = 365,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ liệt kê việc sẽ làm.")] = False,
    as_json: Json = False,
) -> None:
    """Gia hạn những chứng cứ sắp hết hạn trong một thư mục, bằng một dấu thời gian mới cho tất cả. Không cần các tệp gốc.

    \b
    Ví dụ:
      sohoa evidence renew chung-cu/
    """
    office = open_office(settings().home)
    counted = dict.fromkeys(("renewed", "due", "waits", "left", "failed"), 0)
    for one in renew_in(office, folder, clock=now, margin=timedelta(days=margin), dry_run=dry_run):
        counted[one.state] += 1
        if as_json:
            print_json(_renewed_dict(one))
        elif one.state == "failed":
            _refused(one.evidence, one.error)
        elif one.state != "left":
            mark = MARKS[Outcome.OK if one.state == "renewed" else Outcome.UNDETERMINED]
            data.print(f"{mark} {escape(one.evidence.name)}: {STATES_VI[one.state]}, hạn {_vi(one.renew_by)}")
    people.print(
        " · ".join(f"{number_vi(count)} {STATES_VI[state]}" for state, count in counted.items() if count) or "Không có tệp .ers."
    )
    raise typer.Exit(int(Exit.NEEDS_A_PERSON if counted["failed"] else Exit.OK))


STATES_VI = {
    "renewed": "đã gia hạn",
    "due": "sẽ gia hạn (chưa làm gì)",
    "waits": "chờ dịch vụ đổi chứng thư",
    "left": "chưa đến hạn",
    "failed": "cần người xem",
}


def archive(as_json: Json = False) -> None:
    """Lập chứng cứ cho mọi bản ghi trong kho chưa có, bằng một dấu thời gian cho tất cả, và cất bên cạnh từng bản ghi.

    Không phải tải tệp nào từ kho. Bản ghi có thêm bản sửa sau lần trước thì được lập chứng cứ mới. Dừng giữa chừng thì chạy lại lệnh
    này để làm tiếp. Nên chạy mỗi đêm.

    \b
    Ví dụ:
      sohoa evidence archive
    """
    from sohoa.pipeline.signing.evidence import Covered, Proving
    from sohoa.storage.archive import Lock
    from sohoa.storage.audit.chain import account
    from sohoa.storage.evidence import uncovered

    here = with_catalogue()
    office = open_office(here.home)
    records = list(uncovered().values_list("pk", flat=True))
    failed: list[Covered] = []
    made: list[Covered] = []
    if records:
        with with_store(here) as store:
            proving = Proving(office, store, Lock(here.lock_mode, here.lock_days), now, account())
            every = track(proving.cover(records), "Đang lập chứng cứ", total=len(records), console=people, transient=True)
            for one in every:
                (failed if one.error else made).append(one)
                if as_json:
                    print_json(_covered_dict(one))
    if not as_json:
        for one in failed[:SHOWN]:
            told = one.error.as_dict() if one.error else {}
            data.print(f"{MARKS[Outcome.FAILED]} {one.id}: {told['vi']}\n    → {told['remedy']}")
    if failed[SHOWN:]:
        people.print(f"… và {number_vi(len(failed) - SHOWN)} bản ghi khác; xem hết bằng --json.")
    newest = [one.evidence for one in made if one.evidence]
    if newest:
        people.print(f"{number_vi(len(made))} bản ghi có chứng cứ mới, lập lúc {_vi(max(one.since for one in newest))}.")
        people.print(f"  → Phải gia hạn trước {_vi(min(one.renew_by for one in newest))}.")
    elif not failed:
        people.print("Mọi bản ghi trong kho đã có chứng cứ; không phải làm gì.")
    raise typer.Exit(max((int(one.error.exit_code) for one in failed if one.error), default=int(Exit.OK)))


def _show(group: Sequence[Path], report: EvidenceReport) -> None:
    names = escape(", ".join(file.name for file in group))
    data.print(f"{MARKS[report.outcome]} {names}")
    if report.since:
        data.print(f"    được chứng minh là có, nguyên vẹn, từ {_vi(report.since)} ({number_vi(len(report.stamps))} dấu thời gian)")
    for reason in report.findings:
        data.print(f"    {FINDINGS_VI.get(reason, 'có điểm chưa kiểm tra được')} ({reason})")


def _refused(file: Path, error: SohoaError | None) -> None:
    told = error.as_dict() if error else {"vi": "Chưa lập được chứng cứ.", "remedy": "Chạy lại lệnh này."}
    people.print(f"{MARKS[Outcome.FAILED]} {escape(file.name)}: {told['vi']}\n    → {told['remedy']}")


def _made_dict(made: Made) -> dict[str, Any]:
    return {
        "file": str(made.file),
        "evidence": str(made.evidence) if made.report else None,
        "again": made.again,
        **_report_dict(made.report),
        "renew_by": _iso(made.renew_by),
        "error": made.error.as_dict() if made.error else None,
    }


def _verified_dict(group: Sequence[Path], place: Path, found: EvidenceReport | SohoaError) -> dict[str, Any]:
    report = None if isinstance(found, SohoaError) else found
    stamps = report.stamps if report else ()
    return {
        "files": [str(file) for file in group],
        "evidence": str(place),
        **_report_dict(report),
        "stamps": [
            {"time": _iso(one.time), "digest": one.digest, "verdict": one.verdict.outcome, "reason": one.verdict.reason or None}
            for one in stamps
        ],
        "error": found.as_dict() if isinstance(found, SohoaError) else None,
    }


def _report_dict(report: EvidenceReport | None) -> dict[str, Any]:
    if report is None:
        return {"verdict": None, "reason": None, "findings": [], "since": None}
    reason = report.verdict.reason or None
    return {"verdict": report.outcome, "reason": reason, "findings": list(report.findings), "since": _iso(report.since)}


def _renewed_dict(one: Renewed) -> dict[str, Any]:
    error = one.error.as_dict() if one.error else None
    return {"evidence": str(one.evidence), "state": one.state, "renew_by": _iso(one.renew_by), "error": error}


def _covered_dict(one: Any) -> dict[str, Any]:
    made = one.evidence
    return {
        "document_id": one.id,
        "number": made.number if made else None,
        "covers": made.covers.split() if made else [],
        "objects": made.objects_covered if made else 0,
        "since": _iso(made.since) if made else None,
        "renew_by": _iso(made.renew_by) if made else None,
        "again": one.again,
        "error": one.error.as_dict() if one.error else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return iso_vietnam(moment) if moment else None


def _vi(moment: datetime | None) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if moment else "?"


def add_to(app: typer.Typer) -> None:
    evidence = typer.Typer(help="Chứng cứ lưu trữ (RFC 4998): chứng minh tệp và bản ghi có từ bao giờ.", no_args_is_help=True)
    evidence.callback()(lambda: None)
    evidence.command("create")(create)
    evidence.command("verify")(verify)
    evidence.command("renew")(renew)
    evidence.command("archive")(archive)
    app.add_typer(evidence, name="evidence")
