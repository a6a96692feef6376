"""The build of doisoat: version and SHA-256 of the code that rates. Imports nothing of it.

Workers are sent this module as it stands, since theirs may be another or none.
"""

import hashlib
import os
from pathlib import Path

FOLDERS = ("engine", "tariffs")  # all that a worker runs, beside the modules of the ground
SUFFIXES = (".py", ".so", ".pyd", ".yaml")


def build_of(package: Path, version: str) -> dict[str, str]:
    """Version, and the digest of names and bytes of code and kernels in a doisoat's folder."""
    paths = [path for path in package.iterdir() if path.name in ("errors.py", "money.py")]
    for folder in FOLDERS:
        for parent, _, names in os.walk(package / folder):
            paths += [Path(parent, name) for name in names if name.endswith(SUFFIXES)]
    whole = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(package).as_posix()} {content}\n".encode())
    return {"version": version, "sha256": whole.hexdigest()}
