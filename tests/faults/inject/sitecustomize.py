"""A fault injector: the n-th file that a process puts in place is its last deed; a worker takes its run along.

Python imports a module of this name at start when its folder is on the path; the product knows nothing of it.
"""

import os
import signal
import sys

_left = int(os.environ.get("KILL_AFTER_WRITES", "0"))
_replace = os.replace


def _replace_and_die(*arguments, **options):
    global _left
    _replace(*arguments, **options)
    _left -= 1
    if _left == 0:
        if "--multiprocessing-fork" in sys.orig_argv:  # a worker takes its run with it, as a power cut would
            os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


if _left > 0:
    os.replace = _replace_and_die
