from collections.abc import Sequence

from doisoat.tariffs.compile import Program

class LoadedProgram:
    program: Program
    def __init__(self, program: Program) -> None: ...

class Traits:
    count: int
    def __init__(
        self, rows: Sequence[tuple[int, ...]], spans: Sequence[tuple[int, int, int, int]]
    ) -> None: ...
