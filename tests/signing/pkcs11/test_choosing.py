"""Which token, which certificate, which key; none is guessed."""

from __future__ import annotations

import contextlib
import io
import shutil
import struct
from pathlib import Path

import pkcs11._pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from sohoa.signing.signers.pins import (
    Tries,
)
from sohoa.signing.signers.pkcs11 import tokens_of
from sohoa.signing.signers.tokens.frames import LARGEST_FRAME, read_frame, write_frame
from sohoa.signing.signers.tokens.seen import (
    CertificateAmbiguous,
    CertificateMissing,
    CertificateWanted,
    TokenAmbiguous,
    TokenMissing,
    TokenWanted,
    certificates_from,
    tokens_from,
)
from sohoa.signing.signers.tokens.session import KeyNotOnToken, LibraryUnusable, TokenRefused
from tests.signing.pki import NOW, YEAR, key
from tests.signing.tokens import (
    CURVE,
    LIBRARY,
    OTHER_CURVE,
    OURS,
    WORTHLESS,
    Placed,
    certificate_for,
    signature_by,
    signs,
)


def test_tokens_are_listed_with_their_certificates_and_without_a_login(tokens):
    serial = tokens.add("CoQuan", [Placed(OURS, CURVE, label="Chữ ký số")])
    tokens.add("Trống", [])
    seen = {token.label: token for token in tokens_of(LIBRARY)}
    assert set(seen) == {"CoQuan", "Trống"}  # and not the slot where a token could still be made
    assert seen["CoQuan"].serial == serial and seen["CoQuan"].tries is Tries.FULL
    (certificate,) = seen["CoQuan"].certificates
    assert (certificate.label, certificate.id, certificate.signs) == ("Chữ ký số", "01", True)
    assert (certificate.start, certificate.end) == (NOW - YEAR, NOW + YEAR)
    assert WORTHLESS in certificate.name and WORTHLESS in certificate.issuer
    assert seen["Trống"].certificates == ()


def test_the_token_is_found_by_label_serial_or_slot_and_never_guessed(tokens, opened):
    serial = tokens.add("CoQuan", [Placed(OURS, CURVE)])
    tokens.add("NguoiKy", [Placed(certificate_for(OTHER_CURVE), OTHER_CURVE)])
    slot = next(token.slot for token in tokens_of(LIBRARY) if token.label == "CoQuan")
    for wanted in (TokenWanted(label="CoQuan"), TokenWanted(serial=serial), TokenWanted(slot=slot)):
        assert opened(token=wanted).identity().certificate == OURS.public_bytes(Encoding.DER)
    with pytest.raises(TokenAmbiguous):
        opened().identity()
    with pytest.raises(TokenMissing):
        opened(token=TokenWanted(label="NguoiKy", serial=serial)).identity()


def test_certificates_for_other_uses_are_not_taken_for_signing(tokens, opened):
    authority = certificate_for(key(3), ca=True)
    encryption = certificate_for(OTHER_CURVE, encrypts=True)
    small = certificate_for(key(9, 1024))
    things = [Placed(authority, None, "02"), Placed(encryption, OTHER_CURVE, "03"), Placed(small, None, "04")]
    tokens.add("CoQuan", [*things, Placed(OURS, CURVE)])
    assert signs(opened())
    with pytest.raises(CertificateMissing):
        opened(certificate=CertificateWanted(id="03")).identity()


def test_last_years_certificate_gives_way_to_the_one_in_date(tokens, opened):
    old = certificate_for(OTHER_CURVE, start=NOW - 3 * YEAR, end=NOW - YEAR)
    tokens.add("CoQuan", [Placed(old, OTHER_CURVE, "01"), Placed(OURS, CURVE, "02")])
    holder = opened()
    assert holder.identity().certificate == OURS.public_bytes(Encoding.DER)
    assert signs(holder)


def test_of_two_certificates_in_date_one_must_be_named(tokens, opened):
    other = certificate_for(OTHER_CURVE)
    tokens.add("CoQuan", [Placed(OURS, CURVE, "01", "cũ"), Placed(other, OTHER_CURVE, "02", "mới")])
    with pytest.raises(CertificateAmbiguous) as refused:
        opened().identity()
    assert "2" in refused.value.as_dict()["vi"]
    for wanted in (CertificateWanted(label="mới"), CertificateWanted(id="02")):
        holder = opened(certificate=wanted)
        assert holder.identity().certificate == other.public_bytes(Encoding.DER) and signs(holder)


def test_a_token_without_a_certificate_says_so(tokens, opened):
    tokens.add("CoQuan", [Placed(None, CURVE)])
    with pytest.raises(CertificateMissing):
        opened().identity()


def test_a_certificate_without_its_key_says_so(tokens, opened):
    tokens.add("CoQuan", [Placed(OURS, None), Placed(None, OTHER_CURVE, "02")])
    holder = opened()
    assert holder.identity()
    with pytest.raises(KeyNotOnToken):
        signature_by(holder, b"attributes")


def test_an_rsa_key_under_another_id_is_known_by_its_modulus(tokens, opened):
    tokens.add("CoQuan", [Placed(certificate_for(key(1)), None, "01"), Placed(None, key(2), "02"), Placed(None, key(1), "07")])
    assert signs(opened())


def test_of_two_keys_under_one_id_the_one_with_the_modulus_signs(tokens, opened):
    tokens.add("CoQuan", [Placed(certificate_for(key(1)), None), Placed(None, key(2)), Placed(None, key(1))])
    assert signs(opened())


def test_a_key_that_may_not_sign_is_told(tokens, opened):
    tokens.add("CoQuan", [Placed(OURS, CURVE, may_sign=False)])
    with pytest.raises(TokenRefused):
        signature_by(opened(), b"attributes")


@pytest.mark.parametrize("library", ["none.so", "text.so", "no-pkcs11.so", "folder"])
def test_what_is_no_pkcs11_library_is_refused(tmp_path: Path, opened, library: str):
    (tmp_path / "text.so").write_text("GROUP ( libc.so.6 )")
    shutil.copy(pkcs11._pkcs11.__file__, tmp_path / "no-pkcs11.so")  # a real library, without the functions of PKCS#11
    (tmp_path / "folder").mkdir()
    with pytest.raises(LibraryUnusable) as refused:
        opened(library=tmp_path / library).identity()
    assert library not in str(refused.value) + str(refused.value.as_dict())
    with pytest.raises(LibraryUnusable):
        tokens_of(tmp_path / library)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["der", "id", "label", "slot", "flags"]), inner),
    max_leaves=8,
)


@given(JSON)
def test_an_odd_answer_is_an_odd_answer_and_no_traceback(answer: object):
    for read in (tokens_from, certificates_from):
        with contextlib.suppress(ValueError):
            assert not [one for one in read(answer) if one]  # an empty list is the only one of these with a meaning


@given(st.data())
def test_a_broken_certificate_on_the_token_is_passed_over(data: st.DataObject):
    der = bytearray(OURS.public_bytes(Encoding.DER))
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(der[: data.draw(st.integers(0, len(der)))])
    whole = OURS.public_bytes(Encoding.DER)
    told = [{"der": content.hex(), "id": "01", "label": "\x1b[2Jxấu"} for content in (bytes(der), cut, whole)]
    seen = certificates_from(told)
    assert seen[-1].der == whole and seen[-1].label == "[2Jxấu"
    assert {one.der for one in seen} <= {bytes(der), cut, whole}


@given(st.binary(max_size=64))
def test_what_is_no_frame_ends_the_conversation(content: bytes):
    try:
        frame = read_frame(io.BytesIO(content))
    except ValueError:
        return
    assert frame is None or isinstance(frame, dict)


def test_a_frame_comes_back_as_it_went_and_a_large_one_is_not_read():
    pipe = io.BytesIO()
    write_frame(pipe, {"ask": "sign", "digest": "00"})
    packed = pipe.getvalue()
    assert read_frame(io.BytesIO(packed)) == {"ask": "sign", "digest": "00"}
    assert read_frame(io.BytesIO(packed[:-1])) is None
    with pytest.raises(ValueError, match="large"):
        read_frame(io.BytesIO(struct.pack(">I", LARGEST_FRAME + 1)))
