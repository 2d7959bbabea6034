"""What commands ask a person who sits at the terminal. Nothing that is typed here is shown, kept or logged."""

from __future__ import annotations

import getpass
import sys

from sohoa.signing.signers.pins import PinNeeded, Tries


def ask_pin(needed: PinNeeded) -> str | None:
    """None: nobody is at the terminal."""
    if not sys.stdin.isatty():
        return None
    near = "" if needed.tries is Tries.FULL else f" ({needed.tries.vi})"
    return getpass.getpass(f"Mã PIN của thiết bị ký «{needed.token}»{near}: ", stream=sys.stderr)


def ask_code(signer: str) -> str:
    """A password or a one-time code; "" when nobody is at the terminal."""
    return getpass.getpass(f"Mật khẩu hoặc mã một lần của «{signer}»: ", stream=sys.stderr) if sys.stdin.isatty() else ""
