"""Commands as forks of a process that has imported doisoat: as true as processes, and quick.

More than half of what tests of commands cost was Python and its imports, begun anew for each. A
nursery does that once for a worker: it imports what commands import, uses nothing of it and starts
no thread. `Popen` and `run` are those of subprocess, but where `sys.executable -c` is to run, the
process is a fork of the nursery, and all the same a child of who asked, with arguments,
environment, folder and streams of its own. It is waited for, signalled and measured as any other.

A process truly begins where that is not the same: another program, a function to call in it, files
to pass on, an environment that Python or a library reads as it begins. Tests of the beginning
itself, of limits on memory and of kills at each step use subprocess.
"""

import atexit
import ctypes
import gc
import importlib
import inspect
import os
import pickle
import pkgutil
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, TextIO

# What Python, the loader or a library reads of its environment before anything of ours runs.
READ_FIRST = re.compile("PYTHON|LANG|LC_|LD_|MALLOC|_RJEM|GLIBC|POLARS|RAYON|OMP_|OPENBLAS|ASAN")
ROOMS = ("api", "commands", "engine", "fixtures", "settlement", "tariffs")
# Programs of processes of their own, and what needs packages that may be absent.
NOT_IMPORTED = re.compile(r"_process$|\.decoder$|\.executors\.|\.build_schema_template$")
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, which Python has no name for
PIPES = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
LENGTH = struct.Struct("<q")
STATUS_NOT_FLUSHED = 120  # Python's, where a stream does not take what is left for it


class Order(NamedTuple):
    """What a process is begun with, beside its streams."""

    script: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    umask: int
    new_session: bool


class Popen(subprocess.Popen):
    """A process as subprocess has it, but a fork of the nursery where that is the same."""

    def _execute_child(self, *given: Any) -> None:
        begin = super()._execute_child  # type: ignore[misc]
        given_as = inspect.signature(begin).bind(*given).arguments
        order = order_of(given_as)
        if order is None:
            begin(*given)
            return
        pipes = [given_as[name] for name in PIPES]
        theirs = enumerate((pipes[0], pipes[3], pipes[5]))
        try:
            self.pid = NURSERY.begin(order, [at if own == -1 else own for at, own in theirs])
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


run = FunctionType(subprocess.run.__code__, vars(subprocess) | {"Popen": Popen}, "run")
run.__kwdefaults__ = subprocess.run.__kwdefaults__


def order_of(given: dict[str, Any]) -> Order | None:
    """What the nursery is to begin; None where a process must truly begin.

    given: what subprocess begins a process with, by its own names.
    """
    arguments = [*map(os.fspath, given["args"])] if not isinstance(given["args"], str) else []
    environment = dict(os.environ if given["env"] is None else given["env"])
    if (
        arguments[:2] != [sys.executable, "-c"]
        or given["preexec_fn"] is not None
        or given["pass_fds"]
        or not given["close_fds"]
        or not given["restore_signals"]
        or any(given[name] not in (None, -1) for name in ("gid", "gids", "uid", "process_group"))
        or read_first(environment) != read_first(NURSERY.environment())
    ):
        return None
    return Order(
        arguments[2],
        arguments[3:],
        os.path.abspath(given["cwd"] or "."),
        environment,
        umask() if given["umask"] == -1 else given["umask"],
        given["start_new_session"],
    )


def read_first(environment: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in environment.items() if READ_FIRST.match(name)}


def umask() -> int:
    """That of this process, without changing it for a moment."""
    return int(re.findall(r"^Umask:\s*(\d+)", Path("/proc/self/status").read_text(), re.M)[0], 8)


# --- in the process that asks --------------------------------------------------------------------


class Nursery:
    """The process that forks; begun when it is first needed, and it ends with who asks it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._own: dict[str, str] | None = None
        self._socket: socket.socket | None = None
        self._owner = 0

    def environment(self) -> dict[str, str]:
        """What it is begun with."""
        if self._own is None:
            self._own = dict(os.environ)
        return self._own

    def begin(self, order: Order, streams: list[int]) -> int:
        """The id of a new child of this process."""
        with self._lock:
            if self._socket is None or self._owner != os.getpid():
                self._socket = self._start()
            content = pickle.dumps(tuple(order))
            set_subreaper(True)
            try:
                socket.send_fds(self._socket, [LENGTH.pack(len(content))], streams)
                self._socket.sendall(content)
                answer = self._socket.recv(LENGTH.size, socket.MSG_WAITALL)
            finally:
                set_subreaper(False)
            if len(answer) != LENGTH.size:
                raise RuntimeError("the nursery of processes ended: see its words on stderr")
            return LENGTH.unpack(answer)[0]

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=self.environment(),
        )  # fmt: skip
        theirs.close()
        self._owner = os.getpid()
        atexit.register(self._end, ours, process)
        return ours

    def _end(self, asker: socket.socket, process: "subprocess.Popen[bytes]") -> None:
        if self._owner == os.getpid():
            asker.shutdown(socket.SHUT_RDWR)  # whoever else has it by a fork of ours
            asker.close()
            process.wait()


NURSERY = Nursery()


def set_subreaper(is_on: bool) -> None:
    """Does this process become the parent of what its descendants leave behind?

    What the nursery forks is left behind at once. It is so for that moment alone: other tests look
    whether what a command began has gone.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, int(is_on), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


# --- in the nursery ------------------------------------------------------------------------------


def import_all() -> None:
    """Import what commands import, however late: all modules of Python, and what they import.

    A kernel by itself may be of a source that was renamed since it was built.
    """
    for room in ROOMS:
        package = importlib.import_module(f"doisoat.{room}")
        for finder, name, is_package in pkgutil.walk_packages(
            package.__path__, f"{package.__name__}."
        ):
            source = Path(finder.path, f"{name.rpartition('.')[2]}.py")  # type: ignore[union-attr]
            if not NOT_IMPORTED.search(name) and (is_package or source.exists()):
                importlib.import_module(name)


def next_order(asker: socket.socket) -> Order:
    """Answers who asks with children of theirs; returns in each of these, with its order."""
    while True:
        head, streams, _, _ = socket.recv_fds(asker, LENGTH.size, 3)
        if len(head) != LENGTH.size:
            os._exit(0)  # whoever asked has ended
        (length,) = LENGTH.unpack(head)
        content = b""
        while len(content) < length:
            content += asker.recv(length - len(content))
        reader, writer = os.pipe()
        between = os.fork()
        if not between:
            between = os.getpid()
            child = os.fork()
            if child:
                os.write(writer, LENGTH.pack(child))
                os._exit(0)  # and who asks is its parent
            os.close(reader)
            os.close(writer)
            asker.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            for stream in streams:
                os.close(stream)
            while os.getppid() == between:
                time.sleep(0)  # until who asks is our parent
            return Order(*pickle.loads(content))
        for one in (writer, *streams):
            os.close(one)
        os.waitpid(between, 0)
        asker.sendall(os.read(reader, LENGTH.size))
        os.close(reader)


def become(order: Order) -> None:
    """Of this process what Python would have made of its arguments, environment and streams."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if order.new_session:
        os.setsid()
    os.umask(order.umask)
    as_begun = read_first(dict(os.environ))  # with what Python itself adds: LC_CTYPE
    os.environ.clear()
    os.environ.update(order.environment | as_begun)
    time.tzset()
    sys.argv = ["-c", *order.arguments]
    sys.stdin = stream_of(0, "r", sys.stdin)
    sys.stdout = stream_of(1, "w", sys.stdout)
    sys.stderr = stream_of(2, "w", sys.stderr)
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
    os.chdir(order.folder)


def stream_of(number: int, mode: str, before: TextIO) -> Any:
    """A standard stream, in the encoding that Python chose for the one before."""
    is_by_line = number == 2 or (number == 1 and os.isatty(1))
    return open(
        number, mode, 1 if is_by_line else -1, before.encoding, before.errors, closefd=False
    )


def end(script: str) -> None:
    """Run the script and end as Python does, but for taking a thousand modules apart."""
    module = sys.modules["__main__"] = ModuleType("__main__")
    status = 0
    try:
        exec(compile(script, "<string>", "exec"), vars(module))
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else leaving.code is not None
        if status is True:
            print(leaving.code, file=sys.stderr)
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            status = STATUS_NOT_FLUSHED
    os._exit(int(status) & 0xFF)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's, for whom it is to stop
    sys.path[0] = ""  # as for -c
    asker = socket.socket(fileno=int(sys.argv[1]))
    import_all()
    gc.collect()
    gc.freeze()
    order = next_order(asker)
    become(order)
    end(order.script)


if __name__ == "__main__":
    main()
