"""The desk on a port of its own, where no larger web server carries it."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from sohoa.signing.signers.agent.desk import Desk

MOST_AT_ONCE = 256  # connections; one more waits for none and is closed
SILENCE = 30.0  # seconds that a connection may say nothing


class _Handler(WSGIRequestHandler):
    timeout = SILENCE

    def log_message(self, format: str, *args: Any) -> None:
        """Addresses of clerks' machines are in no log."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # a line that broke or fell silent, or no TLS where TLS is spoken
            self.close_connection = True


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's: it asks the network for this machine's full name, which a closed network answers after half a minute.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def get_request(self) -> tuple[Any, Any]:
        connection, address = self.socket.accept()
        connection.settimeout(SILENCE)
        if self._tls is not None:
            # The handshake comes with the first byte that is read, in the connection's own thread: it may take as long as it likes.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that ends badly is the other side's matter."""


@contextmanager
def serve(desk: Desk, host: str = "127.0.0.1", port: int = 0, *, tls: ssl.SSLContext | None = None) -> Generator[str]:
    """Serve until the block ends; gives the address. port 0: any free one. tls: with a certificate loaded, for HTTPS.

    Raises OSError when the port is taken.
    """
    with _Server((host, port), tls) as server:
        server.set_app(desk)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://{host}:{server.server_port}"
        finally:
            desk.close()
            server.shutdown()
            thread.join()
