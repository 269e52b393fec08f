# SPDX-License-Identifier: GPL-2.0-or-later
"""The pairs of a tree by the files that hold their functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ..rules.ruleset import Rules
from ..schema.handlers import FunctionPair, HandlerReader
from ..schema.model import Call, Section

LIVE = "register_savevm_live()"
PLAIN = "register_savevm()"


INFO = "a VMStateInfo"


class Way(Enum):
    """How a pair comes to be called: registered in its own file; in other files, as functions that
    each target has its own of; as a VMStateInfo of a table's fields; by the owner of a struct that it is
    in."""

    REGISTERED = "registered"
    REMOTE = "remote"
    INFO = "info"
    MEMBER = "member"


@dataclass(frozen=True)
class PairItem:
    """Two functions of a file and all their registrations.

    The functions of a remote pair stay, and call the table.
    """

    path: str
    pairs: tuple[FunctionPair, ...]
    way: Way

    @property
    def remote(self) -> bool:
        """Whether the registrations are in other files."""
        return self.way is Way.REMOTE


def items_of(handlers: HandlerReader, rules: Rules) -> dict[str, list[PairItem]]:
    """The items of every file, in the order in which their tables will stand."""
    found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], PairItem] = {}
    remote = _remote_pairs(handlers)
    for pair in handlers.pairs:
        if pair.by not in (PLAIN, LIVE):
            continue
        there = [(path, section) for path, place, section in remote if place == pair]
        if not there:
            _add_item(found, PairItem(pair.path, (pair,), Way.REGISTERED))
        for path, section in there:
            moved = replace(pair, path=path, version=section.version_id)
            _add_item(found, PairItem(path, (moved,), Way.REMOTE))
    for pair in _member_pairs(handlers):
        _add_item(found, PairItem(pair.path, (pair,), Way.INFO if pair.by == INFO else Way.MEMBER))
    made: dict[str, list[PairItem]] = {}
    for item in found.values():
        made.setdefault(item.path, []).append(item)
    return {
        path: sorted(items, key=lambda i: _start_of(handlers, i)) for path, items in made.items()
    }


def _member_pairs(handlers: HandlerReader) -> Iterator[FunctionPair]:
    """The pairs that are members of structs, but those that sections are registered with."""
    called = {n for p in handlers.pairs if p.by in (PLAIN, LIVE) for n in (*p.saves, *p.loads)}
    for pair in handlers.pairs:
        named = {pair.save, pair.load}
        if pair.by not in (PLAIN, LIVE) and "" not in named and not named & called:
            yield pair


def _add_item(
    found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], PairItem], item: PairItem
) -> None:
    key = (item.path, item.pairs[0].saves, item.pairs[0].loads)
    known = found.get(key)
    found[key] = item if known is None else replace(known, pairs=(*known.pairs, *item.pairs))


def _remote_pairs(handlers: HandlerReader) -> list[tuple[str, FunctionPair, Section]]:
    """The sections of targets that have functions of their own, with the file of these.

    Functions that do nothing, or nothing but call a table, are done.
    """
    found: list[tuple[str, FunctionPair, Section]] = []
    for section in handlers.find_sections():
        if not section.target or all(isinstance(node, Call) for node in section.save):
            continue
        pair = next(p for p in handlers.pairs if p.place == section.place and p.by in (PLAIN, LIVE))
        for function in handlers.functions.find_named(section.save_function):
            path = str(function.source.path)
            if handlers.meanings.resolver.headers.target_of(path) == section.target:
                found.append((path, pair, section))
    return found


def _start_of(handlers: HandlerReader, item: PairItem) -> int:
    """Where the later of the functions starts."""
    found = handlers.functions.of_file(item.path)
    names: Sequence[str] = (item.pairs[0].save, item.pairs[0].load)
    return max((f.function.start for n in names for f in found.get(n, ())), default=0)
