"""Before the first signature: does a file that calls itself PDF/A keep its word? Afterwards nothing can be mended any more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pikepdf
import pikepdf.pdfa

from sohoa.kernel.errors import SohoaError
from sohoa.signing.opening import PdfDamaged, opened

FLAVOURS = ("2b", "3b")  # what a visible signature with transparency can live in


class PdfaBroken(SohoaError):
    code = "signing.pdfa_broken"
    vi = "Tệp ghi là PDF/A nhưng không đúng chuẩn; ký xong sẽ không sửa được nữa. Chưa ký."
    en = "The file calls itself PDF/A and is not ({why}); after signing this could not be mended. Nothing was signed."
    remedy = "Tạo lại tệp bằng «sohoa digitize» hoặc «sohoa ocr --format pdf», rồi ký tệp mới."
    remedy_en = "Make the file again with `sohoa digitize` or `sohoa ocr --format pdf`, then sign the new one."


def pdfa_kept(path: Path) -> str:
    """The flavour that an unsigned file claims and keeps ("2b", "3b"); "" when it claims none, or one that we do not judge.

    Raises PdfaBroken, FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted.
    """
    with opened(path):
        pass  # what is no PDF, locked or broken is told here, in the words that signing has for it
    try:
        with pikepdf.open(path) as pdf:
            metadata = cast(Mapping[str, str], pdf.open_metadata())
            claimed = f"{metadata.get('pdfaid:part', '')}{metadata.get('pdfaid:conformance', '')}".lower()
            if claimed not in FLAVOURS:
                return ""
        report = pikepdf.pdfa.validate_written(path, claimed)
    except (pikepdf.PdfError, ValueError, OSError) as broken:
        raise PdfDamaged(why=type(broken).__name__) from broken
    if report.violations:
        raise PdfaBroken(why=", ".join(sorted({finding.rule for finding in report.violations})[:5]))
    return claimed
