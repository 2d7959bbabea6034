"""What a stamp may tell, and what is known about the page it goes on."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from sohoa.kernel.clock import iso_vietnam
from sohoa.signing.profiles.sheet import Box


class CopyForm(enum.StrEnum):
    """Forms of a copy, NĐ 30/2020/NĐ-CP, Art. 25; the value is what is printed."""

    TRUE_COPY = "SAO Y"
    COPY_OF_COPY = "SAO LỤC"
    EXTRACT = "TRÍCH SAO"


@dataclass(frozen=True, slots=True)
class SignatureBlock:
    """Where a document names its signer: boxes of the printed position (chức vụ) and of the printed name (họ tên) below it."""

    position: Box
    name: Box


@dataclass(frozen=True, slots=True)
class Facts:
    """when: of signing, aware. captured: of scanning or conversion; None: `when`.

    signer, agency, number: names of the person and the agency; số và ký hiệu of the document. "" is not known.
    image: a PNG with transparency, of the handwritten signature or of the seal. image_width: its real width in millimetres (of
        what can be seen, transparent edges not counted); None: what the profile says.
    page: from 0; None: the page that the profile names. avoid: boxes on that page that must stay free, ink or not.
    block: of the signer, for the profiles of issuance. converted: adds the symbol of conversion where the profile has one.
    without_legal_value: a test key signs, and the stamp says so.
    """

    when: datetime
    signer: str = ""
    agency: str = ""
    number: str = ""
    copy_form: CopyForm | None = None
    captured: datetime | None = None
    image: bytes | None = field(default=None, repr=False)
    image_width: float | None = None
    page: int | None = None
    avoid: tuple[Box, ...] = ()
    block: SignatureBlock | None = None
    converted: bool = False
    without_legal_value: bool = False

    def told(self) -> dict[str, str]:
        """What templates may name; "" where it is not known."""
        return {
            "time": iso_vietnam(self.when),
            "captured": iso_vietnam(self.captured or self.when),
            "signer": self.signer,
            "agency": self.agency,
            "by": self.agency or self.signer,
            "number": self.number,
            "copy_form": self.copy_form or "",
        }
