"""What a process does with memory that it no longer needs."""

from __future__ import annotations

import ctypes
from contextlib import suppress

# glibc, malloc.h: the size from which an allocation is a mapping of its own; how much may lie free at the heap's end; how many heaps.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD, _M_ARENA_MAX = -3, -1, -8
_PICTURES = 64 << 20


def share_one_heap() -> None:
    """Let pictures of pages follow one another in the same memory.

    Left alone, glibc gives every thread a heap, raises its thresholds to the size of what was freed last and keeps the holes: reading a
    long scan then needs a quarter more memory after fifty pages than after five. Mappings of their own for all pictures keep it
    flat too, but the system must clear them each time: 0.1 s a page. Where there is no glibc, nothing happens.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        for option, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _PICTURES), (_M_TRIM_THRESHOLD, _PICTURES)):
            libc.mallopt(option, value)


def give_back() -> None:
    """Let the system have what lies free, once the last picture is done with. Where there is no glibc, nothing happens."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
