"""A fault injector: in worker processes, the keys of the test authority are suddenly readable by others.

Python imports a module of this name at start when its folder is on the path; the product knows nothing of it.
"""

import os
import sys

if os.environ.get("SPOIL_SIGNER") and "--multiprocessing-fork" in sys.orig_argv:
    _stat = os.stat

    def _exposed(path, *arguments, **options):
        seen = _stat(path, *arguments, **options)
        if str(path).endswith("signer.key.pem"):
            return os.stat_result((seen.st_mode | 0o044, *seen[1:]))
        return seen

    os.stat = _exposed
