"""One-time codes for accounts whose owner has given the agency's software the key to make them."""

from __future__ import annotations

import hmac
from datetime import datetime


def totp(seed: bytes, at: datetime) -> str:
    """The one-time code of RFC 6238 as the app shows it: six digits, 30 seconds, HMAC-SHA1. seed: the key itself, not its Base32."""
    counted = hmac.digest(seed, (int(at.timestamp()) // 30).to_bytes(8), "sha1")
    begin = counted[-1] & 15
    return f"{(int.from_bytes(counted[begin : begin + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"
