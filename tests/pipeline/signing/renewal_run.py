"""Commands in processes of their own that can be killed: `python -m tests.pipeline.signing.renewal_run` with SOHOA_HOME set, a wish as
JSON on each line of standard input, for each of which a child is forked that has everything loaded; `[status, answer]` on each
line of output.

{"command": ["renew", …], "kill": n}  what follows `sohoa`; answers [exit code, stdout, stderr]. The n-th durable step is its last
                                      deed (0: none is): a file put in place, an object taken by the store, a transaction
                                      committed that changed something
{"deposit": [path …]}                 archive signed papers at B-B; answers their ids
{"verify": [id …]}                    answers [ok, number of versions, number of audit events, level] for each
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import urllib3

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sohoa.config.django")
django.setup()

from django.db.backends.sqlite3.base import DatabaseWrapper  # noqa: E402

from sohoa.cli import renew, sign  # noqa: E402
from sohoa.cli.main import run  # noqa: E402
from sohoa.cli.workplace import with_catalogue, with_store  # noqa: E402
from sohoa.kernel.clock import now  # noqa: E402
from sohoa.pipeline.signing.office import open_office  # noqa: E402
from sohoa.pipeline.verification import verify_record  # noqa: E402
from sohoa.storage.audit.models import AuditEvent  # noqa: E402
from sohoa.storage.catalogue.records import Record  # noqa: E402
from sohoa.storage.renewals import versions  # noqa: E402
from tests.faults.forking import serve  # noqa: E402
from tests.pipeline.signing.archived import archive  # noqa: E402

LOADED = (renew, sign)  # which the command line would import when they are called


def deposit(paths: list[str]) -> list[str]:
    with with_store(with_catalogue()) as store:
        return [archive(Path(path), store, now=now()).pk for path in paths]


def verify(ids: list[str]) -> list[Any]:
    here = with_catalogue()
    told: list[Any] = []
    with with_store(here) as store:
        for pk in ids:
            record = Record.objects.get(pk=pk)
            verdict = verify_record(record, store, trust=open_office(here.home).trust, now=now())
            events = AuditEvent.objects.filter(subject=pk, action="record.signature_renewed").count()
            told.append([verdict.ok, versions(record).count(), events, record.signature_level])
    return told


def command(arguments: list[str]) -> tuple[int, str, str]:
    sys.argv = ["sohoa", *arguments]
    code: Any = 0
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            run()
        except SystemExit as ended:
            code = ended.code
    return code or 0, out.getvalue(), err.getvalue()


def kill_after(left: int) -> None:
    """Die after so many durable steps."""

    def done() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def followed(deed: Callable[..., Any], counts: Callable[..., bool]) -> Callable[..., Any]:
        def do(*arguments: Any, **options: Any) -> Any:
            result = deed(*arguments, **options)
            if counts(*arguments):
                done()
            return result

        return do

    committed: dict[int, int] = {}

    def changed(database: DatabaseWrapper) -> bool:
        before = committed.get(id(database.connection), 0)
        committed[id(database.connection)] = database.connection.total_changes
        return database.connection.total_changes > before

    os.replace = followed(os.replace, lambda *_: True)
    urllib3.PoolManager.urlopen = followed(
        urllib3.PoolManager.urlopen, lambda _, method, url, *rest: method == "PUT" and "/records/" in url
    )
    DatabaseWrapper._commit = followed(DatabaseWrapper._commit, changed)


def answered(wish: dict[str, Any]) -> Any:
    kill_after(wish.get("kill", 0))
    for name, deed in (("deposit", deposit), ("command", command), ("verify", verify)):
        if name in wish:
            return deed(wish[name])
    return None


if __name__ == "__main__":
    serve(answered)
