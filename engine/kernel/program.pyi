from collections.abc import Sequence

from doisoat.engine.arrow.columns import Ints
from doisoat.tariffs.compile.program import Program

TRAIT_COLUMNS: tuple[str, ...]

class LoadedProgram:
    program: Program
    asks_for_durations: bool
    def __init__(self, program: Program) -> None: ...

class Traits:
    count: int
    kins: int
    def __init__(self, rows: Ints, spans: Sequence[tuple[int, int, int, int]]) -> None: ...

def quotient(number: int, divisor: int) -> tuple[int, int]: ...
def quick_charge(program: LoadedProgram, table: int, units: int) -> tuple[int, int] | None: ...
