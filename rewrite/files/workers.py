# SPDX-License-Identifier: GPL-2.0-or-later
"""Work on many items in as many processes as there are processors, with the results in order."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ..errors import InputError

_ENOUGH = 12
"""How many items are worth a process: starting the first takes as long as some ten files."""

_PIPES = 64
"""How many files a run with workers opens at most: their pipes, what is read, and the imports."""

Item = TypeVar("Item")
Made = TypeVar("Made")


def processes_for(items: int, wanted: int = 0) -> int:
    """How many processes are worth their start for so many items, at least 1.

    As many as are `wanted`, where that is not 0 and there are as many items.
    """
    if not hasattr(os, "fork") or not hasattr(os, "sched_getaffinity") or _few_files():
        return 1
    if wanted:
        return max(1, min(wanted, items))
    return max(1, min(len(os.sched_getaffinity(0)), items // _ENOUGH))


def _few_files() -> bool:
    """Whether this process may open so few files that the pipes to others would be too many."""
    import resource

    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] < _PIPES


def in_order(work: Callable[[Item], Made], items: Sequence[Item], processes: int) -> Iterator[Made]:
    """The result of `work` for each item, in order, from forked processes.

    They have what `work` refers to by the fork, so only results are pickled. What `work` raises is
    raised here; InputError where a process is killed.
    """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    context = get_context("fork")
    pool = ProcessPoolExecutor(processes, context, _begin_worker, (work, items))
    try:
        yield from pool.map(_work_on, range(len(items)), chunksize=4)
    except BrokenProcessPool as error:
        message = "a process of this run was killed, perhaps for want of memory"
        raise InputError("rewrite", message) from error
    finally:
        pool.shutdown(cancel_futures=True)


def work_through(work: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
    """The result of `work` for each item, in order, from as many processes as are worth it."""
    processes = processes_for(len(items))
    return map(work, items) if processes == 1 else in_order(work, items, processes)


_inherited: tuple[Callable[[Any], Any], Sequence[Any]]


def _begin_worker(work: Callable[[Any], Any], items: Sequence[Any]) -> None:
    """Keep what a worker has by the fork; an interrupt is for the parent to tell.

    A worker ends with its parent, even a killed one: it holds the ends of the parent's output open.
    """
    global _inherited  # noqa: PLW0603 - the only way from a pool's initialiser to its work
    from threading import Thread

    _inherited = work, items
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work_on(index: int) -> Any:
    work, items = _inherited
    return work(items[index])
