# SPDX-License-Identifier: GPL-2.0-or-later
"""From a C expression to its declared type, or to "unknown because ...".

Never from names: a type is what the tree's own declarations say. An unknown type costs elegance,
not correctness: the planner then goes through a value of the wire's type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from tree_sitter import Node

from ..errors import UnknownTypeError
from .declarations import (
    Array,
    Base,
    CType,
    Declared,
    FunctionType,
    Name,
    Pointer,
    Tag,
    read_type,
    tokenize_masked,
)
from .headers import Headers
from .locals import declares_in_head, locals_around, locals_named, may_rename
from .macros import Macros
from .scope import Facts, Origin, Scope, element_type
from .spelling import describe_type
from .syntax import parse_text, text_of

_MAX_DEPTH = 12
_FLOATING = re.compile(
    r"(?:(?!0[xX])[\d.]*(?:\.|\d[eE])[\d.+\-eE]*|0[xX][\da-fA-F.]*[pP][+-]?\d+)[fFlL]?"
)
"""A floating constant (C99 6.4.4.2); a decimal one has a point or an exponent."""


@dataclass(frozen=True)
class Resolved:
    """A declared type.

    `spelling` is the type as declared, `exact` the fixed-width type that it is (or None), `names`
    every typedef passed on the way to it. `bitfield`, `packed` and `qualifiers` say whether its
    address may be taken as it is. `origin` is where it is declared.
    """

    spelling: str
    type: CType
    exact: str | None
    names: tuple[str, ...]
    bitfield: bool
    packed: bool
    qualifiers: frozenset[str]
    origin: Origin | None

    @property
    def floating(self) -> bool:
        """Whether it is float or double, whose conversion depends on the width converted to."""
        return is_floating(self.type)


def is_floating(ctype: CType) -> bool:
    """Whether a type without typedefs is a real floating one (C99 6.2.5p10)."""
    return isinstance(ctype, Base) and ("float" in ctype.spelling or "double" in ctype.spelling)


@dataclass(frozen=True)
class Unknown:
    """No type, and why."""

    reason: str


@dataclass(frozen=True)
class _Typed:
    type: CType
    origin: Origin | None = None
    bitfield: bool = False
    packed: bool = False
    to_packed: bool = False  # what it points to may be unaligned


@dataclass(frozen=True)
class Frame:
    """Where an expression stands: the text that the nodes count in, the nodes around, extra names."""

    data: bytes
    chain: tuple[Node, ...]
    path: str
    names: tuple[tuple[str, CType], ...] = ()


class Typer:
    """Types of expressions in one scope. All methods raise UnknownTypeError where they can't tell."""

    def __init__(self, scope: Scope) -> None:
        """`scope` is the file's names for one target."""
        self.scope = scope

    def type_of(self, node: Node, frame: Frame, depth: int = 0) -> _Typed:
        """The declared type of an expression."""
        if depth > _MAX_DEPTH:
            raise UnknownTypeError("macros nest too deep")
        handler = getattr(self, "_" + node.type, None)
        if handler is None:
            return self._type_numbers(node, frame, depth)
        result: _Typed = handler(node, frame, depth)
        return result

    def _type_child(self, node: Node, field: str, frame: Frame, depth: int) -> _Typed:
        child = node.child_by_field_name(field)
        if child is None:
            raise UnknownTypeError("damaged expression")
        return self.type_of(child, frame, depth)

    def _identifier(self, node: Node, frame: Frame, depth: int) -> _Typed:
        name = text_of(node, frame.data)
        bodies = {
            m.body
            for _, m in self.scope.find_macros(name)
            if m.parameters is None and m.body not in ("", name)
        }
        for extra, ctype in frame.names:
            if extra == name:
                return _Typed(ctype)
        # A macro in force where a local is declared would have renamed the local too, and one from
        # between the two makes it another name.
        local = self._type_local(name, node, frame)
        if local is not None:
            return local
        found = [self._type_body(body, frame, depth) for body in sorted(bodies)]
        return self._type_same(name, found) if found else _Typed(*self.scope.find_variable(name))

    def _type_same(self, name: str, found: list[_Typed]) -> _Typed:
        """The one type of a name that #if declares several times."""
        first = found[0]
        alike = self.scope.all_alike([f.type for f in found])
        if not alike or any(
            (f.bitfield, f.packed) != (first.bitfield, first.packed) for f in found
        ):
            raise UnknownTypeError(f"{name} is declared differently under #if")
        return first

    def _type_local(self, name: str, node: Node, frame: Frame) -> _Typed | None:
        """The type of a local or a parameter; None where the name is none of the function's."""
        if any(declares_in_head(n, name, frame.data, self.macros) for n in frame.chain):
            raise UnknownTypeError(f"{name} may be declared by a macro's loop")
        found: list[_Typed] = []
        block: Node | None = None
        for local in locals_named(name, frame.chain, node.start_byte, frame.data):
            if may_rename(frame.data[local.offset : node.start_byte], name):
                raise UnknownTypeError(f"{name} may be a macro from the middle of the function")
            around = local.node.parent if local.node is not None else None
            if found and around != block:
                break
            for declared in local.declared:
                if declared.name == name:
                    found.append(_Typed(declared.type, Origin(frame.path, declared.offset)))
                    block = around
        return self._type_same(name, found) if found else None

    @cached_property
    def macros(self) -> Macros:
        """The macros of the scope."""
        return Macros(lambda name: [m for _, m in self.scope.find_macros(name)])

    def _type_body(self, body: str, frame: Frame, depth: int) -> _Typed:
        """The type of a macro's body, read where the macro is used."""
        text = b"void f(void) { x = " + body.encode("latin-1") + b"; }"
        tree = parse_text(text)
        node: Node | None = (
            tree.root_node.named_children[0] if tree.root_node.named_children else None
        )
        if node is None or tree.root_node.has_error:
            raise UnknownTypeError(f"the macro body `{body}` is no expression")
        block = node.child_by_field_name("body")
        assignment = block.named_children[0].named_children[0] if block is not None else node
        right = assignment.child_by_field_name("right")
        if right is None:
            raise UnknownTypeError(f"the macro body `{body}` is no expression")
        names = frame.names + tuple(self._visible_names(frame))
        return self.type_of(right, Frame(text, (), frame.path, names), depth + 1)

    def _visible_names(self, frame: Frame) -> Iterator[tuple[str, CType]]:
        if not frame.chain:
            return
        for local in locals_around(frame.chain, frame.chain[-1].start_byte, frame.data):
            for declared in local.declared:
                yield declared.name, declared.type

    def _field_expression(self, node: Node, frame: Frame, depth: int) -> _Typed:
        argument = self._type_child(node, "argument", frame, depth)
        field = node.child_by_field_name("field")
        operator = node.child_by_field_name("operator")
        if field is None or operator is None:
            raise UnknownTypeError("damaged expression")
        name = text_of(field, frame.data)
        if text_of(operator, frame.data) == "->":
            whole = self.scope.find_canonical(argument.type).type
            member = self._type_member(element_type(whole), name, frame, depth)
            return replace(member, packed=member.packed or self._reaches_packed(argument, whole))
        member = self._type_member(argument.type, name, frame, depth)
        return replace(member, packed=member.packed or argument.packed)

    def _type_member(self, record: CType, name: str, frame: Frame, depth: int) -> _Typed:
        for _, macro in self.scope.find_macros(name):
            if macro.parameters is None and macro.body and macro.body != name:
                names = (("__record", record),)
                return self._type_body(f"__record.{macro.body}", replace(frame, names=names), depth)
        found = self.scope.find_member(record, name)
        declared = found[0].declared
        ctype = declared.type if len(found) == 1 else self._one_type([m.declared for m in found])
        quals = self.scope.find_canonical(record).type.qualifiers & {"const", "volatile"}
        ctype = replace(ctype, qualifiers=ctype.qualifiers | quals)
        packed = any(m.packed for m in found)
        bitfield = any(m.declared.bitfield for m in found)
        return _Typed(ctype, found[0].origin, bitfield, packed)

    def _one_type(self, found: list[Declared]) -> CType:
        """The type of a member that #if declares several times: the one type, or a struct of all members.

        CPU_DoubleU of QEMU 0.10 on swaps the members of a struct by the host's byte order.
        """
        ends = [self.scope.end_of(d.type) for d in found]
        if None not in ends and len(set(ends)) == 1:
            return found[0].type
        tags = [e for e in ends if isinstance(e, Tag) and e.members is not None]
        if len(tags) == len(ends) and len({t.kind for t in tags}) == 1:
            members = tuple(m for t in tags for m in t.members or ())
            packed = any(t.packed for t in tags)
            return Tag(tags[0].kind, None, members, packed, tags[0].path)
        raise UnknownTypeError(f"member {found[0].name} is declared differently under #if")

    def _subscript_expression(self, node: Node, frame: Frame, depth: int) -> _Typed:
        array = self._type_child(node, "argument", frame, depth)
        whole = self.scope.find_canonical(array.type).type
        packed = self._reaches_packed(array, whole)
        return _Typed(element_type(whole), array.origin, packed=packed)

    def _reaches_packed(self, pointer: _Typed, whole: CType) -> bool:
        """Whether what an array or a pointer leads to may be unaligned; `whole` is its followed type."""
        return pointer.to_packed or (pointer.packed and isinstance(whole, Array))

    def _pointer_expression(self, node: Node, frame: Frame, depth: int) -> _Typed:
        argument = self._type_child(node, "argument", frame, depth)
        if frame.data[node.start_byte : node.start_byte + 1] == b"&":
            return _Typed(
                Pointer(argument.type), argument.origin, argument.bitfield,
                to_packed=argument.packed,
            )  # fmt: skip
        whole = self.scope.find_canonical(argument.type).type
        packed = self._reaches_packed(argument, whole)
        return _Typed(element_type(whole), argument.origin, packed=packed)

    def _parenthesized_expression(self, node: Node, frame: Frame, depth: int) -> _Typed:
        inner = [c for c in node.named_children if c.type != "comment"]
        if len(inner) != 1:
            raise UnknownTypeError("damaged expression")
        return self.type_of(inner[0], frame, depth)

    def _cast_expression(self, node: Node, frame: Frame, depth: int) -> _Typed:
        spelled = node.child_by_field_name("type")
        ctype = read_type(text_of(spelled, frame.data)) if spelled is not None else None
        if ctype is None:
            raise UnknownTypeError("a cast to a type that can't be read")
        return _Typed(ctype)

    def _compound_literal_expression(self, node: Node, frame: Frame, depth: int) -> _Typed:
        return self._cast_expression(node, frame, depth)

    def _number_literal(self, node: Node, frame: Frame, depth: int) -> _Typed:
        return _Typed(Base("double" if _FLOATING.fullmatch(text_of(node, frame.data)) else "int"))

    def _type_numbers(self, node: Node, frame: Frame, depth: int) -> _Typed:
        """A floating number where one of the operands is (C99 6.3.1.8); of integers, no type is told."""
        for name in _operand_fields(node):
            child = node.child_by_field_name(name)
            if child is not None and self._is_floating(child, frame, depth):
                return _Typed(Base("double"))
        raise UnknownTypeError(f"the type of this {node.type.replace('_', ' ')} is not resolved")

    def _is_floating(self, node: Node, frame: Frame, depth: int) -> bool:
        try:
            return is_floating(
                self.scope.find_canonical(self.type_of(node, frame, depth).type).type
            )
        except UnknownTypeError:
            return False

    def _call_expression(self, node: Node, frame: Frame, depth: int) -> _Typed:
        callee, arguments = (
            node.child_by_field_name("function"),
            node.child_by_field_name("arguments"),
        )
        if callee is None or arguments is None:
            raise UnknownTypeError("damaged expression")
        if callee.type == "field_expression":
            return self._member_macro(callee, arguments, frame, depth)
        name = text_of(callee, frame.data)
        values = [text_of(a, frame.data) for a in arguments.named_children if a.type != "comment"]
        position = self.scope.facts.casts.get(name)
        if position is not None and position < len(values):
            ctype = read_type(values[position])
            if ctype is not None:
                return _Typed(Pointer(ctype))
        body = self._macro_call(name, values)
        if body is not None:
            return self._type_body(body, frame, depth)
        return _Typed(self.scope.find_function(name))

    def _member_macro(self, callee: Node, arguments: Node, frame: Frame, depth: int) -> _Typed:
        """`v->VsrD(0)`: the member is a macro with arguments (target/ppc of QEMU 4.0 on)."""
        field, argument = (
            callee.child_by_field_name("field"),
            self._type_child(callee, "argument", frame, depth),
        )
        operator = callee.child_by_field_name("operator")
        values = [text_of(a, frame.data) for a in arguments.named_children if a.type != "comment"]
        if field is None or operator is None:
            raise UnknownTypeError("damaged expression")
        bodies = self._macro_bodies(text_of(field, frame.data), values)
        record = argument.type
        if text_of(operator, frame.data) == "->":
            record = element_type(self.scope.find_canonical(record).type)
        names = (("__record", record),)
        found = [
            self._type_body(f"__record.{body}", replace(frame, names=names), depth)
            for body in bodies
        ]
        if not found or len({f.type for f in found}) != 1:
            return self._type_called(callee, frame, depth)
        return found[0]

    def _type_called(self, callee: Node, frame: Frame, depth: int) -> _Typed:
        """What a function that a member points to gives, if that is floating: no other type is told."""
        pointer = self.scope.find_canonical(self.type_of(callee, frame, depth).type).type
        function = self.scope.find_canonical(element_type(pointer)).type
        returns = function.returns if isinstance(function, FunctionType) else pointer
        if is_floating(self.scope.find_canonical(returns).type):
            return _Typed(Base("double"))
        raise UnknownTypeError("a call through a member")

    def _macro_call(self, name: str, values: list[str]) -> str | None:
        bodies = self._macro_bodies(name, values)
        return bodies[0] if len(set(bodies)) == 1 else None

    def _macro_bodies(self, name: str, values: list[str]) -> list[str]:
        """The bodies of a function-like macro with its arguments put in (no # and ## operators)."""
        result = []
        for _, macro in self.scope.find_macros(name):
            if (
                macro.parameters is None
                or len(macro.parameters) != len(values)
                or "#" in macro.body
            ):
                continue
            result.append(_fill(macro.body, dict(zip(macro.parameters, values, strict=True))))
        return result


_OPERANDS = {
    "conditional_expression": ("consequence", "alternative"),
    "assignment_expression": ("left",),
    "update_expression": ("argument",),
    "comma_expression": ("right",),
}
_COMPUTED = {"unary_expression": ("argument",), "binary_expression": ("left", "right")}


def _operand_fields(node: Node) -> tuple[str, ...]:
    """The operands that an expression has its type from; what compares or tests has none."""
    operator = node.child_by_field_name("operator")
    computes = operator is not None and operator.type in ("+", "-", "*", "/")
    return _OPERANDS.get(node.type) or (_COMPUTED.get(node.type, ()) if computes else ())


def _fill(body: str, arguments: dict[str, str]) -> str:
    pieces: list[str] = []
    at = 0
    for token in tokenize_masked(body):
        pieces += (body[at : token.offset], arguments.get(token.text, token.text))
        at = token.offset + len(token.text)
    return "".join(pieces) + body[at:]


class Resolver:
    """Resolves expressions of the files of one tree."""

    def __init__(self, headers: Headers, facts: Facts) -> None:
        """`headers` finds declarations, `facts` are what rules say about types."""
        self.headers = headers
        self.facts = facts
        self._scopes: dict[tuple[str, str | None], Scope] = {}
        self._macros: dict[str, Macros] = {}
        self._unions: dict[str, Scope] = {}

    def scope_of(self, path: str, target: str | None = None) -> Scope:
        """The names that a file sees when it is compiled for `target`."""
        key = (path, target)
        if key not in self._scopes:
            self._scopes[key] = Scope(self.headers.find_closure(path, target), self.facts)
        return self._scopes[key]

    def _union_of(self, path: str) -> Scope:
        """The names that a file sees when it is compiled for any of its targets."""
        if path not in self._unions:
            self._unions[path] = Scope(self.headers.find_union(path), self.facts)
        return self._unions[path]

    def find_macros(self, path: str) -> Macros:
        """The macros that a file sees, compiled for any target."""
        if path not in self._macros:
            self._macros[path] = Macros(
                lambda name: [m for _, m in self._union_of(path).find_macros(name)]
            )
        return self._macros[path]

    def forget(self, path: str) -> None:
        """Let go of what a file sees."""
        self._macros.pop(path, None)
        self._unions.pop(path, None)
        for key in [k for k in self._scopes if k[0] == path]:
            del self._scopes[key]

    def is_function(self, name: str, path: str) -> bool:
        """Whether `name` is declared as a function, and by no macro, where the file can see it."""
        scope = self._union_of(path)
        if scope.find_macros(name):
            return False
        try:
            scope.find_function(name)
        except UnknownTypeError:
            return False
        return True

    def resolve(self, node: Node, frame: Frame, pointee: bool = False) -> Resolved | Unknown:
        """The declared type of the expression `node` of the file `frame.path`, or what it points to.

        A file outside the targets' folders is compiled for several targets: if it needs a target's
        header, every target in which the expression can be resolved must give the same type.
        """
        first = self._in_scope(node, frame, self.scope_of(frame.path), pointee)
        if isinstance(first, Resolved) or self.headers.target_of(frame.path) is not None:
            return first
        results = [
            r
            for t in self.headers.targets
            if isinstance(
                r := self._in_scope(node, frame, self.scope_of(frame.path, t), pointee), Resolved
            )
        ]
        if not results:
            return first
        if len({(r.exact, r.names[-1:], r.bitfield, r.qualifiers) for r in results}) > 1:
            return Unknown(f"{text_of(node, frame.data)} has another type on other targets")
        return results[0]

    def _in_scope(
        self, node: Node, frame: Frame, scope: Scope, pointee: bool
    ) -> Resolved | Unknown:
        try:
            typed = Typer(scope).type_of(node, frame)
            if pointee:
                typed = replace(typed, type=element_type(scope.find_canonical(typed.type).type))
        except UnknownTypeError as error:
            return Unknown(str(error))
        except RecursionError:
            return Unknown("the expression nests too deep")
        try:
            end = scope.find_canonical(typed.type)
        except UnknownTypeError:
            # A name that can't be followed is still a declared type: an address type, say.
            names = _followed_typedefs(scope, typed.type)
            return Resolved(
                describe_type(typed.type), typed.type, None, names, typed.bitfield, typed.packed,
                scope.settle_tag(typed.type.qualifiers), typed.origin,
            )  # fmt: skip
        exact = None if isinstance(end.type, Tag) else scope.find_exact(end.type)
        return Resolved(
            describe_type(typed.type), end.type, exact, end.names, typed.bitfield, typed.packed,
            end.type.qualifiers, typed.origin,
        )  # fmt: skip


def _followed_typedefs(scope: Scope, ctype: CType) -> tuple[str, ...]:
    """The typedef names on the way to where following ends."""
    names: list[str] = []
    while isinstance(ctype, Name) and len(names) < _MAX_DEPTH:
        names.append(ctype.name)
        try:
            ctype = scope.follow(ctype.name)
        except UnknownTypeError:
            break
    return tuple(names)
