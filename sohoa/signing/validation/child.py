"""The child process of `within_limits`: reads questions from standard input, a line of JSON each, and answers on standard output.

It bounds itself before it reads anything: address space, no core file, no written files, and an alarm clock for every file that ends
the process wherever it is. It also ends when its parent goes: then there is nothing more to read.
"""

from __future__ import annotations

import base64
import json
import logging
import resource
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from sohoa.kernel.errors import SohoaError
from sohoa.signing.validation.policy import Policy
from sohoa.signing.validation.validate import validate_pdf
from sohoa.signing.validation.within_limits import as_plain

OUT_OF_MEMORY = 3  # exit status; 1 is Python's own for an exception that nobody caught


def serve() -> None:
    logging.disable(logging.CRITICAL)
    setting = json.loads(sys.stdin.buffer.readline())
    roots = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in setting["roots"]]
    bounds = setting["bounds"]
    for what, limit in ((resource.RLIMIT_AS, bounds["memory"]), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(what, (limit, limit))
    _answer({})
    for line in sys.stdin.buffer:
        question = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, bounds["seconds"])  # nobody handles the signal, so it ends the process
        answer = _judged(Path(question["file"]), roots, datetime.fromisoformat(question["now"]), Policy(**setting["policy"]))
        signal.setitimer(signal.ITIMER_REAL, 0)
        _answer(answer)


def _judged(path: Path, roots: list[x509.Certificate], now: datetime, policy: Policy) -> dict[str, Any]:
    try:
        return as_plain(validate_pdf(path, trust=roots, now=now, policy=policy))
    except SohoaError as refused:
        return {"error": refused.code, "facts": {name: str(fact) for name, fact in refused.facts.items()}}


def _answer(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        serve()
    except (MemoryError, SystemError):  # the interpreter itself trips over failed allocations now and then
        sys.exit(OUT_OF_MEMORY)
