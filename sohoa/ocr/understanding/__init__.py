"""What a paper is and says, out of its words: type, number, date, agency, subject, signer."""

from sohoa.ocr.understanding.types import DocumentType, document_types_from
from sohoa.ocr.understanding.understand import Known, understand

__all__ = ["DocumentType", "Known", "document_types_from", "understand"]
