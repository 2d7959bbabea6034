"""Writes with headers of our choice, the one place where we reach below the public face of the `minio` client.

minio 7.2.20 has no public conditional put: `put_object(metadata={"If-None-Match": "*"})` quietly becomes user metadata and
overwrites. The private calls below send real headers; the version is pinned and a race in the tests holds them to it.
They may go when the client offers the condition itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from minio import Minio
from minio.datatypes import CompleteMultipartUploadResult

ABSENT = {"If-None-Match": "*"}


def put_if_absent(client: Minio, bucket: str, key: str, data: bytes, headers: dict[str, str]) -> str:
    """Gives the version id ("" where the bucket has none). Raises S3Error PreconditionFailed when the key is taken."""
    written = client._put_object(bucket, key, data, headers={**headers, **ABSENT})  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    return written.version_id or ""


def put_anew(client: Minio, bucket: str, key: str, data: bytes, headers: dict[str, str]) -> str:
    """Write without a condition. Gives the version id ("" where the bucket has none)."""
    written = client._put_object(bucket, key, data, headers={**headers})  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    return written.version_id or ""


def begin_parts(client: Minio, bucket: str, key: str, headers: dict[str, str]) -> str:
    return client._create_multipart_upload(bucket, key, headers={**headers})  # pyright: ignore[reportPrivateUsage, reportArgumentType]


def put_part(client: Minio, bucket: str, key: str, upload: str, number: int, data: bytes) -> str:
    """Gives the part's ETag."""
    return client._upload_part(bucket, key, data, None, upload, number)  # pyright: ignore[reportPrivateUsage]


def abandon_parts(client: Minio, bucket: str, key: str, upload: str) -> None:
    client._abort_multipart_upload(bucket, key, upload)  # pyright: ignore[reportPrivateUsage]


def complete_if_absent(client: Minio, bucket: str, key: str, upload: str, etags: Iterable[str]) -> str:
    """Gives the version id. Raises S3Error PreconditionFailed when somebody took the key meanwhile."""
    body = Element("CompleteMultipartUpload")
    for number, etag in enumerate(etags, 1):
        part = SubElement(body, "Part")
        SubElement(part, "PartNumber").text = str(number)
        SubElement(part, "ETag").text = f'"{etag}"'
    response = client._execute(  # pyright: ignore[reportPrivateUsage]
        "POST",
        bucket,
        key,
        body=tostring(body),
        headers={"Content-Type": "application/xml", **ABSENT},
        query_params={"uploadId": upload},
    )
    return CompleteMultipartUploadResult(response).version_id or ""
