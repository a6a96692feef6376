"""Trial decoding: another process decodes a file of columns before polars does so here.

Polars believes what a Parquet or Arrow file says of itself: of damaged ones some end in a panic,
which is told on stderr before anybody can catch it, and some in an allocation that no machine has,
which ends the process (docs/adr/0033). So a process of its own (decoder.py) decodes each chunk
first, and its death is the file's fault. What it gives is small: a chunk's rows are decoded here
once more, which costs less than to send them.
"""

import atexit
import json
import signal
import subprocess
import sys
import threading
from typing import Any

import polars as pl

from doisoat.engine.intake.forms import decoder
from doisoat.engine.intake.forms.columns import ScannedReader, unreadable
from doisoat.engine.intake.forms.raw_chunks import CHUNK_ROWS, SourceFile
from doisoat.messages.text import Text, TextError, message, text_of_error

MODULE = "doisoat.engine.intake.forms.decoder"
LARGE_BYTES = 8 << 20  # A file of more has some chunks, which are asked for at once.
DECODING_THREADS = 2


class Fault(TextError):
    """What the decoder says is wrong with a file, or how it ended over it."""


class Decoder:
    """One process of decoder.py, used by one thread at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us, who end it.
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("a process without its pipes")
        self._asked, self._told = self._process.stdin, self._process.stdout

    def ask(self, request: dict[str, Any]) -> pl.DataFrame:
        """A frame. Raises: Fault; the process has ended where `is_over`."""
        try:
            self._asked.write(json.dumps(request).encode() + b"\n")
            self._asked.flush()
        except BrokenPipeError:
            raise self._ended() from None
        line = self._told.readline()
        if not line.endswith(b"\n"):
            raise self._ended()
        reply = json.loads(line)
        if "fault" in reply:
            if reply["is_last"]:
                self.end()
            raise Fault(Text(reply["fault"], reply["fault"]))
        content = self._told.read(reply["bytes"])
        if len(content) != reply["bytes"]:
            raise self._ended()
        return pl.read_ipc(content)

    def _ended(self) -> Fault:
        status = self._process.wait()
        self.end()
        if status < 0:
            name = signal.Signals(-status).name
            return Fault(message("the process that decodes it ended by {name}", name=name))
        return Fault(
            message("the process that decodes it ended with status {status}", status=status)
        )

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def end(self) -> None:
        """Let it go: it ends when nothing more can be asked."""
        for pipe in (self._asked, self._told):
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # What was asked last is of no interest any more.
        self._process.wait()


class Decoders:
    """Decoders that wait for something to do; as many as there are threads that ask at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Decoder] = []

    def ask(self, request: dict[str, Any]) -> pl.DataFrame:
        """A frame. Raises: Fault."""
        with self._lock:
            waiting = self._idle.pop() if self._idle else None
        process = waiting or Decoder()
        is_idle = False
        try:
            frame = process.ask(request)
            is_idle = True
        except Fault:
            is_idle = not process.is_over
            raise
        finally:
            if is_idle:
                with self._lock:
                    self._idle.append(process)
            else:  # Cut short, by Ctrl-C too: what it would still say is the answer to nothing.
                process.end()
        return frame

    def prepare(self, count: int) -> None:
        """Have so many wait: each takes a moment to start, which they take together."""
        with self._lock:
            while len(self._idle) < count:
                self._idle.append(Decoder())

    def end(self) -> None:
        """End those that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()


DECODERS = Decoders()
atexit.register(DECODERS.end)


def ask_apart(form: str, file: SourceFile, question: str, **more: Any) -> pl.DataFrame:
    """What a decoder says of a file; IntakeError if the file is at fault."""
    request = {"form": form, "what": question, "path": str(file.path.absolute()), "size": file.size}
    try:
        return DECODERS.ask({**request, **more})
    except Fault as fault:
        raise unreadable(form, file, fault.text) from fault


class ApartReader(ScannedReader):
    """A file any run of whose rows was decoded by another process before it is here."""

    def _outline(self) -> tuple[pl.Schema, int]:
        if self.file.size > LARGE_BYTES:
            DECODERS.prepare(DECODING_THREADS)
        row = ask_apart(self.form_name, self.file, "outline")
        schema = {name: kind for name, kind in row.schema.items() if name != decoder.ROW}
        return pl.Schema(schema), row[decoder.ROW].item()

    def _part(self, start: int) -> pl.DataFrame:
        names = list(self.layout.used_columns)
        ask_apart(self.form_name, self.file, "part", names=names, start=start, count=CHUNK_ROWS)
        try:
            return decoder.part(
                decoder.scan(self.form_name, self.file.path), names, start, CHUNK_ROWS
            )
        except decoder.FAULTS as error:
            raise unreadable(self.form_name, self.file, text_of_error(error)) from error

    def _single_rows(self, rows: set[int]) -> pl.DataFrame:
        return ask_apart(self.form_name, self.file, "some", rows=sorted(rows))
