"""A long paper read by several workers at once: its pages shared out as rows, and joined by counting rows.

    shared_out(item, folder, size=16, now=now())   # at its turn to be read: True when others read it from here on
    read_chunk(chunk, ...)                         # whoever takes a part
    join(item_id, now=now())                       # after each part, and by the beat for one that was killed just before

While parts are open the paper waits for its own pages (`waiting_for`); the last part done lets it go, and whoever takes it next finds every
page read. Parts lie in the paper's work folder, so machines that share the work share the folder of claims.

A part that fails, for whatever reason, ends the sharing: the paper goes on in one worker's hands, which meets the same trouble where
all its consequences are seen to (carrying.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F

from sohoa.kernel.clock import now
from sohoa.kernel.errors import SohoaError
from sohoa.pipeline import stages
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.heartbeat import LEASE, Hold
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.dispatch.tables import Chunk
from sohoa.pipeline.errors import GaveUp, Unexpected
from sohoa.pipeline.models import PAGES, Item, State
from sohoa.pipeline.workfolder import WorkFolder

SIZE = 16  # pages: half a minute, long beside the second that taking a part costs, short beside a citizen's patience
TRIES = 3

log = logging.getLogger("sohoa")


def shared_out(item: Item, folder: WorkFolder, *, size: int, now: datetime) -> bool:
    """False: it is short, or was read in vain this way; the caller reads it. size: pages a part; 0: never."""
    missing = [number for number in range(1, item.pages + 1) if not folder.has_page(number)]
    if not size or len(missing) < 2 * size or item.last_error:
        return False
    parts = [Chunk(item=item, first=first, last=min(first + size - 1, item.pages)) for first in range(1, item.pages + 1, size)]
    with transaction.atomic():
        if not item.renew(now=now, length=LEASE):
            return False
        Chunk.objects.bulk_create(parts, ignore_conflicts=True)
        item.release(now=now, waiting_for=PAGES, attempts=0)
    return True


def read_chunk(chunk: Chunk, bench: Bench, slots: Slots, *, go_on: Callable[[], bool], hold: Hold) -> None:
    """Read its pages that are not read yet. Raises nothing but a database's going away."""
    folder = WorkFolder(bench.claims / chunk.item.content)

    def page_done() -> bool:
        hold.got_on()
        Item.objects.filter(pk=chunk.item_id, state=State.CAPTURED, waiting_for=PAGES).update(pages_read=F("pages_read") + 1)
        return chunk.renew(now=now(), length=LEASE) and go_on() and not hold.lost

    try:
        if chunk.attempts > TRIES:
            raise GaveUp(attempts=chunk.attempts - 1)
        stages.recognise(folder, slots, mode=bench.reading, page_done=page_done, first=chunk.first, last=chunk.last)
    except stages.Interrupted:
        chunk.held().update(lease_holder="", lease_until=None)
    except (DatabaseError, InterfaceError):
        raise
    except SohoaError as error:
        _no_longer_shared(chunk, error)
    except Exception as error:  # the border, as in carrying.py; there its name is found out
        log.error("unexpected %s in a part of a paper", type(error).__name__)
        _no_longer_shared(chunk, Unexpected(kind=type(error).__name__))
    else:
        if chunk.held().update(done=True, lease_holder="", lease_until=None):
            join(chunk.item_id, now=now())


def join(item_id: int, *, now: datetime) -> bool:
    """Let the paper go once no part of it is open. Two that ask at once are harmless: one changes the row."""
    if Chunk.objects.filter(item_id=item_id, done=False).exists():
        return False
    joined = Item.objects.filter(pk=item_id, waiting_for=PAGES).update(waiting_for="", waiting_since=now)
    Chunk.objects.filter(item_id=item_id).delete()
    return bool(joined)


def join_what_was_left(*, now: datetime) -> int:
    """Papers whose last part was done by a worker that died before it could say so."""
    return sum(join(pk, now=now) for pk in Item.objects.filter(waiting_for=PAGES).values_list("pk", flat=True))


def _no_longer_shared(chunk: Chunk, error: SohoaError) -> None:
    log.warning("item %s, pages %d to %d: %s", chunk.item.content[:20], chunk.first, chunk.last, error)
    with transaction.atomic():
        if chunk.held().exists():
            Item.objects.filter(pk=chunk.item_id, waiting_for=PAGES).update(waiting_for="", last_error=error.as_dict())
            Chunk.objects.filter(item_id=chunk.item_id).delete()
