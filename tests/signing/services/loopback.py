"""A web server on 127.0.0.1 for the stand-ins of services that cannot be had here, and the ways in which it can go wrong."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """status 0: the connection is dropped without a word."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


DROPPED = Answer(0)
HTML = Answer(200, "<!doctype html><title>Cổng đăng nhập mạng</title>".encode(), {"Content-Type": "text/html"})
HUGE = Answer(200, b'{"a":"' + b"x" * (5 << 20) + b'"}')
BROKEN = Answer(500, b"Internal Server Error", {"Content-Type": "text/plain"})


def told(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def busy(seconds: str = "1") -> Answer:
    return Answer(429, b"{}", {"Retry-After": seconds})


@dataclass(frozen=True)
class Fault:
    """What is said instead of the truth. before: whether that happens instead of the work, or after it was done (answer lost)."""

    said: Answer | Callable[[Answer], Answer]
    before: bool = True


class Faults:
    """Faults by the end of the path, used up in order."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Fault]] = {}
        self._lock = threading.Lock()

    def next(self, path_end: str, said: Answer | Callable[[Answer], Answer], *, times: int = 1, before: bool = True) -> None:
        """before=False, or a function of the true answer: the work is done first."""
        with self._lock:
            self._waiting.setdefault(path_end, []).extend([Fault(said, before and isinstance(said, Answer))] * times)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, path: str) -> Fault | None:
        with self._lock:
            for end, waiting in self._waiting.items():
                if path.endswith(end) and waiting:
                    return waiting.pop(0)
        return None


@contextmanager
def loopback(work: Callable[[str, Mapping[str, str], bytes], Answer], faults: Faults) -> Iterator[str]:
    """The address of a server that answers POST by `work(path, headers, body)`, in a thread for each connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body in one packet, sent at once: otherwise each answer waits 40 ms for the other side's acknowledgement.
        disable_nagle_algorithm, wbufsize = True, 1 << 16

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = faults.take(self.path)
            if fault is None:
                answer = work(self.path, self.headers, body)
            elif fault.before:
                answer = fault.said
            else:
                truth = work(self.path, self.headers, body)
                answer = fault.said if isinstance(fault.said, Answer) else fault.said(truth)
            if not answer.status:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # a client that would not wait any longer
                super().handle()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
