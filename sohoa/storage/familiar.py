"""What people of a unit confirmed more than once: the unit's own words, drawn afresh from the history of fields.

Nothing of it is kept: what was taken back is gone from it, and after the catalogue is made again from the bucket it is there again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sohoa.kernel.text import nfc
from sohoa.storage.catalogue.fields import FieldRevision

TWICE = 2  # one person's one slip must not become a witness
# The newest revisions of all units that are looked at, those of the unit that are read, and values kept of a field: asked for each paper,
# it must cost nothing against reading a page.
WINDOW, READ, KEPT = 20_000, 2_000, 200


def familiar_values(unit: str, fields: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By field, the values that stand by a person's word on at least TWICE records of the unit, the most frequent first."""
    newest = FieldRevision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = FieldRevision.objects.filter(pk__gt=newest - WINDOW, record__unit=unit, field__in=fields).order_by("-pk")
    standing: dict[tuple[str, str], tuple[int, str]] = {}
    for record, field, number, new in rows.values_list("record_id", "field", "number", "new")[:READ]:
        value = nfc(str(new["value"])) if new and "verified_by" in new else ""
        if number > standing.get((record, field), (0, ""))[0]:
            standing[record, field] = (number, value)
    counts = Counter((field, value) for (_, field), (_, value) in standing.items() if value)
    found: dict[str, list[str]] = {}
    for (field, value), records in counts.most_common():
        if records >= TWICE and len(found.setdefault(field, [])) < KEPT:
            found[field].append(value)
    return {field: tuple(values) for field, values in found.items()}
