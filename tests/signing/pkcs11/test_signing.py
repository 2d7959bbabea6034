"""Signing with a key in a token: a real PKCS#11 library (SoftHSM2) in its own process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sohoa.signing.signers.holder import Mechanism, Signed
from sohoa.signing.signers.pins import (
    PinNeeded,
    Tries,
)
from sohoa.signing.signers.pkcs11 import Pkcs11Holder, tokens_of
from tests.signing.pki import key
from tests.signing.tokens import (
    CURVE,
    LIBRARY,
    OURS,
    WORTHLESS,
    Key,
    Person,
    Placed,
    certificate_for,
    job,
    signs,
)


@pytest.mark.parametrize(
    ("own", "pss", "mechanism"),
    [
        (key(1), False, Mechanism.RSA_PKCS1),
        (key(40, 3072), False, Mechanism.RSA_PKCS1),
        (key(1), True, Mechanism.RSA_PSS),
        (CURVE, False, Mechanism.ECDSA),
    ],
    ids=["rsa-2048", "rsa-3072", "rsa-pss", "p-256"],
)
def test_every_kind_of_key_signs_and_its_signature_fits(tokens, opened, own: Key, pss: bool, mechanism: Mechanism):
    tokens.add("CoQuan", [Placed(certificate_for(own), own)])
    holder = opened(pss=pss)
    assert holder.identity().mechanism is mechanism
    assert all(signs(holder, b"%d" % number) for number in range(8))


def test_a_batch_costs_one_login(holder: Pkcs11Holder, person: Person):
    jobs = [job(b"%d" % number) for number in range(20)]
    answer = holder.sign_hashes(jobs, transaction="1")
    assert isinstance(answer, Signed) and len(answer.signatures) == 20 and not answer.refused
    for one in jobs:
        holder.identity().must_fit(one.attributes, answer.signatures[one.id])
    assert person.asked == [PinNeeded("CoQuan", Tries.FULL)]


def test_threads_share_one_process_and_one_login(holder: Pkcs11Holder, person: Person):
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda number: signs(holder, b"%d" % number), range(40)))
    assert len(person.asked) == 1


def test_a_key_that_wants_the_pin_each_time_asks_the_person_once(tokens, opened, person: Person):
    tokens.add("CoQuan", [Placed(certificate_for(key(1)), key(1), every_time=True)])
    holder = opened()
    assert signs(holder, b"1") and signs(holder, b"2")
    assert len(person.asked) == 1


def test_the_identity_needs_no_pin(holder: Pkcs11Holder, person: Person):
    identity = holder.identity()
    assert identity.certificate == OURS.public_bytes(Encoding.DER)
    assert WORTHLESS in identity.name
    assert person.asked == [] and not holder.state().logged_in


def test_a_certificate_that_hides_before_the_login_is_found_after_it(tokens, opened, person: Person):
    tokens.add("CoQuan", [Placed(OURS, CURVE, hidden=True)])
    assert tokens_of(LIBRARY)[0].certificates == ()
    holder = opened()
    assert signs(holder)
    assert len(person.asked) == 1


def test_the_chain_is_gathered_from_the_token_and_from_what_is_given(tokens, opened):
    root_key, ca_key = key(3), key(4)
    root = certificate_for(root_key, f"Gốc – {WORTHLESS}", ca=True)
    ca = certificate_for(ca_key, f"Trung gian – {WORTHLESS}", ca=True, issuer=(root, root_key))
    own = certificate_for(CURVE, issuer=(ca, ca_key))
    impostor = certificate_for(key(5), f"Trung gian – {WORTHLESS}", ca=True)  # the right name, another key
    tokens.add("CoQuan", [Placed(own, CURVE), Placed(ca, None, id="02", label="CA")])
    given = [one.public_bytes(Encoding.DER) for one in (impostor, root)]
    chain = opened(chain=[b"not a certificate", *given]).identity().chain
    assert chain == (ca.public_bytes(Encoding.DER), root.public_bytes(Encoding.DER))
