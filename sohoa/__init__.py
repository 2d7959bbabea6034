"""sohoa (số hóa): paper in; a searchable, signed, verifiable electronic record out."""

__version__ = "0.1.0"
