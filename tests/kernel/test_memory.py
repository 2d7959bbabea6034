from __future__ import annotations

import subprocess
import sys

HOLES = """
import numpy as np, resource, sys
from sohoa.kernel.memory import give_back, share_one_heap
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() >> 20
share_one_heap()
pictures = [np.ones(8 << 20, np.uint8) for _ in range(40)]
last = np.ones(1 << 20, np.uint8)  # keeps the heap's end where it is
held = resident()
del pictures
before = resident()
give_back()
print(held, before, resident())
"""


def test_what_lies_free_between_things_that_are_kept_goes_back_to_the_system():
    told = subprocess.run([sys.executable, "-c", HOLES], check=True, capture_output=True, text=True).stdout
    held, before, after = map(int, told.split())
    assert before > held - 40  # freed, and still held: pictures that follow find it ready
    assert after < held - 280
