"""Which mutants are the same program, as the C compiler proves when it compiles one alone.

A mutant's C is what all of them share (mutate_build.py) with its number fixed, compiled as a
released kernel is. An order or a constant is the same program where each object that holds it is,
byte by byte, that of number 0. A comparison is, where the compiler finds that it can't come out
otherwise than what it was: it then throws a call away that stands for when it does.
"""

import hashlib
import json
import re
import subprocess
import sysconfig
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Protocol

NUMBERED = re.compile(r"doisoat_mutant == (\d+)\b")
FLAGS = ("-O2", "-g0", "-w", "-fPIC", "-fwrapv", "-DNDEBUG", "-DCYTHON_WITHOUT_ASSERTIONS=1")
UNLIKE = "doisoat_unlike"
DECLARED = f"extern void {UNLIKE}(void);\n"


class Numbered(Protocol):
    """What is asked of a mutant."""

    number: int
    kind: str


class Same:
    """Compiles mutants of one folder; what it found is kept there."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self.folder, self.jobs = folder, jobs
        self.known_at = folder / "same.json"
        self.known: dict[str, bool] = (
            json.loads(self.known_at.read_text(encoding="utf-8")) if self.known_at.is_file() else {}
        )
        self.files: dict[int, list[Path]] = defaultdict(list)
        for source in sorted((folder / "c1").rglob("*.c")):
            text = source.read_text(encoding="utf-8")
            for number in {int(n) for n in NUMBERED.findall(text)}:
                self.files[number].append(source)
        self.given: dict[Path, str] = {}
        self.once = Lock()

    def find(self, mutants: Iterable[Numbered]) -> set[int]:
        """The numbers of those whose programs are that of none."""
        asked = list(mutants)
        new = [m for m in asked if str(m.number) not in self.known]
        with ThreadPoolExecutor(self.jobs) as pool:
            for mutant, same in zip(new, pool.map(self.is_same, new), strict=True):
                self.known[str(mutant.number)] = same
        self.known_at.write_text(json.dumps(self.known), encoding="utf-8")
        return {m.number for m in asked if self.known[str(m.number)]}

    def is_same(self, mutant: Numbered) -> bool:
        sources = self.files[mutant.number]
        if mutant.kind == "comparison":
            return all(self.never_unlike(source, mutant.number) for source in sources)
        return all(self.digest(source, mutant.number) == self.digest_of_none(source)
                   for source in sources)  # fmt: skip

    def digest_of_none(self, source: Path) -> str:
        with self.once:  # two would write one object
            if source not in self.given:
                self.given[source] = self.digest(source, 0)
            return self.given[source]

    def digest(self, source: Path, number: int) -> str:
        """Of the object that a source gives with this number fixed."""
        text = source.read_text(encoding="utf-8")
        return hashlib.sha256(self.compiled(text, source.stem, number)).hexdigest()

    def never_unlike(self, source: Path, number: int) -> bool:
        text = DECLARED + with_both(source.read_text(encoding="utf-8"), number)
        return UNLIKE.encode() not in self.compiled(text, source.stem, number)

    def compiled(self, text: str, name: str, number: int) -> bytes:
        """An object's bytes; it is told where its source comes from by nothing."""
        out = self.folder / f"{name}.{number}.o"
        command = [
            *(sysconfig.get_config_var("CC") or "cc").split(), *FLAGS,
            "-I", sysconfig.get_path("include"), f"-DDOISOAT_ONLY={number}",
            "-include", str(self.folder / "mutant.h"), "-x", "c", "-c", "-", "-o", str(out),
        ]  # fmt: skip
        subprocess.run(command, check=True, input=text.encode())
        found = out.read_bytes()
        out.unlink()
        return found


def with_both(text: str, number: int) -> str:
    """The C of a file with a mutant's comparison and the one that it comes from, held together."""
    begin = text.find(f"doisoat_mutant == {number} ?")
    while begin >= 0:
        at = text.index("(", begin)
        turned, at = in_brackets(text, at)
        given = ""
        while text[at] != ")":  # behind the last choice stands what the source says
            at = text.index("(", at)
            given, at = in_brackets(text, at)
        both = (f"({{ int is = 0; if {turned} {{ is = 1; if (!{given}) {UNLIKE}(); }}"
                f" else if {given} {UNLIKE}(); is; }})")  # fmt: skip
        text = text[:begin] + both + text[at:]
        begin = text.find(f"doisoat_mutant == {number} ?")
    return text


def in_brackets(text: str, at: int) -> tuple[str, int]:
    """What stands in the brackets that open here, with them; and where it ends."""
    begin, depth = at, 0
    while True:
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
        if depth == 0:
            return text[begin:at], at
