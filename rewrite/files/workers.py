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

Item = TypeVar("Item")
Made = TypeVar("Made")


def processes_for(items: int) -> int:
    """How many processes are worth their start for so many items, at least 1."""
    if not hasattr(os, "fork") or not hasattr(os, "sched_getaffinity"):
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), items // _ENOUGH))


def in_order(work: Callable[[Item], Made], items: Sequence[Item], processes: int) -> Iterator[Made]:
    """The result of `work` for each item, in order, from forked processes.

    They have what `work` refers to by the fork, so only results are pickled. What `work` raises is
    raised here; InputError where a process is killed.
    """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    context = get_context("fork")
    pool = ProcessPoolExecutor(processes, context, _begin, (work, items))
    try:
        yield from pool.map(_work_on, range(len(items)), chunksize=4)
    except BrokenProcessPool as error:
        message = "a process of this run was killed, perhaps for want of memory"
        raise InputError("rewrite", message) from error
    finally:
        pool.shutdown(cancel_futures=True)


def each(work: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
    """The result of `work` for each item, in order, from as many processes as are worth it."""
    processes = processes_for(len(items))
    return map(work, items) if processes == 1 else in_order(work, items, processes)


_inherited: tuple[Callable[[Any], Any], Sequence[Any]]


def _begin(work: Callable[[Any], Any], items: Sequence[Any]) -> None:
    """Keep what a worker has by the fork; an interrupt is for the parent to tell."""
    global _inherited  # noqa: PLW0603 - the only way from a pool's initialiser to its work
    _inherited = work, items
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work_on(index: int) -> Any:
    work, items = _inherited
    return work(items[index])
