"""Benchmarks: `python -m benchmarks.reading` prints ours against peers from one run; `python -m benchmarks.memory` a long scan's memory."""
