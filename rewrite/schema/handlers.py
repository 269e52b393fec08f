# SPDX-License-Identifier: GPL-2.0-or-later
"""The sections that a tree's code registers, and what their handlers put on the wire.

Sections come from the registrations and initialisers that the rules name. A section's idstr is the
string that is registered; functions that are members of a struct travel inside of another section
and are found by the struct's and their names, "SCSIReqOps.save_request ..." say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ..c.lexical import mask_opaque
from ..c.types import Resolver
from ..convert.conversion import open_converter
from ..convert.handlers import RegisteredFunctions, find_registrations
from ..convert.vocabulary import make_vocabulary
from ..errors import UnreadableError
from ..files.source import SourceFile
from ..rules.ruleset import Rules
from ..terms import Direction
from .evaluate import simplify_expression
from .expression import Configured, Constant
from .handlers_c import CTree, ExpressionKind
from .handlers_eval import NO_BODY, SEVERAL
from .handlers_functions import Functions, FunctionText, Parameter
from .handlers_moves import ReaderWords
from .handlers_values import Meanings
from .handlers_walk import Walker
from .model import Branch, Check, Node, Opaque, Place, Section

PUT, GET = Direction.PUT, Direction.GET


@dataclass(frozen=True)
class FunctionPair:
    """Functions that are registered together: for saving and for loading, none, one or several each.

    `by` says what registers them ("register_savevm()", "a VMStateInfo"), `symbol` is the variable
    that is initialised, `path` the file. `version` is None where `version_text` is no number there.
    """

    saves: tuple[str, ...]
    loads: tuple[str, ...]
    by: str
    symbol: str
    idstr: str
    version: int | None
    place: Place
    path: str
    version_text: str = ""

    @property
    def save(self) -> str:
        """The save function, empty where there is none."""
        return self.saves[0] if self.saves else ""

    @property
    def load(self) -> str:
        """The load function, empty where there is none."""
        return self.loads[0] if self.loads else ""


class HandlerReader:
    """Models handlers of one tree."""

    def __init__(
        self, sources: Iterable[SourceFile], resolver: Resolver, rules: Rules, *, types: bool = True
    ) -> None:
        """`sources` are the files to look for functions and registrations in, `types` tells whether
        declared types are wanted."""
        streams = tuple(name.encode("ascii") for name in rules.stream_types)
        self.sources = tuple(sources)
        self.rules = rules
        self.words = ReaderWords(
            rules, tuple(make_vocabulary(rules, d) for d in rules.dialects.values())
        )
        self.functions = Functions(s for s in self.sources if any(n in s.data for n in streams))
        self.meanings = Meanings(resolver, types=types)
        self._models: dict[tuple[FunctionText, str], tuple[Node, ...]] = {}

    # -- functions ---------------------------------------------------------------------------------

    def model_of_function(
        self, name: str, direction: Direction, path: str = ""
    ) -> tuple[Node, ...]:
        """What a function of that name does to its stream; `path` is the file that
        names it. Opaque where there is no such function, or several that no #if tells apart."""
        found = self.functions.find_named(name, path)
        place = Place(path, 1)
        if not found:
            return (Opaque(f"{name}()", NO_BODY, None, place),)
        if len(found) == 1:
            return self.model_function(found[0], direction)
        if all(f.conditions for f in found):
            return self._model_configured(found, direction)
        return (Opaque(f"{name}()", SEVERAL, None, found[0].place(0)),)

    def _model_configured(
        self, found: tuple[FunctionText, ...], direction: Direction
    ) -> tuple[Node, ...]:
        """Functions of one name under different #if conditions as alternatives."""
        nodes: tuple[Node, ...] = ()
        for function in reversed(found):
            condition = Configured(" && ".join(function.conditions))
            nodes = (
                Branch(
                    condition, self.model_function(function, direction), nodes, function.place(0)
                ),
            )
        return nodes

    def model_function(self, function: FunctionText, direction: Direction) -> tuple[Node, ...]:
        """What one function does to its stream."""
        key = (function, direction)
        if key not in self._models:
            kept = self.rules.plumbing_for(function.source.name, function.name)
            if kept is not None:
                text = f"{function.name}()"
                self._models[key] = (Opaque(text, kept.reason, None, function.place(0)),)
            else:
                self._models[key] = self._walk_function(function, direction)
        return self._models[key]

    def _walk_function(self, function: FunctionText, direction: Direction) -> tuple[Node, ...]:
        try:
            walker = Walker(self.words, self.functions, self.meanings, direction)
            return walker.model_body(function, list(self._parameter_values(function, direction)))
        except UnreadableError:
            reason = "a function that nests too deep"
        except RecursionError:
            reason = "expressions that nest too deep"
        return (Opaque(f"{function.name}()", reason, None, function.place(0)),)

    def _parameter_values(self, function: FunctionText, direction: Direction) -> Iterator[CTree]:
        """What the parameters of a registered function are: the stream, the root, the version."""
        streams = [n for n, p in enumerate(function.parameters) if self._is_stream(p)]
        first = streams[0] if streams else len(function.parameters)
        root = next(
            (n for n, p in enumerate(function.parameters) if n not in streams and "*" in p.type),
            None,
        )
        for n, parameter in enumerate(function.parameters):
            if n in streams:
                yield CTree(ExpressionKind.STREAM, parameter.name)
            elif n == root:
                yield CTree(ExpressionKind.ROOT)
            elif n > first and direction == GET and parameter.type == "int":
                yield CTree(ExpressionKind.VERSION)
            else:
                kind = ExpressionKind.UNKNOWN if "*" in parameter.type else ExpressionKind.NAME
                yield CTree(kind, parameter.name)

    def _is_stream(self, parameter: Parameter) -> bool:
        return any(name in parameter.type.split() for name in self.rules.stream_types)

    # -- registrations -----------------------------------------------------------------------------

    @cached_property
    def pairs(self) -> tuple[FunctionPair, ...]:
        """Every save and load that is registered, in the order of files and places."""
        return tuple(self._find_pairs())

    def _find_pairs(self) -> Iterator[FunctionPair]:
        for source, found in self._registered:
            for registered in found:
                if registered.rule is None or not self._inside_registration(
                    source, registered.offset
                ):
                    yield from self._read_pair(source, registered)

    def _inside_registration(self, source: SourceFile, offset: int) -> bool:
        """Whether a place is in the body of a function that itself registers handlers."""
        own = self.functions.of_file(str(source.path))
        bodies = [f.function for r in self.rules.registrations for f in own.get(r.name, ())]
        return any(f.start <= offset < f.start + len(f.body) for f in bodies)

    def _read_pair(
        self, source: SourceFile, registered: RegisteredFunctions
    ) -> Iterator[FunctionPair]:
        place = Place(source.name, source.position(registered.offset).line)
        idstr, text = self._read_identity(source, registered)
        version = self.meanings.constants(str(source.path)).number_of(text)
        for saves, loads, symbol in self._functions_of(source, registered):
            if saves or loads:
                by, path = registered.by, str(source.path)
                yield FunctionPair(saves, loads, by, symbol, idstr, version, place, path, text)

    def model_save(self, pair: FunctionPair) -> tuple[Node, ...]:
        """What a pair's save puts on the wire."""
        return self._model_parts(pair.saves, PUT, pair.path)

    def model_load(self, pair: FunctionPair) -> tuple[Node, ...]:
        """What a pair's load takes from the wire."""
        return self._model_parts(pair.loads, GET, pair.path)

    def _model_parts(
        self, names: tuple[str, ...], direction: Direction, path: str
    ) -> tuple[Node, ...]:
        """The model of a function; where there are several, they are the parts of a live section."""
        if len(names) <= 1:
            return self.model_of_function(names[0], direction, path) if names else ()
        text = ", ".join(names)
        return (Opaque(text, "parts of a live section, which travel apart", None, None),)

    def _functions_of(
        self, source: SourceFile, registered: RegisteredFunctions
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], str]]:
        """The functions that a place registers; those of a struct where it names one."""
        rule = registered.rule
        if rule is None or not rule.handlers:
            yield registered.saves, registered.loads, registered.symbol
            return
        start, end = registered.arguments[rule.handlers[0]]
        symbol = source.data[start:end].decode("latin-1").strip(" &\n\t")
        saves: list[str] = []
        loads: list[str] = []
        for one in self._structs.get(symbol, ()):
            saves += one.saves
            loads += one.loads
        yield tuple(saves), tuple(loads), symbol

    @cached_property
    def _registered(self) -> tuple[tuple[SourceFile, list[RegisteredFunctions]], ...]:
        """What each file registers, in the order of places."""
        names = {rule.name.encode("ascii") for rule in self.rules.registrations}
        names |= {rule.name.encode("ascii") for rule in self.rules.initialisers}
        return tuple(
            (s, sorted(find_registrations(mask_opaque(s.data), self.rules), key=lambda r: r.offset))
            for s in self.sources
            if any(name in s.data for name in names)
        )

    @cached_property
    def _structs(self) -> dict[str, list[RegisteredFunctions]]:
        """The initialisers of the tree by the variable."""
        found: dict[str, list[RegisteredFunctions]] = {}
        for _, registered in self._registered:
            for one in registered:
                if one.symbol:
                    found.setdefault(one.symbol, []).append(one)
        return found

    def _read_identity(
        self, source: SourceFile, registered: RegisteredFunctions
    ) -> tuple[str, str]:
        """A section's name, and the text of its version; both are empty for a struct's members."""
        rule = registered.rule
        if rule is None:
            return "", ""
        texts = [
            " ".join(source.data[a:b].decode("latin-1").split()) for a, b in registered.arguments
        ]
        idstr = texts[rule.idstr[0]] if rule.idstr else ""
        if idstr[:1] == '"' and idstr[-1:] == '"' and idstr.count('"') == 2:
            idstr = idstr[1:-1]
        return idstr, texts[rule.version[0]] if rule.version else ""

    def find_sections(self) -> tuple[Section, ...]:
        """The sections that code registers, and the models of functions that are members of structs
        other than those that a table's field or a section names.

        Functions that each target has its own of give a section for each target.
        """
        inner = {pair.symbol for pair in self.pairs if pair.idstr and pair.symbol}
        found: list[Section] = []
        for pair in self.pairs:
            if not self._in_tables(pair) and (pair.idstr or pair.symbol not in inner):
                found += self._sections_of(pair)
        return tuple(found)

    def _sections_of(self, pair: FunctionPair) -> Iterator[Section]:
        idstr = pair.idstr or f"{pair.by.removeprefix('a ')} {pair.save or pair.load}"
        targets = self._targets_of(pair)
        for target, path in targets.items() if targets else (("", pair.path),):
            here = replace(pair, path=path)
            saved, loaded = self.model_save(here), self.model_load(here)
            version = pair.version
            if version is None and target:
                version = self.meanings.constants(pair.path, target).number_of(pair.version_text)
            if target and _refuses_version(loaded, version):
                continue  # another target's registration: this one's load takes no such stream
            yield Section(
                idstr, pair.place, version, "", saved, loaded, pair.save, pair.load, target
            )

    def _targets_of(self, pair: FunctionPair) -> dict[str, str]:
        """The files of a pair's functions by target, where there is one for each; else nothing."""
        found: dict[str, str] = {}
        bodies = self.functions.find_named(pair.save or pair.load, pair.path)
        for body in bodies:
            path = str(body.source.path)
            target = self.meanings.resolver.headers.target_of(path)
            if target is None or target in found:
                return {}
            found[target] = path
        return found if len(bodies) > 1 else {}

    def _in_tables(self, pair: FunctionPair) -> bool:
        """Whether a pair is named by tables."""
        return any(
            pair.by == f"a {r.name}" and r.in_tables == "yes" for r in self.rules.initialisers
        )


def _refuses_version(loaded: Iterable[Node], version: int | None) -> bool:
    """Whether a load fails at a version, whatever is in the stream."""
    checks = (node.condition for node in loaded if isinstance(node, Check))
    return version is not None and any(
        simplify_expression(c, version) == Constant(0) for c in checks
    )


def open_handlers(root: Path, rules: Rules) -> HandlerReader:
    """A reader of the handlers of the tree at `root`, whichever era's visits they call."""
    converter = open_converter(root, rules, next(iter(rules.dialects.values())))
    wanted = [name.encode("ascii") for name in rules.stream_types]
    wanted += [rule.name.encode("ascii") for rule in rules.registrations]
    wanted += [rule.name.encode("ascii") for rule in rules.initialisers]
    scan = converter.tree.scan([root], lambda data: any(name in data for name in wanted))
    for source in scan.candidates:
        converter.headers.add(str(source.path), source.data)
    return HandlerReader(scan.candidates, converter.resolver, rules)
