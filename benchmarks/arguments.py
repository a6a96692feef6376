"""Command-line arguments that several benchmarks share, checked before anything is timed."""

import argparse
from pathlib import Path


def at_least_one(text: str) -> int:
    """A whole number, of runs or rows. Raises: ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def file_to_write(text: str) -> Path:
    """A file that may be written. Raises: ArgumentTypeError."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder: name a file in it")
    if any(above.exists() and not above.is_dir() for above in path.parents):
        raise argparse.ArgumentTypeError(f"{text!r} lies below a file: name one in a folder")
    return path
