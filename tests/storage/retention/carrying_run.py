"""Destructions in processes that can be killed: `python -m tests.storage.retention.carrying_run` with SOHOA_HOME set, a wish as JSON on each
line of standard input, for each of which a child is forked that has everything loaded; `[status, answer]` on each line of output.

{"archive": code, "to": folder}      archive a paper into a dossier of that code; answers its id
{"forever": code, "to": folder}      the same, of a procedure whose records are kept for ever
{"approved": code, "to": folder}     archive one, propose its destruction and approve that; answers the list's id
{"carry": id, "kill": n}             carry the list out; the n-th durable step is its last deed (0: none is): an object put or erased, a
                                     transaction committed that changed something. Answers the state of each package, or what "look" says
{"command": ["list", …], "typed": …} what follows `sohoa retention`, and what is typed when asked; "rules": another
                                     retention.toml for this one. Answers [exit code, stdout, stderr]
{"look": code}                       answers [objects left, objects that its tombstones name, pages, destroyed records, events of each kind]
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sohoa.config.django")
django.setup()

from django.db.backends.sqlite3.base import DatabaseWrapper  # noqa: E402

from sohoa.cli import main, retention  # noqa: E402
from sohoa.config.settings import Settings, settings  # noqa: E402
from sohoa.storage.audit.models import AuditEvent  # noqa: E402
from sohoa.storage.catalogue import database  # noqa: E402
from sohoa.storage.catalogue.records import PageText, Record  # noqa: E402
from sohoa.storage.catalogue.retention import DestroyedRecord, Tombstone  # noqa: E402
from sohoa.storage.objects.folder import FolderStore  # noqa: E402
from sohoa.storage.objects.model import RECORDS  # noqa: E402
from sohoa.storage.packages.layout import root_of  # noqa: E402
from sohoa.storage.packages.model import package_of  # noqa: E402
from sohoa.storage.retention.carrying_out import carry_out  # noqa: E402
from sohoa.storage.retention.destruction import approve, examine, propose  # noqa: E402
from tests.faults.forking import serve  # noqa: E402
from tests.storage.retention.archived import NOW, RULES, dossier, paper, plan_in  # noqa: E402

main.COMMANDS.setdefault("retention", "retention")
HOME = settings().home
PLAN = plan_in(HOME)


def store() -> FolderStore:
    return FolderStore(HOME / "store", clock=lambda: NOW)


@contextlib.contextmanager
def in_the_folder(_: Settings) -> Iterator[FolderStore]:
    """The commands' store too: it starts at once, and its clock can be told."""
    yield store()


def archive(code: str, to: Path, procedure: str = "1.10y") -> str:
    dossier(code, procedure)
    return paper(store(), to, code).pk


def approved(code: str, to: Path) -> str:
    archive(code, to)
    found = examine(PLAN, store(), [package_of("", code)], now=NOW)
    made = propose(found, store(), reason="vì", basis="theo", by="nv.lan", now=NOW, retention=None)
    return approve(made.pk, store(), PLAN, by="ld.hoa", now=NOW, retention=None).pk


def command(arguments: list[str], typed: str) -> tuple[int, str, str]:
    retention.with_store = in_the_folder
    sys.argv, sys.stdin = ["sohoa", "retention", *arguments], io.StringIO(typed)
    code: Any = 0
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            main.run()
        except SystemExit as ended:
            code = ended.code
    return code or 0, out.getvalue(), err.getvalue()


def carry(destruction: str) -> list[str]:
    return [one.state for one in carry_out(destruction, store(), PLAN, by="vt.minh", now=NOW, retention=None)]


def look(code: str) -> list[Any]:
    package = package_of("", code)
    ids = list(Record.objects.filter(package=package).values_list("pk", flat=True))
    tombstones = Tombstone.objects.filter(package=package)
    events = AuditEvent.objects.filter(subject__in=[package, *ids]).values_list("action", flat=True)
    return [
        sum(1 for _ in store().list(RECORDS, f"{root_of(package)}/")),
        [one.erased_at is not None for one in tombstones],
        PageText.objects.filter(record__in=ids).count(),
        DestroyedRecord.objects.filter(record__in=ids).count(),
        sorted(Counter(one for one in events if one != "record.archived").items()),
    ]


def kill_after(left: int) -> None:
    def followed(deed: Callable[..., Any], counts: Callable[..., bool] = lambda *_: True) -> Callable[..., Any]:
        def do(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            result = deed(*arguments, **options)
            left -= counts(*arguments)
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return do

    committed: dict[int, int] = {}

    def changed(wrapper: DatabaseWrapper) -> bool:
        before = committed.get(id(wrapper.connection), 0)
        committed[id(wrapper.connection)] = wrapper.connection.total_changes
        return wrapper.connection.total_changes > before

    FolderStore.put_new = followed(FolderStore.put_new)
    FolderStore.erase = followed(FolderStore.erase)
    DatabaseWrapper._commit = followed(DatabaseWrapper._commit, changed)


def answered(wish: dict[str, Any]) -> Any:
    if "archive" in wish:
        return archive(wish["archive"], Path(wish["to"]))
    if "forever" in wish:
        return archive(wish["forever"], Path(wish["to"]), "1.forever")
    if "approved" in wish:
        return approved(wish["approved"], Path(wish["to"]))
    if "command" in wish:
        (HOME / "retention.toml").write_text(wish.get("rules", RULES), encoding="utf-8")
        return command(wish["command"], wish.get("typed", ""))
    if "carry" not in wish:
        return look(wish["look"])
    if "kill" in wish:
        kill_after(wish["kill"])
    states = carry(wish["carry"])
    return look(wish["look"]) if "look" in wish else states


if __name__ == "__main__":
    database.ready(HOME)
    django.db.connections.close_all()  # a child must not go on with its parent's connection
    store().prepare()
    serve(answered)
