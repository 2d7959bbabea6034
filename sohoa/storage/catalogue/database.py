"""The catalogue's database, ready to use: made and brought up to date when a command starts."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import django
from django.core.management import call_command


def ready(home: Path) -> None:
    """Set Django up and apply migrations, one process at a time: two commands may start together on a new home."""
    home.mkdir(parents=True, exist_ok=True)
    django.setup()
    descriptor = os.open(home / "migrate.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        os.close(descriptor)
