"""Outside services over HTTP: one pool of connections, and a limit to every wait and to every answer.

What is asked here are time-stamping authorities, revocation services and remote signing services: addresses from the settings, or
from certificates that somebody sends us, so nothing that comes back is believed to be small, quick or well formed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from sohoa.kernel.errors import Exit, SohoaError

CONNECT, READ = 5.0, 15.0  # seconds
LARGEST = 32 << 20  # bytes; a national revocation list has a few
POOL = 16  # connections kept to one host


class ServiceUnreachable(SohoaError):
    code, exit_code = "signing.service_unreachable", Exit.UNREACHABLE
    vi = "Không kết nối được dịch vụ {service}."
    en = "The service could not be reached: {service} ({why})."
    remedy = "Kiểm tra mạng và địa chỉ dịch vụ trong cấu hình, rồi chạy lại."
    remedy_en = "Check the network and the service's address in the settings, then run again."


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Safe to use from several threads; connections are kept open between requests. Redirects are not followed."""

    def __init__(
        self, *, ca_file: Path | None = None, connect: float = CONNECT, read: float = READ, largest: int = LARGEST
    ) -> None:
        """ca_file: PEM of the roots that HTTPS servers are held against; None: those of the operating system."""
        self._largest = largest
        timeout = urllib3.Timeout(connect=connect, read=read)
        # Retrying is the caller's decision: asking twice for a signature is not the same as asking twice for a list.
        self._pool = urllib3.PoolManager(
            num_pools=32, maxsize=POOL, block=True, timeout=timeout, retries=False, ca_certs=str(ca_file) if ca_file else None
        )

    def get(self, url: str, *, service: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self._ask("GET", url, service, None, headers)

    def post(self, url: str, body: bytes, *, service: str, headers: Mapping[str, str] | None = None) -> Reply:
        """service: what the person is told could not be reached, Vietnamese ("cấp dấu thời gian").

        Any status is an answer. Raises ServiceUnreachable when none came in time, or one that is too large.
        """
        return self._ask("POST", url, service, body, headers)

    def close(self) -> None:
        self._pool.clear()

    def _ask(self, method: str, url: str, service: str, body: bytes | None, headers: Mapping[str, str] | None) -> Reply:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ServiceUnreachable(service=service, why="not an http address")
        try:
            answer = self._pool.request(method, url, body=body, headers=dict(headers or {}), preload_content=False, redirect=False)
            read = answer.read(self._largest + 1, decode_content=True)
            if len(read) > self._largest:
                answer.close()  # the rest would be taken for the beginning of the next answer
                raise ServiceUnreachable(service=service, why="answer too large")
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as failed:
            raise ServiceUnreachable(service=service, why=type(failed).__name__) from failed
        return Reply(answer.status, {name.lower(): value for name, value in answer.headers.items()}, read)
