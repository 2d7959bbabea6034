from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sohoa

ASK = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "sohoa.web.settings"
django.setup()
from django.test import Client
answer = Client().get("/health", HTTP_HOST="localhost")
print(answer.status_code, answer.content.decode())
print(Client().get("/health", HTTP_HOST="evil.example").status_code)
"""


def asked(home: Path) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-c", ASK],
        env={"SOHOA_HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.splitlines()


def test_the_desk_says_whether_its_catalogue_answers(tmp_path: Path) -> None:
    assert asked(tmp_path / "home")[0] == f'200 {{"status": "ok", "version": "{sohoa.__version__}"}}'
    (tmp_path / "file").write_text("not a folder")
    home = tmp_path / "other"
    home.mkdir()
    (home / "catalogue.sqlite3").mkdir()
    assert asked(home)[0].startswith('503 {"status": "unreachable"')


def test_the_desk_answers_only_to_its_own_name(tmp_path: Path) -> None:
    assert asked(tmp_path / "home")[1] == "400"


def test_its_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    from sohoa.web.secret import web_secret

    first = web_secret(tmp_path / "keys")
    assert web_secret(tmp_path / "keys") == first and len(first) > 40
    assert (tmp_path / "keys" / "web.secret").stat().st_mode & 0o077 == 0
