"""The fields of a paper, as its truth states them."""

from __future__ import annotations

from datetime import date

from sohoa.kernel.text import nfc
from sohoa.pipeline.sources.sampleoffice.agencies import Agency, Signer
from sohoa.pipeline.sources.sampleoffice.zones import Numbered


def issued_fields(agency: Agency, numbered: Numbered | None, day: date, subject: str, who: Signer | None) -> dict[str, str]:
    """Only what the paper carries."""
    fields = {"issued_date": day.isoformat(), "place": agency.place, "issuing_agency": agency.name}
    if numbered is not None:
        fields["code_number"] = numbered.number
        if numbered.notation:
            fields["code_notation"] = numbered.notation
    if subject:
        fields["subject"] = subject
    if who is not None:
        fields |= {"signer_name": who.name, "signer_position": who.position}
    return {name: nfc(value) for name, value in fields.items()}
