"""What a process does with memory that it no longer needs."""

from __future__ import annotations

import ctypes

# glibc, malloc.h: the size from which an allocation is a mapping of its own, which goes back to the system when it is freed.
_M_MMAP_THRESHOLD = -3
_LARGE = 8 << 20


def give_back_large() -> None:
    """Let pictures of pages go back to the system at once.

    Left alone, glibc raises its threshold to the size of what was freed last and keeps the holes: reading a long scan then needs a
    quarter more memory after fifty pages than after five. Where there is no glibc, nothing happens.
    """
    try:
        ctypes.CDLL("libc.so.6").mallopt(_M_MMAP_THRESHOLD, _LARGE)
    except (OSError, AttributeError):
        return
