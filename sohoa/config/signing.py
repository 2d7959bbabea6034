"""Who signs, and which services stand behind it: `signing.toml` in SOHOA_HOME, checked as a whole when it is read.

    level = "lta"                        # what every signature is to reach; "b" where no service is named
    [services]
    timestamps = ["https://tsa.example.vn"]   # asked in this order
    revocation = true                    # ask OCSP and CRL services that certificates name
    ca_file = "keys/https-roots.pem"     # roots of the services' HTTPS certificates; missing: the system's
    [trust]
    roots = ["keys/roots"]               # files or folders of root certificates
    [signers.van-thu]
    kind = "pkcs12"
    file = "keys/van-thu.p12"
    passphrase_file = "keys/van-thu.pass"     # mode 0600 or stricter
    [digitize]
    signer = "van-thu"                   # "" or missing: the test authority
    profile = "archive_signature"
    [qr]
    system = "Hệ thống thông tin giải quyết TTHC tỉnh Mẫu"   # printed as the issuing system, where `fields` lets it in
    fields = ["dossier_code", "procedure_code", "issued"]     # what may go into the citizen's QR code (QR_FIELDS)

Secrets are never in this file, only the paths of files that hold them. Relative paths start at SOHOA_HOME.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sohoa.config.tables import Tables
from sohoa.kernel.errors import Exit, SohoaError

FILE = "signing.toml"
LEVELS = ("b", "t", "lt", "lta")
# What each kind of key holder is told by; those with a star must be there. `_file` and `file` are paths, `chain` a list of them
# (certificates above the signer's, for tokens that carry only that one).
KINDS: Mapping[str, tuple[str, ...]] = {
    "pkcs12": ("file*", "passphrase_file", "pss"),
    "pkcs11": ("library*", "token", "serial", "slot", "certificate", "chain", "pin_file", "pss"),
    "csc": ("url*", "dialect", "credential", "client_id", "client_secret_file", "user", "token_file", "pin_file"),
    "sp769": ("url*", "version", "sp_id*", "sp_password_file*", "user*", "serial", "password_file", "totp_file"),
    "agent": ("agent*",),
}
# What a QR code on a paper can hold. Anybody who holds the paper reads it, and the applicant's number is personal data: that one,
# and whatever else is not asked for each time, goes in only where the office says so.
QR_FIELDS = (
    *("dossier_code", "procedure_code", "applicant", "document_name", "system"),
    *("issued", "due", "valid_from", "valid_to", "scope"),
)
QR_USUAL = ("dossier_code", "procedure_code", "issued", "valid_from", "valid_to")
EVERY_KIND = ("kind*", "name", "tax_code", "profile")


class SigningRefused(SohoaError):
    code, exit_code = "config.signing_refused", Exit.USAGE
    vi = "Tệp cấu hình ký số signing.toml không dùng được: {why_vi}."
    en = "The signing configuration signing.toml cannot be used: {why}."
    remedy = "Sửa tệp signing.toml trong SOHOA_HOME (xem docs/vi/ky-so.md), rồi chạy lại."
    remedy_en = "Correct signing.toml in SOHOA_HOME (docs/vi/ky-so.md), then run again."


@dataclass(frozen=True, slots=True)
class Signer:
    """options: what its kind needs (KINDS), paths made absolute. expected, tax_code: whose certificate it must be; "": anybody's."""

    name: str
    kind: str
    options: Mapping[str, Any]
    expected: str = ""
    tax_code: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class QrPlan:
    """fields: of QR_FIELDS, those that may be printed. system: name of the issuing system, "" for none."""

    fields: tuple[str, ...] = QR_USUAL
    system: str = ""


@dataclass(frozen=True, slots=True)
class SigningPlan:
    """level: one of LEVELS. timestamps: addresses, in the order of asking. signers by name. digitize: who signs what `sohoa digitize`
    makes ("": the test authority), and with which profile."""

    level: str = "b"
    timestamps: tuple[str, ...] = ()
    revocation: bool = True
    ca_file: Path | None = None
    roots: tuple[Path, ...] = ()
    signers: Mapping[str, Signer] = field(default_factory=dict[str, Signer])
    digitize: str = ""
    digitize_profile: str = "invisible"
    qr: QrPlan = QrPlan()


def signing_plan(home: Path) -> SigningPlan:
    """What the file says; without one, the plan of an office that has only the test authority. Raises SigningRefused."""
    try:
        told = tomllib.loads((home / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return SigningPlan()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise _refused("không đọc được", f"it cannot be read ({type(broken).__name__})") from broken
    services, trust, digitize, qr = (_READ.table(told, name) for name in ("services", "trust", "digitize", "qr"))
    _READ.only(told, "level", "services", "trust", "digitize", "signers", "qr", where="")
    _READ.only(services, "timestamps", "revocation", "ca_file", where="services.")
    _READ.only(trust, "roots", where="trust.")
    _READ.only(digitize, "signer", "profile", where="digitize.")
    signers = {name: _signer(name, table, home) for name, table in _READ.table(told, "signers").items()}
    chosen = _READ.text(digitize, "signer", "digitize.")
    if chosen and chosen not in signers:
        raise _refused(f"chưa có người ký «{chosen}»", f"no signer is called {chosen!r}")
    timestamps = _READ.texts(services, "timestamps", "services.")
    level = _READ.text(told, "level", "") or ("lta" if timestamps else "b")
    if level not in LEVELS:
        raise _refused("level chỉ nhận b, t, lt, lta", "level is one of b, t, lt, lta")
    if level != "b" and not timestamps:
        raise _refused(f"mức {level} cần dịch vụ dấu thời gian (services.timestamps)", f"level {level} needs services.timestamps")
    revocation = services.get("revocation", True)
    if not isinstance(revocation, bool):
        raise _refused("services.revocation chỉ nhận true hoặc false", "services.revocation is true or false")
    if not revocation and level in ("lt", "lta"):
        raise _refused(f"mức {level} cần services.revocation = true", f"level {level} needs services.revocation = true")
    return SigningPlan(
        level=level,
        timestamps=timestamps,
        revocation=revocation,
        ca_file=home / ca if (ca := _READ.text(services, "ca_file", "services.")) else None,
        roots=tuple(home / one for one in _READ.texts(trust, "roots", "trust.")),
        signers=signers,
        digitize=chosen,
        digitize_profile=_READ.text(digitize, "profile", "digitize.") or "invisible",
        qr=_qr(qr),
    )


def _qr(told: dict[str, Any]) -> QrPlan:
    _READ.only(told, "fields", "system", where="qr.")
    fields = _READ.texts(told, "fields", "qr.") if "fields" in told else QR_USUAL
    for name in fields:
        if name not in QR_FIELDS:
            raise _refused(f"qr.fields chỉ nhận {', '.join(QR_FIELDS)}", f"qr.fields are of {', '.join(QR_FIELDS)}")
    return QrPlan(fields, _READ.text(told, "system", "qr."))


def _signer(name: str, table: object, home: Path) -> Signer:
    where = f"signers.{name}."
    if not isinstance(table, dict):
        raise _refused(f"signers.{name} phải là một bảng", f"signers.{name} must be a table")
    told = cast(dict[str, Any], table)
    kind = _READ.text(told, "kind", where)
    if kind not in KINDS:
        raise _refused(f"{where}kind chỉ nhận {', '.join(KINDS)}", f"{where}kind is one of {', '.join(KINDS)}")
    allowed = (*EVERY_KIND, *KINDS[kind])
    _READ.only(told, *(one.rstrip("*") for one in allowed), where=where)
    for one in allowed:
        if one.endswith("*") and not told.get(one.rstrip("*")):
            raise _refused(f"thiếu {where}{one.rstrip('*')}", f"{where}{one.rstrip('*')} is missing")
    own = {key: value for key, value in told.items() if key not in {one.rstrip("*") for one in EVERY_KIND}}
    options = {key: home / value if key == "file" or key.endswith("_file") else value for key, value in own.items()}
    if "chain" in own:
        options["chain"] = tuple(home / one for one in _READ.texts(own, "chain", where))
    return Signer(name, kind, options, *(_READ.text(told, key, where) for key in ("name", "tax_code", "profile")))


def _refused(why_vi: str, why: str) -> SigningRefused:
    return SigningRefused(why_vi=why_vi, why=why)


_READ = Tables(_refused)
