# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole way of one file, and of a tree: find, keep, plan, edit, check. Nothing here writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from tree_sitter import Node

from ..c.headers import Headers
from ..c.syntax import Syntax, nests_functions
from ..c.types import Resolver
from ..files.edit import Edit, FileChange, apply_edits
from ..files.source import SourceFile
from ..files.tree import Scan, Skipped, Tree
from ..files.workers import in_order, processes_for
from ..rules.place import rules_at
from ..rules.ruleset import Dialect, Rules
from ..terms import Direction
from ..wire.check import list_readable
from .candidates import list_needles, name_pattern
from .codes import CODES
from .context import FileContext, known_names
from .dialects import detect_dialect
from .handlers import Role, find_roles
from .meaning import is_alias
from .naming import NameClash, name_sites
from .outcome import Conversion, FunctionPlan, Refusal
from .plan import plan_function
from .refuse import unsound_code
from .sites import Site, Usage, find_sites
from .type_facts import facts_of
from .visitors import find_visitor_functions, is_visit
from .vocabulary import make_vocabulary, self_check


@dataclass(frozen=True)
class Kept:
    """A plumbing site: it stays because a rule says so."""

    site: Site
    reason: str


@dataclass(frozen=True)
class CheckFailure:
    """A conversion that the self-check did not accept: a bug of the tool. `line` is of the old text."""

    line: int
    function: str
    message: str


SiteOutcome = Conversion | Refusal | Kept
_Group = tuple[str, list[Site]]


_VISIT = "a visit's own body: it takes a visitor and no stream, and does what a visit asks for"
_OF_VISITOR = "a visitor's own function: a visit comes to it, and a visit in it would call itself"


@dataclass(frozen=True)
class FileResult:
    """What became of the `sites` of one file. `change` is None where nothing is to be written.

    `clashes` are places of the wire where save and load call the value by different names.
    """

    source: SourceFile
    sites: int
    outcomes: tuple[SiteOutcome, ...]
    roles: dict[str, Role]
    change: FileChange | None
    edits: tuple[Edit, ...]
    failures: tuple[CheckFailure, ...]
    functions_changed: int
    clashes: tuple[NameClash, ...]


@dataclass(frozen=True)
class TreeResult:
    """What became of all sites under the given paths."""

    root: Path
    dialect: Dialect
    files: tuple[FileResult, ...]
    skipped: tuple[Skipped, ...]

    @cached_property
    def changes(self) -> list[FileChange]:
        """The files to write."""
        return [f.change for f in self.files if f.change is not None]


Chosen = Callable[[str, str], bool]
"""Whether a function of a file, both by name, is part of a run."""


@dataclass
class Converter:
    """Converts the files of one tree with one set of rules in one dialect."""

    tree: Tree
    rules: Rules
    dialect: Dialect
    _pattern: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Build what is the same for all files."""
        rules = self.rules
        self._pattern = name_pattern(rules)
        self.headers = Headers(
            self.tree, rules.include_dirs, rules.target_dirs, rules.target_headers
        )
        self.resolver = Resolver(self.headers, facts_of(rules))
        self._words = make_vocabulary(rules, self.dialect)
        self._chosen: list[Chosen] = []

    def choose(self, chosen: Chosen) -> None:
        """Narrow the conversion to the functions that are chosen, and by what was before.

        What is in no function, and the sites of all others, are not part of the run then: they are
        neither changed nor counted. Names are those that the whole conversion gives.
        """
        self._chosen.append(chosen)

    def _is_chosen(self, path: str, function: str) -> bool:
        return all(chosen(path, function) for chosen in self._chosen)

    def convert_file(self, source: SourceFile) -> FileResult:
        """Plan and check one file."""
        path = str(source.path)
        self.headers.add(path, source.data)
        self.resolver.forget(path)
        syntax = Syntax(source, self.resolver.find_macros(path).is_statement)
        known = known_names(self.resolver, path)
        sites = find_sites(syntax, self.rules, self._pattern, known)
        roles = find_roles(syntax, self.rules) if sites else {}
        kept, groups = self._group_sites(source, sites)
        groups = self._mark_unreadable(source, groups)
        sound = [(name, [s for s in group if unsound_code(s) is None]) for name, group in groups]
        naming = name_sites(sound, roles, syntax, self.rules.stream_types)
        if self._chosen:
            kept = [one for one in kept if self._is_chosen(source.name, one.site.function)]
            groups = [group for group in groups if self._is_chosen(source.name, group[0])]
        context = FileContext(syntax, self.rules, self.dialect, self.resolver, naming.names)
        plans = [
            _plan_function(context, name, group, roles[name].direction if name in roles else None)
            for name, group in groups
        ]
        plans, new, failures = self._settle_plans(syntax, plans)
        outcomes: list[SiteOutcome] = [*kept, *(o for p in plans for o in p.outcomes)]
        outcomes.sort(key=lambda o: o.site.start)
        return FileResult(
            source=source,
            sites=len(sites) if not self._chosen else len(outcomes),
            outcomes=tuple(outcomes),
            roles=roles,
            change=FileChange(source, new) if new is not None else None,
            edits=_edits_of(plans) if new is not None else (),
            failures=failures,
            functions_changed=sum(1 for p in plans if p.edits) if new is not None else 0,
            clashes=naming.clashes,
        )

    def convert_once(self, source: SourceFile) -> FileResult | None:
        """Plan and check one file, and let go of all but its headers; None where it has no site."""
        result = self.convert_file(source)
        self.resolver.forget(str(source.path))
        self.headers.forget(str(source.path))
        return result if result.sites else None

    def _group_sites(
        self, source: SourceFile, sites: Sequence[Site]
    ) -> tuple[list[Kept], list[_Group]]:
        """Plumbing sites apart, the others by function."""
        kept: list[Kept] = []
        groups: dict[tuple[str, int], list[Site]] = {}
        reasons: dict[tuple[str, int], str | None] = {}
        header = self.headers.header(str(source.path)) if sites else None
        visited = find_visitor_functions(header) if header is not None else frozenset()
        for site in sites:
            function = site.place.function
            key = (site.function, function.start_byte if function is not None else -1)
            if key not in reasons:
                own = site.function in visited
                reasons[key] = self._plumbing_reason(source, site.function, function, own)
            reason = self._defining(site) or reasons[key]
            if reason is not None:
                kept.append(Kept(site, reason))
                continue
            groups.setdefault(key, []).append(site)
        return kept, [(name, group) for (name, _), group in groups.items()]

    def _mark_unreadable(self, source: SourceFile, groups: list[_Group]) -> list[_Group]:
        """The groups, with the sites of functions that could not be checked marked as unparsed.

        The check and the parser must see the same function: where braces are lost, they may not.
        """
        bodies = list_readable(source.data, {name for name, _ in groups}) if groups else {}
        return [
            (
                name,
                [s if s.end <= bodies.get(_body_start(s), 0) else _mark_unparsed(s) for s in sites],
            )
            for name, sites in groups
        ]

    def _defining(self, site: Site) -> str | None:
        """The reason for a site that a primitive's alias is defined as."""
        aliased = self.rules.primitives.get(site.macro)
        alias = aliased is not None and is_alias(self.rules, aliased, site.primitive.name)
        return self.rules.definition_reason if alias else None

    def _plumbing_reason(
        self, source: SourceFile, name: str, function: Node | None, own: bool
    ) -> str | None:
        """Why all sites of a function stay, None where they need not; `own` if it is a visitor's own."""
        if name in self.rules.primitives:
            return self.rules.definition_reason
        if is_visit(function, source.data):
            return _VISIT
        if own:
            return _OF_VISITOR
        rule = self.rules.plumbing_for(source.name, name)
        return rule.reason if rule is not None else None

    def _settle_plans(
        self, syntax: Syntax, plans: list[FunctionPlan]
    ) -> tuple[list[FunctionPlan], bytes | None, tuple[CheckFailure, ...]]:
        """The plans that hold, the text that they make (None for no change) and the failed checks.

        A function that fails stays as it was, and the others of the file are tried without it. Where
        the parser or the check does not understand its text, the text is at fault; where a check
        fails on sound text, the tool is, and that is a failure.
        """
        failures: list[CheckFailure] = []
        while True:
            edits = _edits_of(plans)
            if not edits:
                return plans, None, tuple(failures)
            new = apply_edits(syntax.source.data, edits)
            found = self_check(syntax.source.data, new, self._words)
            if not found:
                return plans, new, tuple(failures)
            obscured = {m.function: m.message for m in found if m.obscured}
            names = {m.function for m in found}
            changed = [p for p in plans if p.edits]
            suspects = [p for p in changed if names & {p.function, ""}] or changed
            codes = {id(p): "self-check" for p in suspects}
            codes |= {id(p): "unparsed" for p in suspects if _is_damaged(syntax, p)}
            codes |= {id(p): "obscured" for p in suspects if p.function in obscured}
            if "self-check" in codes.values():
                told = [m for m in found if not m.obscured]
                failures += [CheckFailure(m.line, m.function, m.message) for m in told]
            plans = [
                _refuse_plan(p, codes[id(p)], obscured.get(p.function, "")) if id(p) in codes else p
                for p in plans
            ]


def _body_start(site: Site) -> int:
    """The first byte of the body of a site's function, -1 where there is none."""
    function = site.place.function
    body = function.child_by_field_name("body") if function is not None else None
    return body.start_byte if body is not None else -1


def _edits_of(plans: Sequence[FunctionPlan]) -> tuple[Edit, ...]:
    return tuple(edit for plan in plans for edit in plan.edits)


def _is_damaged(syntax: Syntax, plan: FunctionPlan) -> bool:
    if syntax.unbalanced or any(o.site.place.damaged for o in plan.outcomes):
        return True
    functions = (o.site.place.function for o in plan.outcomes)
    return any(f is not None and nests_functions(f) for f in functions)


def _refuse_plan(plan: FunctionPlan, code: str, reason: str) -> FunctionPlan:
    """The plan with its conversions refused: the function's text is not what it seems."""
    message = f"{CODES[code].summary}: {reason}" if reason else CODES[code].summary
    outcomes = tuple(
        Refusal(o.site, code, message) if isinstance(o, Conversion) else o for o in plan.outcomes
    )
    return FunctionPlan(plan.function, outcomes, ())


def _plan_function(
    context: FileContext, name: str, sites: list[Site], direction: Direction | None
) -> FunctionPlan:
    """Plan one function; expressions that nest too deep for it are refused."""
    try:
        return plan_function(context, name, sites, direction)
    except RecursionError:
        return plan_function(context, name, [_mark_unparsed(site) for site in sites], direction)


def _mark_unparsed(site: Site) -> Site:
    return site if unsound_code(site) is not None else replace(site, usage=Usage.UNPARSED)


def open_converter(
    root: Path, rules: Rules, dialect: Dialect | None = None, alone: bool = False
) -> Converter:
    """A converter for the tree at a resolved root; `dialect` None reads it from the tree.

    `alone`: the root is but the folder of files that are in no tree. Raises InputError where the
    tree shows no era, or its declaration of a visit is of no known shape.
    """
    tree = Tree(root, rules.skip_dirs, rules.root_markers, alone)
    chosen = dialect if dialect is not None else detect_dialect(tree, rules)
    return Converter(tree, rules_at(root, rules), chosen)


def scan_tree(converter: Converter, paths: Sequence[Path]) -> Scan:
    """Which files under `paths` may hold a site. Raises InputError for a path that can't be used."""
    wanted = list_needles(converter.rules)
    return converter.tree.scan(paths, lambda data: any(n in data for n in wanted))


Advance = Callable[[int, int], None]
"""Is called with the number of files done and of all files that may hold a site."""


def convert_scanned(converter: Converter, scan: Scan, advance: Advance) -> Iterator[FileResult]:
    """Plan and check the files of a scan, in its order, and give those that hold a site.

    What is only needed for one file is let go when the next one's turn comes, the scan's candidates
    too: memory does not grow with the tree but by what the caller keeps.
    """
    scan.candidates.reverse()
    total = len(scan.candidates)
    while scan.candidates:
        advance(total - len(scan.candidates), total)
        result = converter.convert_once(scan.candidates.pop())
        if result is not None:
            yield result


Treated = TypeVar("Treated")


def convert_each(
    converter: Converter,
    scan: Scan,
    treat: Callable[[FileResult], Treated],
    advance: Advance,
    jobs: int = 0,
) -> Iterator[Treated]:
    """What `treat` makes of each file that holds a site, in order; many files in several processes.

    `jobs` is how many, 0 for as many as are worth it. `treat` gives something that can be pickled: a
    file's outcomes refer to its parse and cannot.
    """
    processes = processes_for(len(scan.candidates), jobs)
    if processes == 1:
        yield from map(treat, convert_scanned(converter, scan, advance))
        return

    def work(source: SourceFile) -> Treated | None:
        result = converter.convert_once(source)
        return treat(result) if result is not None else None

    for done, treated in enumerate(in_order(work, scan.candidates, processes)):
        advance(done, len(scan.candidates))
        if treated is not None:
            yield treated


def convert_tree(
    converter: Converter,
    paths: Sequence[Path],
    advance: Advance = lambda done, total: None,
) -> TreeResult:
    """Plan and check every file under `paths`. Raises InputError for a path that can't be used.

    All results are kept, with the parse of each file: for large trees see `convert_scanned`.
    """
    scan = scan_tree(converter, paths)
    files = tuple(convert_scanned(converter, scan, advance))
    return TreeResult(converter.tree.root, converter.dialect, files, tuple(scan.skipped))
