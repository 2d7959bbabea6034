"""Which generation is searched and which is being built: one row, which whoever writes to the index holds."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class State:
    """building: the generation that `reindex` fills; None: no rebuild has begun. reached: the last page it took."""

    active: str
    building: str | None
    form: int | None
    reached: int


_READ = "SELECT active, building, form, reached FROM index_state WHERE id = 1"


def seen() -> State:
    """As it is at this moment, without holding it."""
    return _read(_READ)


def held() -> State:
    """For the rest of this transaction nobody else writes to the index; waits for who does. Inside a transaction only."""
    return _read(_READ + ("" if connection.vendor == "sqlite" else " FOR UPDATE"))


def held_if_free() -> State | None:
    """As `held`, but None at once where another process writes to the index. SQLite's transactions wait when they begin."""
    try:
        return _read(_READ + ("" if connection.vendor == "sqlite" else " FOR UPDATE SKIP LOCKED"))
    except LookupError:
        return None


def keep(state: State) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE index_state SET active = %s, building = %s, form = %s, reached = %s WHERE id = 1",
            [state.active, state.building, state.form, state.reached],
        )


def _read(statement: str) -> State:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    if row is None:
        raise LookupError
    active, building, form, reached = row
    return State(active, building, form, reached or 0)
