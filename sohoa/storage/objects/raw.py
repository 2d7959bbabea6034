"""One S3 request as it is on the wire: signed by whom we say, with the headers we say, and the answer unexplained.

The acceptance test needs requests that a careful client would never send, and needs to see what the store really said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import SplitResult, quote, urlencode, urlsplit
from xml.etree import ElementTree

import urllib3
from minio.credentials.credentials import Credentials
from minio.signer import presign_v4, sign_v4_s3
from urllib3.exceptions import HTTPError

from sohoa.storage.objects.errors import StoreUnreachable

REGION = "us-east-1"
TIMES_OUT = urllib3.Timeout(connect=5, read=30)  # seconds
UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Keys:
    """One identity of the store."""

    access: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: names in lower case. code: the store's own word for a refusal, "" where it gave none."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def yes(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        return "" if self.yes else next(iter(self.texts("Code")), "")

    def texts(self, tag: str) -> list[str]:
        """What stands in every XML element of this name, in order."""
        return [element.text or "" for element in self.elements(tag)]

    def elements(self, tag: str) -> list[ElementTree.Element]:
        """Every XML element of this name; none when the body is no XML, or tries what only hostile XML does."""
        if b"<!DOCTYPE" in self.body or b"<!ENTITY" in self.body:
            return []
        try:
            root = ElementTree.fromstring(self.body)
        except (ElementTree.ParseError, ValueError):
            return []
        return [element for element in root.iter() if element.tag.rpartition("}")[2] == tag]


class Wire:
    """Requests to one endpoint. May be shared by threads."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = urlsplit(endpoint)
        self._pool = urllib3.PoolManager(maxsize=8, block=True, timeout=TIMES_OUT, retries=False, cert_reqs="CERT_REQUIRED")

    def close(self) -> None:
        self._pool.clear()

    def ask(
        self,
        keys: Keys | None,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        body_hash: str = "",
        now: datetime | None = None,
    ) -> Answer:
        """keys: None sends it unsigned. body_hash: instead of the body's own SHA-256. Raises StoreUnreachable."""
        url, moment = self._url(bucket, key, query or {}), now or datetime.now(UTC)
        told = {name.lower(): value for name, value in (headers or {}).items()} | {"host": url.netloc}
        if keys is not None:
            content = body_hash or hashlib.sha256(body).hexdigest()
            told |= {"x-amz-content-sha256": content, "x-amz-date": moment.strftime("%Y%m%dT%H%M%SZ")}
            told = sign_v4_s3(
                method=method,
                url=url,
                region=REGION,
                headers=dict(told),
                credentials=Credentials(keys.access, keys.secret),
                content_sha256=content,
                date=moment,
            )  # pyright: ignore[reportAssignmentType]
        return self.send(method, url.geturl(), told, body)  # pyright: ignore[reportArgumentType]

    def presigned(self, keys: Keys, bucket: str, key: str, query: Mapping[str, str], *, now: datetime, seconds: int) -> str:
        """An address that lets whoever holds it read one object for so long."""
        url = self._url(bucket, key, query)
        credentials = Credentials(keys.access, keys.secret)
        return presign_v4(method="GET", url=url, region=REGION, credentials=credentials, date=now, expires=seconds).geturl()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        try:
            answer = self._pool.request(method, url, headers=dict(headers), body=body or None, redirect=False)
        except HTTPError as failure:
            raise StoreUnreachable(why=type(failure).__name__) from failure
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)

    def _url(self, bucket: str, key: str, query: Mapping[str, str]) -> SplitResult:
        path = quote(f"/{bucket}/{key}" if key else f"/{bucket}", safe="/~")
        return self._endpoint._replace(path=path, query=urlencode(sorted(query.items()), quote_via=quote))
