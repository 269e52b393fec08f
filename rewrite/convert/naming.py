# SPDX-License-Identifier: GPL-2.0-or-later
"""What each visit of a file is called: a save and its load are named as one.

The sequences of both are laid beside each other; what stands at one place is one value and gets one
name, the best that either side has for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..c.syntax import Syntax
from .align import Aligned, Alignment
from .handlers import Role
from .hints import Hint, Meaning, hint_for
from .names import without_accessor
from .pairing import pairs_of
from .sequences import Sequences, Slot, is_fixed, merge_chosen, merge_steered, merge_terminated
from .sites import Site

_PLAIN = frozenset(("value", "marker", "unused", "more", "index"))
"""Names that say nothing of a field."""


@dataclass(frozen=True)
class NameClash:
    """A pair of sites, save and load, at one place of the wire that have different names."""

    save: Site
    load: Site
    saved: str
    loaded: str


@dataclass(frozen=True)
class Naming:
    """The name of each site's visit by the site's offset, and where save and load differ."""

    names: Mapping[int, str]
    clashes: tuple[NameClash, ...]


def name_sites(
    functions: Sequence[tuple[str, Sequence[Site]]],
    roles: Mapping[str, Role],
    syntax: Syntax,
    stream_types: tuple[str, ...],
) -> Naming:
    """The names of all sites of a file, given by function.

    Of a name that #if defines several times no pair is made.
    """
    data = syntax.source.data
    values = _Values()
    for name, sites in functions:
        values.add_function(name, sites, {s.start: hint_for(s, data) for s in sites})
    count = Counter(name for name, _ in functions)
    groups = {name: sites for name, sites in functions if name and sites and count[name] == 1}
    sequences = Sequences(syntax, groups, stream_types)
    met: list[Aligned] = []
    for save, load in pairs_of(sequences, roles):
        found = _laid_out(sequences, save, load, values)
        met += found
        for aligned in found:
            values.meet(aligned)
    names = values.names()
    return Naming(names, tuple(_find_clashes(met, names)))


def _find_clashes(met: Iterable[Aligned], names: Mapping[int, str]) -> Iterable[NameClash]:
    """Where two sites that move the same value have different names, each place once."""
    found = {}
    for aligned in (a for a in met if a.sure):
        save, load = aligned.save.site, aligned.load.site
        saved, loaded = names[save.start], names[load.start]
        if saved != loaded:
            found[save.start, load.start] = NameClash(save, load, saved, loaded)
    return found.values()


def _laid_out(sequences: Sequences, save: str, load: str, values: _Values) -> tuple[Aligned, ...]:
    """The slots of a pair that meet, in that form of the save which fits its load best."""
    saves = merge_chosen(sequences.sequence_of(save), sequences.syntax)
    loads = merge_steered(sequences.sequence_of(load), sequences.syntax.source.data)
    options = [saves]
    if any(slot.heads for slot in loads):
        options.append(merge_terminated(saves))
    layouts = [Alignment(option, loads, values.names_of) for option in options]
    return max(layouts, key=lambda layout: layout.fit).slots


class _Values:
    """The values of a file: which sites move one and the same, and what each may be called."""

    def __init__(self) -> None:
        self._hints: dict[int, Hint] = {}
        self._root: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}
        self._function: dict[int, tuple[str, int]] = {}
        self._objects: dict[int, str] = {}
        self._sizes: Counter[tuple[str, int]] = Counter()

    def add_function(self, name: str, sites: Sequence[Site], hints: Mapping[int, Hint]) -> None:
        """Take in the sites of one function; those of one object are one value."""
        self._hints |= hints
        first: dict[str, int] = {}
        for site in sites:
            self._root[site.start] = site.start
            self._members[site.start] = [site.start]
            self._function[site.start] = (name, sites[0].start)
            own = hints[site.start].operand or f"@{site.start}"
            self._objects[site.start] = "" if is_fixed(site) else own
            self._join(first.setdefault(hints[site.start].key, site.start), site.start)

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self._root[one], self._root[other]))
        if first != second and not self._are_apart(first, second):
            for member in self._members[second]:
                self._root[member] = first
            self._members[first] += self._members.pop(second)

    def _are_apart(self, one: int, other: int) -> bool:
        """Whether one name would be that of two objects in one function."""
        objects: dict[tuple[str, int], str] = {}
        for start in (*self._members[one], *self._members[other]):
            key = self._objects[start]
            if key and objects.setdefault(self._function[start], key) != key:
                return True
        return False

    def names_of(self, slot: Slot) -> set[str]:
        """The names that say something of what a slot moves."""
        return {p for s in slot.sites for p in self._hints[s.start].paths} - _PLAIN

    def meet(self, aligned: Aligned) -> None:
        """Make what two sequences have at one place one value, unless it is two different fields."""
        for slot in (aligned.save, aligned.load):
            for site in slot.sites[1:]:
                self._join(slot.site.start, site.start)
        one, other = aligned.save.site.start, aligned.load.site.start
        if aligned.sure and not self._are_different(one, other):
            self._join(one, other)

    def _are_different(self, one: int, other: int) -> bool:
        """Whether both are fields for sure, and no name of one is also the other's or the end of it."""
        fields = [
            [
                self._hints[m].paths
                for m in self._members[self._root[start]]
                if self._hints[m].meaning is Meaning.FIELD
            ]
            for start in (one, other)
        ]
        return not all(
            any(_may_be_one(p, q) for p in first for q in second)
            for first in fields[0]
            for second in fields[1]
        )

    def _names_from_functions(self, members: Sequence[int]) -> list[str]:
        """What functions that move but one value are about, by their names: get_cpsr() is about cpsr."""
        functions = {self._function[m] for m in members}
        found = {without_accessor(name) for name, _ in functions}
        alone = all(self._sizes[function] == 1 for function in functions)
        named = all(without_accessor(name) != name for name, _ in functions)
        return list(found) if alone and named and len(found) == 1 else []

    def names(self) -> dict[int, str]:
        """The name of each site; two values of a function never share one."""
        given = _GivenNames()
        self._sizes = Counter(self._function.values())
        result: dict[int, str] = {}
        classes = [
            (sorted(members, key=lambda m: (-self._hints[m].meaning, m)), root)
            for root, members in self._members.items()
        ]
        classes.sort(key=lambda c: (-self._hints[c[0][0]].meaning, c[1]))
        for members, root in classes:
            functions = frozenset(self._function[m] for m in members)
            name = self._choose_free(members, functions, given)
            given.give(name, functions, root)
            result |= dict.fromkeys(members, name)
        return result

    def _choose_free(
        self, members: Sequence[int], functions: frozenset[tuple[str, int]], given: _GivenNames
    ) -> str:
        """The best name of a value that no other value of its functions has."""
        hints = [self._hints[m] for m in members]
        candidates = _list_candidates(hints)
        if hints[0].meaning is Meaning.VAGUE:
            candidates = [*self._names_from_functions(members), *candidates]
        owner = given.owner(candidates[0], functions)
        if owner is not None and self._hints[owner].root == hints[0].root:
            # Of one object, or of none: what it is in does not tell it apart, but an index may.
            candidates = [c for c in candidates if not c.startswith(f"{hints[0].root}.")]
        for name in candidates:
            if given.owner(name, functions) is None:
                return name
        return given.numbered(candidates[0], functions)


@dataclass
class _GivenNames:
    """The names that values have, by function, each with the root of its value."""

    _names: dict[tuple[str, int], dict[str, tuple[int, int]]] = field(default_factory=dict)
    _count: int = 0
    _last: dict[tuple[frozenset[tuple[str, int]], str], int] = field(default_factory=dict)

    def give(self, name: str, functions: frozenset[tuple[str, int]], root: int) -> None:
        """Note that a value of some functions has a name."""
        self._count += 1
        for function in functions:
            self._names.setdefault(function, {})[name] = self._count, root

    def owner(self, name: str, functions: frozenset[tuple[str, int]]) -> int | None:
        """The value of any of the functions that has a name, None where there is none.

        Of several it is the one that got it last.
        """
        owners = [self._names.get(function, {}).get(name) for function in functions]
        _, root = max((o for o in owners if o is not None), default=(0, None))
        return root

    def numbered(self, name: str, functions: frozenset[tuple[str, int]]) -> str:
        """A name with the first number that none of the functions has. A number that was had stays so."""
        number = self._last.get((functions, name), 2)
        while self.owner(f"{name}#{number}", functions) is not None:
            number += 1
        self._last[functions, name] = number
        return f"{name}#{number}"


def _list_candidates(hints: Sequence[Hint]) -> list[str]:
    """The names of one value, best first; `hints` are those of its sites, best first."""
    meaning = hints[0].meaning
    best = [h for h in hints if h.meaning is meaning]
    if meaning in (Meaning.NOTHING, Meaning.FIXED):
        return [_plain_name(hints)]
    calls = list(dict.fromkeys(h.call for h in hints if h.call))
    if meaning is Meaning.ACCESSOR and len(calls) > 1 and best[0].paths[0] in calls:
        common = _common_word(calls[0], calls[1])
        if common:
            return [common]
    shared = [p for p in best[0].paths if all(p in h.paths for h in best)]
    ends = [p for p in best[0].paths if all(_may_be_one(p, h.paths[0]) for h in best)]
    if meaning is Meaning.ACCESSOR:
        ends = sorted((h.paths[0] for h in best), key=len)
    names = [*shared, *ends, *(p for h in hints if h.meaning for p in (*h.paths, *h.spare))]
    return list(dict.fromkeys(names))


def _plain_name(hints: Sequence[Hint]) -> str:
    """The name of what is no variable on either side: a constant, or what nothing keeps."""
    names = {p for h in hints for p in h.paths}
    constants = {p for h in hints if h.meaning is Meaning.FIXED for p in h.paths}
    for name in ("more", "unused", "index"):
        if name in names:
            return name
    if len(constants) == 1:
        return min(constants)
    return "marker" if constants or "marker" in names else "value"


def _may_be_one(one: str, other: str) -> bool:
    """Whether two member paths are the same from where the shorter one begins."""
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _common_word(one: str, other: str) -> str:
    """What two accessors are about: `helper_mfvscr` and `helper_mtvscr` are about vscr."""
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    word = one[len(one) - length :].strip("_")
    return word if len(word) > 2 and not word[0].isdigit() else ""
