from doisoat.engine.program import LoadedProgram

USAGE_FORMATS: dict[str, str]

def usage_columns(program: LoadedProgram, keeps_events: bool) -> tuple[str, ...]: ...
