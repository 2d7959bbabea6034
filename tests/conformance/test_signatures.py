"""EU DSS, OpenSSL and poppler on our signatures: three programs that share no code with what signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.arriving import PAPERS
from tests.conformance.conftest import ODD
from tests.conformance.native import openssl_cms, pdfsig
from tests.conformance.parts import the_part

pytestmark = pytest.mark.timeout(1800)  # the first test brings the judges and makes the records for all

RECORDS = (*PAPERS, *ODD)
LEVEL = "PAdES_BASELINE_B"
# What DSS says when bytes under the signature are not the ones that were signed, or the signature is not the key's.
FAILURES = {
    "picture": ("TOTAL_FAILED", "HASH_FAILURE"),
    "metadata": ("TOTAL_FAILED", "HASH_FAILURE"),
    "signature": ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_dss_passes_every_record_once_it_knows_that_nobody_was_revoked(made, judged, name: str) -> None:
    signature = judged[made.signed[name]].signature
    assert (signature["level"], signature["indication"], signature["subIndication"]) == (LEVEL, "TOTAL_PASSED", None), signature
    assert signature["errors"] == [] and signature["scopes"] == ["FULL"]


def test_dss_cannot_tell_only_for_want_of_revocation_information(made, judges) -> None:
    """The test authority publishes no list of the revoked. Everything else about the signature is well, or this would be another
    sub-indication."""
    signature = judges([made.specimen], trust=made.root)[made.specimen].signature
    assert (signature["level"], signature["indication"]) == (LEVEL, "INDETERMINATE")
    assert signature["subIndication"] == "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    assert signature["errors"] == ["The certificate validation is not conclusive!", "No revocation data found for the certificate!"]


def test_dss_does_not_take_another_office_for_ours(made, judges, another_root) -> None:
    signature = judges([made.specimen], trust=another_root, crl=made.crl)[made.specimen].signature
    assert (signature["indication"], signature["subIndication"]) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")


@pytest.mark.parametrize("what", FAILURES)
def test_dss_fails_a_record_of_which_one_bit_was_changed(made, judged, what: str) -> None:
    signature = judged[made.tampered[what]].signature
    assert (signature["indication"], signature["subIndication"]) == FAILURES[what]


def test_dss_warns_and_we_refuse_when_a_later_revision_drew_over_the_page(made, judged) -> None:
    """The signed bytes are intact, so DSS's default policy passes them and warns. Nothing may follow our signature but more
    signatures, so our own verdict is the stricter one."""
    signature = judged[made.tampered["later-revision"]].signature
    assert (signature["indication"], signature["scopes"]) == ("TOTAL_PASSED", ["PARTIAL"])
    assert "The document contains undefined object modifications after the signature revision!" in signature["warnings"]
    assert "Visual difference is detected on page(s) [1]" in signature["warnings"]
    assert "Not total document signed" in pdfsig(made.tampered["later-revision"])
    assert made.office("validate", made.tampered["later-revision"], "--trust", made.root, "--json").json["verdict"] == "failed"


def test_dss_finds_no_signature_where_there_is_none(made, judged) -> None:
    assert all(judged[path].dss["signatures"] == [] for path in (*made.unsigned.values(), *made.read.values()))


@pytest.mark.parametrize("name", RECORDS)
def test_pdfsig_finds_one_valid_signature_over_the_whole_of_every_record(made, name: str) -> None:
    said = pdfsig(made.signed[name])
    assert said.count("Signature #") == 1 and "Signature is Valid." in said, said
    assert "Total document signed" in said and "ETSI.CAdES.detached" in said, said


@pytest.mark.parametrize("name", RECORDS)
def test_openssl_verifies_every_record_up_to_our_root(made, name: str, tmp_path: Path) -> None:
    verified = openssl_cms(the_part(made.signed[name]), root=made.root, room=tmp_path)
    assert verified.returncode == 0 and "successful" in verified.stderr, verified.stderr


def test_openssl_does_not_take_another_office_for_ours(made, another_root, tmp_path: Path) -> None:
    refused = openssl_cms(the_part(made.specimen), root=another_root, room=tmp_path)
    assert refused.returncode != 0 and "unable to get local issuer certificate" in refused.stderr


@pytest.mark.parametrize("what", FAILURES)
def test_openssl_and_pdfsig_refuse_what_dss_fails(made, what: str, tmp_path: Path) -> None:
    refused = openssl_cms(the_part(made.tampered[what]), root=made.root, room=tmp_path)
    assert refused.returncode != 0 and "failure" in refused.stderr, refused.stderr
    assert "Signature is Valid" not in pdfsig(made.tampered[what])


def test_our_own_verdicts_are_those_of_the_judges(made) -> None:
    files = (made.specimen, *(made.tampered[what] for what in FAILURES))
    told = made.office("validate", *files, "--trust", made.root, "--json").lines
    assert [one["verdict"] for one in told] == ["ok", *["failed"] * len(FAILURES)], told
