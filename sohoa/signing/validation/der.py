"""DER looked at from outside: lengths and nesting, before any parser is let loose on it."""

from __future__ import annotations

DEEPEST = 64  # levels; a CMS with certificates and a timestamp inside has about 25


class NotDer(ValueError):
    """Lengths that DER forbids, that do not add up, or nesting that no signature needs."""


def must_be_der(data: bytes) -> None:
    """Every length in its shortest form, everything inside within what holds it, not too deep. Raises NotDer.

    The order inside a SET is not asked for: signers in the field get it wrong, and it changes nothing that is read.
    """
    open_ends = [len(data)]
    at = 0
    while at < len(data):
        while at == open_ends[-1] and len(open_ends) > 1:
            open_ends.pop()
        body, end = _header(data, at, open_ends[-1])
        if data[at] & 0x20:
            open_ends.append(end)
            if len(open_ends) > DEEPEST:
                raise NotDer("nested too deep")
            at = body
        else:
            at = end
    if any(end != len(data) for end in open_ends):
        raise NotDer("does not end where it says")


def _header(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """Where the contents begin and end."""
    try:
        tag, at = data[at], at + 1
        if tag & 0x1F == 0x1F:  # a long tag; nothing here uses more than a few bytes
            while data[at] & 0x80:
                at += 1
            at += 1
        length, at = data[at], at + 1
        if length & 0x80:
            count = length & 0x7F
            told = data[at : at + count]
            length, at = int.from_bytes(told, "big"), at + count
            if not 0 < count <= 4 or told[0] == 0 or length < 0x80:
                raise NotDer("a length that DER forbids")
    except IndexError as short:
        raise NotDer("cut short") from short
    if at + length > limit:
        raise NotDer("longer than what holds it")
    return at, at + length
