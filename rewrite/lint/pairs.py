# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the save and the load of a pair disagree, told from the models of both.

A disagreement is told only where both sides are known and can be laid beside each other: what is
opaque, or stands under conditions that can't be compared, ends the comparison. So a finding is
nearly always a fault, and silence is no proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ..c.headers import Headers
from ..c.scope import Facts
from ..c.types import Resolver
from ..files.source import SourceFile
from ..files.tree import GivenTree
from ..rules.ruleset import Rules
from ..schema.compare import Difference, DifferenceKind, compare_models
from ..schema.describe import describe_node, describe_times
from ..schema.evaluate import simplify_expression
from ..schema.expression import Constant
from ..schema.handlers import FunctionPair, HandlerReader
from ..schema.model import Branch, Check, Loop, Node, Place, Value
from ..schema.spelling import spell_expression

_CODES: Mapping[DifferenceKind, str] = {
    DifferenceKind.WIRE: "pair-width",
    DifferenceKind.COUNT: "pair-bound",
    DifferenceKind.SEQUENCE: "pair-sequence",
    DifferenceKind.ORDER: "pair-sequence",
    DifferenceKind.TABLE: "pair-sequence",
    DifferenceKind.CONDITION: "pair-condition",
}
_PLACE = re.compile(r", at (?:line \d+|[^ ]+:\d+)")

PAIR_CODES = (*dict.fromkeys(_CODES.values()), "pair-version")
"""The codes that a comparison of two models can have."""


@dataclass(frozen=True)
class Disagreement:
    """One difference of a pair: its code, the line in the load's file, and what differs."""

    code: str
    line: int
    message: str

    @property
    def text(self) -> str:
        """The message without its places, by which the finding is known again when lines move."""
        return _PLACE.sub("", self.message)


class Pairs:
    """The pairs that some files register, and where they disagree."""

    def __init__(self, rules: Rules, sources: Iterable[SourceFile]) -> None:
        """`sources` are the files that are linted together; nothing else is read."""
        sources = tuple(sources)
        root = _common_root(sources)
        headers = Headers(
            GivenTree(root, sources), rules.include_dirs, rules.target_dirs, rules.target_headers
        )
        fixed = frozenset(rules.exact_types.values()) | {"bool"}
        facts = Facts(fixed, rules.exact_types, rules.cast_macros, {})
        self._reader = HandlerReader(sources, Resolver(headers, facts), rules, types=False)

    def of_file(self, source: SourceFile) -> Iterator[tuple[FunctionPair, int | None]]:
        """The pairs whose load function the file defines, with the version where there is just one."""
        path = str(source.path)
        functions = self._reader.functions
        for load in functions.of_file(path):
            seen: set[str] = set()
            for pair in self._by_load.get(load, ()):
                elsewhere = pair.path != path and functions.of_file(pair.path).get(load)
                if elsewhere or pair.save in seen or len(pair.loads) > 1:
                    continue
                seen.add(pair.save)
                same = (p.version for p in self._by_load[load] if p.save == pair.save)
                versions = set(same)
                version = versions.pop() if len(versions) == 1 else None
                yield replace(pair, path=path), version

    @cached_property
    def _by_load(self) -> dict[str, list[FunctionPair]]:
        """The pairs by their load function."""
        found: dict[str, list[FunctionPair]] = {}
        for pair in self._reader.pairs:
            if pair.load:
                found.setdefault(pair.load, []).append(pair)
        return found

    def find_disagreement(
        self, source: SourceFile, pair: FunctionPair, version: int | None
    ) -> Disagreement | None:
        """The first difference of a pair, if there is one that can be told."""
        if len(pair.saves) != 1:
            return None
        saved, loaded = self._reader.model_save(pair), self._reader.model_load(pair)
        if not saved or not loaded:
            return None
        found = compare_models(saved, loaded, version=version, pair=True).difference
        if found is None:
            return None
        code, message = _CODES.get(found.kind, "pair-sequence"), self._make_message(source, found)
        if version is not None and compare_models(saved, loaded, pair=True).difference is None:
            code, message = "pair-version", f"at version {version}, {message}"
        return Disagreement(code, self._line_of(source, pair, found), message)

    def find_rejection(self, source: SourceFile, pair: FunctionPair, version: int) -> int | None:
        """The line of the check in a load that refuses the version that it is registered with."""
        for node in self._reader.model_load(pair):
            if not isinstance(node, Check) or node.place is None:
                continue
            refuses = simplify_expression(node.condition, version) == Constant(0)
            if refuses and simplify_expression(node.condition) != Constant(0):
                return node.place.line if node.place.path == source.name else 1
        return None

    def _line_of(self, source: SourceFile, pair: FunctionPair, found: Difference) -> int:
        """The line of what the load does; that of its head where it does nothing, or elsewhere."""
        place = found.other.place if found.other is not None else None
        if place is not None and place.path == source.name:
            return place.line
        return self._reader.functions.of_file(str(source.path))[pair.load][0].first_line

    def _make_message(self, source: SourceFile, found: Difference) -> str:
        one, other = found.one, found.other
        if found.kind is DifferenceKind.CONDITION:
            return _describe_condition(source, found)
        if other is None:
            return f"reads nothing more where save{_spell_place(source, one)} writes {describe_node(one)}"
        away = _spell_place(source, other) if _is_away(source, other) else ""
        ours = (
            f"save{_spell_place(source, one)} writes {describe_node(one)}"
            if one
            else "save writes nothing more"
        )
        if found.kind is DifferenceKind.COUNT and isinstance(one, Loop) and isinstance(other, Loop):
            ours = f"save{_spell_place(source, one)} loops {describe_times(one)}"
            return f"loops {describe_times(other)}{away} where {ours}"
        if found.kind is DifferenceKind.ORDER and _name_node(one) == _name_node(other):
            return f"reads another part{away} where {ours}"
        return f"reads {describe_node(other)}{away} where {ours}"


def _common_root(sources: Iterable[SourceFile]) -> Path:
    """The folder that the names of the files count from."""
    for source in sources:
        path = source.path
        for _ in Path(source.name).parts:
            path = path.parent
        return path
    return Path()


def _describe_condition(source: SourceFile, found: Difference) -> str:
    """One side moves something only under a condition."""
    one, other = found.one, found.other
    if isinstance(other, Branch):
        what = describe_node(one) if one is not None else "nothing more"
        condition = spell_expression(other.condition)
        return f"goes on only if {condition} where save{_spell_place(source, one)} writes {what}"
    assert isinstance(one, Branch)
    what = describe_node(other) if other is not None else "nothing more"
    condition = spell_expression(one.condition)
    return f"reads {what} where save{_spell_place(source, one)} goes on only if {condition}"


def _name_node(node: Node | None) -> str:
    return node.name if isinstance(node, Value) else ""


def _is_away(source: SourceFile, node: Node) -> bool:
    return node.place is not None and node.place.path != source.name


def _spell_place(source: SourceFile, node: Node | None) -> str:
    """Where something of the other side stands, as an insertion; empty where that is not known."""
    place: Place | None = node.place if node is not None else None
    if place is None:
        return ""
    where = f"line {place.line}" if place.path == source.name else f"{place.path}:{place.line}"
    return f", at {where},"
