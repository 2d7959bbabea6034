"""What a verdict of `ok` asks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """When a signature whose bytes are intact and whose chain is trusted may be called ok.

    revocation_always: False (the default): revocation must be proven only where the certificates say that it can be asked for
        (they name a CRL or an OCSP service). A certificate that names none, as our test authority's, cannot have been revoked in
        any way one could look up; the report says `not_checked` and the verdict may be ok. True: `not_checked` is a doubt too.
    Nothing is ever fetched. Evidence is taken from the file: its DSS, or the revocation attribute inside the signature.
    """

    revocation_always: bool = False


DEFAULT_POLICY = Policy()
