# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions of a file are a save and its load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..terms import Direction
from .handlers import Role
from .sequences import Sequences, callee_of
from .sites import Site

_OPPOSITES = {
    "put": ("get",),
    "save": ("load", "restore"),
    "write": ("read",),
    "store": ("load",),
}

Pair = tuple[str, str]


def pairs_of(sequences: Sequences, roles: Mapping[str, Role]) -> list[Pair]:
    """The (save, load) pairs of a file: registered ones, the helpers that both call, at last what is
    named alike.

    Helpers pair up where both sides call as many with the stream, in order. x_put() and x_get() are
    good enough a pair to name visits by, as another file registers them; nothing else may depend on
    it.
    """
    queue = list(_registered_pairs(roles))
    queue += _named_alike({*sequences.groups} - {n for pair in queue for n in pair})
    found: list[Pair] = []
    for pair in queue:
        if pair in found or not _is_pair(pair, sequences, roles):
            continue
        found.append(pair)
        data = sequences.syntax.source.data
        ours, theirs = ([callee_of(c, data) for c in sequences.helper_calls(name)] for name in pair)
        if len(ours) == len(theirs):
            queue += [p for p in zip(ours, theirs, strict=True) if p[0] != p[1]]
    return found


def _registered_pairs(roles: Mapping[str, Role]) -> Iterator[Pair]:
    """What is registered as a pair; of a place that has one load for several saves, each with it."""
    for name, role in roles.items():
        if role.direction != Direction.PUT:
            continue
        loads = [
            other
            for other, theirs in roles.items()
            if theirs.direction == Direction.GET
            and (theirs.by, theirs.offset) == (role.by, role.offset)
        ]
        if role.partner or len(loads) == 1:
            yield name, role.partner or loads[0]


def _named_alike(names: set[str]) -> list[Pair]:
    """Of some functions, x_put() with x_get() and so on."""
    guesses = [
        (name, "_".join((*words[:at], opposite, *words[at + 1 :])))
        for name in sorted(names)
        for words in (name.split("_"),)
        for at, word in enumerate(words)
        for opposite in _OPPOSITES.get(word, ())
    ]
    return [pair for pair in guesses if pair[1] in names]


def _is_pair(pair: Pair, sequences: Sequences, roles: Mapping[str, Role]) -> bool:
    """Whether one function moves all of its values out, the other in."""
    save, load = ([s.site for s in sequences.sequence_of(name)] for name in pair)
    return pair[0] != pair[1] and all(
        _all_go(sites, direction) and (name not in roles or roles[name].direction == direction)
        for name, sites, direction in zip(pair, (save, load), Direction, strict=True)
    )


def _all_go(sites: Sequence[Site], direction: Direction) -> bool:
    return bool(sites) and all(s.primitive.direction == direction for s in sites)
