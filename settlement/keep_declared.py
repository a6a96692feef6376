"""`python -m doisoat.settlement.keep_declared`: declares the objects of relief.duckdb beforehand.

What makes the package calls it: a settle then copies the objects, where it would give nine hundred
statements. `declared.kept` finds the file.
"""

import os
from hashlib import sha256

from doisoat.settlement import declared


def main() -> None:
    """Put the file beside the code, in place of any that was made before."""
    new = declared.KEPT / f"declared.{os.getpid()}.tmp"
    try:
        declared.write(new)
        digest = sha256(new.read_bytes()).hexdigest()[: declared.DIGEST]
        for old in declared.KEPT.glob("declared-*.duckdb"):
            old.unlink()
        os.replace(new, declared.KEPT / f"declared-{declared.key()}-{digest}.duckdb")
    finally:
        new.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
