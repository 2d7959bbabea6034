"""Third witness of a paper's type: what its text sounds like, learned, and read without its title and its number.

    model = TextModel.load(path)                      # or TextModel.shipped(); None of it is ever required
    heard = model.judge(own_words(page.text, types))  # ("QĐ" 0.97, "NQ" 0.02, …); () when too short or unlike anything learned
    verdict = weigh(judged, heard, types)             # judged: the TypeVerdict of title and notation

`fitting` (scikit-learn) and `inventing` are for training only and are imported by nothing that reads papers.
"""

from sohoa.ocr.understanding.textmodel.independent import own_words
from sohoa.ocr.understanding.textmodel.model import TextModel
from sohoa.ocr.understanding.textmodel.sealing import TextModelAltered
from sohoa.ocr.understanding.textmodel.weighing import weigh

__all__ = ["TextModel", "TextModelAltered", "own_words", "weigh"]
