"""The sample office: invented Vietnamese administrative papers as a scanner delivers them, with the exact truth about each."""

from sohoa.pipeline.sources.sampleoffice.kinds import KINDS
from sohoa.pipeline.sources.sampleoffice.model import (
    Box,
    Office,
    Paper,
    Region,
    SamplePage,
    Strength,
    TruthCode,
    TruthLine,
    TruthWord,
)
from sohoa.pipeline.sources.sampleoffice.office import write_office
from sohoa.pipeline.sources.sampleoffice.papers import make_pages, make_paper

__all__ = [
    "KINDS",
    "Box",
    "Office",
    "Paper",
    "Region",
    "SamplePage",
    "Strength",
    "TruthCode",
    "TruthLine",
    "TruthWord",
    "make_pages",
    "make_paper",
    "write_office",
]
