"""Issuing a result from the command line: the code for the citizen, the person's signature, then the agency's seal over a third of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import zxingcpp

from sohoa.kernel.clock import now
from sohoa.ocr.understanding.codes.paper import paper_says
from sohoa.pipeline.sources.sampleoffice.layout import Run, Sheet, set_line, words_of
from sohoa.signing.validation.validate import validate_pdf
from tests.pipeline.signing.drafts import delivered, drafted
from tests.running import Answer, Office
from tests.signing.authority import PASSPHRASE, Pki, authority
from tests.signing.profiles.papers import changed_dots, seal_png, seen, signature_png

DOSSIER = "H99.01-260305-0012"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with authority(tmp_path_factory.mktemp("pki")) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, pki: Pki) -> Office:
    keys = tmp_path / "home" / "keys"
    keys.mkdir(parents=True)
    (keys / "pass").write_text(PASSPHRASE)
    (keys / "pass").chmod(0o400)
    lines = [f'level = "b"\n[services]\ntimestamps = ["{pki.tsa_url}"]\n[trust]\nroots = ["{pki.root_pem}"]']
    lines.append('[qr]\nfields = ["procedure_code", "issued", "valid_to"]')
    for name, kind in (("chu-tich", "p256"), ("co-quan", "rsa2048")):
        pki.signer(kind).p12(keys / f"{name}.p12")
        lines.append(f'[signers.{name}]\nkind = "pkcs12"\nfile = "keys/{name}.p12"\npassphrase_file = "keys/pass"')
    (tmp_path / "home" / "signing.toml").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "chu-ky.png").write_bytes(signature_png())
    (tmp_path / "dau.png").write_bytes(seal_png())
    return Office(tmp_path / "home")


def person(tmp_path: Path) -> list[str | Path]:
    return ["--signer", "chu-tich", "--profile", "issuance", "--role", "person", "--image", tmp_path / "chu-ky.png", "--json"]


def agency(tmp_path: Path) -> list[str | Path]:
    return ["--signer", "co-quan", "--profile", "issuance", "--role", "agency", "--image", tmp_path / "dau.png", "--json"]


def codes(path: Path) -> list[str]:
    return [one.text for one in zxingcpp.read_barcodes(seen(path, dpi=200).pixels)]


def refused(answer: Answer) -> dict[str, str]:
    assert answer.json["output"] is None
    return answer.json["error"]


def boxes(path: Path) -> dict[str, tuple[int, list[float]]]:
    """Of the signatures that show: page from 0, left, bottom, right, top."""
    with pikepdf.open(path) as pdf:
        return {
            str(note.T): (number, [float(side) for side in note.Rect])
            for number, page in enumerate(pdf.pages)
            for note in page.obj.get("/Annots", [])
        }


def test_a_drafted_result_goes_out_with_code_signature_and_seal(desk: Office, tmp_path: Path, pki: Pki) -> None:
    draft, first, issued = tmp_path / "giay-phep.pdf", tmp_path / "1.pdf", tmp_path / "2.pdf"
    truth = drafted(draft, "GPXD", 5)
    before = draft.read_bytes()
    command = [
        "sign",
        draft,
        "-o",
        first,
        "--dossier",
        DOSSIER,
        "--procedure",
        "1.009994",
        "--valid-to",
        "05/03/2027",
        "--level",
        "lt",
    ]
    one = desk(*command, *person(tmp_path))
    assert one.code == 0, (one.out, one.err)
    two = desk("sign", first, "-o", issued, *agency(tmp_path), "--level", "lt")
    assert two.code == 0, (two.out, two.err)

    report = validate_pdf(issued, trust=[pki.root_pem], now=now())
    assert report.verdict == "ok" and [one.role for one in report.signatures] == ["person", "agency"]
    placed = boxes(issued)
    (page, hand), (page_of_seal, seal) = placed["NguoiKy"], placed["CoQuan"]
    height = 841.89
    assert page == page_of_seal == truth.page
    assert height - hand[3] >= max(head[3] for head in truth.heads) - 1 and height - hand[1] <= truth.name[1] + 1
    assert (hand[0] + hand[2]) / 2 == pytest.approx((truth.name[0] + truth.name[2]) / 2, abs=8)
    assert (seal[2] - hand[0]) / (hand[2] - hand[0]) == pytest.approx(1 / 3, abs=0.02)
    (code,) = codes(issued)
    read = paper_says(code)
    assert read and read.dossier_code == DOSSIER
    assert code.startswith(f"SOHOA-HS1|H={DOSSIER}|T=1.009994|C=20") and "2027-03-05" in code
    assert draft.read_bytes() == before and not list((tmp_path / "home" / "signing" / "printed").glob("*.pdf"))

    again = desk(*command, *person(tmp_path))
    assert again.json["again"] and again.json["sha256"] == one.json["sha256"]  # hours or minutes later: no second signature


def test_a_scanned_result_is_signed_where_its_signer_is_named(desk: Office, tmp_path: Path) -> None:
    truth = delivered(tmp_path / "p.pdf", "TB", 31, strength="medium")
    answer = desk("sign", tmp_path / "p.pdf", "-o", tmp_path / "1.pdf", *person(tmp_path))
    assert answer.code == 0, (answer.out, answer.err)
    changed = changed_dots(seen(tmp_path / "p.pdf", page=truth.page + 1), seen(tmp_path / "1.pdf", page=truth.page + 1))
    ys = np.nonzero(changed)[0] / 2  # dots a point
    assert max(head[3] for head in truth.heads) - 6 < ys.min() and ys.max() < truth.name[1] + 6


def test_of_two_signers_the_clerk_shows_which_place_is_meant(desk: Office, tmp_path: Path) -> None:
    block = (("GIÁM ĐỐC", 170, 600), ("GIÁM ĐỐC", 440, 600), ("Trần Văn Hai", 170, 700), ("Nguyễn Thị Mẫu", 440, 700))
    lines = [set_line(words_of([Run(said, "tinos-bold", 13)]), x - 120, x + 120, y, "centre", "body") for said, x, y in block]
    drafted(tmp_path / "p.pdf", "TLKS", 8, more=[Sheet(lines=lines)])
    command = ["sign", tmp_path / "p.pdf", "-o", tmp_path / "1.pdf", *person(tmp_path)]
    told = refused(desk(*command))
    assert told["code"] == "pipeline.signer_block_doubtful" and "--at" in told["remedy"]
    with pikepdf.open(tmp_path / "p.pdf") as paper:
        last = len(paper.pages)
    answer = desk(*command, "--at", f"{last},60,228")
    assert answer.code == 0, (answer.out, answer.err)
    page, (left, bottom, right, top) = boxes(tmp_path / "1.pdf")["NguoiKy"]
    assert page == last - 1
    assert (left + right) / 2 * 25.4 / 72 == pytest.approx(60, abs=1) and (
        841.89 - (bottom + top) / 2
    ) * 25.4 / 72 == pytest.approx(228, abs=6)


def test_a_seal_of_its_real_width_finds_the_place_where_no_person_has_signed_yet(desk: Office, tmp_path: Path) -> None:
    truth = drafted(tmp_path / "p.pdf", "TLKS", 1)
    answer = desk("sign", tmp_path / "p.pdf", "-o", tmp_path / "1.pdf", *agency(tmp_path), "--image-width", "30")
    assert answer.code == 0, (answer.out, answer.err)
    page, (left, bottom, right, top) = boxes(tmp_path / "1.pdf")["CoQuan"]
    middle = 841.89 - (bottom + top) / 2
    assert page == truth.page and max(head[3] for head in truth.heads) < middle < truth.name[1]
    assert right - left == pytest.approx(30 * 72 / 25.4, abs=1)


def test_no_code_is_printed_on_what_is_signed(desk: Office, tmp_path: Path) -> None:
    drafted(tmp_path / "p.pdf", "TLKS", 1)
    assert desk("sign", tmp_path / "p.pdf", "-o", tmp_path / "1.pdf", *person(tmp_path)).code == 0
    answer = desk("sign", tmp_path / "1.pdf", "-o", tmp_path / "2.pdf", *agency(tmp_path), "--dossier", DOSSIER)
    assert refused(answer)["code"] == "signing.qr_after_signing"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--procedure", "1.009994"], "--dossier"),
        (["--dossier", DOSSIER, "--applicant", "022123451234"], "[qr]"),
        (["--image", "khong-co.png"], "--image"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_signed(desk: Office, tmp_path: Path, more: list[str], said: str) -> None:
    drafted(tmp_path / "p.pdf", "TLKS", 1)
    answer = desk("sign", tmp_path / "p.pdf", "--signer", "chu-tich", *more)
    assert answer.code == 2 and said in " ".join(answer.err.split()) and "022123451234" not in answer.err
    assert not (tmp_path / "p-da-ky.pdf").exists()


def test_issuing_without_an_image_asks_for_it_and_reads_nothing(desk: Office, tmp_path: Path) -> None:
    drafted(tmp_path / "p.pdf", "TLKS", 1)
    answer = desk("sign", tmp_path / "p.pdf", "--signer", "chu-tich", "--profile", "issuance", "--role", "person", "--json")
    assert refused(answer)["code"] == "signing.stamp_fact_missing" and "PNG" in refused(answer)["vi"]
