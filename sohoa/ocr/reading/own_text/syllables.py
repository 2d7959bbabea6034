"""Is this a Vietnamese syllable? Onset, rime and tone as the spelling knows them; no word list, so that names pass too."""

from __future__ import annotations

import re
import unicodedata

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SHARP_TONES = frozenset("\u0301\u0323")  # the only two that a syllable ending in c, ch, p or t can bear
# c, g and ng are written k, gh and ngh before e, ê, i; only gi keeps its g. K stands before other vowels in names (Bắc Kạn).
_ONSETS = "ngh(?=[eêi])|gh(?=[eêi])|ng(?![eêiy])|c(?![eêiy])|g(?![eêy])|nh|kh|gi|ch|th|tr|ph|b|d|đ|h|k|l|m|n|p|r|s|t|v|x|"
_RIMES = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot
    ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơng ơp ơt
    u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt up ut uơ uy uya uych uyên uyêt uyn uynh uyp uyt uyu
    ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu
"""
_SYLLABLE = re.compile(f"(?:{_ONSETS})(?P<rime>{'|'.join(sorted(_RIMES.split(), key=len, reverse=True))})|gi")
_QU = re.compile("qu(?P<rime>[aăâeêiôơoy].*)")
_CLOSED = ("c", "ch", "p", "t")
_LONGEST = 7  # nghiêng


def is_syllable(letters: str) -> bool:
    """letters: one run of letters, NFC, any case. Both ways of placing the tone count as right (hoà, hòa)."""
    if not 0 < len(letters) <= _LONGEST:
        return False
    apart = unicodedata.normalize("NFD", letters.lower())
    tones = [mark for mark in apart if mark in _TONES]
    if len(tones) > 1:
        return False
    bare = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in _TONES))
    if not _is_bare_syllable(bare):
        return False
    # Without any mark a closed syllable is a foreign word or a name ("Viet", "Nhat"); it is right as letters go.
    return not bare.endswith(_CLOSED) or not tones or tones[0] in _SHARP_TONES


def _is_bare_syllable(bare: str) -> bool:
    if _SYLLABLE.fullmatch(bare):
        return True
    after_qu = _QU.fullmatch(bare)  # the u is written once for onset and glide: quốc, quyết, quyền
    return after_qu is not None and _SYLLABLE.fullmatch(after_qu.group("rime")) is not None
