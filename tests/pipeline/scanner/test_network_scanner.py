"""A network scanner (eSCL) on loopback, through sane-airscan: the same code, another device name. The scanner itself is a stand-in."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from sohoa.pipeline.batches.counting import counted
from sohoa.pipeline.sources.scanner_devices import able
from tests.pipeline.scanner.conftest import Counter, page, sane_folder, stands, words

_NAMESPACES = 'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"'
_INPUT = """<scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth><scan:MinHeight>16</scan:MinHeight>
<scan:MaxHeight>3508</scan:MaxHeight><scan:SettingProfiles><scan:SettingProfile><scan:ColorModes><scan:ColorMode>RGB24</scan:ColorMode>
<scan:ColorMode>Grayscale8</scan:ColorMode></scan:ColorModes><scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
</scan:DocumentFormats><scan:SupportedResolutions><scan:DiscreteResolutions><scan:DiscreteResolution><scan:XResolution>100</scan:XResolution>
<scan:YResolution>100</scan:YResolution></scan:DiscreteResolution></scan:DiscreteResolutions></scan:SupportedResolutions>
</scan:SettingProfile></scan:SettingProfiles>"""
CAPABILITIES = f"""<?xml version="1.0" encoding="UTF-8"?><scan:ScannerCapabilities {_NAMESPACES}><pwg:Version>2.6</pwg:Version>
<pwg:MakeAndModel>Stand-in</pwg:MakeAndModel><scan:Adf><scan:AdfSimplexInputCaps>{_INPUT}</scan:AdfSimplexInputCaps>
<scan:AdfDuplexInputCaps>{_INPUT}</scan:AdfDuplexInputCaps></scan:Adf></scan:ScannerCapabilities>"""
STATUS = f"""<?xml version="1.0" encoding="UTF-8"?><scan:ScannerStatus {_NAMESPACES}><pwg:Version>2.6</pwg:Version>
<pwg:State>Idle</pwg:State><scan:AdfState>%s</scan:AdfState></scan:ScannerStatus>"""


@dataclass
class NetworkScanner:
    tray: list[bytes] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def network_scanner(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Iterator[NetworkScanner]:
    scanner = NetworkScanner()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith("ScannerCapabilities"):
                self._answer(200, CAPABILITIES.encode(), "text/xml")
            elif self.path.endswith("ScannerStatus"):
                self._answer(200, (STATUS % ("ScannerAdfLoaded" if scanner.tray else "ScannerAdfEmpty")).encode(), "text/xml")
            elif self.path.endswith("NextDocument") and scanner.tray:
                self._answer(200, scanner.tray.pop(0), "image/jpeg")
            else:
                self._answer(404, b"", "text/plain")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if not scanner.tray:
                self._answer(409, b"", "text/plain")
                return
            self._answer(201, b"", "text/plain", Location=f"http://127.0.0.1:{scanner.port}/eSCL/ScanJobs/1")

        def do_DELETE(self) -> None:
            self._answer(200, b"", "text/plain")

        def _answer(self, status: int, body: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        scanner.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        folder = sane_folder(counter.shelf.root.parent / "network", ("airscan",))
        address = f"http://127.0.0.1:{scanner.port}/eSCL/"
        (folder / "airscan.conf").write_text(f'[devices]\n"Quay 1" = {address}, eSCL\n[options]\ndiscovery = disable\n')
        real = [part for part in counter.feeder.environment["PATH"].split(":") if not part.endswith("/feeder")]
        counter.feeder.environment.update({"SANE_CONFIG_DIR": str(folder), "PATH": ":".join(real)})
        for name, value in counter.feeder.environment.items():
            monkeypatch.setenv(name, value)
        yield scanner
        server.shutdown()
        thread.join()


def test_pages_of_a_network_scanner_come_in_like_those_of_any_other(counter: Counter, network_scanner: NetworkScanner) -> None:
    for number, side in ((1, "TRƯỚC"), (1, "SAU"), (2, "TRƯỚC"), (2, "SAU")):
        network_scanner.tray.append(jpeg(page(*words(number, side), size=(827, 1169))))
    device = "airscan:e0:Quay 1"
    assert able(device).two_sided
    batch = counter.open(expected=2)
    scanned = counter.scan(batch, device=device, duplex=True)
    assert scanned.failure is None
    assert [row[:3] for row in stands(batch)] == [(1, 1, "front"), (2, 1, "back"), (3, 2, "front"), (4, 2, "back")]
    assert str(counted(batch).verdict.outcome) == "ok"


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, dpi=(100, 100))
    return out.getvalue()
