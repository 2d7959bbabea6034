"""One office whose records every judge looks at; made once, whatever the number of tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sohoa.kernel.clock import now
from sohoa.pipeline.sources.sampleoffice.mishaps import EXPECTED, write_mishaps
from sohoa.signing.signers.test_authority import ROOT, ROOT_KEY, open_test_authority
from sohoa.storage.objects.seaweed import embedded_store
from tests.conformance.alto import parsed
from tests.conformance.arriving import PAPERS, READ_ONLY
from tests.conformance.judging import Judged, Judges, build_judges
from tests.conformance.tampering import TAMPERINGS, first_revision
from tests.made import archived_files
from tests.running import Office

ODD = tuple(name for name, code in EXPECTED.items() if not code and name != "decomposed-name.pdf")
SPECIMEN = "quyet-dinh.pdf"  # the record that is tampered with
SHOWN = pytest.StashKey[str]()  # what the end of the run prints


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if SHOWN in config.stash:
        terminalreporter.section("build/conformance/signing.md")
        terminalreporter.write_line(config.stash[SHOWN])


@dataclass(frozen=True, slots=True)
class Made:
    """What the product made of each paper, by the paper's name; `root` is the office's own, `crl` its list of the revoked: none.

    unsigned: the same records before they were signed. read, alto: what `sohoa ocr` made, as PDF and as ALTO. tampered: by what
    was done to the specimen.
    """

    office: Office
    signed: dict[str, Path]
    unsigned: dict[str, Path]
    read: dict[str, Path]
    alto: dict[str, Path]
    tampered: dict[str, Path]
    root: Path
    crl: Path

    @property
    def specimen(self) -> Path:
        return self.signed[SPECIMEN]

    def words_read(self, name: str) -> list[str]:
        strings = parsed(self.alto[name].read_text(encoding="utf-8")).iter("{*}String")
        return [word for string in strings for word in string.get("CONTENT", "").split()]

    def every_file(self) -> list[Path]:
        return [path for some in (self.signed, self.unsigned, self.read, self.tampered) for path in some.values()]


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """A line to the person who waits: what comes before the first dot takes a minute or two."""
    capture = pytestconfig.pluginmanager.get_plugin("capturemanager")

    def aloud(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"▸ {line}", file=sys.stderr, flush=True)

    return aloud


@pytest.fixture(scope="session")
def judges(say: Callable[[str], None]) -> Judges:
    say("Bringing the judges together (the first time, Maven fetches about 70 MB)")
    return build_judges()


@pytest.fixture(scope="session")
def made(judges: Judges, say: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Asks for the judges first: without them there is no need to make anything."""
    say(f"Digitising {len(PAPERS) + len(ODD)} papers for them")
    room = tmp_path_factory.mktemp("conformance")
    office, inbox = Office(room / "home"), room / "inbox"
    inbox.mkdir()
    for name, make in PAPERS.items():
        (inbox / name).write_bytes(make())
    write_mishaps(inbox / "odd", seed=7, which=ODD)
    with embedded_store(office.home):  # held open, so that the commands below need not start and stop it each time
        signed = _written(room / "signed", _records(office, office.digitize(inbox)))
    unsigned = _written(room / "unsigned", {name: first_revision(path.read_bytes()) for name, path in signed.items()})
    tampered = _written(
        room / "tampered", {f"{name}.pdf": tamper(signed[SPECIMEN].read_bytes()) for name, tamper in TAMPERINGS.items()}
    )
    read = {name: room / "read" / f"{name}.pdf" for name in READ_ONLY}
    alto = {name: path.with_suffix(".xml") for name, path in read.items()}
    (room / "read").mkdir()
    for name in READ_ONLY:
        for form, path in (("pdf", read[name]), ("alto", alto[name])):
            assert office("ocr", inbox / name, "--format", form, "-o", path).code == 0
    authority = office.home / "keys" / "test-authority"
    crl = room / "nobody-revoked.crl"
    crl.write_bytes(_empty_list(authority))
    spoilt = {Path(name).stem: path for name, path in tampered.items()}
    yield Made(office, signed, unsigned, read, alto, spoilt, authority / ROOT, crl)


@pytest.fixture(scope="session")
def judged(judges: Judges, made: Made, say: Callable[[str], None]) -> dict[Path, Judged]:
    """Every file that was made, with the office's root trusted and its list of revoked certificates at hand."""
    say(f"Hearing veraPDF and DSS on {len(made.every_file())} files")
    return judges(made.every_file(), trust=made.root, crl=made.crl)


@pytest.fixture(scope="session")
def another_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of an office that has nothing to do with ours."""
    return open_test_authority(tmp_path_factory.mktemp("elsewhere") / "authority", now=now()).root_pem


def _records(office: Office, found: dict[str, dict[str, Any]]) -> dict[str, bytes]:
    assert {told["state"] for told in found.values()} == {"archived"}, {name: told["error"] for name, told in found.items()}
    records = {}
    with embedded_store(office.home) as connection, connection.store() as store:
        for name, told in found.items():
            records[name] = archived_files(store, told["document_id"], told["dossier"])["record"]
    return records


def _written(folder: Path, files: dict[str, bytes]) -> dict[str, Path]:
    folder.mkdir()
    for number, content in enumerate(files.values()):
        # By number: what the judges are told must not depend on what a paper was called.
        (folder / f"{number:02}.pdf").write_bytes(content)
    return {name: folder / f"{number:02}.pdf" for number, name in enumerate(files)}


def _empty_list(authority: Path) -> bytes:
    """What an authority publishes when nobody was revoked. Ours publishes nothing yet, so the test speaks for it."""
    root = x509.load_pem_x509_certificate((authority / ROOT).read_bytes())
    key = serialization.load_pem_private_key((authority / ROOT_KEY).read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(now())
        .next_update(now() + timedelta(days=1))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)
