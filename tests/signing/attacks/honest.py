"""Later changes that are honest, and must leave every signature as good as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field

from tests.signing.attacks.forging import FIELD, Writer, fill
from tests.signing.attacks.workshop import Workshop
from tests.signing.pki import changed_afterwards, sign_otherwise

HONEST: dict[str, Callable[[Workshop], Path]] = {
    "one_signature": lambda shop: shop.signed,
    "second_signature": lambda shop: shop.twice,
    "timestamped": lambda shop: shop.stamped,
    "evidence_added": lambda shop: shop.long_term,
    "archived": lambda shop: shop.archived,
    "form_filled_as_certified": lambda shop: _filled_as_allowed(shop),
    "certified_then_approved": lambda shop: sign_otherwise(
        _with_two_fields(shop), shop.folder / "approved.pdf", shop.colleague, field="CoQuan"
    ),
}


def _filled_as_allowed(shop: Workshop) -> Path:
    return changed_afterwards(shop.certified(MDPPerm.FILL_FORMS), shop.folder / "filled.pdf", fill)


def _with_two_fields(shop: Workshop) -> Path:
    """Certified with the second field already there, as a certification asks for."""

    def change(writer: Writer) -> None:
        append_signature_field(writer, SigFieldSpec("CoQuan", on_page=0, box=(300, 100, 400, 150)))

    paper = changed_afterwards(shop.paper, shop.folder / "two-fields.pdf", change)
    more = {"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS}
    return sign_otherwise(paper, shop.folder / "certified-two.pdf", shop.person, field=FIELD, **more)
