"""A store with its locking removed: a proxy on loopback before a real one, that lies.

It knows the keys, so it may change what was signed and sign it again; what comes unsigned, or signed in its address, goes through
as it is. Faults, each a way in which real stores were found to be less than they say:

    no_lock        lock headers never reach the store, and every answer pretends that they did
    no_versions    older versions cannot be told apart: no version ids, each read and deletion means the latest
    no_condition   `If-None-Match` is not heard: what is there already is written over
    says_yes       the deletion of a locked version is answered with success, though the version stays
    open           whoever comes without keys is let in with the administrator's
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

import urllib3
from minio.credentials.credentials import Credentials
from minio.signer import sign_v4_s3

from sohoa.storage.objects.raw import REGION, Keys

Fault = Literal["none", "no_lock", "no_versions", "no_condition", "says_yes", "open"]
LOCK = "x-amz-object-lock-"
_OURS = {
    "host",
    "authorization",
    "connection",
    "content-length",
    "accept-encoding",
    "user-agent",
    "x-amz-date",
    "transfer-encoding",
}


@contextmanager
def lockless_proxy(store: str, keys: Sequence[Keys], fault: Fault) -> Iterator[Proxy]:
    """store: the real one's address. keys: all that may sign; the last are the administrator's."""
    server = Proxy(store, {one.access: one for one in keys}, keys[-1], fault)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Proxy(ThreadingHTTPServer):
    """url: its address. fault: may be changed while it runs."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, store: str, keys: dict[str, Keys], admin: Keys, fault: Fault) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store, self.keys, self.admin, self.fault = urlsplit(store), keys, admin, fault
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.pool = urllib3.PoolManager(maxsize=32, retries=False)
        self.promised: dict[str, dict[str, str]] = {}  # by version id: the lock headers that never reached the store


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer waits 40 ms for the other side to acknowledge the head
    server: Proxy

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        keys = self._keys(headers)
        if keys is None:
            if self.server.fault != "open" or "X-Amz-Signature" in query:
                return self._pass_on(self.path, headers, body)
            keys = self.server.admin
        fault, promised = self.server.fault, dict[str, str]()
        if fault == "no_lock":
            if self.command == "PUT" and query.keys() & {"retention", "legal-hold"}:
                return self._answer(200, {}, b"")
            if url.path.count("/") > 1:  # an object; a bucket may still be made with a lock
                promised = {name: headers.pop(name) for name in list(headers) if name.startswith(LOCK)}
        elif fault == "no_versions":
            query.pop("versionId", None)
        elif fault == "no_condition":
            headers.pop("if-none-match", None)
        self._signed(keys, url, query, headers, body, promised)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve

    def _keys(self, headers: dict[str, str]) -> Keys | None:
        found = re.search(r"Credential=([^/]+)/", headers.get("authorization", ""))
        return self.server.keys.get(found[1]) if found else None

    def _signed(
        self, keys: Keys, url: SplitResult, query: dict[str, str], headers: dict[str, str], body: bytes, promised: dict[str, str]
    ) -> None:
        content = headers.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
        there = self.server.store._replace(path=url.path, query=urlencode(sorted(query.items()), quote_via=quote))
        now = datetime.now(UTC)
        told = {name: value for name, value in headers.items() if name not in _OURS}
        told |= {"host": there.netloc, "x-amz-content-sha256": content, "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ")}
        signed = sign_v4_s3(
            method=self.command,
            url=there,
            region=REGION,
            headers=dict(told),
            credentials=Credentials(keys.access, keys.secret),
            content_sha256=content,
            date=now,
        )
        answer = self.server.pool.request(self.command, there.geturl(), headers=dict(signed), body=body or None, redirect=False)
        said = {name.lower(): value for name, value in answer.headers.items()}
        version = query.get("versionId") or said.get("x-amz-version-id", "")
        status, content_back = answer.status, answer.data
        if self.server.fault == "no_lock":
            if promised and answer.status == 200:
                self.server.promised[version] = promised
            said |= self.server.promised.get(version, {})
        if self.server.fault == "no_versions":
            said.pop("x-amz-version-id", None)
            if "versioning" in query:
                content_back = b"<VersioningConfiguration/>"
        if self.server.fault == "says_yes" and self.command == "DELETE" and "versionId" in query:
            status, content_back = 204, b""
        self._answer(status, said, content_back)

    def _pass_on(self, path: str, headers: dict[str, str], body: bytes) -> None:
        kept = {name: value for name, value in headers.items() if name not in _OURS - {"host"}}
        answer = self.server.pool.request(
            self.command, f"{self.server.store.geturl()}{path}", headers=kept, body=body or None, redirect=False
        )
        self._answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        if self.command == "HEAD":
            self.send_header("content-length", headers.get("content-length", "0"))
        elif status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
