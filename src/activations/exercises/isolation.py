"""Run a learner's code so that nothing it does can hurt the notebook.

On Linux the code runs in a forked copy of the kernel: it sees every variable, and whatever it does (loop for
ever, end Python, fill the memory, change global settings) happens to the copy, which is killed when its time is
up. Elsewhere a fork is not safe beside system libraries, or does not exist; there the code runs in a thread. A
thread that swallows every exception may go on, and one that computes without a break for Python holds the
notebook up; the rest is as safe as with a fork.
"""

import builtins
import contextlib
import ctypes
import faulthandler
import io
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

__all__ = ["Died", "NeverFinished", "TimeUp", "isolated"]

FORK = sys.platform == "linux"
MEMORY = 2**29  # bytes that the forked copy may use on top of what it has


class NeverFinished(Exception):
    """The code was still running when its time was up."""


class Died(Exception):
    """The code ended the process that ran it."""


class TimeUp(BaseException):
    """Raised inside a thread whose time is up."""


def isolated(work: Callable[[], Any], seconds: float, names: dict[str, Any], fork: bool | None = None) -> Any:
    """Call `work` where it can do no harm and return what it returns.

    Parameters
    ----------
    work : callable
        Takes nothing; returns something that can be pickled.
    seconds : float
        How long it may take.
    names : dict
        The global variables that the code sees, in which IPython has its own ``exit`` and ``quit``.
    fork : bool, default `FORK`, which holds on Linux
        Whether to use a forked process rather than a thread.

    Returns
    -------
    object
        What `work` returned.

    Raises
    ------
    NeverFinished
        If the time was up first.
    Died
        If the process ended, or `work` raised.

    Examples
    --------
    >>> isolated(lambda: 1 + 1, seconds=5, names={})
    2
    """
    return (_in_fork if (FORK if fork is None else fork) else _in_thread)(work, seconds, names)


def _in_fork(work, seconds, names):
    reader, writer = multiprocessing.Pipe(duplex=False)
    with warnings.catch_warnings():
        # Python and JAX warn of forks beside threads. The copy only calls the learner's function, and is
        # killed if a lock that another thread held should stop it.
        warnings.simplefilter("ignore")
        pid = os.fork()
    if pid == 0:
        end = os._exit
        try:
            faulthandler.disable()  # a crash is reported to the learner, not to the log
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            with contextlib.suppress(OSError, ValueError):
                _limit_memory()
            with _harmless(names):
                result = work()
            writer.send(result)
        finally:
            end(0)
    writer.close()
    try:
        if not reader.poll(seconds):
            raise NeverFinished
        return reader.recv()
    except EOFError:
        raise Died from None
    finally:
        reader.close()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _limit_memory():
    import resource  # does not exist on Windows

    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = used + MEMORY
    resource.setrlimit(
        resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
    )


def _in_thread(work, seconds, names):
    results = []

    def run():
        with contextlib.suppress(BaseException):
            results.append(work())

    thread = threading.Thread(target=run, daemon=True)
    with _harmless(names):
        try:
            thread.start()
        except RuntimeError:  # no threads in the browser: run it here, unguarded against endless loops
            run()
        else:
            thread.join(seconds)
            if thread.is_alive():
                _end(thread)
                raise NeverFinished
    if not results:
        raise Died
    return results[0]


def _end(thread, patience=1.0):
    """Raise an exception in the thread, again and again: code that catches it is hit again while it does."""
    deadline = time.monotonic() + patience
    while thread.is_alive() and time.monotonic() < deadline:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp))
        thread.join(0.005)


class _Nowhere(io.TextIOBase):
    """A stream that drops what is written to it, so that endless printing fills nothing."""

    def write(self, text):
        return len(text)


@contextlib.contextmanager
def _harmless(names):
    """Drop what is printed; make input() and every way to end Python raise an exception instead."""

    def leave(*args, **kwargs):
        raise SystemExit

    def no_input(*args, **kwargs):
        raise RuntimeError("input() is not possible while the answer is checked")

    absent = object()
    # IPython's own exit() raises nothing: it asks the kernel to shut down.
    ours = {name: names[name] for name in ("exit", "quit") if name in names}
    saved = os._exit, os.abort, getattr(builtins, "input", absent)
    try:
        names.update(dict.fromkeys(ours, leave))
        os._exit = os.abort = leave
        builtins.input = no_input
        # What warnings.catch_warnings saves is restored here even if a thread never leaves its own.
        with (
            contextlib.redirect_stdout(_Nowhere()),
            contextlib.redirect_stderr(_Nowhere()),
            warnings.catch_warnings(),
        ):
            yield
    finally:
        names.update(ours)
        os._exit, os.abort, builtins.input = saved
