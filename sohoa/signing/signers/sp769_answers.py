"""What SmartCA's answers mean. Its documents name four statuses and one message; the rest is wording, so wording is a value here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sohoa.kernel.errors import SohoaError
from sohoa.signing.signers.remote import JsonService, Told, list_of, number_of, said, table_of, text_of
from sohoa.signing.signers.remote_errors import (
    RemoteCertificateUnusable,
    RemoteCredentialsWrong,
    RemoteDeclined,
    RemoteExpired,
    RemoteFailed,
    RemotePinWrong,
    RemoteRefused,
)


@dataclass(frozen=True, slots=True)
class Words:
    """What the service's messages mean: folded words, looked for in this order (chưa kiểm chứng với dịch vụ thật).

    A status without signatures and without any of the first four is taken for waiting, as in the published examples; the flow's own
    patience ends it. The last two count in errors only.
    """

    unknown: tuple[str, ...] = ("not found", "not exist", "khong ton tai", "khong tim thay", "invalid transaction")
    duplicate: tuple[str, ...] = ("duplicate", "already exist", "existed", "da ton tai", "trung ma")
    declined: tuple[str, ...] = ("reject", "cancel", "denied", "refuse", "decline", "tu choi", "da huy", "bi huy", "huy giao dich")
    expired: tuple[str, ...] = ("expire", "timeout", "timed out", "time out", "het han", "qua han")
    code_wrong: tuple[str, ...] = ("otp", "password invalid", "invalid password", "wrong password", "mat khau")
    unusable: tuple[str, ...] = (
        "credential status",
        "certificate expired",
        "certificate revoked",
        "certificate invalid",
        "chung thu",
    )


def meaning(told: Told, words: Words) -> str:
    """Which of `Words` the answer speaks of, else "". A 404 in the service's own envelope is an unknown transaction, whatever it says.
    Nothing is unknown to a service that would not listen (401, 403) or could not (500)."""
    status, message = _status(told), text_of(told.body.get("message"))
    named = [("duplicate", words.duplicate), ("declined", words.declined), ("expired", words.expired)]
    if status in (200, 400, 404, 409):
        named.insert(0, ("unknown", words.unknown))
    if status != 200:
        named += [("code_wrong", words.code_wrong), ("unusable", words.unusable)]
    found = next((name for name, known in named if said(message, known)), "")
    return "unknown" if not found and status == 404 and "status_code" in told.body else found


def good(told: Told, words: Words, service: JsonService) -> Mapping[str, object]:
    """The `data` of an answer that is no error, else the error that it is, raised."""
    status, meant, data = _status(told), meaning(told, words), table_of(told.body.get("data"))
    if status == 200 and (not meant or list_of(data.get("signatures"))):
        return data
    why = service.code(told.body.get("message"))
    # «Certificate expired» is not a request that ran out.
    if meant in ("", "expired") and status == 403:
        meant = "unusable"
    if meant in _MEANT:
        raise _MEANT[meant](why=why)
    if status == 401:
        raise RemoteCredentialsWrong(why=why)
    if status >= 500:
        raise RemoteFailed(status=status)
    raise RemoteRefused(why=meant or (why if why != "?" else str(status)))


_MEANT: dict[str, type[SohoaError]] = {
    "declined": RemoteDeclined,
    "expired": RemoteExpired,
    "code_wrong": RemotePinWrong,
    "unusable": RemoteCertificateUnusable,
}


def _status(told: Told) -> int:
    """`status_code` of the body where there is one, for some errors come with HTTP 200."""
    inside = number_of(told.body.get("status_code"))
    return inside if inside and told.status == 200 and inside < 1000 else told.status
