"""A desk with a feeder in processes of its own, so that it can be killed: `python -m tests.faults.batch_run`, a wish as JSON on each line
of standard input, for each of which a child is forked; `[status, answer]` on each line of output.

do: "open", "scan", "close" or "show". kill: after how many deeds (a file put in place or taken away, a transaction committed) the child ends
itself as a power cut would; 0: never. SOHOA_HOME names the home.
"""

from __future__ import annotations

import importlib
import os
import signal
from datetime import UTC, datetime
from typing import Any

import django

from tests.faults.forking import serve

CODE = "LO-1"


def wished(wish: dict[str, Any]) -> Any:
    from django.db import connections

    connections.close_all()  # the file is opened anew in each child
    if wish.get("kill"):
        _die_after(wish["kill"])
    return {"open": _open, "scan": _scan, "close": _close, "show": _show}[wish["do"]](wish)


def _die_after(deeds: int) -> None:
    from django.db.backends.base.base import BaseDatabaseWrapper

    left = deeds

    def counted(deed: Any) -> Any:
        def done(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            answer = deed(*arguments, **options)
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return done

    os.replace, os.unlink = counted(os.replace), counted(os.unlink)
    BaseDatabaseWrapper.commit = counted(BaseDatabaseWrapper.commit)


def _open(wish: dict[str, Any]) -> str:
    from sohoa.cli.workplace import with_catalogue
    from sohoa.pipeline.batches import keeping
    from sohoa.pipeline.claiming import Order

    with_catalogue()
    opening = keeping.Opening(Order(sign=False), CODE, expected=wish["expected"])
    return keeping.open_batch(opening, by="nv.lan", now=datetime.now(UTC)).code


def _scan(wish: dict[str, Any]) -> str:
    from sohoa.cli.batch import shelf_of
    from sohoa.config.settings import settings
    from sohoa.pipeline.batches import keeping
    from sohoa.pipeline.batches.receiving import Wanted
    from sohoa.pipeline.sources.scanner import Brake, scan

    class Nobody:
        def page(self, page: Any, *, recovered: bool) -> None: ...

    wanted = Wanted("feeder:0", 100, "color", duplex=wish["duplex"])
    batch, shelf = keeping.batch_of(CODE), shelf_of(settings())
    scanned = scan(batch, wanted, shelf, Nobody(), Brake(), by="nv.lan", clock=lambda: datetime.now(UTC))
    return scanned.failure.code if scanned.failure else ""


def _close(wish: dict[str, Any]) -> int:
    from sohoa.cli.batch import shelf_of
    from sohoa.config.settings import settings
    from sohoa.pipeline.batches import closing, keeping

    here = settings()
    closed = closing.close(keeping.batch_of(CODE), shelf_of(here), here.claims, by="nv.lan", now=datetime.now(UTC))
    return len(closed.papers)


def _show(wish: dict[str, Any]) -> dict[str, Any]:
    from sohoa.cli.batch import shelf_of
    from sohoa.config.settings import settings
    from sohoa.pipeline.batches import keeping
    from sohoa.pipeline.batches.reporting import batch_dict, papers_of

    batch, shelf = keeping.batch_of(CODE), shelf_of(settings())
    pages = [(page.position, page.sheet, page.side, str(shelf.page(page))) for page in keeping.current(batch)]
    return {**batch_dict(batch), "pages": pages, "papers": papers_of(batch)}


if __name__ == "__main__":
    django.setup()
    for name in ("sohoa.cli.batch", "sohoa.pipeline.sources.scanner", "sohoa.pipeline.batches.closing", "sohoa.cli.workplace"):
        importlib.import_module(name)

    serve(wished)
