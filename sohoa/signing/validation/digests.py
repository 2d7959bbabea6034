"""The hashes of all signatures of a file, with its long common beginning read once.

Revisions are added at the end, so what two signatures of a file cover is the same up to the first one's hole: in an archived scan that is
all of its pictures.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportIndexIssue=false

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import BinaryIO, cast

from sohoa.signing.beginning import Beginning
from sohoa.signing.validation.reading import Kind, Signature


def read_once(signatures: Iterable[Signature]) -> None:
    """Put each signature's hash where pyHanko looks for it. What does not cover the file in the usual way is left to it."""
    by_algorithm: dict[str, list[Signature]] = {}
    for one in signatures:
        if _is_usual(one):
            by_algorithm.setdefault(_algorithm(one), []).append(one)
    for algorithm, found in by_algorithm.items():
        if algorithm not in hashlib.algorithms_guaranteed or len(found) < 2:
            continue
        common = min(one.byte_range[1] for one in found)
        beginning = Beginning(cast(BinaryIO, found[0].inner.reader.stream), common, algorithm)
        for one in found:
            _, before, after, rest = one.byte_range
            one.inner.external_digests[algorithm] = beginning.followed_by((common, before), (after, after + rest)).digest()


def _is_usual(one: Signature) -> bool:
    size = cast(BinaryIO, one.inner.reader.stream).seek(0, os.SEEK_END)
    numbers = one.byte_range
    return len(numbers) == 4 and numbers[0] == 0 < numbers[1] <= numbers[2] <= numbers[2] + numbers[3] <= size


def _algorithm(one: Signature) -> str:
    if one.kind is Kind.STAMP:
        imprint = one.inner.signed_data["encap_content_info"]["content"].parsed["message_imprint"]
        return cast(str, imprint["hash_algorithm"]["algorithm"].native)
    return one.inner.external_md_algorithm
