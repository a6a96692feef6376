"""Settings of the C library's allocator for long work."""

import ctypes

# <malloc.h>; each takes an int
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LARGEST_MMAP_THRESHOLD, LARGEST_INT = 1 << 30, 2**31 - 1


def keep_freed() -> bool:
    """Have what is freed kept for what is asked for next, rather than given back to the system.

    Work bucket after bucket asks for the same tens of megabytes again and again, and the system
    clears each page anew that it gives: an eighth of a stream's processor time. All threads share
    what was freed, to be asked for before others are begun. Of glibc alone: elsewhere nothing is
    done. Returns: was it done?
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library; Windows takes no None
        return False
    return bool(
        mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
        and mallopt(M_TRIM_THRESHOLD, LARGEST_INT)
        and mallopt(M_ARENA_MAX, 1)
    )


def give_back() -> bool:
    """Give to the system what was freed and is kept (`keep_freed`): other work comes next, whose
    memory is not asked for of this library. Returns: was it done?"""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return False
    trim(0)
    return True
