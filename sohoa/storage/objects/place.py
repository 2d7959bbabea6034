"""Where a home keeps its embedded store: data, secrets, who may do what, and which server was started last."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

from sohoa.kernel.durable import write_durably
from sohoa.storage.objects.policies import policy


@dataclass(frozen=True, slots=True)
class Ports:
    s3: int
    s3_grpc: int
    master: int
    master_grpc: int
    volume: int
    volume_grpc: int
    filer: int
    filer_grpc: int

    def all(self) -> list[int]:
        return [getattr(self, one.name) for one in fields(self)]


@dataclass(frozen=True, slots=True)
class Server:
    """started: the process's start in clock ticks since boot; with the pid it names one process for ever."""

    pid: int
    started: int
    ports: Ports


@dataclass(frozen=True, slots=True)
class Keys:
    access: str
    secret: str
    admin_access: str
    admin_secret: str
    jwt_volume_write: str
    jwt_volume_read: str
    jwt_filer_write: str
    jwt_filer_read: str
    sse: str  # kept for ever: what was encrypted under it can be read with nothing else


@dataclass(frozen=True, slots=True)
class Place:
    """Where a home keeps its embedded store."""

    home: Path

    @property
    def objects(self) -> Path:
        return self.home.resolve() / "objects"

    @property
    def data(self) -> Path:
        return self.objects / "data"

    @property
    def server_file(self) -> Path:
        return self.objects / "server.json"

    @property
    def users_lock(self) -> Path:
        return self.objects / "users.lock"

    @property
    def start_lock(self) -> Path:
        return self.objects / "start.lock"

    @property
    def synced_mark(self) -> Path:
        return self.data / "fsync-rule-applied"

    @property
    def keys_file(self) -> Path:
        return self.home.resolve() / "keys" / "store.json"

    @property
    def identities_file(self) -> Path:
        return self.home.resolve() / "keys" / "store-identities.json"

    @property
    def log(self) -> Path:
        return self.home.resolve() / "logs" / "store.log"

    def make(self) -> None:
        for folder in (self.objects, self.data, self.keys_file.parent, self.log.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.objects.chmod(0o700)

    def free(self) -> int:
        return shutil.disk_usage(self.objects).free

    def keys(self) -> Keys:
        """Each made once, and never anew: a home from before a key joined them gets that one. Call under the start lock."""
        noted: dict[str, str] = json.loads(self.keys_file.read_text()) if self.keys_file.exists() else {}
        missing = [one.name for one in fields(Keys) if one.name not in noted]
        if missing:
            noted |= {name: secrets.token_hex(20) for name in missing}
            write_durably(self.keys_file, json.dumps(noted, indent=1).encode(), mode=0o600)
        return Keys(**{one.name: noted[one.name] for one in fields(Keys)})

    def identities(self) -> bytes:
        """Who may do what, as the server reads it. The daily keys cannot delete what is archived, nor make buckets."""
        keys = self.keys()
        daily = {"name": "daily", "credentials": [{"accessKey": keys.access, "secretKey": keys.secret}], "policyNames": ["daily"]}
        admin = {
            "name": "admin",
            "credentials": [{"accessKey": keys.admin_access, "secretKey": keys.admin_secret}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        return json.dumps(
            {"identities": [daily, admin], "policies": [{"name": "daily", "content": json.dumps(policy("daily"))}]}
        ).encode()

    def noted(self) -> Server | None:
        """The server that was last started here and written down; it may be gone."""
        try:
            noted = json.loads(self.server_file.read_text())
            return Server(int(noted["pid"]), int(noted["started"]), Ports(**noted["ports"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
