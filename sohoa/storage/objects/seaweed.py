"""A real S3 server of our own, on loopback, for as long as some sohoa process needs it.

Several processes may share one server and any of them may be killed. Whoever comes first starts it, in a session of its own
so that Ctrl-C in a terminal does not reach it; the others adopt it; each holds a shared lock on `users.lock` while it works,
and the one that can turn its lock into an exclusive one was the last and stops the server. Locks vanish with their process,
so a killed user leaves a running server at worst, which the next command adopts and stops. Everything that starts or stops
happens under an exclusive lock on `start.lock`.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sohoa.storage.objects import weed
from sohoa.storage.objects.errors import BucketMissing, DiskFull, ServerNotReady, StoreRefused, StoreUnreachable
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.place import Place, Server
from sohoa.storage.objects.s3 import NEEDED_FREE, S3Store

READY_WITHIN = 60.0  # seconds; 2.2 to 4 measured, a crash of a large store may need much more


@dataclass(frozen=True, slots=True)
class Connection:
    """All that a process needs to use a store; may be sent to worker processes.

    admin: keys that may create buckets, put legal holds and erase what is past its retention. encrypt, locks: see S3Store.
    """

    url: str
    access_key: str
    secret_key: str = field(repr=False)
    admin: tuple[str, str] | None = field(default=None, repr=False)
    disk: Path | None = None
    encrypt: bool = False
    locks: bool = True

    @property
    def folder(self) -> Path | None:
        """Where the records lie when the store is a plain folder, `file:///srv/kho`."""
        return Path(unquote(urlsplit(self.url).path)) if urlsplit(self.url).scheme == "file" else None

    def store(self, *, threads: int = 8, patient: bool = True) -> S3Store | FolderStore:
        if self.folder is not None:
            return FolderStore(self.folder)
        return S3Store(
            self.url,
            self.access_key,
            self.secret_key,
            threads=threads,
            admin=self.admin,
            disk=self.disk,
            patient=patient,
            encrypt=self.encrypt,
            locks=self.locks,
        )


@contextmanager
def embedded_store(home: Path, *, ready_within: float = READY_WITHIN) -> Iterator[Connection]:
    """The store of `home`, running until the last user leaves.

    Raises ServerMissing, NoFreePorts, ServerNotReady, DiskFull.
    """
    place = Place(home)
    with _being_a_user(place) as users:
        try:
            with _alone(place):
                connection = _running(place, ready_within)
            yield connection
        finally:
            with _alone(place):
                if _nobody_else(users):
                    weed.stop(place)


def ensure_running(home: Path, *, ready_within: float = READY_WITHIN) -> Connection:
    """For a process inside embedded_store whose server was killed: start it again, on its old ports where they are free."""
    place = Place(home)
    with _alone(place):
        return _running(place, ready_within)


def settle(home: Path) -> None:
    """Put all that the running store holds on the disk, power cut included.

    The server syncs an object's bytes before it says yes, but not the log of names beside them. Call it once before a batch of
    source files is removed, not once for each; an idle store costs some 20 ms.
    """
    weed.flush(Place(home))


@contextmanager
def _being_a_user(place: Place) -> Iterator[int]:
    place.make()
    descriptor = os.open(place.users_lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with _alone(place):  # or we would sit between another's question "am I the last?" and its stopping the server
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    descriptor = os.open(place.start_lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _nobody_else(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _running(place: Place, ready_within: float) -> Connection:
    deadline = time.monotonic() + ready_within
    found = weed.find(place)
    if found is not None and not _knows_todays_rules(place):
        weed.stop(place)  # started by an earlier sohoa: its users have other rights, and it reads them only once
        found = None
    if found is not None:
        connection = _connection(place, found)
        if _ready(connection, found, deadline):
            weed.sync_every_write(place, found)  # whoever started it may have been killed before saying so
            return connection
        weed.stop(place)  # it runs but takes no writes: a fresh one is the only mend
        deadline = time.monotonic() + ready_within
    _room(place)
    started = weed.start(place)
    connection = _connection(place, started)
    if not _ready(connection, started, deadline):
        evidence, alive = weed.last_words(place), weed.alive(started)
        weed.stop(place)
        raise ServerNotReady(seconds=int(ready_within), why="still starting" if alive else "it ended", evidence=evidence)
    weed.sync_every_write(place, started)
    return connection


def _knows_todays_rules(place: Place) -> bool:
    return place.identities_file.exists() and place.identities_file.read_bytes() == place.identities()


def _room(place: Place) -> None:
    free = place.free()
    if free < NEEDED_FREE:
        raise DiskFull(free_mib=free >> 20, needed_mib=NEEDED_FREE >> 20)


def _connection(place: Place, server: Server) -> Connection:
    keys = place.keys()
    return Connection(
        f"http://127.0.0.1:{server.ports.s3}",
        keys.access,
        keys.secret,
        admin=(keys.admin_access, keys.admin_secret),
        disk=place.data,
    )


def _ready(connection: Connection, server: Server, deadline: float) -> bool:
    """A real put, get and delete; the health page says 200 long before the first write is taken."""
    with connection.store(threads=1, patient=False) as store:
        while weed.alive(server):
            with suppress(StoreUnreachable, StoreRefused, BucketMissing):
                store.prepare()
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
    return False
