"""A whole public key infrastructure on loopback: root, certificate authority, time-stamping, OCSP, revocation lists.

certomancer answers; this module names its certificates, gives it a clock that tests can set, counts what it is asked and lets it
lie. In a test::

    with authority(folder, now=NOW) as pki:            # the clock stands at NOW; now=None: the machine's clock
        certificate, key, chain = pki.signer("rsa3072")
        pki.root_pem, pki.tsa_url, pki.wrong_tsa_url, pki.ocsp_url
        pki.now = NOW + 5 * YEAR                        # everything is answered as of then
        pki.stop(); pki.start()                         # an outage, on the same address
        with pki.lying(pki.tsa_url, lambda asked, honest: b"<html>"): ...
        pki.counted(pki.tsa_url), pki.connections

Beside the tests, as a process of its own (benchmarks, where the services must not take our core)::

    python -m tests.signing.authority --folder DIR      # prints its addresses as one line of JSON, ends when its input ends;
                                                        # each line of input is answered by what it was asked since the last

The time-stamping authority changes its certificate every four years, as real ones do; its address stays.
Nothing here counts for anything, and every name says so.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from certomancer import crypto_utils
from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from sohoa.signing.signers.holder import Identity, Mechanism

WORTHLESS = "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
ARCH = "sohoa"
PASSPHRASE = "thử nghiệm"
YEAR = timedelta(days=365)
TSA_LIFE, TSA_EVERY = 5 * YEAR, 4 * YEAR
TSA_GENERATIONS = 5

# Kinds of signers: key, issuer, life as years before and after now, and what is particular.
GOOD, SCENARIOS = (
    ("rsa2048", "rsa3072", "rsapss", "p256"),
    ("expired", "not_yet_valid", "revoked", "wrong_usage", "mute", "crl_only", "ocsp_only", "self_signed", "stranger"),
)
_KEYS = {  # file: bits of RSA, or 0 for P-256
    **dict.fromkeys(("root", "ca", "tsa-ca", "ocsp", "rsa2048", "tsa-0", "tsa-1"), 2048),
    **dict.fromkeys(("other-root", "p256", *(f"tsa-{number}" for number in range(2, TSA_GENERATIONS))), 0),
    "rsa3072": 3072,
}

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Lie = Callable[[bytes, bytes], "bytes | Response"]


class Signer(NamedTuple):
    """chain: those above, the root last. identity, p12: the same as the product and other programs take it."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...]
    kind: str

    @property
    def identity(self) -> Identity:
        mechanism = {"rsapss": Mechanism.RSA_PSS, "p256": Mechanism.ECDSA}.get(self.kind, Mechanism.RSA_PKCS1)
        return Identity(der(self.certificate), tuple(der(one) for one in self.chain), mechanism)

    def sign(self, data: bytes) -> bytes:
        """The raw signature over `data`, as this kind of key makes it."""
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        if self.kind == "rsapss":
            return self.key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def p12(self, path: Path, passphrase: str = PASSPHRASE) -> Path:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"sohoa", self.key, self.certificate, self.chain, encryption))
        return path


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


class Pki:
    """Made by `authority`. now: the moment as of which everything is answered; None: the machine's clock."""

    def __init__(self, folder: Path, now: datetime | None) -> None:
        self.now = now
        self.born = now or datetime.now(UTC).replace(microsecond=0)
        self.folder = folder
        self.connections = 0
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._lies: dict[str, Lie] = {}
        self._keys = _keys(folder)
        self._server = _Server(self, 0)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = CertomancerConfig(_config(self.url, self.born), key_search_dir=str(folder))
        self._arch = config.get_pki_arch(ArchLabel(ARCH))
        self._animator = _Animator(self, config)
        self.root_pem = self._pem("root")
        self.other_root_pem = self._pem("other-root")
        self.tsa_url = f"{self.url}/{ARCH}/tsa/tsa"
        self.wrong_tsa_url = f"{self.url}/{ARCH}/tsa/wrong-tsa"
        self.no_eku_tsa_url = f"{self.url}/{ARCH}/tsa/no-eku-tsa"
        self.ocsp_url = f"{self.url}/{ARCH}/ocsp/ca"
        self.root_ocsp_url = f"{self.url}/{ARCH}/ocsp/root"
        self.tsa_ocsp_url = f"{self.url}/{ARCH}/ocsp/tsa-ca"
        self.crl_url = f"{self.url}/{ARCH}/crls/ca/latest.crl"
        self._thread: threading.Thread | None = None
        self.start()

    @property
    def root(self) -> x509.Certificate:
        return self.certificate("root")

    def certificate(self, label: str) -> x509.Certificate:
        """By its label in the configuration below: `ca`, `tsa-ca`, `tsa-0`, `ocsp-ca`, the kinds of signers …"""
        return x509.load_der_x509_certificate(self._arch.get_cert(CertLabel(label)).dump())

    def key(self, label: str) -> Key:
        """By the name of its file: `ca`, `tsa-0`, `ocsp` …"""
        return self._keys[label]

    def signer(self, kind: str) -> Signer:
        """kind: one of GOOD or SCENARIOS."""
        chain = {"self_signed": (), "stranger": ("other-root",)}.get(kind, ("ca", "root"))
        return Signer(self.certificate(kind), self._keys[_key_of(kind)], tuple(self.certificate(label) for label in chain), kind)

    def start(self) -> None:
        """On the same address as before. Does nothing while it runs."""
        if self._thread is not None:
            return
        if self._server.closed:
            self._server = _Server(self, self.port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections from now on, and end those that are open."""
        if self._thread is not None:
            self._server.end()
            self._thread.join()
            self._thread = None

    def counted(self, url: str = "") -> int:
        """Requests to an address that begins so."""
        return sum(number for path, number in self._asked.items() if (self.url + path).startswith(url))

    def forget_counts(self) -> None:
        self._asked.clear()
        self.connections = 0

    @contextlib.contextmanager
    def lying(self, url: str, lie: Lie) -> Generator[None]:
        """lie: of what was asked and the honest answer makes the body of another answer, or a whole Response."""
        path = url.removeprefix(self.url)
        self._lies[path] = lie
        try:
            yield
        finally:
            del self._lies[path]

    def answer(self, method: str, path: str, asked: bytes, headers: dict[str, str]) -> Response:
        with self._lock:
            self._asked[path] += 1
        request = Request(EnvironBuilder(path=path, method=method, data=asked, headers=headers).get_environ())
        try:
            response = Response.from_app(self._animator.dispatch(request), request.environ)
        except ValueError:  # a question that is none
            response = Response(status=400)
        if path in self._lies:
            told = self._lies[path](asked, response.get_data())
            response = told if isinstance(told, Response) else Response(told, mimetype=response.mimetype)
        return response

    def timestamping_label(self) -> str:
        """The newest time-stamping certificate that is valid now."""
        now = self.now or datetime.now(UTC)
        number = max(0, min(TSA_GENERATIONS - 1, int((now - self.born + timedelta(hours=1)) / TSA_EVERY)))
        return f"tsa-{number}"

    def _pem(self, label: str) -> Path:
        path = self.folder / f"{label}.pem"
        path.write_bytes(self.certificate(label).public_bytes(serialization.Encoding.PEM))
        return path


@contextlib.contextmanager
def authority(folder: Path, *, now: datetime | None = None) -> Generator[Pki]:
    """folder: for keys and roots; keys that are already there are used again."""
    folder.mkdir(parents=True, exist_ok=True)
    pki = Pki(folder, now)
    try:
        yield pki
    finally:
        pki.stop()


class _Animator(Animator):
    """certomancer's services with our clock, and one address for time-stamping whatever the certificate of the day."""

    def __init__(self, pki: Pki, config: CertomancerConfig) -> None:
        super().__init__(AnimatorArchStore(config.pki_archs), with_web_ui=False)
        self._pki = pki

    def at_time(self, request: Request) -> datetime:
        return (self._pki.now or super().at_time(request)).replace(microsecond=0)

    def serve_timestamp_response(self, request: Request, *, label: str, arch: str) -> Response:
        return super().serve_timestamp_response(
            request, label=self._pki.timestamping_label() if label == "tsa" else label, arch=arch
        )


class _Handler(BaseHTTPRequestHandler):
    """Keeps connections open between requests, which certomancer's own servers do not."""

    protocol_version = "HTTP/1.1"
    # Head and body are written apart; without this the second waits 40 ms for the first to be acknowledged.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        answer = self.server.pki.answer(self.command, self.path, self.rfile.read(length), dict(self.headers.items()))
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.content_type or "application/octet-stream")
        self.send_header("Content-Length", str(len(answer.get_data())))
        self.end_headers()
        self.wfile.write(answer.get_data())

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pki: Pki, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.pki = pki
        self._open: set[socket.socket] = set()
        self.closed = False

    def process_request(self, request: Any, client_address: Any) -> None:
        self.pki.connections += 1
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # somebody went away while we talked

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.closed = True


class _KeepsKeys(crypto_utils.PycaCryptographyBackend):
    """certomancer parses and checks its key for every answer, which for RSA takes longer than all the rest."""

    @staticmethod
    @functools.cache
    def _loaded(key: bytes) -> Any:
        return serialization.load_der_private_key(key, None)

    def generic_sign(self, private_key: Any, tbs_bytes: bytes, sd_algo: Any) -> bytes:
        if sd_algo.signature_algo == "rsassa_pkcs1v15" and sd_algo.hash_algo == "sha256":
            return self._loaded(private_key.dump()).sign(tbs_bytes, padding.PKCS1v15(), hashes.SHA256())
        return super().generic_sign(private_key, tbs_bytes, sd_algo)


crypto_utils.CRYPTO_BACKEND = _KeepsKeys()


@functools.cache
def _made(label: str) -> Key:
    bits = _KEYS[label]
    return rsa.generate_private_key(public_exponent=65537, key_size=bits) if bits else ec.generate_private_key(ec.SECP256R1())


def _keys(folder: Path) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for label in _KEYS:
        path = folder / f"{label}.key.pem"
        if not path.exists():
            pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            path.write_bytes(_made(label).private_bytes(*pem))
        found = serialization.load_pem_private_key(path.read_bytes(), None)
        assert isinstance(found, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        keys[label] = found
    return keys


def _key_of(kind: str) -> str:
    return {"rsapss": "rsa3072"}.get(kind, kind if kind in _KEYS else "rsa2048")


@dataclass(frozen=True, slots=True)
class _Life:
    """Validity in years around the birth of the authority."""

    start: float
    end: float

    def at(self, born: datetime) -> dict[str, str]:
        return {
            "valid-from": (born + self.start * YEAR).replace(microsecond=0).isoformat(),
            "valid-to": (born + self.end * YEAR).replace(microsecond=0).isoformat(),
        }


def _config(url: str, born: datetime) -> dict[str, Any]:
    """What certomancer is to be."""
    signers = {kind: _signer_spec(kind, born) for kind in (*GOOD, *SCENARIOS)}
    tsas = {
        f"tsa-{number}": _spec(
            "tsa", "tsa-ca", born, _Life(number * 4 - 0.1, number * 4 + 5), [*_STAMPING, *_asked_at("tsa-ca")], key=f"tsa-{number}"
        )
        for number in range(TSA_GENERATIONS)
    }
    long = _Life(-2, 40)
    certs = {
        "root": _spec("root", "root", born, long, _authority_extensions()),
        "ca": _spec("ca", "root", born, long, [*_authority_extensions(0), *_asked_at("root")]),
        "tsa-ca": _spec("tsa-ca", "root", born, long, [*_authority_extensions(0), *_asked_at("root")]),
        "other-root": _spec("other-root", "other-root", born, long, _authority_extensions()),
        **{f"ocsp-{of}": _spec(f"ocsp-{of}", of, born, _Life(-1, 39), _ANSWERING, key="ocsp") for of in ("root", "ca", "tsa-ca")},
        **tsas,
        "wrong-tsa": _spec("wrong-tsa", "other-root", born, _Life(-1, 30), _STAMPING, key="tsa-0"),
        "no-eku-tsa": _spec("no-eku-tsa", "tsa-ca", born, _Life(-1, 30), [*_SIGNING, *_asked_at("tsa-ca")], key="tsa-0"),
        **signers,
    }
    stamping = {label: {"signing-cert": label, "signing-key": "tsa-0"} for label in ("wrong-tsa", "no-eku-tsa")}
    stamping |= {label: {"signing-cert": label, "signing-key": label, "certs-to-embed": ["tsa-ca"]} for label in tsas}
    services = {
        "ocsp": {of: {"for-issuer": of, "responder-cert": f"ocsp-{of}", "signing-key": "ocsp"} for of in ("root", "ca", "tsa-ca")},
        "crl-repo": {of: {"for-issuer": of, "simulated-update-schedule": "P1D"} for of in ("root", "ca", "tsa-ca")},
        "cert-repo": {of: {"for-issuer": of, "publish-issued-certs": True} for of in ("root", "ca", "tsa-ca")},
        "time-stamping": stamping,
    }
    return {
        "external-url-prefix": url,
        "keysets": {"all": {"keys": {label: {"path": f"{label}.key.pem"} for label in _KEYS}}},
        "pki-architectures": {
            ARCH: {
                "keyset": "all",
                "entity-defaults": {"country-name": "VN", "organization-name": "sohoa"},
                "entities": {label: {"common-name": f"{name} – {WORTHLESS}"} for label, name in _NAMES.items()},
                "certs": certs,
                "services": services,
            }
        },
    }


_NAMES = {
    "root": "Gốc thử nghiệm",
    "other-root": "Gốc khác",
    "ca": "CA thử nghiệm",
    "tsa-ca": "CA của dấu giờ",
    "tsa": "Nơi cấp dấu giờ",
    "wrong-tsa": "Dấu giờ không tin",
    "no-eku-tsa": "Dấu giờ sai",
    "ocsp-root": "OCSP của gốc",
    "ocsp-ca": "OCSP của CA",
    "ocsp-tsa-ca": "OCSP của dấu giờ",
    "rsa2048": "Người ký RSA-2048",
    "rsa3072": "Người ký RSA-3072",
    "rsapss": "Người ký RSA-PSS",
    "p256": "Người ký P-256",
    "expired": "Hết hạn",
    "not_yet_valid": "Chưa hiệu lực",
    "revoked": "Bị thu hồi",
    "wrong_usage": "Sai mục đích",
    "mute": "Không nơi tra cứu",
    "crl_only": "Chỉ có CRL",
    "ocsp_only": "Chỉ có OCSP",
    "self_signed": "Tự ký",
    "stranger": "Dưới gốc khác",
}


def _extension(name: str, value: object = None, *, critical: bool = False, **smart: object) -> dict[str, Any]:
    told = {"smart-value": smart} if smart else {"value": value}
    return {"id": name, "critical": critical, **told}


def _usage(*granted: str) -> dict[str, Any]:
    return _extension("key_usage", critical=True, schema="key-usage", params=list(granted))


_SIGNING = [_usage("digital_signature", "non_repudiation")]
_STAMPING = [_usage("digital_signature"), _extension("extended_key_usage", ["time_stamping"], critical=True)]
_ANSWERING = [
    _usage("digital_signature"),
    _extension("extended_key_usage", ["ocsp_signing"], critical=True),
    _extension("ocsp_no_check"),
]


def _authority_extensions(below: int | None = None) -> list[dict[str, Any]]:
    reach = {} if below is None else {"path_len_constraint": below}
    return [
        _extension("basic_constraints", {"ca": True, **reach}, critical=True),
        _usage("digital_signature", "key_cert_sign", "crl_sign"),
    ]


def _asked_at(issuer: str, *, crl: bool = True, ocsp: bool = True) -> list[dict[str, Any]]:
    """Where a certificate says that it can be asked for, and from where its issuer is to be had."""
    found: list[dict[str, Any]] = []
    access: dict[str, Any] = {"ca-issuer-links": [{"repo": issuer}]}
    if ocsp:
        access["ocsp-responder-names"] = [issuer]
    found.append(_extension("authority_information_access", schema="aia-urls", params=access))
    if crl:
        found.append(_extension("crl_distribution_points", schema="crl-dist-url", params={"crl-repo-names": [issuer]}))
    return found


def _spec(
    subject: str, issuer: str, born: datetime, life: _Life, extensions: list[dict[str, Any]], *, key: str = "", **more: object
) -> dict[str, Any]:
    above = {"authority-key": _key_of(issuer)} if issuer == "self_signed" else {}
    return {
        "subject": subject,
        "subject-key": key or subject,
        "issuer": issuer,
        "validity": life.at(born),
        "extensions": extensions,
        **above,
        **more,
    }


def _signer_spec(kind: str, born: datetime) -> dict[str, Any]:
    lives = {"expired": _Life(-1.5, -0.5), "not_yet_valid": _Life(0.5, 3)}
    issuer = {"self_signed": "self_signed", "stranger": "other-root"}.get(kind, "ca")
    extensions = [_usage("key_encipherment")] if kind == "wrong_usage" else list(_SIGNING)
    if issuer == "ca" and kind != "mute":
        extensions += _asked_at("ca", crl=kind != "ocsp_only", ocsp=kind != "crl_only")
    since = (born - YEAR / 4).replace(microsecond=0).isoformat()
    more = {"revocation": {"revoked-since": since, "reason": "key_compromise"}} if kind == "revoked" else {}
    return _spec(kind, issuer, born, lives.get(kind, _Life(-1, 3)), extensions, key=_key_of(kind), **more)


def main() -> None:
    parser = argparse.ArgumentParser(description="A test PKI on loopback; ends when its standard input ends.")
    parser.add_argument("--folder", type=Path, required=True)
    folder = parser.parse_args().folder
    with authority(folder) as pki:
        signers = {kind: str(pki.signer(kind).p12(folder / f"{kind}.p12")) for kind in (*GOOD, *SCENARIOS)}
        told = {name: str(getattr(pki, name)) for name in ("url", "root_pem", "tsa_url", "wrong_tsa_url", "ocsp_url", "crl_url")}
        print(json.dumps({**told, "signers": signers, "passphrase": PASSPHRASE}), flush=True)
        for _ in sys.stdin:
            print(json.dumps({"requests": pki.counted(), "connections": pki.connections}), flush=True)
            pki.forget_counts()


if __name__ == "__main__":
    main()
