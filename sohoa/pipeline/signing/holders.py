"""A key holder as signing.toml describes it. One builder for each kind; what a kind needs is in config/signing.py."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sohoa.config.signing import Signer, SigningRefused
from sohoa.kernel.clock import now
from sohoa.signing.signers.agent.holder import AgentHolder, Documents
from sohoa.signing.signers.csc import CscHolder
from sohoa.signing.signers.csc_session import CSC_1, CSC_2, VIETTEL, ClientLogin, OAuthToken
from sohoa.signing.signers.holder import KeyHolder
from sohoa.signing.signers.pins import PinFile, PinNeeded, PinPrompt, secret_in
from sohoa.signing.signers.pkcs11 import Pkcs11Holder
from sohoa.signing.signers.pkcs12 import load_pkcs12
from sohoa.signing.signers.sp769 import Account, Sp769Holder, Telephone, Unattended
from sohoa.signing.signers.tokens.seen import CertificateWanted, TokenWanted
from sohoa.signing.signers.totp import totp
from sohoa.signing.validation.trust import trusted_roots


@dataclass(frozen=True, slots=True)
class Around:
    """What builders need beside the description. ask_pin, ask_code: a person at the terminal; None: nobody is there.
    post: folder of the agents' post. documents: what an agent shows of a job. ca_file: roots of HTTPS servers."""

    post: Path
    documents: Documents
    ca_file: Path | None = None
    ask_pin: Callable[[PinNeeded], str | None] | None = None
    ask_code: Callable[[str], str] | None = None


def holder_of(signer: Signer, around: Around) -> KeyHolder:
    """Opens nothing that costs a person anything yet. Raises SigningRefused and what the kind's own reading raises."""
    return _BUILDERS[signer.kind](signer, signer.options, around)


def _pkcs12(signer: Signer, told: Mapping[str, Any], around: Around) -> KeyHolder:
    passphrase = secret_in(told["passphrase_file"]) if "passphrase_file" in told else _asked(signer, around)
    return load_pkcs12(told["file"], passphrase, pss=bool(told.get("pss")))


def _pkcs11(signer: Signer, told: Mapping[str, Any], around: Around) -> KeyHolder:
    if "pin_file" in told:
        pin: PinFile | PinPrompt = PinFile(told["pin_file"])
    elif around.ask_pin:
        pin = PinPrompt(around.ask_pin)
    else:
        raise _nobody_there(signer, "pin_file")
    return Pkcs11Holder(
        Path(told["library"]),
        pin,
        clock=now,
        token=TokenWanted(label=told.get("token"), serial=told.get("serial"), slot=told.get("slot")),
        certificate=CertificateWanted(label=told.get("certificate")),
        chain=[certificate.dump() for certificate in trusted_roots(told.get("chain", ()))],
        pss=bool(told.get("pss")),
    )


def _csc(signer: Signer, told: Mapping[str, Any], around: Around) -> KeyHolder:
    if "token_file" in told:
        login: ClientLogin | OAuthToken = OAuthToken(secret_in(told["token_file"]))
    elif "client_secret_file" in told:
        login = ClientLogin(told.get("client_id", ""), secret_in(told["client_secret_file"]), told.get("user", ""))
    else:
        raise SigningRefused(
            why_vi=f"signers.{signer.name} cần client_secret_file hoặc token_file",
            why=f"signers.{signer.name} needs client_secret_file or token_file",
        )
    dialects = {"": CSC_1, "v1": CSC_1, "v2": CSC_2, "viettel": VIETTEL}
    return CscHolder(
        told["url"],
        login,
        clock=now,
        wait=time.sleep,
        credential=told.get("credential"),
        pin=secret_in(told["pin_file"]) if "pin_file" in told else None,
        otp=(lambda: around.ask_code(signer.name)) if around.ask_code else None,
        dialect=_one_of(dialects, told.get("dialect", ""), signer, "dialect"),
        ca_file=around.ca_file,
    )


def _sp769(signer: Signer, told: Mapping[str, Any], around: Around) -> KeyHolder:
    account = Account(told["sp_id"], secret_in(told["sp_password_file"]), told["user"])
    version = _one_of({"": "v1", "v1": "v1", "v2": "v2"}, told.get("version", ""), signer, "version")
    if version == "v1":
        way: Telephone | Unattended = Telephone()
    elif "password_file" in told and (otp := _one_time_code(signer, told, around)):
        way = Unattended(secret_in(told["password_file"]), otp)
    else:
        raise _nobody_there(signer, "password_file")
    return Sp769Holder(told["url"], account, clock=now, wait=time.sleep, way=way, serial=told.get("serial"), ca_file=around.ca_file)


def _agent(signer: Signer, told: Mapping[str, Any], around: Around) -> KeyHolder:
    return AgentHolder(around.post, told["agent"], documents=around.documents)


_BUILDERS: Mapping[str, Callable[[Signer, Mapping[str, Any], Around], KeyHolder]] = {
    "pkcs12": _pkcs12,
    "pkcs11": _pkcs11,
    "csc": _csc,
    "sp769": _sp769,
    "agent": _agent,
}


def _one_time_code(signer: Signer, told: Mapping[str, Any], around: Around) -> Callable[[], str] | None:
    """From the key of the codes (Base32, as an authenticator app takes it), else from the person who is there, else None."""
    if "totp_file" in told:
        try:
            seed = base64.b32decode(secret_in(told["totp_file"]).replace(" ", "").upper())
        except ValueError as broken:
            raise SigningRefused(
                why_vi=f"signers.{signer.name}.totp_file không phải khóa Base32",
                why=f"signers.{signer.name}.totp_file is not Base32",
            ) from broken
        return lambda: totp(seed, now())
    ask = around.ask_code
    return (lambda: ask(signer.name)) if ask else None


def _asked(signer: Signer, around: Around) -> str:
    if around.ask_code is None:
        raise _nobody_there(signer, "passphrase_file")
    return around.ask_code(signer.name)


def _one_of(known: Mapping[str, Any], told: str, signer: Signer, what: str) -> Any:
    if told not in known:
        allowed = ", ".join(filter(None, known))
        raise SigningRefused(
            why_vi=f"signers.{signer.name}.{what} chỉ nhận {allowed}", why=f"signers.{signer.name}.{what}: {allowed}"
        )
    return known[told]


def _nobody_there(signer: Signer, wanted: str) -> SigningRefused:
    return SigningRefused(
        why_vi=f"không có người ở màn hình để nhập mã cho «{signer.name}», và chưa khai {wanted}",
        why=f"nobody is there to be asked for {signer.name!r}, and {wanted} is not given",
    )
