"""Django as every process needs it: the database and our two applications. `web/settings.py` adds what pages need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sohoa.config.settings import Database, settings

# How long a writer waits for another before it fails, in milliseconds; on both databases.
_PATIENCE = 60_000
# A process that stops in the middle of a transaction (its machine hangs, its line is cut) would hold the lock of the audit log, and with
# it every other writer. The server ends such a transaction; what it had written is undone, and the lease brings the paper back.
_IDLE_IN_TRANSACTION = 45_000


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            # IMMEDIATE: a transaction that will write takes the lock at once, and waits for it, instead of failing half way.
            "transaction_mode": "IMMEDIATE",
            "timeout": _PATIENCE // 1000,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": _here.home / "test-catalogue.sqlite3"},
    }


def _postgresql(told: Database) -> dict[str, Any]:
    """What the address says comes last, so that it can differ from what we would choose."""
    ours = f"-c lock_timeout={_PATIENCE} -c idle_in_transaction_session_timeout={_IDLE_IN_TRANSACTION}"
    chosen = {"application_name": "sohoa", "connect_timeout": "10", "keepalives_idle": "30", **told.options}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": told.name,
        "USER": told.user,
        "PASSWORD": told.password,
        "HOST": told.host,
        "PORT": told.port,
        # A worker keeps its connection from paper to paper; one that the server closed meanwhile is noticed before it is used.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**chosen, "options": f"{ours} {told.options.get('options', '')}".strip()},
    }


_here = settings()
SECRET_KEY = "only-the-web-application-signs-cookies-and-it-has-its-own"
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
LANGUAGE_CODE = "vi"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["sohoa.storage.catalogue.apps.Catalogue", "sohoa.storage.audit.apps.Audit", "sohoa.pipeline.apps.Pipeline"]
DATABASES = {"default": _sqlite(_here.database.file) if _here.database.file else _postgresql(_here.database)}
