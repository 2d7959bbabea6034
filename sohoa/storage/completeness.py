"""Does a record say everything that its kind of paper must say, and has a person looked where the reading was doubtful?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sohoa.storage.catalogue.records import Record
from sohoa.storage.field_values import TYPE, in_order_of_asking, must_carry


@dataclass(frozen=True, slots=True)
class Completeness:
    """missing: mandatory for the type and not there. doubtful: there, and waiting for a person. absent: a person says the paper has none.

    Source: TT 01/2023/TT-VPCP, Điều 9.
    """

    missing: tuple[str, ...]
    doubtful: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not self.missing and not self.doubtful

    def as_dict(self) -> dict[str, Any]:
        return {
            "complete": self.complete,
            "missing": list(self.missing),
            "doubtful": list(self.doubtful),
            "absent": list(self.absent),
        }


def completeness(record: Record) -> Completeness:
    carried = must_carry(record.type_code)
    missing = [name for name in carried if name not in record.fields] + ([] if record.type_code else [TYPE])
    doubtful = [name for name in record.needs_review if name not in missing]
    absent = [name for name, field in record.fields.items() if not field["value"] and "verified_by" in field]
    return Completeness(*(tuple(in_order_of_asking(names)) for names in (missing, doubtful, absent)))
