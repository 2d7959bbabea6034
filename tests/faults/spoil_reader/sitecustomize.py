"""A fault injector: on one page of a document the reader of pictures never ends, or is killed in the middle of its work.

Python imports a module of this name at start when its folder is on the path; the product knows nothing of it. The hanging child is
a real one; only its time runs faster, so that nobody waits for the product's own limit.
"""

import os
import subprocess
import sys

_page, _fate = os.environ.get("SPOIL_READER", "0 spared").split()
_IN_ITS_PLACE = {"hangs": ["/usr/bin/sleep", "600"], "is-killed": ["/usr/bin/sh", "-c", "kill -9 $$"]}
_PATIENCE = 1.0  # seconds


class _Popen(subprocess.Popen):
    def __init__(self, args, *rest, **options):
        asked = [str(part) for part in args] if isinstance(args, list) else []
        reader = next((number for number, part in enumerate(asked) if part.endswith("/tesseract_child.py")), None)
        self._spoiled = reader is not None and any(f"page-{int(_page):04}-" in part for part in asked[reader:])
        before = asked[: asked.index(os.path.realpath(sys.executable))] if self._spoiled else []
        super().__init__([*before, *_IN_ITS_PLACE[_fate]] if self._spoiled else args, *rest, **options)

    def communicate(self, input=None, timeout=None):
        return super().communicate(input, _PATIENCE if self._spoiled and timeout else timeout)


if _fate in _IN_ITS_PLACE:
    subprocess.Popen = _Popen
