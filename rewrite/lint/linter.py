# SPDX-License-Identifier: GPL-2.0-or-later
"""The lint: what the rules forbid, in files of a tree. It finds what the converter finds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..c.syntax import Syntax
from ..convert.candidates import MARK, can_hold_finding, can_register, name_pattern
from ..convert.handlers import Role, find_roles, registered_with
from ..convert.naming import pairs_of
from ..convert.sites import Site, Usage, find_sites
from ..convert.vocabulary import vocabulary
from ..files.source import SourceFile
from ..files.workers import each
from ..rules.ruleset import Rules
from ..wire.check import Skeleton, skeleton
from .config import LintConfig
from .finding import Finding
from .pairs import Numbers, Pairing, rejects

_ALLOW = re.compile(
    rb"(?:/\*|//)\s*rewrite-lint:\s*allow\(\s*([^)\s]*)\s*\)[ \t]*((?:[^*\n]|\*(?!/))*)"
)
_VERSION = re.compile(r"\bint\s+(\w+)\s*\)\s*\Z")


@dataclass(frozen=True)
class _Allowed:
    """A suppression comment: the code and the reason, and the line where the comment ends."""

    code: str
    reason: str
    line: int
    column: int


@dataclass
class Linter:
    """Lints files with one set of rules and one configuration.

    `elsewhere` are the roles that other files register functions for, by the function's name.
    """

    rules: Rules
    config: LintConfig
    elsewhere: Mapping[str, tuple[Role, int | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Build what is the same for all files."""
        self._pattern = name_pattern(self.rules)
        self._words = vocabulary(self.rules, next(iter(self.rules.dialects.values())))
        self._wants = can_hold_finding(self.rules)

    def lint(self, source: SourceFile) -> list[Finding]:
        """The findings of one file, in the order of its lines, without what comments allow."""
        if self.config.excludes(source.name) or not self._wants(source.data):
            return []
        syntax = Syntax(source)
        sites = [
            s for s in find_sites(syntax, self.rules, self._pattern) if self._device(source, s)
        ]
        found = [*self._primitives(source, sites), *self._handlers(source, syntax, sites)]
        found = self._suppressed(source, syntax, found)
        found.sort(key=lambda f: (f.line, f.column, f.code))
        return list(dict.fromkeys(found))

    def _device(self, source: SourceFile, site: Site) -> bool:
        if site.usage is Usage.NAMED or site.function in self.rules.primitives:
            return False
        if site.usage is Usage.MACRO_BODY and site.macro in self.rules.primitives:
            return False
        return self.rules.plumbing_for(source.name, site.function) is None

    def _primitives(self, source: SourceFile, sites: Sequence[Site]) -> Iterator[Finding]:
        for site in sites:
            names = self.config.primitives
            if names is None or site.primitive.name in names:
                detail = f"{site.primitive.name} in {_in(site.function)}"
                yield from self._at(source, "new-primitive", site, detail)

    def _at(self, source: SourceFile, code: str, site: Site, detail: str) -> Iterator[Finding]:
        text = _line_text(source, site.start, site.end)
        yield from self.finding(
            source, code, (site.start, site.end), site.function, text=text, detail=detail
        )

    def finding(
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
            function, text, message, rule.hint, offset=span[0],
        )  # fmt: skip

    # -- the two sides of a handler ---------------------------------------------------------------

    def _handlers(
        self, source: SourceFile, syntax: Syntax, sites: Sequence[Site]
    ) -> Iterator[Finding]:
        groups: dict[str, list[Site]] = {}
        for site in sites:
            groups.setdefault(site.function, []).append(site)
        numbers = Numbers(syntax.masked)
        known = {n: v for n, v in self.elsewhere.items() if n in groups}
        known |= roles_with_versions(syntax, self.rules, numbers)
        roles = {name: role for name, (role, _) in known.items()}
        for name, role in roles.items():
            for site in groups.get(name, ()):
                if site.primitive.direction != role.direction:
                    detail = f"{site.primitive.name} in {_in(name)}, registered by {role.by}"
                    yield from self._at(source, "mixed-direction", site, detail)
        loads = {
            name: version for name, (role, version) in known.items() if role.direction == "get"
        }
        yield from self._versions(source, syntax, loads, numbers)
        if not self._compares() or not groups:
            return
        skeletons = {s.function: s for s in skeleton(source.data, self._words)}
        for save, load in pairs_of(groups, roles, source.data):
            if save not in skeletons or load not in skeletons:
                continue
            if _helper_calls(groups[save], source.data) != _helper_calls(groups[load], source.data):
                continue
            pair = (skeletons[save], skeletons[load])
            parameter = _parameter(groups[load][0], source.data)
            yield from self._pair(source, pair, loads.get(load), parameter, numbers)

    def _compares(self) -> bool:
        codes = ("pair-sequence", "pair-width", "pair-bound", "pair-version")
        return any(self.config.severity_of(self.rules.lint[c]) != "off" for c in codes)

    def _pair(
        self,
        source: SourceFile,
        pair: tuple[Skeleton, Skeleton],
        version: int | None,
        parameter: str,
        numbers: Numbers,
    ) -> Iterator[Finding]:
        save, load = pair
        found = Pairing(save, load, version, parameter, numbers).disagreement()
        if found is None:
            return
        start = source.line_starts[min(found.line, len(source.line_starts)) - 1]
        detail = f"{load.function}() {found.message}"
        text = re.sub(r", at line \d+", "", detail)
        yield from self.finding(
            source, found.code, (start, start + 1), load.function, text=text, detail=detail
        )

    def _versions(
        self,
        source: SourceFile,
        syntax: Syntax,
        loads: Mapping[str, int | None],
        numbers: Numbers,
    ) -> Iterator[Finding]:
        for name, version in loads.items():
            heads = rb"\b" + name.encode() + rb"\s*\([^;{}()]*\bint\s+(\w+)\s*\)\s*\{"
            head = re.search(heads, syntax.masked)
            if version is None or head is None or self.rules.plumbing_for(source.name, name):
                continue
            body = syntax.masked[head.end() : syntax.masked.find(b"\n}", head.end())]
            at = rejects(body, head[1].decode(), version, numbers)
            if at is not None:
                start = head.end() + at
                detail = f"{name}() is registered with version {version}"
                yield from self.finding(
                    source, "version-rejected", (start, start + 2), name, text=detail, detail=detail
                )

    # -- suppressions -----------------------------------------------------------------------------

    def _suppressed(
        self, source: SourceFile, syntax: Syntax, found: Iterable[Finding]
    ) -> list[Finding]:
        """The findings that no comment allows, and what is wrong with the comments."""
        if MARK not in source.data:
            return list(found)
        left = list(found)
        for at, allowed in _suppressions(source, syntax):
            text = f"allow({allowed.code})"
            span = (at, at + 2)
            if not allowed.reason or allowed.code not in self.rules.lint:
                what = "no such code" if allowed.reason else "no reason"
                left += self.finding(
                    source, "bad-suppression", span, "", text=text, detail=f"{text}, {what}"
                )
                continue
            kept = [f for f in left if not _covers(allowed, f)]
            if len(kept) == len(left) and self.config.severity_of(
                self.rules.lint[allowed.code]
            ) != ("off"):
                kept += self.finding(source, "unused-suppression", span, "", text=text, detail=text)
            left = kept
        return left


def _covers(allowed: _Allowed, finding: Finding) -> bool:
    """A comment is for the statement that it stands beside or directly above."""
    return finding.code == allowed.code and finding.line - 1 <= allowed.line <= finding.last


def _suppressions(source: SourceFile, syntax: Syntax) -> Iterator[tuple[int, _Allowed]]:
    for match in _ALLOW.finditer(source.data):
        if syntax.masked[match.start() : match.start() + 2].strip():
            continue
        end = source.position(max(match.end() - 1, match.start())).line
        reason = match[2].decode("utf-8", "replace").strip()
        code = match[1].decode("utf-8", "replace")
        yield match.start(), _Allowed(code, reason, end, source.position(match.start()).column)


def _in(function: str) -> str:
    return f"{function}()" if function else "no function"


def _line_text(source: SourceFile, start: int, end: int) -> str:
    """The lines of a span, comments of the lint removed, white space made one blank."""
    stop = source.data.find(b"\n", end)
    whole = source.data[source.line_start(start) : stop if stop >= 0 else len(source.data)]
    plain = re.sub(rb"(?:/\*\s*rewrite-lint:.*?\*/|//\s*rewrite-lint:.*)", b"", whole)
    return " ".join(plain.decode("utf-8", "replace").split())


def _parameter(site: Site, data: bytes) -> str:
    """The name of the load handler's last parameter, the version, empty where it has none."""
    function = site.place.function
    body = function.child_by_field_name("body") if function is not None else None
    if function is None or body is None:
        return ""
    head = data[function.start_byte : body.start_byte].decode("latin-1").rstrip()
    match = _VERSION.search(head)
    return match[1] if match else ""


def _helper_calls(sites: Sequence[Site], data: bytes) -> int:
    """How many calls of other functions than primitives take the stream."""
    function = sites[0].place.function
    if function is None or sites[0].call is None or not sites[0].arguments:
        return -1
    stream = sites[0].arguments[0].text or b""
    body = data[function.start_byte : function.end_byte]
    passed = rb"(\w+)\s*\((?:[^();]*,)?\s*" + re.escape(stream) + rb"\s*(?=[,)])"
    own = {s.primitive.name.encode() for s in sites}
    return sum(1 for m in re.finditer(passed, body) if m[1] not in own)


def roles_with_versions(
    syntax: Syntax, rules: Rules, numbers: Numbers
) -> dict[str, tuple[Role, int | None]]:
    """The roles that a file registers functions for, with the version where it is a number."""
    found: dict[str, tuple[Role, int | None]] = {}
    for name, role in find_roles(syntax, rules).items():
        arguments = registered_with(syntax, role)
        rule = next(
            (r for r in rules.registrations
             if f"{r.name}()" == role.by and r.arguments == len(arguments)),
            None,
        )  # fmt: skip
        version = None
        if rule is not None and rule.name == "register_savevm":
            version = numbers.value(arguments[rule.save[0] - 1])
        found[name] = (role, version)
    return found


def roles_elsewhere(
    sources: Iterable[SourceFile], rules: Rules
) -> dict[str, tuple[Role, int | None]]:
    """The roles that any of these files registers, a name with two different ones left out.

    A function that is registered with several versions has none that is known.
    """
    found: dict[str, tuple[Role, int | None]] = {}
    clashing: set[str] = set()
    registers = can_register(rules)
    for source in sources:
        if not registers(source.data):
            continue
        syntax = Syntax(source)
        for name, (role, version) in roles_with_versions(
            syntax, rules, Numbers(syntax.masked)
        ).items():
            if re.search(rb"\b" + name.encode() + rb"\s*\([^;{}]*\)\s*\{", syntax.masked):
                continue
            other, known = found.setdefault(name, (role, version))
            if (other.direction, other.partner) != (role.direction, role.partner):
                clashing.add(name)
            elif known != version:
                found[name] = (other, None)
    return {name: value for name, value in found.items() if name not in clashing}


def lint_together(rules: Rules, config: LintConfig, sources: Iterable[SourceFile]) -> list[Finding]:
    """The findings of files that are linted together: what one registers holds for the others."""
    sources = list(sources)
    linter = Linter(rules, config, roles_elsewhere(sources, rules))
    return [finding for found in each(linter.lint, sources) for finding in found]
