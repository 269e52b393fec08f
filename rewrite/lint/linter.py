# SPDX-License-Identifier: GPL-2.0-or-later
"""The lint: what the rules forbid, in files of a tree. It finds what the converter finds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..c.headers import Header
from ..c.syntax import Syntax
from ..convert.candidates import can_hold_finding, can_register, name_pattern
from ..convert.handlers import Role, find_roles
from ..convert.sites import Site, Usage, find_sites
from ..convert.visitors import find_visitor_functions, is_visit
from ..files.source import SourceFile
from ..files.workers import work_through
from ..rules.ruleset import Rules
from .allowed import find_allowed
from .config import LintConfig
from .finding import STATE_CODES, Finding
from .pairs import PAIR_CODES, Pairs

if TYPE_CHECKING:
    from ..schema.tables_types import TypeFault

_PAIRS = (*PAIR_CODES, "version-rejected")


@dataclass
class Linter:
    """Lints files with one set of rules and one configuration.

    `elsewhere` are the roles that other files register functions for, by the function's name, and
    `pairs` those of all files that are linted together; without them a file is on its own. `tables`
    are the faults of VMState tables by file, None where these are not looked at.
    """

    rules: Rules
    config: LintConfig
    elsewhere: Mapping[str, Role] = field(default_factory=dict)
    pairs: Pairs | None = None
    tables: Mapping[str, Sequence[TypeFault]] | None = None

    def __post_init__(self) -> None:
        """Build what is the same for all files."""
        self._pattern = name_pattern(self.rules)
        self._wants = can_hold_finding(self.rules)

    def lint(self, source: SourceFile) -> list[Finding]:
        """The findings of one file, in the order of its lines, without what comments allow."""
        return without_allowed(self.lint_all(source))

    def lint_all(self, source: SourceFile) -> list[Finding]:
        """The findings of one file, in the order of its lines; what a comment allows says so."""
        tables = (self.tables or {}).get(source.name, ())
        if self.config.excludes(source.name) or not (tables or self._wants(source.data)):
            return []
        syntax = Syntax(source)
        visited = find_visitor_functions(Header(str(source.path), source.data))
        found_sites = find_sites(syntax, self.rules, self._pattern)
        sites = [s for s in found_sites if self._is_device_code(source, s, visited)]
        found = [*self._lint_primitives(source, sites), *self._lint_handlers(source, syntax, sites)]
        found += self._lint_tables(source, tables)
        found = self._mark_suppressed(source, found)
        found.sort(key=lambda f: (f.line, f.column, f.code))
        return list(dict.fromkeys(found))

    def _is_device_code(self, source: SourceFile, site: Site, visited: Collection[str]) -> bool:
        if site.usage is Usage.NAMED or site.function in self.rules.primitives:
            return False
        if site.usage is Usage.MACRO_BODY and site.macro in self.rules.primitives:
            return False
        if site.function in visited or is_visit(site.place.function, source.data):
            return False
        return self.rules.plumbing_for(source.name, site.function) is None

    def _lint_primitives(self, source: SourceFile, sites: Sequence[Site]) -> Iterator[Finding]:
        for site in sites:
            names = self.config.primitives
            if names is None or site.primitive.name in names:
                detail = f"{site.primitive.name} in {_spell_function(site.function)}"
                yield from self._finding_at(source, "new-primitive", site, detail)

    def _finding_at(
        self, source: SourceFile, code: str, site: Site, detail: str
    ) -> Iterator[Finding]:
        text = _line_text(source, site.start, site.end)
        yield from self.make_finding(
            source, code, (site.start, site.end), site.function, text=text, detail=detail
        )

    def make_finding(
        self,
        source: SourceFile,
        code: str,
        span: tuple[int, int],
        function: str,
        *,
        text: str,
        detail: str,
    ) -> Iterator[Finding]:
        """A finding, unless the configuration turns its code off."""
        rule = self.rules.lint[code]
        severity = self.config.severity_of(rule)
        if severity == "off":
            return
        message = f"{self.config.message.get(code, rule.message)}: {detail}"
        first, last = source.position(span[0]), source.position(max(span[1] - 1, span[0]))
        yield Finding(
            code, severity, source.name, first.line, first.column, last.line,
            function, text, message, rule.hint, offset=span[0], end_column=last.column + 1,
        )  # fmt: skip

    # -- the two sides of a handler ---------------------------------------------------------------

    def _lint_handlers(
        self, source: SourceFile, syntax: Syntax, sites: Sequence[Site]
    ) -> Iterator[Finding]:
        groups: dict[str, list[Site]] = {}
        for site in sites:
            groups.setdefault(site.function, []).append(site)
        roles = {name: role for name, role in self.elsewhere.items() if name in groups}
        roles |= find_roles(syntax, self.rules)
        for name, role in roles.items():
            for site in groups.get(name, ()):
                if site.primitive.direction != role.direction:
                    detail = (
                        f"{site.primitive.name} in {_spell_function(name)}, registered by {role.by}"
                    )
                    yield from self._finding_at(source, "mixed-direction", site, detail)
        yield from self._lint_pairs(source)

    def _lint_pairs(self, source: SourceFile) -> Iterator[Finding]:
        """What the pairs whose load is in this file disagree in."""
        if all(self.config.severity_of(self.rules.lint[c]) == "off" for c in _PAIRS):
            return
        pairs = self.pairs or Pairs(self.rules, [source])
        for pair, version in pairs.of_file(source):
            if self.rules.plumbing_for(source.name, pair.load) is not None:
                continue
            refused = pairs.find_rejection(source, pair, version) if version is not None else None
            if refused is not None:
                detail = f"{pair.load}() is registered with version {version}"
                span = _span_of_line(source, refused)
                yield from self.make_finding(
                    source, "version-rejected", span, pair.load, text=detail, detail=detail
                )
            settled = version if refused is None else None
            found = pairs.find_disagreement(source, pair, settled)
            if found is not None:
                detail = f"{pair.load}() {found.message}"
                text = f"{pair.load}() {found.text}"
                span = _span_of_line(source, found.line)
                yield from self.make_finding(
                    source, found.code, span, pair.load, text=text, detail=detail
                )

    def _lint_tables(self, source: SourceFile, faults: Sequence[TypeFault]) -> Iterator[Finding]:
        """The entries of tables that do not fit their members."""
        for fault in faults:
            detail = f"in {fault.symbol}, {fault.text}"
            span = _span_of_line(source, fault.place.line)
            yield from self.make_finding(source, "table-type", span, "", text=detail, detail=detail)

    def _is_on(self, code: str) -> bool:
        """Whether findings of a code are looked for."""
        on = self.config.severity_of(self.rules.lint[code]) != "off" and code not in STATE_CODES
        return on and (code != "table-type" or self.tables is not None)

    # -- suppressions -----------------------------------------------------------------------------

    def _mark_suppressed(self, source: SourceFile, found: Iterable[Finding]) -> list[Finding]:
        """The findings, marked where a comment allows them, and what is wrong with the comments."""
        left, suppressed = list(found), list[Finding]()
        for allowed in find_allowed(source):
            text = f"allow({allowed.code})"
            span = (allowed.offset, allowed.offset + 2)
            if not allowed.reason or allowed.code not in self.rules.lint:
                what = "no such code" if allowed.reason else "no reason"
                left += self.make_finding(
                    source, "bad-suppression", span, "", text=text, detail=f"{text}, {what}"
                )
                continue
            kept = [f for f in left if not allowed.covers(f.code, f.line, f.last)]
            suppressed += [replace(f, allowed=allowed.reason) for f in left if f not in kept]
            if len(kept) == len(left) and self._is_on(allowed.code):
                kept += self.make_finding(
                    source, "unused-suppression", span, "", text=text, detail=text
                )
            left = kept
        return [*left, *suppressed]


def without_allowed(found: Iterable[Finding]) -> list[Finding]:
    """The findings that no comment allows."""
    return [finding for finding in found if not finding.allowed]


def _spell_function(function: str) -> str:
    return f"{function}()" if function else "no function"


def _line_text(source: SourceFile, start: int, end: int) -> str:
    """The lines of a span, comments of the lint removed, white space made one blank."""
    stop = source.data.find(b"\n", end)
    whole = source.data[source.line_start(start) : stop if stop >= 0 else len(source.data)]
    plain = re.sub(rb"(?:/\*\s*rewrite-lint:.*?\*/|//\s*rewrite-lint:.*)", b"", whole)
    return " ".join(plain.decode("utf-8", "replace").split())


def _span_of_line(source: SourceFile, line: int) -> tuple[int, int]:
    """The first character of a line that is no blank."""
    start = source.line_starts[min(line, len(source.line_starts)) - 1]
    match = re.compile(rb"[ \t]*").match(source.data, start)
    start = match.end() if match is not None else start
    return start, start + 1


def roles_elsewhere(sources: Iterable[SourceFile], rules: Rules) -> dict[str, Role]:
    """The roles that any of these files registers, a name with two different ones left out."""
    found: dict[str, Role] = {}
    clashing: set[str] = set()
    registers = can_register(rules)
    for source in sources:
        if not registers(source.data):
            continue
        syntax = Syntax(source)
        for name, role in find_roles(syntax, rules).items():
            if re.search(rb"\b" + name.encode() + rb"\s*\([^;{}]*\)\s*\{", syntax.masked):
                continue
            other = found.setdefault(name, role)
            if (other.direction, other.partner) != (role.direction, role.partner):
                clashing.add(name)
    return {name: value for name, value in found.items() if name not in clashing}


def lint_together(
    rules: Rules,
    config: LintConfig,
    sources: Iterable[SourceFile],
    tables: Mapping[str, Sequence[TypeFault]] | None = None,
) -> list[Finding]:
    """The findings of files that are linted together: what one registers holds for the others.

    `tables` are the faults of their VMState tables, None where these are not looked at. What a
    comment allows is among the findings, and says so.
    """
    sources = list(sources)
    pairs = Pairs(rules, sources)
    linter = Linter(rules, config, roles_elsewhere(sources, rules), pairs, tables)
    return [finding for found in work_through(linter.lint_all, sources) for finding in found]
