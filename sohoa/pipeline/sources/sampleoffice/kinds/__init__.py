"""The kinds of paper, one function each: throws of chance and a story in, a draft out."""

from __future__ import annotations

import random
from collections.abc import Callable

from sohoa.pipeline.sources.sampleoffice.kinds.contracts import contract
from sohoa.pipeline.sources.sampleoffice.kinds.decisions import decision, notice
from sohoa.pipeline.sources.sampleoffice.kinds.identity_card import identity_card
from sohoa.pipeline.sources.sampleoffice.kinds.letters import letter, submission
from sohoa.pipeline.sources.sampleoffice.kinds.licences import birth_extract, building_permit, business_certificate
from sohoa.pipeline.sources.sampleoffice.kinds.reports import minutes, plan, report
from sohoa.pipeline.sources.sampleoffice.kinds.requests import declaration, request
from sohoa.pipeline.sources.sampleoffice.kinds.story import Story
from sohoa.pipeline.sources.sampleoffice.layout import Draft

# By the codes of the product's own catalogue of document types.
BY_CODE: dict[str, Callable[[random.Random, Story], Draft]] = {
    "QĐ": decision,
    "CV": letter,
    "TB": notice,
    "TTr": submission,
    "BC": report,
    "KH": plan,
    "BB": minutes,
    "GPXD": building_permit,
    "GCNHKD": business_certificate,
    "TLKS": birth_extract,
    "DON": request,
    "TK": declaration,
    "HĐ": contract,
    "CC": identity_card,
}
KINDS: tuple[str, ...] = tuple(BY_CODE)
