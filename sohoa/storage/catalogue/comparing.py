"""Two catalogues side by side, row by row: what one has and the other has not, or has otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import F

from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.retention import PackageLock

# When a signature must be renewed is looked up from time to time and noted; no object says it.
NOTED_ONLY = frozenset({"renew_by"})

Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """table: `Record`. key: what names the row. what: missing (the second has it not) | extra (only the second has it), or the columns."""

    table: str
    key: Key
    what: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"table": self.table, "key": [str(part) for part in self.key], "what": list(self.what)}


def differences(first: str, second: str) -> Iterator[Difference]:
    """first, second: names of two of Django's connections. Keys that a database gave to rows by itself are not compared."""
    tables = [
        table for table in apps.get_app_config("catalogue").get_models() if table is not PackageLock
    ]  # the store itself knows
    for table in [*tables, AuditEvent]:
        yield from _between(table.__name__, _rows(table, first), _rows(table, second))


def _between(table: str, first: Iterator[tuple[Key, Row]], second: Iterator[tuple[Key, Row]]) -> Iterator[Difference]:
    one, other = next(first, None), next(second, None)
    while one or other:
        if other is None or (one is not None and one[0] < other[0]):
            yield Difference(table, one[0], ("missing",))
            one = next(first, None)
        elif one is None or other[0] < one[0]:
            yield Difference(table, other[0], ("extra",))
            other = next(second, None)
        else:
            changed = tuple(name for name, value in one[1].items() if value != other[1][name])
            if changed:
                yield Difference(table, one[0], changed)
            one, other = next(first, None), next(second, None)


def _rows(table: type[models.Model], database: str) -> Iterator[tuple[Key, Row]]:
    """By key, so that two databases can be walked in step; both compare text byte by byte."""
    key, columns = _key(table), _columns(table)
    rows = table.objects.using(database).order_by(*(F(name).asc(nulls_first=True) for name in key)).values(*key, *columns)
    for row in rows.iterator(chunk_size=1000):
        yield tuple(row[name] for name in key), {name: row[name] for name in columns}


def _surrogate(table: type[models.Model]) -> bool:
    return isinstance(table._meta.pk, models.AutoField)


def _key(table: type[models.Model]) -> tuple[str, ...]:
    if not _surrogate(table):
        return (table._meta.pk.attname,)
    unique = next(one for one in table._meta.constraints if isinstance(one, models.UniqueConstraint))
    return tuple(table._meta.get_field(name).attname for name in unique.fields)


def _columns(table: type[models.Model]) -> tuple[str, ...]:
    names: list[str] = []
    for field in table._meta.concrete_fields:
        if field.primary_key:
            continue
        points_at = field.remote_field.model if field.remote_field else None
        if points_at is not None and _surrogate(points_at):
            names += (f"{field.name}__{part}" for part in _key(points_at))
        else:
            names.append(field.attname)
    return tuple(name for name in names if name not in _key(table) and name not in NOTED_ONLY)
