from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, pkcs12
from hypothesis import given
from hypothesis import strategies as st

from sohoa.signing.signers.holder import KeyDoesNotFit, KeyNotSupported, Mechanism, Signed
from sohoa.signing.signers.pkcs12 import LARGEST_FILE, KeyInMemory, KeyUnreadable, load_pkcs12
from tests.signing.pki import Held, key
from tests.signing.tokens import WORTHLESS, Key, certificate_for, job, signature_by

CURVE = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def pss_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .p12 whose certificate says id-RSASSA-PSS: such a key may sign in no other way. cryptography makes none, openssl does."""
    folder = tmp_path_factory.mktemp("pss")
    for command in (
        "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out key.pem",
        f"req -x509 -new -key key.pem -utf8 -days 30 -sha256 -out own.pem -subj /CN={WORTHLESS.replace(' ', '_')}",
        "pkcs12 -export -inkey key.pem -in own.pem -passout pass:1 -out own.p12",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, capture_output=True, check=True, timeout=60)
    return folder / "own.p12"


@pytest.mark.parametrize(
    ("own", "pss", "mechanism"),
    [
        (key(1), False, Mechanism.RSA_PKCS1),
        (key(40, 3072), False, Mechanism.RSA_PKCS1),
        (key(1), True, Mechanism.RSA_PSS),
        (CURVE, False, Mechanism.ECDSA),
        (CURVE, True, Mechanism.ECDSA),
    ],
    ids=["rsa-2048", "rsa-3072", "rsa-pss", "p-256", "p-256 does not know pss"],
)
def test_every_kind_of_key_signs_and_its_signature_fits(own: Key, pss: bool, mechanism: Mechanism):
    holder = KeyInMemory(certificate_for(own), own, pss=pss)
    assert holder.identity().mechanism is mechanism
    signature = signature_by(holder, b"attributes")
    holder.identity().must_fit(b"attributes", signature)
    assert len(signature) <= holder.identity().signature_size
    with pytest.raises(KeyDoesNotFit):
        holder.identity().must_fit(b"other attributes", signature)


def test_a_key_for_pss_alone_signs_with_pss_unasked(pss_only: Path):
    holder = load_pkcs12(pss_only, "1")
    assert holder.identity().mechanism is Mechanism.RSA_PSS
    holder.identity().must_fit(b"attributes", signature_by(holder, b"attributes"))


@given(st.lists(st.binary(min_size=1, max_size=64), unique=True, max_size=8))
def test_a_batch_is_answered_at_once_and_whole(contents: list[bytes]):
    holder = KeyInMemory(certificate_for(CURVE), CURVE)
    jobs = [job(content) for content in contents]
    answer = holder.sign_hashes(jobs, transaction="1")
    assert isinstance(answer, Signed)
    assert set(answer.signatures) == {one.id for one in jobs} and not answer.refused
    for one in jobs:
        holder.identity().must_fit(one.attributes, answer.signatures[one.id])


def test_it_knows_nothing_of_requests_made_before():
    holder = KeyInMemory(certificate_for(CURVE), CURVE)
    signature_by(holder, b"attributes")
    assert holder.poll("1", [job()]) is None
    assert not holder.interactive


def test_threads_may_share_one_key():
    holder = KeyInMemory(certificate_for(key(1)), key(1))
    contents = [b"%d" % number for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        signatures = list(pool.map(lambda content: signature_by(holder, content), contents))
    for content, signature in zip(contents, signatures, strict=True):
        holder.identity().must_fit(content, signature)


@pytest.mark.parametrize("locked", [b"mat khau", b""], ids=["with a passphrase", "without one"])
def test_a_p12_file_gives_the_key_its_certificate_and_those_above(tmp_path: Path, root: Held, person: Held, locked: bytes):
    file = tmp_path / "own.p12"
    seal = BestAvailableEncryption(locked) if locked else NoEncryption()
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"k", person.key, person.certificate, [root.certificate], seal))
    holder = load_pkcs12(file, locked.decode())
    assert holder.identity().certificate == person.certificate.public_bytes(Encoding.DER)
    assert holder.identity().chain == (root.certificate.public_bytes(Encoding.DER),)
    assert holder.identity().name == "Nguyễn Thị Mẫu"


@pytest.fixture
def p12(tmp_path: Path, person: Held) -> Path:
    file = tmp_path / "own.p12"
    seal = BestAvailableEncryption(b"mat khau")
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"k", person.key, person.certificate, None, seal))
    return file


def test_a_wrong_passphrase_says_so_and_repeats_neither_it_nor_the_file(p12: Path):
    with pytest.raises(KeyUnreadable) as refused:
        load_pkcs12(p12, "bi mat khac")
    told = str(refused.value) + str(refused.value.as_dict())
    assert "bi mat khac" not in told and p12.name not in told


@pytest.mark.parametrize("content", [b"", b"\x30", b"not a key at all", b"\x30\x84\xff\xff\xff\xff" * 50, bytes(LARGEST_FILE + 1)])
def test_what_is_no_key_file_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "own.p12"
    file.write_bytes(content)
    with pytest.raises(KeyUnreadable):
        load_pkcs12(file, "1")


def test_a_cut_key_file_is_refused_wherever_it_is_cut(p12: Path, tmp_path: Path):
    whole = p12.read_bytes()
    cut = tmp_path / "cut.p12"
    for length in range(0, len(whole) - 1, 97):
        cut.write_bytes(whole[:length])
        with pytest.raises(KeyUnreadable):
            load_pkcs12(cut, "mat khau")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path):
    for path in (tmp_path / "none.p12", tmp_path):
        with pytest.raises(KeyUnreadable):
            load_pkcs12(path, "1")


def test_a_file_with_a_certificate_but_no_key_is_refused(tmp_path: Path, root: Held):
    file = tmp_path / "only.p12"
    file.write_bytes(pkcs12.serialize_key_and_certificates(None, None, None, [root.certificate], NoEncryption()))
    with pytest.raises(KeyUnreadable):
        load_pkcs12(file, "")


@pytest.mark.parametrize("own", [key(9, 1024), ec.generate_private_key(ec.SECP384R1())], ids=["rsa-1024", "p-384"])
def test_keys_that_the_law_or_the_product_does_not_know_are_refused(own: Key):
    with pytest.raises(KeyNotSupported):
        KeyInMemory(certificate_for(own), own)


def test_a_key_and_the_certificate_of_another_are_refused():
    for other in (key(2), CURVE):
        with pytest.raises(KeyDoesNotFit):
            KeyInMemory(certificate_for(key(1)), other)


def test_openssl_believes_a_signature_with_pss(tmp_path: Path):
    holder = KeyInMemory(certificate_for(key(1)), key(1), pss=True)
    certificate = x509.load_der_x509_certificate(holder.identity().certificate)
    (tmp_path / "own.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "signed").write_bytes(b"attributes")
    (tmp_path / "signature").write_bytes(signature_by(holder, b"attributes"))
    made = subprocess.run(["openssl", "x509", "-in", "own.pem", "-pubkey", "-noout"], cwd=tmp_path, capture_output=True, check=True)
    (tmp_path / "public.pem").write_bytes(made.stdout)
    judged = subprocess.run(
        [
            *("openssl", "dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"),
            *("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "signed"),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stderr
