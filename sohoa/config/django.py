"""Django as every process needs it: the database and our two applications. `web/settings.py` adds what pages need."""

from __future__ import annotations

from sohoa.config.settings import settings

_here = settings()
SECRET_KEY = "only-the-web-application-signs-cookies-and-it-has-its-own"
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
LANGUAGE_CODE = "vi"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["sohoa.storage.catalogue.apps.Catalogue", "sohoa.storage.audit.apps.Audit", "sohoa.pipeline.apps.Pipeline"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _here.database,
        "OPTIONS": {
            # IMMEDIATE: a transaction that will write takes the lock at once, and waits for it, instead of failing half way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": _here.home / "test-catalogue.sqlite3"},
    }
}
