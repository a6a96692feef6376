from doisoat.engine.kernel.program import LoadedProgram

STREAMED_FORMATS: dict[str, str]

def streamed_columns(
    program: LoadedProgram, keeps_events: bool, has_members: bool, *, keeps_refunds: bool = True
) -> tuple[str, ...]: ...
