"""`python -m benchmarks.chaos`: see commands."""

from __future__ import annotations

import sys

from benchmarks.chaos.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
