"""Bytes on their way to an S3 store and back."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from sohoa.storage.objects.model import CHUNK


class AnswerStream:
    """A response's bytes; a read that breaks off is explained like one that never began."""

    def __init__(self, response: BaseHTTPResponse, blame: Callable[[Exception], NoReturn]) -> None:
        self._response, self._blame = response, blame

    def read(self, amount: int = CHUNK, /) -> bytes:
        try:
            return self._response.read(amount)
        except (HTTPError, OSError) as failure:
            self._blame(failure)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(CHUNK):
            yield chunk


@contextmanager
def released(response: BaseHTTPResponse) -> Iterator[BaseHTTPResponse]:
    try:
        yield response
    finally:
        response.close()  # a half-read body must not be handed to the next request
        response.release_conn()


@contextmanager
def opened(source: Path | bytes) -> Iterator[BinaryIO]:
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        yield stream


def measured(source: Path | bytes) -> tuple[str, int]:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest(), len(source)
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size
