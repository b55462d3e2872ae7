"""Isolation: other people's code runs in a child process with limits on time, memory and what it may touch.

This keeps accidents away (endless loops, ``sys.exit``, gigabytes, overwritten files); it is no prison
for code that means harm. Work and results cross the border as JSON, one line each.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Any

SECONDS = 30.0  # for one piece of work
PATIENCE = 3  # times that a child is waited for which had less of the processor than that
MEMORY = 4 << 30  # bytes of address space
LARGEST = 64 << 20  # bytes of a temporary file
WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Lost:
    """A piece of work that ended its child: "time", "memory", or "exit" with its code."""

    reason: str
    message: str


class Worker:
    """Does ``function`` ("package.module:name") of pieces of work in a child; a lost one is replaced."""

    def __init__(self, function: str, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.function, self.seconds, self.memory = function, seconds, memory
        self.child: Child | None = None

    def ask(self, item: Any) -> Any | Lost:
        self.child = self.child or Child(self.function, self.memory)
        answer = self.child.ask(item, self.seconds)
        if isinstance(answer, Lost):
            self.end()
        return answer

    def end(self) -> None:
        if self.child:
            self.child.end()
        self.child = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Child:
    """One child process, asked line by line."""

    def __init__(self, function: str, memory: int) -> None:
        self.folder = TemporaryDirectory(prefix="derivexplain-", ignore_cleanup_errors=True)
        private = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self.folder.name)
        quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", START, function, str(memory), self.folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **quiet, **private, "PYTHONIOENCODING": "utf-8"},
            start_new_session=True,
        )
        self.rest = b""

    def ask(self, item: Any, seconds: float) -> Any | Lost:
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps(item).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return self.lost()
        import time

        until, began, patience = time.monotonic() + seconds, self.worked(), PATIENCE
        descriptor = self.process.stdout.fileno()
        while b"\n" not in self.rest:
            left = until - time.monotonic()
            ready = select.select([descriptor], [], [], max(left, 0))[0] if left > 0 else []
            used = 0.0 if ready else self.worked() - began
            if patience and seconds / 20 < used < seconds:  # it works, and others have the processor as well
                until, patience = until + seconds - used, patience - 1
                continue
            if not ready:
                return Lost("time", f"it did not end within {seconds:g} seconds")
            data = os.read(descriptor, 1 << 16)
            if not data:
                return self.lost()
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        answer = json.loads(line)
        if "lost" in answer:
            return Lost(answer["lost"], answer["message"])
        if "error" in answer:
            return answer
        return answer["result"]

    def worked(self) -> float:
        """The processor time that the child has used; 0 where the system does not tell."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError, IndexError, AttributeError):
            return 0.0

    def lost(self) -> Lost:
        code = self.process.wait()
        if code < 0:
            return Lost("exit", f"the process was ended by signal {-code} (often: out of memory)")
        return Lost("exit", f"the code ended its process (exit code {code})")

    def end(self) -> None:
        import signal

        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self.process.kill()
        self.process.wait()
        self.folder.cleanup()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


# what stands in the folder (a random.py, a types.py) comes after the library's
START = (
    "import sys; sys.path.append(sys.path.pop(0)); "
    "from derivexplain.isolation import serve; serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])"
)


def serve(function: str, memory: int, folder: str) -> None:
    """The child's loop: reads work, answers on what was stdout; what the user's code prints goes nowhere."""
    from .errors import DerivexplainError

    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    asked = os.fdopen(os.dup(0), "rb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    module, _, name = function.partition(":")
    call = getattr(import_module(module), name)
    sys.dont_write_bytecode = True  # beside the user's files; our own modules are there by now
    limit(memory)
    sys.addaudithook(Guard(folder, (answers.fileno(), asked.fileno())))
    for line in asked:
        try:
            answer: dict[str, Any] = {"result": call(json.loads(line))}
            text = json.dumps(answer)
        except DerivexplainError as error:
            text = json.dumps({"error": str(error), "code": error.exit_code})
        except MemoryError:
            text = json.dumps({"lost": "memory", "message": f"it wanted more than {memory >> 30} GiB of memory"})
        except (Exception, SystemExit) as error:
            text = json.dumps({"error": f"internal error: {type(error).__name__}: {error}", "code": 3})
        answers.write(text.encode() + b"\n")
    os._exit(0)  # threads that the user's code left behind do not keep us


def limit(memory: int) -> None:
    """Limits of the operating system, where it has them."""
    try:
        import resource
        import signal
    except ImportError:  # not on Windows
        return
    for what, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, LARGEST)):
        try:
            resource.setrlimit(what, (value, resource.getrlimit(what)[1]))
        except (ValueError, OSError):
            continue
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


class Guard:
    """An audit hook that refuses to change files, to start programs and to open connections.

    Temporary files are the child's own: what happens in `folder` is let be, and is gone when the child ends.
    """

    REFUSED = frozenset(
        [
            "os.remove",
            "os.rename",
            "os.rmdir",
            "os.mkdir",
            "os.truncate",
            "os.chmod",
            "os.chown",
            "os.link",
            "os.symlink",
            "shutil.rmtree",
            "shutil.move",
            "shutil.copyfile",
            "subprocess.Popen",
            "os.system",
            "os.exec",
            "os.posix_spawn",
            "os.spawn",
            "os.fork",
            "os.forkpty",
            "pty.spawn",
            "socket.connect",
            "socket.bind",
            "socket.getaddrinfo",
            "os.kill",
            "os.killpg",
            "ftplib.connect",
        ]
    )

    TEMPORARY = frozenset(["os.mkdir", "os.remove", "os.rmdir", "os.rename", "shutil.rmtree"])  # those of them, there

    def __init__(self, folder: str, pipes: tuple[int, ...] = ()) -> None:
        self.folder, self.pipes = os.path.realpath(folder), pipes

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = args
            if isinstance(path, int) and path in self.pipes:  # a number where the name of a file is wanted
                raise PermissionError(f"{path} is no file")
            writes = isinstance(flags, int) and flags & WRITING
            known = isinstance(path, int) or path in (os.devnull, "/dev/null")
            if writes and not known and not self.own(path):
                raise PermissionError(f"writing {path!s} is not allowed while the code is checked")
        elif event in self.REFUSED and not (event in self.TEMPORARY and self.temporary(event, args)):
            raise PermissionError(f"{event} is not allowed while the code is checked")

    def temporary(self, event: str, args: tuple[Any, ...]) -> bool:
        """Whether all that an event is about is in the child's own folder."""
        both = event == "os.rename"
        folders = args[2:] if both else args[-1:]  # descriptors that the paths are relative to
        return all(map(self.own, args[: 1 + both], folders))

    def own(self, path: Any, folder: Any = None) -> bool:
        """Whether a path leads into the child's own folder, whatever links stand on its way."""
        try:
            base = os.readlink(f"/proc/self/fd/{folder}") if isinstance(folder, int) and folder >= 0 else ""
            whole = os.path.realpath(os.path.join(base, os.fsdecode(path)))
        except (OSError, TypeError, ValueError):
            return False
        return whole == self.folder or whole.startswith(self.folder + os.sep)
