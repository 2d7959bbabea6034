"""`sohoa sign`: PDFs in, signed PDFs out; one login and one approval for the whole pile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from sohoa.cli.asking import ask_code, ask_pin
from sohoa.cli.output import MARKS, Json, data, people, print_json
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.signing.citizens_code import CitizensCode
from sohoa.pipeline.signing.office import LEVELS, TEST, open_office
from sohoa.pipeline.signing.papers import Way, deliver_file, put_away, request_for
from sohoa.signing.flow.session import Request, Result, SigningSession
from sohoa.signing.model import Role
from sohoa.signing.names import role_of
from sohoa.signing.profiles.facts import CopyForm, Facts
from sohoa.signing.profiles.profile import chosen
from sohoa.signing.profiles.qr import QrPayload

if TYPE_CHECKING:
    from sohoa.pipeline.signing.block import PlacedBlock

SIGNED = "-da-ky.pdf"
ROLES = {"person": Role.PERSON, "agency": Role.AGENCY}
COPY_FORMS = {"sao-y": CopyForm.TRUE_COPY, "sao-luc": CopyForm.COPY_OF_COPY, "trich-sao": CopyForm.EXTRACT}


def sign(
    files: Annotated[list[Path], typer.Argument(help="Một hay nhiều tệp PDF cần ký.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Tệp ghi ra; nhiều tệp thì là thư mục. Bỏ trống: «tên-da-ky.pdf» bên cạnh."),
    ] = None,
    signer: Annotated[str, typer.Option(help="Người ký trong signing.toml; «test» là khóa thử không có giá trị pháp lý.")] = "",
    profile: Annotated[
        str, typer.Option(help="Kiểu chữ ký: invisible, capture_signature, true_copy, archive_signature, issuance…")
    ] = "",
    role: Annotated[str, typer.Option(help="person hay agency, cho kiểu «issuance»; bỏ trống thì theo tên trong chứng thư.")] = "",
    level: Annotated[str, typer.Option(help="Mức PAdES: b, t, lt hoặc lta; bỏ trống thì theo signing.toml.")] = "",
    copy_form: Annotated[str, typer.Option("--copy-form", help="Hình thức sao: sao-y, sao-luc, trich-sao.")] = "",
    number: Annotated[str, typer.Option(help="Số và ký hiệu văn bản, cho kiểu «attachment».")] = "",
    image: Annotated[Path | None, typer.Option(help="Ảnh PNG nền trong suốt của chữ ký hoặc con dấu.")] = None,
    image_width: Annotated[float, typer.Option(help="Bề rộng thật của ảnh ấy, mm; 0 thì theo kiểu chữ ký.")] = 0.0,
    at: Annotated[
        str,
        typer.Option(
            metavar="TRANG,X,Y", help="Giữa chữ ký khi ban hành: trang, mm từ mép trái và từ mép trên. Bỏ trống thì tự tìm."
        ),
    ] = "",
    dossier: Annotated[str, typer.Option(help="In mã QR của hồ sơ này lên góc trên bên trái, trước khi ký.")] = "",
    procedure: Annotated[str, typer.Option(help="Mã thủ tục, ghi vào mã QR.")] = "",
    applicant: Annotated[
        str, typer.Option(help="Số định danh người nộp, ghi vào mã QR khi [qr] trong signing.toml cho phép.")
    ] = "",
    valid_from: Annotated[str, typer.Option(metavar="NGÀY", help="Kết quả có hiệu lực từ ngày này, ghi vào mã QR.")] = "",
    valid_to: Annotated[str, typer.Option(metavar="NGÀY", help="Kết quả hết hiệu lực ngày này, ghi vào mã QR.")] = "",
    reason: Annotated[str, typer.Option(help="Lý do ký; bỏ trống thì theo kiểu chữ ký.")] = "",
    location: Annotated[str, typer.Option(help="Nơi ký.")] = "",
    as_json: Json = False,
) -> None:
    """Ký số một hay nhiều tệp PDF. Tệp gốc ở nguyên chỗ cũ; dừng giữa chừng thì chạy lại đúng lệnh này để làm tiếp.

    \b
    Ví dụ:
      sohoa sign ket-qua.pdf -o ket-qua-da-ky.pdf --signer van-thu
      sohoa sign ho-so/*.pdf -o da-ky/ --signer van-thu --profile true_copy --copy-form sao-y
      sohoa sign giay-phep.pdf -o buoc-1.pdf --signer chu-tich --profile issuance --image chu-ky.png --dossier H99.01-260305-0012
      sohoa sign buoc-1.pdf -o giay-phep-da-ky.pdf --signer co-quan --profile issuance --image dau.png
    """
    if level not in ("", *LEVELS):
        raise typer.BadParameter(f"--level nhận một trong: {', '.join(LEVELS)}.")
    if copy_form not in ("", *COPY_FORMS):
        raise typer.BadParameter(f"--copy-form nhận một trong: {', '.join(COPY_FORMS)}.")
    if role not in ("", *ROLES):
        raise typer.BadParameter(f"--role nhận một trong: {', '.join(ROLES)}.")
    if image_width < 0 or (image_width and image is None):
        raise typer.BadParameter("--image-width là số mm dương, đi cùng --image.")
    validity = _day("--valid-from", valid_from), _day("--valid-to", valid_to)
    if not dossier and (procedure or applicant or any(validity)):
        raise typer.BadParameter("--procedure, --applicant, --valid-from, --valid-to ghi vào mã QR, nên cần --dossier.")
    office = open_office(settings().home, ask_pin=ask_pin, ask_code=ask_code)
    name = signer or office.usual_signer
    seal, place = _image(image), _place(at)
    told = QrPayload(dossier, procedure, applicant, valid_from=validity[0], valid_to=validity[1])
    code = CitizensCode(told, office.plan.qr, office.journal) if dossier else None
    results: list[tuple[Path, Result]] = []
    with office:
        session = office.session(name, deliver_file, told=lambda sentence: people.print(f"▸ {sentence}"))
        shown = session.holder.identity().name
        who = ROLES.get(role) or (Role.AGENCY if copy_form else role_of(shown, field=""))
        looks = chosen(profile or office.signer(name).profile or "invisible", who)

        def facts(when: datetime) -> Facts:
            form = COPY_FORMS.get(copy_form)
            test = name == TEST
            made = Facts(when, shown, shown, number, form, image=seal, image_width=image_width or None, without_legal_value=test)
            return replace(made, page=place.page, block=place.block) if place else made

        wanted = LEVELS[level] if level else office.level
        way = Way(looks, facts, wanted, reason=reason or None, location=location or None, code=code)
        people.print(f"Người ký: [bold]{shown}[/] · {looks.title} · mức {way.wanted.said}")
        targets = _targets(files, output)
        results = list(_with_bar(_answered(session, files, targets, way), len(files), as_json))
    if not as_json:
        _summary(results)
    raise typer.Exit(_exit(results))


def _day(option: str, said: str) -> date | None:
    """As a clerk writes it, 05/03/2026, or ISO 8601."""
    for form in ("%d/%m/%Y", "%Y-%m-%d") if said else ():
        try:
            return datetime.strptime(said, form).date()
        except ValueError:
            continue
    if said:
        raise typer.BadParameter(f"{option} là một ngày, ví dụ 05/03/2026.")
    return None


def _image(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as unreadable:
        raise typer.BadParameter("Không đọc được tệp ảnh nêu ở --image.") from unreadable


def _place(at: str) -> PlacedBlock | None:
    """The reader comes along with what knows about places, so it is asked for only when one is named. Raises PlaceNotUnderstood."""
    if not at:
        return None
    from sohoa.pipeline.signing.block import block_at

    return block_at(at)


def _targets(files: list[Path], output: Path | None) -> list[Path]:
    if output is None:
        return [file.with_name(file.stem + SIGNED) for file in files]
    if len(files) == 1 and not output.is_dir():
        return [output]
    output.mkdir(parents=True, exist_ok=True)
    return [output / file.name for file in files]


def _answered(session: SigningSession, files: list[Path], targets: list[Path], way: Way) -> Iterator[tuple[Path, Result]]:
    """What became of each, in order; a file that cannot be asked for at all is answered without being asked for."""
    refused: dict[int, Result] = {}

    def asked() -> Iterator[Request]:
        for number, (file, target) in enumerate(zip(files, targets, strict=True)):
            try:
                yield request_for(file, target, way, title=file.name, now=now())
            except SohoaError as error:
                refused[number] = Result(Request(file, file.name, str(target)), None, error)

    number = 0
    for result in session.sign(asked()):
        put_away(way, result)
        while number in refused:
            yield files[number], refused.pop(number)
            number += 1
        yield files[number], result
        number += 1
    yield from ((files[left], refused[left]) for left in sorted(refused))


def _with_bar(results: Iterator[tuple[Path, Result]], total: int, as_json: bool) -> Iterator[tuple[Path, Result]]:
    columns = (SpinnerColumn(), TextColumn("Đang ký"), BarColumn(), MofNCompleteColumn(), TextColumn("tệp"))
    with Progress(*columns, console=people, transient=True) as bar:
        task = bar.add_task("", total=total)
        for file, result in results:
            bar.advance(task)
            if as_json:
                print_json(_told(file, result))
            yield file, result


def _told(file: Path, result: Result) -> dict[str, Any]:
    job = result.job
    signed = job is not None and result.error is None
    return {
        "file": str(file),
        "output": job.destination if job and signed else None,
        "state": job.state.value if job else "refused",
        "again": result.again,
        "signer": job.identity.name if job else None,
        "sha256": job.sha256 if job and signed else None,
        "signature": {"level": job.level.said, "verdict": job.verdict, "reason": job.reason}
        if job and job.level and signed
        else None,
        "wanted": job.wanted.said if job else None,
        "lacking": job.lacking if job else "",
        "error": result.error.as_dict() if result.error else None,
    }


def _summary(results: list[tuple[Path, Result]]) -> None:
    """A line for each file, the doubtful ones with what to do; then what is still owed."""
    for file, result in results:
        job = result.job
        if result.error or job is None or job.level is None:
            told = result.error.as_dict() if result.error else {"vi": "Chưa ký xong.", "remedy": "Chạy lại lệnh này."}
            data.print(f"{MARKS[Outcome.FAILED]} {file.name}: {told['vi']}\n    → {told['remedy']}", markup=True)
            continue
        note = " [dim](đã ký từ trước)[/]" if result.again else ""
        owed = f" [yellow]· còn thiếu {job.wanted.said}[/]" if job.owes else ""
        data.print(f"{MARKS[Outcome.OK]} {file.name} → {job.destination}  {job.level.said}{owed}{note}")
    owing = sum(1 for _, result in results if result.job and result.job.owes and not result.error)
    if owing:
        people.print(
            f"{owing} chữ ký chưa đạt mức mong muốn vì dịch vụ chưa trả lời. Chữ ký vẫn có hiệu lực; chạy «sohoa renew» để nâng mức."
        )


def _exit(results: list[tuple[Path, Result]]) -> int:
    return int(Exit.NEEDS_A_PERSON if any(result.error or result.job is None for _, result in results) else Exit.OK)


def add_to(app: typer.Typer) -> None:
    app.command()(sign)
