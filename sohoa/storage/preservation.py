"""What happened to a paper on its way into the archive, as the PREMIS file that is archived with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import sohoa
from sohoa.storage.packages.premis import (
    AgentType,
    EventType,
    Preserved,
    PreservedAgent,
    PreservedEvent,
    PreservedObject,
    premis_of,
)

_SOFTWARE = PreservedAgent("sohoa", "sohoa", AgentType.SOFTWARE, sohoa.__version__)
_MADE_BY_US = ("record", "text", "validation")


def premis_file(
    document_id: str,
    files: Mapping[str, Mapping[str, object]],
    sources: Mapping[str, Path],
    *,
    signature: Mapping[str, str],
    signed_on_arrival: bool,
    now: datetime,
) -> bytes:
    """files: of the record's metadata, by role: path, sha256, size, media_type. sources: where each lies now; a step ended when its
    file was written, so its time is the file's. signature: level and verdict; empty: nothing is signed."""
    objects = [
        PreservedObject(
            role=role,
            name=str(told["path"]),
            media_type=str(told["media_type"]),
            size=int(str(told["size"])),
            sha256=str(told["sha256"]),
            created_by=_SOFTWARE.name if role in _MADE_BY_US else "",
            derived_from="original" if role in ("record", "text") and "original" in files else "",
        )
        for role, told in files.items()
    ]
    happened = list(_steps(sources, signature, signed_on_arrival=signed_on_arrival))
    happened += [
        (EventType.MESSAGE_DIGEST_CALCULATION, now, "ok", "sha256", tuple(files)),
        (EventType.INGESTION_END, now, "ok", "", ()),
    ]
    events = [
        PreservedEvent(f"{document_id}-{number}", kind, at, outcome, detail, _SOFTWARE.id, about)
        for number, (kind, at, outcome, detail, about) in enumerate(happened, 1)
    ]
    return premis_of(Preserved(document_id, objects, events, [_SOFTWARE]))


_Step = tuple[EventType, datetime, str, str, tuple[str, ...]]


def _steps(sources: Mapping[str, Path], signature: Mapping[str, str], *, signed_on_arrival: bool) -> Iterator[_Step]:
    at = {role: datetime.fromtimestamp(path.stat().st_mtime, UTC) for role, path in sources.items()}
    if "original" in at:
        yield EventType.CAPTURE, at["original"], "ok", "", ("original",)
    if "text" in at:
        yield EventType.METADATA_EXTRACTION, at["text"], "ok", "text recognition", ("text",)
    if "record" in at:
        yield EventType.CREATION, at["record"], "ok", "searchable PDF/A-2b", ("record",)
    if signature and not signed_on_arrival and "record" in at:
        yield EventType.DIGITAL_SIGNATURE_GENERATION, at["record"], "ok", signature.get("level", ""), ("record",)
    if signature and "validation" in at:
        signed = "original" if signed_on_arrival else "record"
        about = tuple(role for role in (signed, "validation") if role in sources)
        yield (
            EventType.DIGITAL_SIGNATURE_VALIDATION,
            at["validation"],
            signature.get("verdict", ""),
            signature.get("level", ""),
            about,
        )
