# SPDX-License-Identifier: GPL-2.0-or-later
"""gcc's optimised GIMPLE (`-fdump-tree-optimized-gimple-uid`) in a form in which names and the
placement of arithmetic don't count.

Blocks are walked from the entry, true branch first, empty ones skipped. Each keeps, in their order,
its statements that do anything: loads, stores, calls, asm, divisions, volatile accesses. What only
computes from SSA names and constants cannot trap and has no place: it is written where its value is
first needed, as a numbered expression over the results of those statements, with its type. In SSA form
a definition dominates its uses, so an expression means the same at each of them. Names, block
numbers and uids become numbers by order of first appearance. So equal forms are the same statements
under the same control flow, on the same values.

Whatever is not understood to the letter makes a function incomparable: statics other than a
constant text, for the dump may not tell their initial values; two variables of one name and
different types; switches and computed gotos.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .asm import Listing

_NAME = r"(?:[A-Za-z_][\w.]*)?(?<!D)_\d+(?:\(D\))?"
_SSA = rf"(?<![\w.]){_NAME}(?![\w.])"
_CONSTANT = r"(?:_Literal \([^()\"]*\) )?-?\d[\w.+-]*"
_VALUE = rf"(?:{_NAME}|{_CONSTANT})"
_BINARY = r"(?:\+|-|\*|&|\||\^|<<|>>|<|>|<=|>=|==|!=)"
_PURE = re.compile(
    rf"(?:\([^()\"]*\) |[-~!])?{_VALUE}|{_VALUE} {_BINARY} {_VALUE}|{_VALUE} \? {_VALUE} : {_VALUE}"
)
_COMMUTES = re.compile(rf"({_VALUE}) (\+|\*|&|\||\^|==|!=) ({_VALUE})")
"""What is the same with its operands exchanged; gcc orders them by when it met them."""
_ASSIGNED = re.compile(rf"({_NAME}) (?:=|=\{{v\}}) (.*);", re.DOTALL)
_PHI = re.compile(rf"({_NAME}) = __PHI \((.*)\);")
_PHI_ARGUMENT = re.compile(rf"__BB(\d+): ({_VALUE})(?:, |$)")
_ASM_OUTPUT = re.compile(rf'"=[^"]*" ({_NAME})')
_STRING = r'"(?:[^"\\]|\\.)*"'
_ASM = re.compile(rf"__asm__ (?:__volatile__)?\s*\({_STRING} : ([^:]*)(?: : .*)?\);")
_TOKEN = re.compile(
    rf"{_STRING}|(?<!\w)(?P<name>(?:[A-Za-z_][\w.]*?)?)D_(?P<uid>\d+)\b|(?P<ssa>{_SSA})"
)
_START = re.compile(
    r"^([^\n;]*?)__GIMPLE \([^\n]*\)\n(\w+?)D_\d+ \(([^\n]*)\)\n\{\n(.*?)^\}$",
    re.DOTALL | re.MULTILINE,
)
_BLOCK = re.compile(r"__BB\((\d+)[^\n]*\):")
_GOTO = re.compile(r"goto __BB(\d+)(?:\([^\n]*\))?;")
_DECLARED = re.compile(r"([^\"={}]* )((?:[A-Za-z_][\w.]*?)?)D_(\d+)((?:\[\w+\])*);")
_UNNAMED = re.compile(r"([^\"={}]* )(_\d+);")
_STATIC = re.compile(rf'static (const [^"={{}}]*? )(\w+?)D_(\d+)((?:\[\w+\])* = {_STRING});')
_PARAMETER = re.compile(r"([^()]*?)([A-Za-z_]\w*?)D_(\d+)$")
_TAIL = " [tail call]"
_UNKNOWN = ("(ab)", "*.LC", "setjmp")
_POOLED = re.compile(r"(?<![\w.])C\.\d+")
_UID = re.compile(r"(\w+)D_\d+\b")

_SYNONYMS = {
    "uint8_t": "unsigned char", "uint16_t": "short unsigned int", "uint32_t": "unsigned int",
    "int8_t": "signed char", "int16_t": "short int", "int32_t": "int",
}  # fmt: skip
"""Types of one representation (C99 7.18.1.1, and gcc's own short and int on every host of QEMU). A
value that was in a named variable has that variable's type, one without a name the other."""


class _IncomparableError(Exception):
    """A function that holds what this module does not know to the letter."""


@dataclass
class _BasicBlock:
    """The phis (arguments by the block that they come from), statements, end and successors."""

    phis: dict[str, dict[int, str]] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)
    end: str = ""
    targets: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Names:
    """What the declarations say: type by the name or number of an SSA name's variable, type of each
    variable in memory by uid, and both kinds of a parameter's place."""

    types: Mapping[str, str]
    memory: Mapping[str, str]
    places: Mapping[str, int]


def list_functions(dump: str) -> dict[str, Listing]:
    """The canonical form of each function of a dump that can be compared at all."""
    found: dict[str, Listing] = {}
    for match in _START.finditer(dump):
        try:
            found[match[2]] = _canonical_form(match[1], match[3], match[4])
        except (_IncomparableError, RecursionError):
            continue
    return found


def _canonical_form(result: str, parameters: str, body: str) -> Listing:
    if any(word in body for word in _UNKNOWN) or _POOLED.search(body):
        raise _IncomparableError
    declarations, mark, rest = body.partition("  __BB(")
    names = _declared_names(parameters, declarations)
    types = [_strip_uids(names.memory[uid]) for uid in names.places if uid in names.memory]
    return (
        f"{_UID.sub('', result)}({', '.join(types)})",
        *_Printer(names, _split_blocks(mark + rest)).lines(),
    )


def _declared_names(parameters: str, declarations: str) -> _Names:
    named: dict[str, set[str]] = {}
    memory, places = {}, {}
    pieces = [p for p in parameters.split(", ") if p]
    for place, piece in enumerate(pieces):
        match = _require_match(_PARAMETER.fullmatch(piece))
        named.setdefault(match[2], set()).add(match[1])
        memory[match[3]] = match[1]
        places[match[3]] = places[match[2]] = place
    for line in filter(None, map(str.strip, declarations.splitlines())):
        unnamed = _UNNAMED.fullmatch(line)
        text = _STATIC.fullmatch(line)  # as of __func__
        match = unnamed or text or _require_match(_DECLARED.fullmatch(line))
        if (text is None and line.startswith(("static ", "extern "))) or match[2].endswith("D"):
            raise _IncomparableError
        named.setdefault(match[2], set()).add(match[1])
        if unnamed is None:
            memory[match[3]] = match[1] + match[4]
            if match[2] in places:
                raise _IncomparableError
    types = {name: _strip_uids(kinds.pop()) for name, kinds in named.items() if len(kinds) == 1}
    return _Names(types, memory, places)


def _strip_uids(kind: str) -> str:
    """A type without uids."""
    return _UID.sub(lambda m: _SYNONYMS.get(m[1], m[1]), kind).strip()


def _require_match(match: re.Match[str] | None) -> re.Match[str]:
    if match is None:
        raise _IncomparableError
    return match


# -- blocks ----------------------------------------------------------------------------------------


def _split_blocks(text: str) -> dict[int, _BasicBlock]:
    """The blocks of a body by number, the entry first."""
    blocks: dict[int, _BasicBlock] = {}
    block = _BasicBlock()
    lines = iter([x.strip().removesuffix(_TAIL) for x in text.splitlines() if x.strip()])
    for line in lines:
        head = _BLOCK.fullmatch(line)
        if head is not None:
            block = blocks.setdefault(int(head[1]), _BasicBlock())
        elif block.end:
            raise _IncomparableError
        elif line.startswith(("if (", "goto ", "return")):
            _end_block(block, line, lines)
        else:
            _add_line(block, line)
    if any(target not in blocks for b in blocks.values() for target in b.targets):
        raise _IncomparableError
    return blocks


def _end_block(block: _BasicBlock, line: str, lines: Iterator[str]) -> None:
    if line.startswith("if ("):
        yes, other, no = next(lines, ""), next(lines, ""), next(lines, "")
        if other != "else" or not line.endswith(")"):
            raise _IncomparableError
        block.end = line
        block.targets = [int(_require_match(_GOTO.fullmatch(goto))[1]) for goto in (yes, no)]
    elif line.startswith("goto "):
        block.end, block.targets = "goto", [int(_require_match(_GOTO.fullmatch(line))[1])]
    elif line.endswith(";"):
        block.end = line
    else:
        raise _IncomparableError


def _add_line(block: _BasicBlock, line: str) -> None:
    phi = _PHI.fullmatch(line)
    if phi is not None:
        arguments = {int(m[1]): m[2] for m in _PHI_ARGUMENT.finditer(phi[2])}
        if "".join(m[0] for m in _PHI_ARGUMENT.finditer(phi[2])) != phi[2]:
            raise _IncomparableError
        block.phis[phi[1]] = arguments
    elif line.endswith(";") and not line.startswith(("switch", "case", "default", "#", "//")):
        block.statements.append(line)
    elif re.fullmatch(r"[\w.<>]+:", line) is None:
        raise _IncomparableError


def _find_edges(blocks: Mapping[int, _BasicBlock], number: int) -> list[tuple[int, int]]:
    """Where a block leads, past blocks that are empty, and from which block one gets there."""
    edges = []
    for first in blocks[number].targets:
        target, origin, seen = first, number, {number}
        while _is_empty(blocks[target]) and target not in seen:
            seen.add(target)
            origin, target = target, blocks[target].targets[0]
        edges.append((target, origin))
    return edges


def _is_empty(block: _BasicBlock) -> bool:
    return block.end == "goto" and not block.phis and not block.statements


# -- the canonical form ----------------------------------------------------------------------------


class _Printer:
    """Writes one function. A value is numbered where it is first written."""

    def __init__(self, names: _Names, blocks: Mapping[int, _BasicBlock]) -> None:
        self.names, self.blocks = names, blocks
        self.order = _walk_blocks(blocks)
        self.pure: dict[str, str] = {}
        self.phis = {name: n for n in self.order for name in blocks[n].phis}
        self.made: set[str] = set()
        for number in self.order:
            for text in blocks[number].statements:
                self._define_name(text)
        self.values: dict[str, str] = {}
        self.known: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.waiting: list[str] = []
        self.out: list[str] = []

    def _define_name(self, text: str) -> None:
        assigned = _ASSIGNED.fullmatch(text)
        if assigned is not None and " = " in text and _PURE.fullmatch(assigned[2]):
            self.pure[assigned[1]] = assigned[2]
        elif assigned is not None:
            self.made.add(assigned[1])
        elif text.startswith("__asm__"):
            self.made.update(_ASM_OUTPUT.findall(_require_match(_ASM.fullmatch(text))[1]))

    def lines(self) -> Listing:
        """The blocks in the order of the walk, then the phis whose values they need."""
        for number in self.order:
            self.out.append(f"block {self.order[number]}:")
            for text in self.blocks[number].statements:
                assigned = _ASSIGNED.fullmatch(text)
                if assigned is None or assigned[1] not in self.pure:
                    self.out.append(self._render_statement(text))
            targets = [str(self.order[t]) for t, _ in _find_edges(self.blocks, number)]
            self.out.append(" ".join([self._render_statement(self.blocks[number].end), *targets]))
        while self.waiting:
            self._write_phi(self.waiting.pop(0))
        return tuple(self.out)

    def _write_phi(self, name: str) -> None:
        home = self.phis[name]
        arguments = self.blocks[home].phis[name]
        parts = [f"phi {self.values[name]} {self._spell_type(name)} in {self.order[home]}:"]
        for number, place in self.order.items():
            for way, (target, origin) in enumerate(_find_edges(self.blocks, number)):
                if target == home:
                    parts.append(f"{place}.{way} {self._render_statement(arguments[origin])}")
        self.out.append(" ".join(parts))

    def _render_statement(self, text: str) -> str:
        """A statement with its names replaced; strings stay."""
        return _TOKEN.sub(self._render_token, text)

    def _render_token(self, match: re.Match[str]) -> str:
        if match["ssa"] is not None:
            return self._number_value(match["ssa"])
        if match["uid"] is None:
            return match[0]
        if match["uid"] in self.names.memory:
            return self._number_variable(match["uid"])
        return _SYNONYMS.get(match["name"], match["name"])

    def _number_variable(self, uid: str) -> str:
        """A local variable or a parameter that is in memory."""
        if uid not in self.places:
            kind = _strip_uids(self.names.memory[uid])
            place = self.names.places.get(uid)
            self.places[uid] = f"local{len(self.places)}<{kind}>" if place is None else f"&{place}"
        return self.places[uid]

    def _number_value(self, name: str) -> str:
        if name not in self.values:
            if name in self.pure:
                self.values[name] = self._number_computation(name)
            elif name in self.phis:
                self._number_phi(name)
            elif name in self.made:
                self.values[name] = f"v{len(self.values)}<{self._spell_type(name)}>"
            else:
                self.values[name] = f"parameter{self._place_parameter(name)}"
        return self.values[name]

    def _number_computation(self, name: str) -> str:
        """The number of a computation: the same for all that compute the same."""
        text = f"{self._spell_type(name)}: {self._number_expression(self.pure[name])}"
        if text not in self.known:
            self.known[text] = f"c{len(self.known)}"
            self.out.append(f"{self.known[text]} {text}")
        return self.known[text]

    def _number_expression(self, pure: str) -> str:
        match = _COMMUTES.fullmatch(pure)
        if match is None:
            return self._render_statement(pure)
        left, right = sorted((self._render_statement(match[1]), self._render_statement(match[3])))
        return f"{left} {match[2]} {right}"

    def _number_phi(self, name: str) -> None:
        others = set(self.blocks[self.phis[name]].phis[name].values()) - {name}
        if len(others) == 1:
            self.values[name] = self._render_statement(others.pop())
        else:
            self.values[name] = f"phi{len(self.values)}"
            self.waiting.append(name)

    def _spell_type(self, name: str) -> str:
        key = name if name[0] == "_" and name[1:].isdigit() else name.rpartition("_")[0]
        if key not in self.names.types:
            raise _IncomparableError
        return self.names.types[key]

    def _place_parameter(self, name: str) -> int:
        """The place of the parameter that a default definition names."""
        base = name.removesuffix("(D)").rpartition("_")[0]
        if not name.endswith("(D)") or base not in self.names.places:
            raise _IncomparableError
        return self.names.places[base]


def _walk_blocks(blocks: Mapping[int, _BasicBlock]) -> dict[int, int]:
    """The blocks in the order of a depth-first walk from the entry, with their new numbers."""
    order: dict[int, int] = {}
    stack = [next(iter(blocks))]
    while stack:
        number = stack.pop()
        if number not in order:
            order[number] = len(order)
            stack += [target for target, _ in reversed(_find_edges(blocks, number))]
    return order
