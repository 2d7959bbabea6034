"""The arbiter: which of the words that readers offered stands on the paper, and how sure that is.

    model, weights = LanguageModel.shipped(), Weights.shipped()          # once a process
    lines = arbitrate((vie, vietnamese), model=model, weights=weights)    # readings of one picture, the first one leads

The first reading gives the lines and their order; the others are laid on it box by box (slots). Every slot has candidates: what
each reader read there, and what its letter choices would also spell, if that is a known word (candidates). A bigram model and the
readers' evidence, with fitted weights, choose among them (judge). No word stands in the result that no reader offered.
"""

from sohoa.ocr.reading.arbiter.judge import arbitrate
from sohoa.ocr.reading.arbiter.judged import JudgedLine, JudgedWord
from sohoa.ocr.reading.arbiter.language import LanguageModel
from sohoa.ocr.reading.arbiter.weights import Weights

__all__ = ["JudgedLine", "JudgedWord", "LanguageModel", "Weights", "arbitrate"]
