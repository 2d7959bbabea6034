"""The desk at which agents ask for work: a small WSGI application over the post.

It may be mounted in a larger application below any path, or stand alone (`serving.serve`). What it answers:

    POST /hello                          {certificate, chain, mechanism}      -> {name}
    POST /take                           {wait}                               -> {request or null, again}
    POST /wanted                         {key}                                -> {wanted}
    GET  /document/<key>/<n>/<offset>                                         -> bytes of the n-th prepared PDF, at most CHUNK
    POST /answer                         {key, signatures, refused}           -> {outcome}
    POST /decline                        {key}                                -> {outcome}

Whoever is not paired learns nothing but 403 or 404. Everything may be asked twice: nothing but the first ending of a request counts.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, cast
from wsgiref.types import StartResponse, WSGIEnvironment

from sohoa.kernel import clock
from sohoa.kernel.clock import iso_vietnam
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.signers.agent import post, registering
from sohoa.signing.signers.agent.fields import Fields, packed
from sohoa.signing.signers.agent.messages import (
    CHUNK,
    HASH,
    LARGEST_DOCUMENT,
    LARGEST_MESSAGE,
    MOST_JOBS,
    Outcome,
    Settled,
    read_answers,
    read_identity,
)
from sohoa.signing.signers.agent.sealing import HEADER, WINDOW, Pairing, Seal, question_fits, read_seal, seal_answer

LONGEST_WAIT = 10.0  # seconds that a question for work may stay open; below what proxies and the agent's own client allow
LOOK_EVERY = 0.25  # seconds between two looks into the post while a question stays open
COME_AGAIN = 3  # seconds until an agent shall ask again where questions may not stay open
_DOCUMENT = re.compile(r"/document/([0-9a-f]{64})/([0-9]{1,4})/([0-9]{1,12})")


class ClockOff(SohoaError):
    code, exit_code = "signing.agent_clock_off", Exit.USAGE
    vi = "Đồng hồ của máy ký và máy chủ lệch nhau {minutes} phút; cho phép 5 phút."
    en = "The clocks of the agent's machine and the server differ by {minutes} minutes; 5 are allowed."
    remedy = "Chỉnh lại ngày, giờ, múi giờ trên cả hai máy (nên bật đồng bộ giờ), rồi chạy lại."
    remedy_en = "Set date, time and zone on both machines (time synchronisation is best), then run again."


class MessageRepeated(SohoaError):
    code = "signing.agent_message_repeated"
    vi = "Thông điệp này đã được nhận trước đó nên không được nhận lần nữa."
    en = "This message was received before; it is not taken a second time."
    remedy = "Nếu lặp lại nhiều lần, báo người quản trị mạng: có thể ai đó đang gửi lại dữ liệu nghe được."
    remedy_en = "If this repeats, tell the network's administrator: somebody may be sending again what they overheard."


class RequestGone(SohoaError):
    code = "signing.agent_request_gone"
    vi = "Yêu cầu ký hoặc tài liệu của nó không còn ở máy chủ."
    en = "The request, or its document, is no longer on the server."
    remedy = "Gửi ký lại từ máy chủ."
    remedy_en = "Send it for signing again from the server."


class AnswerIncomplete(SohoaError):
    code = "signing.agent_answer_incomplete"
    vi = "Câu trả lời không khớp với danh sách tài liệu trong yêu cầu ký."
    en = "The answer does not cover the request: every signature asked for is either given or refused."
    remedy = "Cài cùng một phiên bản sohoa ở máy chủ và máy ký, rồi chạy lại."
    remedy_en = "Install the same version of sohoa on the server and on the agent's machine, then run again."


@dataclass(frozen=True, slots=True)
class _Reply:
    status: HTTPStatus
    body: bytes
    kind: str = "application/json; charset=utf-8"


class Desk:
    """A WSGI application, safe for any number of threads and processes over one folder.

    longest_wait: seconds that an agent's question for work may stay open, each taking a thread of the server; 0: agents come again
    every COME_AGAIN seconds instead.
    """

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = clock.now, longest_wait: float = LONGEST_WAIT) -> None:
        self._folder = folder
        self._now = now
        self._longest_wait = longest_wait
        self._closing = threading.Event()
        self._last: tuple[Path, post.Posted] | None = None
        self._services: Mapping[str, Callable[[Pairing, Fields], dict[str, object]]] = {
            "/hello": self._hello,
            "/take": self._take,
            "/wanted": self._wanted,
            "/answer": self._answered,
            "/decline": self._declined,
        }

    def close(self) -> None:
        """Answer the questions that stay open; for when the server stops."""
        self._closing.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reply, seal = self._reply(environ)
        headers = [("Content-Type", reply.kind), ("Content-Length", str(len(reply.body))), ("Cache-Control", "no-store")]
        if seal:
            headers.append((HEADER, seal))
        start_response(f"{reply.status.value} {reply.status.phrase}", headers)
        return [reply.body]

    def _reply(self, environ: WSGIEnvironment) -> tuple[_Reply, str]:
        """And its seal, "" for strangers."""
        method, path = str(environ.get("REQUEST_METHOD")), str(environ.get("PATH_INFO"))
        seal = read_seal(str(environ.get("HTTP_SOHOA_SEAL", "")))
        if seal is None:
            return _stranger(HTTPStatus.NOT_FOUND), ""
        pairing = registering.pairing_of(self._folder, seal.agent)
        if pairing is None:
            return _stranger(HTTPStatus.NOT_FOUND), ""
        body = _body(environ)
        if body is None:
            return _stranger(HTTPStatus.REQUEST_ENTITY_TOO_LARGE), ""
        if not question_fits(pairing.secret, seal, method, path, body):
            return _stranger(HTTPStatus.FORBIDDEN), ""
        reply = self._answer(pairing, seal, method, path, body)
        return reply, seal_answer(pairing.secret, seal.nonce, reply.status, reply.body)

    def _answer(self, pairing: Pairing, seal: Seal, method: str, path: str, body: bytes) -> _Reply:
        now = self._now()
        try:
            differ = abs((now - seal.moment).total_seconds())
            if differ > WINDOW.total_seconds():
                return self._refused(HTTPStatus.UNAUTHORIZED, ClockOff(minutes=round(differ / 60)))
            if not registering.first_time(self._folder, seal, now=now):
                return self._refused(HTTPStatus.CONFLICT, MessageRepeated())
            registering.note_seen(self._folder, pairing.agent, now=now)
            if method == "GET":
                return self._document(pairing, path)
            served = self._services.get(path) if method == "POST" else None
            if served is None:
                return self._refused(HTTPStatus.NOT_FOUND, RequestGone())
            return _Reply(HTTPStatus.OK, packed(served(pairing, Fields.parse(body))))
        except SohoaError as refused:
            return self._refused(HTTPStatus.BAD_REQUEST, refused)
        except OSError:
            # A full or failing disk is for the server's administrator to see in the server's own checks; an agent comes again.
            return _Reply(HTTPStatus.SERVICE_UNAVAILABLE, packed({"error": None}))

    def _refused(self, status: HTTPStatus, error: SohoaError) -> _Reply:
        return _Reply(status, packed({"error": error.as_dict(), "now": iso_vietnam(self._now())}))

    def _hello(self, pairing: Pairing, asked: Fields) -> dict[str, object]:
        registering.register(self._folder, pairing.agent, read_identity(asked), now=self._now())
        return {"name": pairing.name}

    def _take(self, pairing: Pairing, asked: Fields) -> dict[str, object]:
        here = registering.folder_of(self._folder, pairing.agent)
        looks = int(min(float(asked.whole("wait", 3600)), self._longest_wait) / LOOK_EVERY)
        for look in range(looks + 1):
            for posted in post.waiting(here):
                if self._now() <= posted.request.expires:
                    return {"request": posted.request.as_dict(), "again": 0}
            if look == looks or self._closing.wait(LOOK_EVERY):
                break
        return {"request": None, "again": 0 if self._longest_wait else COME_AGAIN}

    def _wanted(self, pairing: Pairing, asked: Fields) -> dict[str, object]:
        here, key = registering.folder_of(self._folder, pairing.agent), asked.hexadecimal("key", HASH)
        posted = post.find(here, key)
        wanted = posted is not None and post.ending(here, key) is None and self._now() <= posted.request.expires
        return {"wanted": wanted}

    def _document(self, pairing: Pairing, path: str) -> _Reply:
        named = _DOCUMENT.fullmatch(path)
        here = registering.folder_of(self._folder, pairing.agent)
        posted = self._known(here, named[1]) if named else None
        if named is None or posted is None or int(named[2]) >= min(len(posted.request.wanted), MOST_JOBS):
            return self._refused(HTTPStatus.NOT_FOUND, RequestGone())
        if post.ending(here, named[1]) is not None:
            return self._refused(HTTPStatus.NOT_FOUND, RequestGone())
        file = posted.paths.get(posted.request.wanted[int(named[2])].id)
        try:
            if file is None or int(named[3]) > LARGEST_DOCUMENT:
                raise FileNotFoundError
            with file.open("rb") as document:
                document.seek(int(named[3]))
                return _Reply(HTTPStatus.OK, document.read(CHUNK), "application/octet-stream")
        except FileNotFoundError:
            return self._refused(HTTPStatus.NOT_FOUND, RequestGone())

    def _known(self, here: Path, key: str) -> post.Posted | None:
        """A request never changes: the one whose documents are being fetched, one by one, is read once."""
        last = self._last
        if last is not None and last[0] == here and last[1].request.key == key:
            return last[1]
        found = post.find(here, key)
        self._last = (here, found) if found is not None else last
        return found

    def _answered(self, pairing: Pairing, asked: Fields) -> dict[str, object]:
        here, key = registering.folder_of(self._folder, pairing.agent), asked.hexadecimal("key", HASH)
        signatures, refused = read_answers(asked)
        posted = _find(here, key)
        if signatures.keys() | refused.keys() != {one.id for one in posted.request.wanted}:
            raise AnswerIncomplete()
        for one in posted.request.wanted:
            if one.id in signatures:
                # Only one ending ever counts, so a broken signature must not become it.
                posted.identity.must_fit(one.attributes, signatures[one.id])
        settled = post.settle(here, key, Settled(Outcome.ANSWERED, self._now(), signatures, refused))
        return {"outcome": settled.outcome.value}

    def _declined(self, pairing: Pairing, asked: Fields) -> dict[str, object]:
        here, key = registering.folder_of(self._folder, pairing.agent), asked.hexadecimal("key", HASH)
        settled = post.settle_all(here, _find(here, key), Outcome.DECLINED, now=self._now())
        return {"outcome": settled.outcome.value}


def _find(here: Path, key: str) -> post.Posted:
    posted = post.find(here, key)
    if posted is None:
        raise RequestGone()
    return posted


def _stranger(status: HTTPStatus) -> _Reply:
    return _Reply(status, packed({"error": None}))


def _body(environ: WSGIEnvironment) -> bytes | None:
    """None: too large. A length that is missing or no number is none; a body cut short will not fit its seal."""
    said = str(environ.get("CONTENT_LENGTH") or "0")
    length = int(said) if said.isdecimal() and len(said) < 12 else 0
    if length > LARGEST_MESSAGE:
        return None
    try:
        return cast(BinaryIO, environ["wsgi.input"]).read(length)
    except OSError:  # the line broke, or nothing came in time
        return b""
