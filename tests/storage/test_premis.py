"""PREMIS of an archived paper: valid by the Library of Congress' schema, whatever letters come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sohoa.storage.packages.premis import (
    NAMESPACE,
    AgentType,
    EventType,
    Preserved,
    PreservedAgent,
    PreservedEvent,
    PreservedObject,
    premis_of,
    premis_together,
)
from tests.storage.exports.judging import complaints

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
SOHOA = PreservedAgent("sohoa", "sohoa", AgentType.SOFTWARE, "0.1.0")
PAPER = Preserved(
    "ab" * 10,
    [
        PreservedObject("original", "x/original.pdf", "application/pdf", 12, "a" * 64, "b" * 128),
        PreservedObject("record", "x/record.pdf", "application/pdf", 14, "c" * 64, "d" * 128, "sohoa 0.1.0", "original"),
    ],
    [
        PreservedEvent("1", EventType.CAPTURE, NOON, "ok", "quét màu 300 dpi", "sohoa", ("original",)),
        PreservedEvent("2", EventType.INGESTION_END, NOON, "ok", "", "sohoa"),
    ],
    [SOHOA],
)


def _found(xml: bytes, path: str) -> list[str]:
    return [one.text or "" for one in etree.fromstring(xml).iterfind(path, {"p": NAMESPACE})]


def test_the_schema_has_nothing_against_a_papers_premis() -> None:
    assert complaints("premis.xsd", premis_of(PAPER)) == []


def test_both_digests_and_the_source_of_a_file_are_told() -> None:
    written = premis_of(PAPER)
    assert _found(written, ".//p:messageDigest") == ["a" * 64, "b" * 128, "c" * 64, "d" * 128]
    assert _found(written, ".//p:relationshipSubType").count("has source") == 1


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_letter_makes_it_invalid_or_different_the_second_time(detail: str, name: str) -> None:
    event = replace(PAPER.events[0], detail=detail)
    paper = replace(PAPER, events=[event], agents=[replace(SOHOA, name=name)])
    assert complaints("premis.xsd", premis_of(paper)) == []
    assert premis_of(paper) == premis_of(paper)


def test_papers_together_share_their_agents() -> None:
    other = replace(PAPER, document_id="cd" * 10, events=[replace(PAPER.events[1], id="3")])
    written = premis_together([PAPER, other])
    assert complaints("premis.xsd", written) == []
    assert _found(written, "p:agent/p:agentName") == ["sohoa"]
    assert len(_found(written, "p:event/p:eventType")) == 3


@pytest.mark.parametrize(
    "event", [replace(PAPER.events[0], agent="nobody"), replace(PAPER.events[0], about=("text",))], ids=["agent", "object"]
)
def test_an_event_about_what_the_paper_has_not_is_refused(event: PreservedEvent) -> None:
    with pytest.raises(ValueError, match="has no"):
        premis_of(replace(PAPER, events=[event]))
