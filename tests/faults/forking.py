"""A process with everything loaded that forks a child for each wish on its standard input, so that children can be killed cheaply."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any


def serve(deed: Callable[[dict[str, Any]], Any]) -> None:
    """For each line, a wish as JSON: `[exit status, what the deed gave]` as JSON; None where the child was killed."""
    for line in sys.stdin:
        print(json.dumps(_forked(deed, json.loads(line))), flush=True)


def _forked(deed: Callable[[dict[str, Any]], Any], wish: dict[str, Any]) -> tuple[int, Any]:
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(tells, json.dumps(deed(wish)).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(tells)
    with os.fdopen(told, "rb") as answer:
        said = answer.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), json.loads(said) if said else None
