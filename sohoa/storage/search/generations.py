"""One of the two indexes that there is room for, in whichever database the catalogue lies."""

from __future__ import annotations

from django.db import connection

from sohoa.storage.search.fts5 import OnSqlite
from sohoa.storage.search.model import Generation
from sohoa.storage.search.tsvector import OnPostgresql


def generation(name: str) -> Generation:
    return OnSqlite(name) if connection.vendor == "sqlite" else OnPostgresql(name)
