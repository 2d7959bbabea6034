"""Where a home keeps its embedded store: data, secrets, who may do what, and which server was started last."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from sohoa.kernel.durable import write_durably
from sohoa.storage.objects.model import PROBE, RECORDS, WORK


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
        """Made once. Call under the start lock."""
        if not self.keys_file.exists():
            made = Keys(*(secrets.token_hex(20) for _ in fields(Keys)))
            write_durably(self.keys_file, json.dumps(asdict(made), indent=1).encode(), mode=0o600)
        return Keys(**json.loads(self.keys_file.read_text()))

    def identities(self) -> bytes:
        """Who may do what, as the server reads it. The daily keys cannot delete what is archived, nor make buckets."""
        keys = self.keys()
        daily = {"name": "daily", "credentials": [{"accessKey": keys.access, "secretKey": keys.secret}], "policyNames": ["daily"]}
        admin = {
            "name": "admin",
            "credentials": [{"accessKey": keys.admin_access, "secretKey": keys.admin_secret}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        return json.dumps({"identities": [daily, admin], "policies": [{"name": "daily", "content": json.dumps(_DAILY)}]}).encode()

    def noted(self) -> Server | None:
        """The server that was last started here and written down; it may be gone."""
        try:
            noted = json.loads(self.server_file.read_text())
            return Server(int(noted["pid"]), int(noted["started"]), Ports(**noted["ports"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _may(bucket: str, *actions: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}


_READ = ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation")
_WRITE = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_LOCK = ("s3:PutObjectRetention", "s3:GetObjectRetention", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning")
_DAILY = {
    "Version": "2012-10-17",
    "Statement": [
        _may(RECORDS, *_READ, *_WRITE, *_LOCK),
        _may(WORK, *_READ, *_WRITE, "s3:DeleteObject"),
        _may(PROBE, *_READ, *_WRITE, "s3:DeleteObject"),
    ],
}
