"""Tables that people send, as sheets or delimited text: what a cell shows otherwise is refused."""
