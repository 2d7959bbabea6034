"""One server for many processes, whoever of them is killed."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import signal
import socket
import stat
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from sohoa.kernel.errors import Exit
from sohoa.storage.objects.errors import ServerNotReady, StoreUnreachable
from sohoa.storage.objects.model import AUDIT, RECORDS, WORK, StoredObject
from sohoa.storage.objects.place import Place
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import Connection, embedded_store, ensure_running
from sohoa.storage.objects.weed import LOG_KEPT, synced_buckets
from tests.storage.objects.users import ROOT, OtherUser, runs, server_of


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_two_processes_share_one_server_and_the_last_one_stops_it(home: Path) -> None:
    first, second = OtherUser(home), OtherUser(home)
    assert first.url == second.url != ""
    server = server_of(home)
    assert first.leave() == 0
    assert runs(server)
    assert second.leave() == 0
    assert not runs(server)
    assert not [left for port in server.ports.all() for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]


def test_an_orphan_of_a_killed_user_is_adopted_and_stopped_by_the_next(home: Path) -> None:
    user = OtherUser(home)
    url = user.url
    orphan = server_of(home)
    user.kill()
    assert runs(orphan)
    with embedded_store(home) as connection:
        assert connection.url == url
        assert server_of(home) == orphan
        with connection.store() as store:
            kept = store.put_new(RECORDS, "kept", b"kept", content_type="text/plain")
    assert not runs(orphan)

    # The same again, killed before it could write down whom it had started: the next one finds it all the same.
    user = OtherUser(home)
    assert user.url == url  # the ports are kept from one run to the next
    orphan = server_of(home)
    Place(home).server_file.unlink()
    Place(home).synced_mark.write_bytes(b"")  # as it was before the bucket of the audit log
    user.kill()
    assert runs(orphan)
    with embedded_store(home) as connection, connection.store() as store:
        assert not runs(orphan)
        assert connection.url != url
        assert store.sha256_of(RECORDS, "kept", kept.version_id) == kept.sha256
        assert synced_buckets(server_of(home)) == {RECORDS, AUDIT, WORK}
        assert Place(home).synced_mark.read_bytes() == b"records audit work"


def test_a_server_that_an_earlier_release_started_is_replaced(home: Path) -> None:
    user = OtherUser(home)
    assert user.url
    before = server_of(home)
    user.kill()
    identities = Place(home).identities_file
    identities.write_bytes(identities.read_bytes().replace(b"audit", b"other"))
    with embedded_store(home) as connection, connection.store() as store:
        assert not runs(before)
        assert store.put_new(AUDIT, "first", b"first", content_type="text/plain").version_id


def test_a_taken_port_moves_the_server_and_loses_nothing(home: Path) -> None:
    with embedded_store(home) as connection, connection.store() as store:
        kept = store.put_new(RECORDS, "kept", b"kept", content_type="text/plain")
        before = server_of(home)
    Place(home).log.write_bytes(b"x" * (LOG_KEPT + 1))
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", before.ports.s3))
        squatter.listen()
        with embedded_store(home) as connection, connection.store() as store:
            assert before.ports.s3 not in server_of(home).ports.all()
            assert store.sha256_of(RECORDS, "kept", kept.version_id) == kept.sha256
            assert store.put_new(RECORDS, "kept", b"kept", content_type="text/plain") == kept
    assert Place(home).log.stat().st_size < LOG_KEPT
    assert Place(home).log.with_suffix(".log.1").stat().st_size == LOG_KEPT + 1


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_in_mid_use(home: Path) -> None:
    with embedded_store(home) as connection, connection.store() as store, connection.store(patient=False) as hasty:
        acknowledged, server = list[StoredObject](), server_of(home)

        def write(number: int) -> None:
            try:
                acknowledged.append(hasty.put_new(RECORDS, f"paper/{number}", os.urandom(20_000 + number), content_type="a/b"))
            except StoreUnreachable:
                return
            if len(acknowledged) == 60:
                os.kill(server.pid, signal.SIGKILL)

        with ThreadPoolExecutor(8) as writers:
            list(writers.map(write, range(200)))
        assert 60 <= len(acknowledged) < 200
        assert not runs(server)

        revived = ensure_running(home)
        assert revived == connection  # old ports, so that whoever holds the old connection goes on
        assert ensure_running(home) == connection
        with ThreadPoolExecutor(8) as readers:
            hashes = list(readers.map(lambda one: store.sha256_of(RECORDS, one.key, one.version_id), acknowledged))
        assert hashes == [one.sha256 for one in acknowledged]
        listed = {(one.key, one.version_id) for one in store.list(RECORDS, "paper/")}
        assert {(one.key, one.version_id) for one in acknowledged} <= listed
    assert not runs(server_of(home))


def test_a_server_that_cannot_start_says_why_and_leaves_nothing_running(home: Path) -> None:
    place = Place(home)
    place.make()
    (place.data / "filerldb2").write_bytes(b"not a folder")
    with pytest.raises(ServerNotReady) as refusal, embedded_store(home, ready_within=20):
        pass
    assert refusal.value.exit_code == Exit.UNREACHABLE
    assert "filerldb2" in str(refusal.value.facts["evidence"])
    assert not runs(server_of(home))


def test_a_machine_without_the_server_program_is_told_so(home: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    script = (
        "import sys; from pathlib import Path\n"
        "from sohoa.storage.objects.seaweed import embedded_store\n"
        "from sohoa.kernel.errors import SohoaError\n"
        "try:\n"
        "    with embedded_store(Path(sys.argv[1])): pass\n"
        "except SohoaError as refusal: print(refusal.code, int(refusal.exit_code))\n"
    )
    environment = {"PATH": str(tmp_path / "bin"), "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    ran = subprocess.run(
        [tmp_path / "bin" / "python", "-c", script, home], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert ran.stdout.split() == ["storage.server_missing", "3"], ran.stderr


def test_secrets_and_data_are_for_their_owner_only(store_home: Path) -> None:
    place = Place(store_home)
    assert stat.S_IMODE(place.keys_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.identities_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.objects.stat().st_mode) == 0o700
    secrets = json.loads(place.keys_file.read_text())
    assert len(set(secrets.values())) == 9
    arguments = Path(f"/proc/{server_of(store_home).pid}/cmdline").read_text()
    assert not [value for value in secrets.values() if value in arguments]


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(store_home: Path) -> None:
    server = server_of(store_home)
    assert os.getsid(server.pid) == server.pid != os.getsid(0)


def _read_in_a_worker(connection: Connection, key: str, version_id: str) -> str:
    with connection.store(threads=1) as store:
        return store.sha256_of(RECORDS, key, version_id)


def test_a_connection_travels_to_worker_processes(store_connection: Connection, store: S3Store, key: str) -> None:
    stored = store.put_new(RECORDS, key, b"for the workers", content_type="text/plain")
    assert pickle.loads(pickle.dumps(store_connection)) == store_connection
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as workers:
        assert workers.submit(_read_in_a_worker, store_connection, key, stored.version_id).result() == stored.sha256


def test_every_write_is_synced_by_the_servers_own_account(store_home: Path) -> None:
    assert synced_buckets(server_of(store_home)) == {RECORDS, AUDIT, WORK}
