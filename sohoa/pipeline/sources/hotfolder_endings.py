"""Is a file there to its end? Asked of a child, because the bytes come from anybody and may change while they are read.

The child (`python -m sohoa.pipeline.sources.hotfolder_endings`) gets a path in hexadecimal on each line and answers with the code of what
is wrong, or an empty line. It has little memory and a time limit; when it dies over a file, that is an answer too.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path

SECONDS = 60.0  # for one file; walking a stack of 1,000 pages takes two
MEMORY = 1 << 30  # bytes of its own; the file itself is mapped and does not count
NOT_JUDGED = "pipeline.not_judged"
# These say that more may come. Anything else is the file's own matter, and the pipeline will say it.
INCOMPLETE = frozenset(
    {
        *("ocr.empty_file", "ocr.truncated_pdf", "ocr.damaged_image", "ocr.not_a_document", "ocr.pdf_without_pages"),
        *("ocr.unreadable_permissions", NOT_JUDGED),
    }
)


class Endings:
    """Started at the first question; one child for all of them."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def problem(self, path: Path) -> str:
        """Why the file seems not to be there to its end; "" when it is."""
        child = self._running()
        assert child.stdin and child.stdout
        try:
            child.stdin.write(os.fsencode(path).hex().encode() + b"\n")
            child.stdin.flush()
            answered = select.select([child.stdout], [], [], SECONDS)[0]
            line = child.stdout.readline() if answered else b""
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            self.close()
            return NOT_JUDGED
        code = line.decode().strip()
        return code if code in INCOMPLETE else ""

    def close(self) -> None:
        if self._child:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            command = [sys.executable, "-m", __name__]
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
            )
        return self._child


def _answer() -> None:
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from sohoa.kernel.errors import SohoaError
    from sohoa.ocr.imaging.intake import inspect

    for line in sys.stdin.buffer:
        code = ""
        try:
            inspect(Path(os.fsdecode(bytes.fromhex(line.decode()))))
        except SohoaError as problem:
            code = problem.code
        except Exception:  # whatever a hostile file makes of the parser: it is not known to be whole
            code = NOT_JUDGED
        sys.stdout.write(code + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _answer()
