from __future__ import annotations

import importlib
import pickle
import pkgutil
import string

import pytest

import sohoa
from sohoa.kernel.errors import Exit, SohoaError, all_errors


def everything() -> list[type[SohoaError]]:
    for module in pkgutil.walk_packages(sohoa.__path__, "sohoa."):
        if ".migrations" not in module.name and module.name not in ("sohoa.web.settings",):
            importlib.import_module(module.name)
    return all_errors()


ERRORS = everything()


def _facts(kind: type[SohoaError]) -> dict[str, object]:
    sentences = " ".join((kind.vi, kind.en, kind.remedy, kind.remedy_en))
    return {name.split(".")[0].split("[")[0]: 7 for _, name, _, _ in string.Formatter().parse(sentences) if name}


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.code)
def test_every_error_speaks_both_languages_and_names_a_way_out(kind: type[SohoaError]) -> None:
    for name in ("code", "vi", "en", "remedy", "remedy_en"):
        said = getattr(kind, name)
        assert said and said != getattr(SohoaError, name), name
    assert kind.exit_code in set(Exit)
    told = kind(**_facts(kind)).as_dict()
    assert told["vi"].endswith(".") and told["remedy"].endswith(".")
    assert not any("!" in sentence for sentence in told.values()), "no exclamation marks in front of a clerk"


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.code)
def test_an_error_crosses_a_process_border_whole(kind: type[SohoaError]) -> None:
    error = kind(**_facts(kind))
    there_and_back = pickle.loads(pickle.dumps(error))
    assert type(there_and_back) is kind
    assert there_and_back.as_dict() == error.as_dict()


def test_codes_are_unique_and_begin_with_their_room() -> None:
    codes = [kind.code for kind in ERRORS]
    assert len(codes) == len(set(codes))
    for kind in ERRORS:
        assert kind.code.split(".")[0] == kind.__module__.split(".")[1], kind
