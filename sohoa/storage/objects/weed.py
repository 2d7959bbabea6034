"""The `weed` process: its command line, its ports, finding it again; starting and stopping it.

Measured with SeaweedFS 4.48. Facts behind the flags: everything on 127.0.0.1 only; the filer's and master's HTTP doors, which
know no Object Lock, are shut and the volumes' asks for a token; no telemetry; no buckets by typing mistake.
"""

from __future__ import annotations

import functools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import BinaryIO

from sohoa.kernel.children import MIB
from sohoa.kernel.durable import write_durably
from sohoa.storage.objects.errors import NoFreePorts, ServerMissing, ServerNotReady
from sohoa.storage.objects.model import AUDIT, RECORDS, WORK
from sohoa.storage.objects.place import Place, Ports, Server

SYNCED = (RECORDS, AUDIT, WORK)  # buckets whose every write is on the disk before it is acknowledged
LOG_KEPT = 4 * MIB  # bytes of log after which the next start begins a new file; one older is kept
PORTS = range(20_000, 32_000)  # below Linux's range for outgoing connections, which could take a port between two runs
DOOR_SHUTS_WITHIN = 3.0  # seconds; 0.01 measured
PORTS_FREE_WITHIN = 2.0  # seconds
ENDS_WITHIN = 30.0  # seconds after SIGKILL; more only when the disk hangs


def find(place: Place) -> Server | None:
    """The noted server of this place if it runs."""
    noted = place.noted()
    return noted if noted is not None and alive(noted) else None


def start(place: Place) -> Server:
    """Start it and note it; it is not ready yet. Raises ServerMissing, NoFreePorts. Call under the start lock."""
    program = _program()
    end_strays(place)
    before = place.noted()
    ports = before.ports if before is not None and _free_soon(before.ports) else _choose_ports()
    for stale in {ports, before.ports if before is not None else ports}:
        _clear_sockets(stale)
    write_durably(place.identities_file, place.identities(), mode=0o600)
    with _fresh_log(place) as log:
        child = subprocess.Popen(
            [program, *_arguments(place, ports)],
            cwd=place.data,
            env=_environment(place),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _children[child.pid] = child
    server = Server(child.pid, _start_ticks(child.pid) or 0, ports)
    write_durably(place.server_file, json.dumps(asdict(server)).encode(), mode=0o600)
    return server


def alive(server: Server) -> bool:
    child = _children.get(server.pid)
    if child is not None:
        child.poll()  # a dead child of ours stays in the process table until somebody asks
    return _start_ticks(server.pid) == server.started


def stop(place: Place) -> None:
    """End the server. Call under the start lock, when nobody uses it."""
    server = place.noted()
    if server is not None and alive(server):
        _end(server, place)


def _end(server: Server, place: Place) -> None:
    """Shut the door, put everything on the disk, then cut it off.

    Left to itself after SIGTERM the server waits 15 s for streams between its own parts (measured: 16.0 s idle, and more than
    90 s with a client's connections open), and then closes nothing that a killed one would lose: its name store is a log,
    each object was synced before it was acknowledged. SIGTERM shuts the name store's door within 10 ms; from then on no write
    succeeds, so what we flush now is all there is. The server itself would not even flush its name store.
    """
    _signal(server, signal.SIGTERM)
    deadline = time.monotonic() + DOOR_SHUTS_WITHIN
    while alive(server) and not _free(server.ports.filer_grpc) and time.monotonic() < deadline:
        time.sleep(0.005)
    flush(place)
    _signal(server, signal.SIGKILL)
    deadline = time.monotonic() + ENDS_WITHIN
    while alive(server) and time.monotonic() < deadline:
        time.sleep(0.005)
    _free_soon(server.ports)
    _clear_sockets(server.ports)


def flush(place: Place) -> None:
    """fsync every file and folder of the store, its names included: 16 ms for 100 files measured, most of them clean."""
    for folder, _, files in os.walk(place.data):
        for path in (folder, *(os.path.join(folder, name) for name in files)):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            except OSError:
                continue  # the server tidied it away meanwhile, or it is a socket
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def end_strays(place: Place) -> None:
    """End servers of this place that nobody noted: their starter was killed between starting and writing down."""
    needle = f"-dir={place.data}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if needle in words and b"server" in words:
                ticks = _start_ticks(int(entry.name))
                if ticks is not None:
                    _end(Server(int(entry.name), ticks, _ports_of(words)), place)


def _ports_of(words: list[bytes]) -> Ports:
    given = dict(word.lstrip(b"-").split(b"=", 1) for word in words if b"=" in word)
    names = {
        one.name: one.name.replace("_grpc", ".port.grpc") if one.name.endswith("_grpc") else f"{one.name}.port"
        for one in fields(Ports)
    }
    return Ports(**{name: int(given.get(flag.encode(), b"0")) for name, flag in names.items()})


def last_words(place: Place, lines: int = 20) -> str:
    with place.log.open("rb") as log:
        log.seek(max(0, place.log.stat().st_size - 8_000))
        return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])


def sync_every_write(place: Place, server: Server) -> None:
    """Tell the server to fsync each write to our buckets. The rule lies among its data, and so does the mark.

    The mark names the buckets it speaks of: a home from before a bucket joined them is told again.
    """
    mark = " ".join(SYNCED).encode()
    if place.synced_mark.exists() and place.synced_mark.read_bytes() == mark:
        return
    rules = [f"fs.configure -locationPrefix=/buckets/{bucket}/ -fsync=true -apply" for bucket in SYNCED]
    said = shell(server, "lock", *rules, "unlock")
    if not set(SYNCED) <= synced_buckets(server):
        raise ServerNotReady(seconds=0, why="it does not take the fsync rule", evidence=said[-2_000:])
    write_durably(place.synced_mark, mark, mode=0o600)


def synced_buckets(server: Server) -> set[str]:
    """Buckets whose writes the server fsyncs, by its own account."""
    said = shell(server, "fs.configure")
    try:
        rules = json.loads(said[said.index("{") :])
    except ValueError:
        return set()
    return {rule["locationPrefix"].split("/")[2] for rule in rules.get("locations", []) if rule.get("fsync")}


def shell(server: Server, *commands: str) -> str:
    """What the server's own administration shell answers. Not through run_limited, whose box has no way to the loopback."""
    ran = subprocess.run(
        [_program(), "shell", f"-master=127.0.0.1:{server.ports.master}.{server.ports.master_grpc}",
         f"-filer=127.0.0.1:{server.ports.filer}.{server.ports.filer_grpc}"],
        input="\n".join((*commands, "exit", "")), capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )  # fmt: skip
    return ran.stdout


@functools.cache
def _program() -> str:
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.is_file() else shutil.which("weed")
    if found is None:
        raise ServerMissing
    return found


def _arguments(place: Place, ports: Ports) -> list[str]:
    # MiB a volume. The server makes as many as fit on the disk and our buckets need a handful: a small disk gets small volumes.
    limit = max(64, min(1024, place.free() // MIB // 16))
    # peers=none, resumeState=false: alone, the master has nothing to elect and nothing to remember; the volumes tell it all.
    # Without them one start in three took 5 s longer (waiting for masters), one in ten under load 13 s (a resumed master's locks).
    # preStopSeconds=0: there is no other server that would have to hear of our leaving.
    return [
        "-logtostderr=true", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={place.data}", "-filer", "-s3",
        f"-s3.config={place.identities_file}", f"-s3.port={ports.s3}", f"-s3.port.grpc={ports.s3_grpc}",
        f"-master.port={ports.master}", f"-master.port.grpc={ports.master_grpc}",
        f"-volume.port={ports.volume}", f"-volume.port.grpc={ports.volume_grpc}",
        f"-filer.port={ports.filer}", f"-filer.port.grpc={ports.filer_grpc}",
        "-disableHttp", "-master.electionTimeout=1s", "-master.peers=none", "-master.resumeState=false",
        "-master.telemetry=false", f"-master.volumeSizeLimitMB={limit}",
        "-volume.max=0", "-volume.preStopSeconds=0", "-volume.minFreeSpace=256MiB", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-s3.iam=false", "-s3.autoCreateBucket=false", "-s3.allowDeleteBucketNotEmpty=false",
        "-filer.exposeDirectoryData=false", "-filer.disableDirListing",
    ]  # fmt: skip


def _environment(place: Place) -> dict[str, str]:
    keys = place.keys()
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(place.data),  # or a .seaweedfs folder in the user's own home would have a say
        # Go lets its heap double before it collects: a 70 MB scan took the server from 206 to 414 MiB, and with these two to 207,
        # in the same time. The limit is soft, so nothing fails above it; held nearer to the 190 MiB that a store of ten thousand
        # records needs, it does little else than collect: half as many records a second at 160 MiB.
        "GOMEMLIMIT": "320MiB",
        "GOGC": "50",
        "WEED_MASTER_VOLUME_GROWTH_COPY_1": "2",  # files a bucket starts with; 7 by default
        "WEED_JWT_SIGNING_KEY": keys.jwt_volume_write,
        "WEED_JWT_SIGNING_READ_KEY": keys.jwt_volume_read,
        "WEED_JWT_FILER_SIGNING_KEY": keys.jwt_filer_write,
        "WEED_JWT_FILER_SIGNING_READ_KEY": keys.jwt_filer_read,
        "WEED_S3_SSE_KEY": keys.sse,
    }


def _choose_ports() -> Ports:
    found: list[int] = []
    for port in random.SystemRandom().sample(PORTS, 200):
        if _free(port):
            found.append(port)
        if len(found) == len(fields(Ports)):
            return Ports(*found)
    raise NoFreePorts


def _free_soon(ports: Ports) -> bool:
    """Whether all are free, now or within PORTS_FREE_WITHIN: a killed process counts as dead before it has let go of its ports."""
    deadline = time.monotonic() + PORTS_FREE_WITHIN
    while not all(_free(port) for port in ports.all()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: a port in TIME_WAIT is free
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _clear_sockets(ports: Ports) -> None:
    """The server's local sockets have fixed names and outlive a killed server. Ours are known by our own ports."""
    names = {
        "s3": (ports.s3, ports.s3_grpc),
        "master": (ports.master_grpc,),
        "volume": (ports.volume_grpc,),
        "filer": (ports.filer, ports.filer_grpc),
    }
    for role, numbers in names.items():
        for number in numbers:
            for path in (f"/tmp/seaweedfs-{role}-grpc-{number}.sock", f"/tmp/seaweedfs-{role}-{number}.sock"):
                Path(path).unlink(missing_ok=True)


def _fresh_log(place: Place) -> BinaryIO:
    if place.log.exists() and place.log.stat().st_size > LOG_KEPT:
        place.log.replace(place.log.with_suffix(".log.1"))
    return os.fdopen(os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _start_ticks(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    after_name = stat[stat.rindex(")") + 2 :].split()
    return None if after_name[0] in "ZX" else int(after_name[19])


def _signal(server: Server, number: int) -> None:
    if alive(server):
        with suppress(ProcessLookupError):  # it ended between the question and now
            os.kill(server.pid, number)


_children: dict[int, subprocess.Popen[bytes]] = {}
