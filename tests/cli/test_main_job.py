"""The main job as a person does it: files in; archived, signed, searchable records and figures out."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pikepdf
import pytest

from sohoa.kernel.clock import now
from sohoa.pipeline.sources.sampleoffice.mishaps import DECOMPOSED_NAME, EXPECTED, write_mishaps
from sohoa.signing.signers.test_authority import open_test_authority
from sohoa.storage.objects.seaweed import embedded_store
from tests.made import archived_files
from tests.papers import DECISION, decision, jpeg, pdf, write_papers
from tests.running import Office
from tests.signing.quick import sign_pdf


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, Path, dict[str, dict]]:
    """One home after one run over good papers of every kind of file and every mishap; the tests below only look at it."""
    room = tmp_path_factory.mktemp("main-job")
    office, inbox = Office(room / "home"), room / "inbox"
    write_papers(inbox, 2)
    (inbox / "anh.jpg").write_bytes(jpeg(decision(90)))
    (inbox / "hai-trang.pdf").write_bytes(pdf(decision(91), ("Trang hai của quyết định", "Nơi nhận")))
    (inbox / "ban-sao-cua-1.pdf").write_bytes((inbox / "giay-001.pdf").read_bytes())
    (inbox / "da-ky.pdf").write_bytes(pdf(decision(92)))
    authority = open_test_authority(room / "another-office", now=now())
    unsigned = shutil.copy(inbox / "da-ky.pdf", room / "unsigned.pdf")
    sign_pdf(Path(unsigned), inbox / "da-ky.pdf", signer=authority.signer, reason="Ban hành", location=None, when=now())
    write_mishaps(inbox / "loi", seed=7)
    (inbox / "loi" / "lien-ket.pdf").symlink_to(unsigned)
    with embedded_store(office.home):  # held open, so that the commands below need not start and stop it each time
        yield office, inbox, office.digitize(inbox)


def contents_of(office: Office, told: dict) -> dict[str, bytes]:
    """A record's objects by role, by way of its manifest alone."""
    with embedded_store(office.home) as connection, connection.store() as store:
        found = archived_files(store, told["document_id"], told["dossier"])
    for role, file in json.loads(found["manifest"])["files"].items():
        assert hashlib.sha256(found[role]).hexdigest() == file["sha256"]
    return found


def test_every_good_paper_is_archived_with_type_signature_and_object(worked) -> None:
    _, _, found = worked
    for name in ("giay-001.pdf", "giay-002.pdf", "anh.jpg", "hai-trang.pdf"):
        told = found[name]
        assert told["state"] in ("archived", "duplicate") and told["type"] == "QĐ", told
        assert told["signature"] == {"level": "PAdES-B-B", "verdict": "ok"}
        assert told["object"]["bucket"] == "records" and told["object"]["version_id"]
    assert found["hai-trang.pdf"]["pages"] == 2


def test_the_same_content_twice_is_archived_once_and_says_where_else_it_is(worked) -> None:
    _, _, found = worked
    pair = [found["giay-001.pdf"], found["ban-sao-cua-1.pdf"]]
    assert sorted(told["state"] for told in pair) == ["archived", "duplicate"]
    assert pair[0]["document_id"] == pair[1]["document_id"]


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, code in EXPECTED.items() if code])
def test_bad_input_is_put_aside_with_its_reason_and_its_file(worked, name: str, code: str) -> None:
    office, inbox, found = worked
    told = found[name]
    assert (told["state"], told["error"]["code"]) == ("quarantined", code)
    assert told["error"]["vi"] and told["error"]["remedy"]
    content = hashlib.sha256((inbox / "loi" / name).read_bytes()).hexdigest()
    kept = office.home / "quarantine" / content
    assert (kept / "source").read_bytes() == (inbox / "loi" / name).read_bytes()
    assert json.loads((kept / "reason.json").read_bytes())["code"] == code


@pytest.mark.parametrize("name", [name for name, code in EXPECTED.items() if not code and name != "decomposed-name.pdf"])
def test_odd_but_readable_input_is_archived(worked, name: str) -> None:
    _, _, found = worked
    assert found[name]["state"] == "archived", found[name]["error"]


@pytest.mark.parametrize(
    ("name", "flag"),
    [("with-javascript.pdf", "javascript"), ("with-launch.pdf", "launch_action"), ("with-attachment.pdf", "embedded_file")],
)
def test_active_content_is_flagged_kept_in_the_original_and_gone_from_what_we_made(worked, name: str, flag: str) -> None:
    office, inbox, found = worked
    assert flag in found[name]["flags"]
    contents = contents_of(office, found[name])
    assert contents["original"] == (inbox / "loi" / name).read_bytes()
    for forbidden in (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile"):
        assert forbidden not in contents["record"]


def test_a_name_in_decomposed_letters_is_kept_in_composed_ones(worked) -> None:
    office, _, found = worked
    told = found[DECOMPOSED_NAME]
    assert told["state"] == "archived"
    name = json.loads(contents_of(office, told)["manifest"])["source"]["name"]
    assert name == unicodedata.normalize("NFC", DECOMPOSED_NAME) != DECOMPOSED_NAME


def test_a_picture_with_the_wrong_extension_is_accepted_by_its_content_and_flagged(worked) -> None:
    assert "extension_differs" in worked[2]["png-named.jpg"]["flags"]


def test_a_link_that_leaves_the_folder_is_not_followed(worked) -> None:
    told = worked[2]["lien-ket.pdf"]
    assert (told["state"], told["error"]["code"]) == ("quarantined", "pipeline.link_leaves_folder")


def test_a_paper_that_arrived_signed_is_archived_byte_for_byte_with_its_text_beside_it(worked) -> None:
    office, inbox, found = worked
    told = found["da-ky.pdf"]
    contents = contents_of(office, told)
    assert contents["original"] == (inbox / "da-ky.pdf").read_bytes()
    assert told["object"]["sha256"] == hashlib.sha256(contents["original"]).hexdigest()
    assert "record" not in contents
    # Its root is another office's, unknown to us: that is neither yes nor no.
    assert told["signature"]["verdict"] == "undetermined"
    assert 'CONTENT="QUYẾT"' in contents["text"].decode()


def test_other_programs_find_our_signature_valid_and_over_the_whole_file(worked, tmp_path: Path) -> None:
    office, _, found = worked
    signed = tmp_path / "signed.pdf"
    signed.write_bytes(contents_of(office, found["hai-trang.pdf"])["record"])
    said = subprocess.run(["pdfsig", "-nocert", signed], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said and "Total document signed" in said, said
    with pikepdf.open(signed) as opened:
        assert opened.pdf_version == "1.7" and str(opened.Root.Metadata.read_bytes()).count("pdfaid:part") >= 1


def test_selected_text_is_what_was_read(worked, tmp_path: Path) -> None:
    office, _, found = worked
    made = tmp_path / "made.pdf"
    contents = contents_of(office, found["anh.jpg"])
    made.write_bytes(contents["record"])
    selected = subprocess.run(["pdftotext", "-layout", made, "-"], capture_output=True, text=True, check=True).stdout
    assert "QUYẾT ĐỊNH" in unicodedata.normalize("NFC", selected)


def test_the_sources_are_where_they_were(worked) -> None:
    _, inbox, _ = worked
    assert len(list(inbox.glob("*.pdf"))) == 5 and (inbox / "loi" / "empty.pdf").exists()


def test_logs_name_no_file_and_no_person(worked) -> None:
    office, _, _ = worked
    written = "".join(file.read_text() for file in (office.home / "logs").glob("sohoa.log*"))
    assert written
    for name in ("giay-001", "da-ky", "with-launch", "Nguyễn", "Mẫu", "inbox"):
        assert name not in written


def test_nothing_is_left_in_the_workroom(worked) -> None:
    office, _, _ = worked
    assert not [folder for folder in (office.home / "claims").iterdir() if len(folder.name) == 64]


def test_running_it_again_archives_nothing_anew(worked) -> None:
    office, inbox, found = worked
    before = office.bucket()
    again = office.digitize(inbox)
    assert {name: told["state"] for name, told in again.items()} == {name: told["state"] for name, told in found.items()}
    assert office.bucket() == before


def test_what_was_archived_is_found_with_and_without_tones_and_each_opening_is_logged(worked) -> None:
    office, _, found = worked
    exact = office("search", "cấp giấy phép xây dựng", "--json").json
    folded = office("search", "cap giay phep xay dung", "--json").json
    assert {hit["match"] for hit in exact["hits"]} == {"exact"} and exact["total"] >= 4
    assert {hit["document_id"] for hit in exact["hits"]} <= {hit["document_id"] for hit in folded["hits"]}
    number = found["anh.jpg"]["document_id"]
    for _ in range(2):
        shown = office("show", number, "--json").json
    assert [event["action"] for event in shown["history"]].count("record.read") == 2
    assert {file["role"] for file in shown["files"]} == {"original", "record", "text", "validation", "premis", "manifest"}


def test_a_record_that_does_not_exist_is_said_so(worked) -> None:
    answer = worked[0]("show", "0" * 20, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (1, "storage.no_such_record")


def test_every_record_verifies(worked) -> None:
    answer = worked[0]("verify", "--all", "--json")
    assert answer.code == 0
    assert answer.json["ok"] == answer.json["checked"] > 10 and not answer.json["failures"]


def test_the_doctor_finds_a_working_office_well(worked) -> None:
    answer = worked[0]("doctor", "--json")
    assert answer.code == 0, answer.out
    assert {check["outcome"] for check in answer.json["checks"]} <= {"ok", "undetermined"}


def test_reading_a_file_touches_no_archive(tmp_path: Path) -> None:
    office, page = Office(tmp_path / "home"), tmp_path / "giay.jpg"
    page.write_bytes(jpeg(decision(5)))
    told = office("ocr", page, "--json").json
    assert DECISION[0] in told["text"] and told["pages"][0]["dpi"] == 150
    assert office("classify", page, "--json").json["type"]["code"] == "QĐ"
    for shape, mark in (("hocr", "ocrx_word"), ("alto", "<alto"), ("text", DECISION[0])):
        assert mark in office("ocr", page, "--format", shape).out
    out = tmp_path / "tim-duoc.pdf"
    assert office("ocr", page, "--format", "pdf", "-o", out).code == 0
    with pikepdf.open(out) as made:
        assert len(made.pages) == 1
    assert not office.home.exists()


def test_validate_tells_a_changed_file_from_a_good_and_from_an_unknown_one(worked, tmp_path: Path) -> None:
    office, inbox, found = worked
    good = contents_of(office, found["anh.jpg"])["record"]
    (tmp_path / "good.pdf").write_bytes(good)
    place = good.index(b"stream") + 40
    (tmp_path / "changed.pdf").write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    answer = office("validate", tmp_path / "good.pdf", tmp_path / "changed.pdf", inbox / "da-ky.pdf", "--json")
    assert answer.code == 1
    assert [told["verdict"] for told in answer.lines] == ["ok", "failed", "undetermined"]
    assert "không" in office("validate", tmp_path / "changed.pdf").out


@pytest.mark.parametrize(
    "typed",
    [
        ("digitize",),
        ("digitize", "/no/such/place"),
        ("verify",),
        ("indicators", "--period", "2026-13"),
        ("ocr", "x", "--format", "doc"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_what_was_typed_wrong_ends_with_two(tmp_path: Path, typed: tuple[str, ...]) -> None:
    assert Office(tmp_path / "home")(*typed).code == 2


def test_an_altered_text_model_is_told_by_the_doctor_and_stops_no_paper(tmp_path: Path) -> None:
    office, page = Office(tmp_path / "home"), tmp_path / "giay.jpg"
    page.write_bytes(jpeg(decision(6)))
    (office.home / "models").mkdir(parents=True)
    (office.home / "models" / "types.json").write_text('{"current": {"file": "types-1.npz", "sha256": "0"}, "former": []}')
    verdict = office("classify", page, "--json").json["type"]
    assert (verdict["code"], "text" in verdict["witnesses"]) == ("QĐ", False)
    checks = office("doctor", "--json").json["checks"]
    assert [check["outcome"] for check in checks if check["what"] == "Mô hình phân loại"] == ["failed"]
