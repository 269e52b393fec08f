# SPDX-License-Identifier: GPL-2.0-or-later
"""A conversion as a series of changes: which functions go together, in which order, under which name.

Every change is whole: it takes functions that call the support code from one text to another that
says the same on the wire, and no other function knows of it. So a tree builds and works after each
change if it does after the support code, which comes first.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from posixpath import basename, dirname, splitext

from ..convert.conversion import FileResult, SiteOutcome
from ..convert.outcome import Conversion
from ..files.diff import count_lines
from ..files.edit import Edit, FileChange, apply_edits
from ..support.plan import SupportPlan
from .maintainers import Maintainers, Person
from .prefix import Learn, learn_nothing
from .together import FunctionToChange, Group

DEFAULT_LINES = 600
"""Changed lines from which a change is split, where its functions allow: what one reads at a go."""

_PARTS = re.compile(r"[/_-]")


@dataclass(frozen=True)
class Differing:
    """A value that a file's save and load call by different names, and where, in the old text."""

    file: str
    save_line: int
    load_line: int
    saved: str
    loaded: str


@dataclass(frozen=True)
class SeriesStep:
    """One change of the series.

    `place` is what its subject starts with. The `changes` lead from the texts that the steps before
    it left. `shared` names the helpers that hold its files together, `outcomes` what became of its
    sites, by file, and `differing` what its saves and loads call by different names. `support` is set
    in the step that adds the support code. `part` counts from 1 where several steps have one place,
    else it is 0. `whole` says that its files are changed by no other step of the conversion.
    """

    place: str
    changes: tuple[FileChange, ...]
    created: frozenset[str] = frozenset()
    functions: Group = ()
    outcomes: tuple[tuple[str, SiteOutcome], ...] = ()
    shared: tuple[str, ...] = ()
    differing: tuple[Differing, ...] = ()
    copies: tuple[Person, ...] = ()
    support: SupportPlan | None = None
    part: int = 0
    whole: bool = True

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that it changes."""
        return tuple(c.source.name for c in self.changes)

    @property
    def conversions(self) -> list[Conversion]:
        """The sites that it converts."""
        return [o for _, o in self.outcomes if isinstance(o, Conversion)]


@dataclass(frozen=True)
class CutPlan:
    """How to cut a series: by "file", "directory" or "maintainer", and how many lines at most.

    `learn` tells what subjects of changes of some files begin with.
    """

    by: str = "file"
    max_lines: int = DEFAULT_LINES
    maintainers: Maintainers = field(default_factory=lambda: Maintainers(()))
    learn: Learn = learn_nothing


def build_series(
    files: Sequence[FileResult], groups: Sequence[Group], support: SupportPlan, plan: CutPlan
) -> list[SeriesStep]:
    """The steps that make of the tree what the support code and the conversion make of it."""
    steps = [_support_step(support, plan.maintainers)] if support.changes else []
    changed = {f.source.name: f for f in files if f.change is not None}
    pieces = [
        (place, piece)
        for place, clusters in _cut_units(_cluster_groups(groups), plan)
        for piece in _cut_pieces(clusters, changed, plan)
        if piece
    ]
    pieces.sort(key=lambda p: (p[1][0][0].file, p[1][0][0].start))
    told = _share_outcomes([list(_list_members(p)) for _, p in pieces], files)
    done: dict[str, list[Edit]] = {name: [] for name in changed}
    times = Counter(name for _, piece in pieces for name in _list_files(piece))
    for (place, piece), outcomes in zip(pieces, told, strict=True):
        step = _make_step(place, piece, outcomes, changed, done, plan)
        steps.append(replace(step, whole=all(times[name] == 1 for name in step.files)))
    return _number_parts(_with_habits(steps, plan.learn))


def _support_step(support: SupportPlan, maintainers: Maintainers) -> SeriesStep:
    names = [c.source.name for c in support.changes]
    return SeriesStep(
        "migration", support.changes, support.created,
        copies=maintainers.find_copies(names), support=support,
    )  # fmt: skip


# -- units ----------------------------------------------------------------------------------------

Cluster = tuple[Group, ...]
"""The groups of files that share a group."""


def _list_members(groups: Iterable[Group]) -> Iterable[FunctionToChange]:
    return (function for group in groups for function in group)


def _list_files(groups: Iterable[Group]) -> list[str]:
    """The files of some groups, sorted."""
    return sorted({function.file for function in _list_members(groups)})


def _cluster_groups(groups: Sequence[Group]) -> list[Cluster]:
    """The groups by the files that they tie together: no two clusters have a file in common."""
    owner: dict[str, list[Group]] = {}
    for group in groups:
        merged: list[Group] = []
        for name in _list_files([group]):
            for other in owner.get(name, ()):
                if not any(other is m for m in merged):
                    merged.append(other)
        merged.append(group)
        for name in _list_files(merged):
            owner[name] = merged
    unique = {id(found): found for found in owner.values()}
    return [tuple(sorted(c, key=lambda g: (g[0].file, g[0].start))) for c in unique.values()]


def _cut_units(clusters: Sequence[Cluster], plan: CutPlan) -> list[tuple[str, list[Cluster]]]:
    """The clusters by what the series is cut by, with its name."""
    if plan.by == "file":
        return [("", [cluster]) for cluster in clusters]
    units: dict[str, list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        home = _home_file(list(_list_members(cluster)))
        section = plan.maintainers.find_section(home) if plan.by == "maintainer" else None
        units[section.title if section is not None else dirname(home)].append(cluster)
    return list(units.items())


def _home_file(functions: Sequence[FunctionToChange]) -> str:
    """The file that stands for a cluster: that of the helper that the others share, or the one with
    most changes."""
    helpers = shared_helpers(functions)
    if helpers:
        return helpers[0].file
    edits: Counter[str] = Counter()
    for function in functions:
        edits[function.file] += len(function.edits)
    return min(edits, key=lambda name: (-edits[name], name))


def _cut_pieces(
    clusters: Sequence[Cluster], changed: Mapping[str, FileResult], plan: CutPlan
) -> list[list[Group]]:
    """The groups of a unit in pieces of at most the wanted size, as far as what must stay together
    allows: by files and, where the files of a cluster are too much, by functions."""
    pieces: list[list[Group]] = []
    pending: list[Group] = []
    for cluster in sorted(clusters, key=_list_files):
        if _count_lines(cluster, changed) > plan.max_lines:
            pieces += [pending, *_pack_groups([[g] for g in cluster], changed, plan)]
            pending = []
        elif _count_lines([*pending, *cluster], changed) > plan.max_lines:
            pieces.append(pending)
            pending = list(cluster)
        else:
            pending += cluster
    return [*pieces, pending]


def _pack_groups(
    lots: Sequence[list[Group]], changed: Mapping[str, FileResult], plan: CutPlan
) -> list[list[Group]]:
    """The groups one after the other, in as few pieces as their order allows."""
    pieces: list[list[Group]] = [[]]
    for lot in lots:
        if pieces[-1] and _count_lines([*pieces[-1], *lot], changed) > plan.max_lines:
            pieces.append([])
        pieces[-1] += lot
    return pieces


def _count_lines(groups: Sequence[Group], changed: Mapping[str, FileResult]) -> int:
    """The lines that the functions of some groups add and remove."""
    lines = 0
    for name in _list_files(groups):
        source = changed[name].source
        edits = [e for f in _list_members(groups) if f.file == name for e in f.edits]
        lines += sum(count_lines(FileChange(source, apply_edits(source.data, edits)), edits))
    return lines


# -- steps ----------------------------------------------------------------------------------------


def _share_outcomes(
    pieces: Sequence[Sequence[FunctionToChange]], files: Iterable[FileResult]
) -> list[list[tuple[str, SiteOutcome]]]:
    """What became of the sites of each piece; what is in no changed function is told with the last
    piece that changes the file."""
    told: list[list[tuple[str, SiteOutcome]]] = [[] for _ in pieces]
    last = {f.file: at for at, functions in enumerate(pieces) for f in functions}
    home = {f: at for at, functions in enumerate(pieces) for f in functions}
    for file in files:
        name = file.source.name
        if name not in last:
            continue
        mine = [f for f in home if f.file == name]
        for outcome in file.outcomes:
            at = next((home[f] for f in mine if f.holds(outcome.site.start)), last[name])
            told[at].append((name, outcome))
    return told


def _make_step(
    place: str,
    piece: Sequence[Group],
    outcomes: Sequence[tuple[str, SiteOutcome]],
    changed: Mapping[str, FileResult],
    done: dict[str, list[Edit]],
    plan: CutPlan,
) -> SeriesStep:
    """One step after those that made the edits `done`, to which its own are added."""
    functions = tuple(sorted(_list_members(piece), key=lambda f: (f.file, f.start)))
    changes = []
    for name in _list_files(piece):
        source = changed[name].source
        before = apply_edits(source.data, done[name])
        done[name] += [e for f in functions if f.file == name for e in f.edits]
        changes.append(
            FileChange(replace(source, data=before), apply_edits(source.data, done[name]))
        )
    names = tuple(c.source.name for c in changes)
    helpers = shared_helpers(functions)
    return SeriesStep(
        place=_name_place(names, place, functions, plan.by),
        changes=tuple(changes),
        functions=functions,
        outcomes=tuple(outcomes),
        shared=tuple(dict.fromkeys(f.name for f in helpers)),
        differing=_find_differing(functions, [changed[name] for name in names]),
        copies=plan.maintainers.find_copies(names) if plan.by == "maintainer" else (),
    )


def _find_differing(
    functions: Sequence[FunctionToChange], files: Sequence[FileResult]
) -> tuple[Differing, ...]:
    """What the loads among some functions call by other names than their saves."""
    found = []
    for file in files:
        mine = [f for f in functions if f.file == file.source.name]
        for clash in file.clashes:
            if any(f.holds(clash.load.start) for f in mine):
                save, load = (file.source.position(s.start) for s in (clash.save, clash.load))
                found.append(
                    Differing(file.source.name, save.line, load.line, clash.saved, clash.loaded)
                )
    return tuple(found)


def _name_place(
    names: Sequence[str], unit: str, functions: Sequence[FunctionToChange], by: str
) -> str:
    """What a subject starts with: a path without suffix, as QEMU's do, or a directory."""
    if by == "directory" and unit:
        return unit
    common = _common_start([splitext(name)[0] for name in names])
    if len(names) == 1 or (common and not any(n.startswith(common + "/") for n in names)):
        return common
    if by == "file" and shared_helpers(functions):
        return splitext(_home_file(functions))[0]
    alike = _common_start([splitext(basename(name))[0] for name in names])
    folders = {basename(dirname(name)) for name in names}
    if "/" not in common and (alike or len(folders) == 1):
        return alike or folders.pop()
    return common if "/" in common else dirname(_home_file(functions)) or common or "treewide"


def _common_start(stems: Sequence[str]) -> str:
    """The longest start of all that ends where a word of each does."""
    common = stems[0]
    for stem in stems[1:]:
        ends = [m.start() for m in _PARTS.finditer(common)] + [len(common)]
        common = next(
            (common[:e] for e in reversed(ends) if _starts_with(stem, common[:e])), ""
        )  # fmt: skip
    return common


def _starts_with(stem: str, start: str) -> bool:
    return stem == start or (
        stem.startswith(start) and _PARTS.match(stem[len(start) :]) is not None
    )


def shared_helpers(functions: Sequence[FunctionToChange]) -> list[FunctionToChange]:
    """The functions that others of another file call, those most called first."""
    calls = Counter(
        helper
        for helper in functions
        if helper.exported
        for caller in functions
        if caller.file != helper.file and helper.name in caller.calls
    )
    return sorted(calls, key=lambda f: (-calls[f], f.file, f.start))


def _with_habits(steps: Sequence[SeriesStep], learn: Learn) -> list[SeriesStep]:
    """The steps under the prefixes that the history of their files has, where no two come to one."""
    learned = [learn(step.files) if step.support is None else "" for step in steps]
    times = Counter(learned) + Counter(s.place for s in steps if s.support is None)
    return [
        replace(step, place=prefix) if prefix and times[prefix] == 1 else step
        for step, prefix in zip(steps, learned, strict=True)
    ]


def _number_parts(steps: Sequence[SeriesStep]) -> list[SeriesStep]:
    """The steps with parts where more than one has the same place."""
    times = Counter(step.place for step in steps if step.support is None)
    seen: Counter[str] = Counter()
    numbered = []
    for step in steps:
        seen[step.place] += step.support is None
        several = step.support is None and times[step.place] > 1
        numbered.append(replace(step, part=seen[step.place]) if several else step)
    return numbered
