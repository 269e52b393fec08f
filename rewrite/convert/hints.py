# SPDX-License-Identifier: GPL-2.0-or-later
"""What one site's value may be called, from its own function alone, and how much each name says."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tree_sitter import Node

from ..c.syntax import text_of
from ..terms import Direction, Operand
from .flow import field_behind
from .names import is_observer, names_accessor, paths_of, root_of
from .sequences import is_fixed
from .sites import Site, Usage, compared_with, inner_expression

_MEANINGLESS = frozenset(
    (
        *(
            "tmp",
            "temp",
            "val",
            "value",
            "values",
            "dummy",
            "unused",
            "ignored",
            "foo",
            "buf",
            "ptr",
        ),
        *(
            "ret",
            "rc",
            "res",
            "result",
            "err",
            "error",
            "idx",
            "index",
            "byte",
            "word",
            "data",
            "ii",
        ),
        *("sbyte", "ubyte", "sword", "uword", "dword", "qword", "number", "flag"),
        *("u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "var", "arg", "opaque", "junk"),
    )
)
"""Words that say of a variable that it holds something, and not what."""

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)

_FAILURES = frozenset(("ret", "rc", "err", "error"))
"""Words of variables that hold what a function returned."""

_TESTS = frozenset(("==", "!=", "<", ">", "<=", ">=", "&&", "||", "!"))
_LENGTHS = {"strlen": "len", "strnlen": "len"}
"""What functions of the C library tell of a field."""


class Meaning(enum.IntEnum):
    """How much a name says of the value: more is more."""

    NOTHING = 0
    FIXED = 1
    """The last word of a constant that is written."""
    VAGUE = 2
    """A variable that counts, fails or only holds."""
    TEST = 3
    """What the value is but a test, a part or more of."""
    ACCESSOR = 4
    """A function that gets or sets the value."""
    LOCAL = 5
    """A variable that says what it holds."""
    CARRIED = 6
    """A field that a variable stands for."""
    FIELD = 7
    """A field of the device."""


@dataclass(frozen=True)
class Hint:
    """The possible names of one visit, best first; `spare` are those of a variable in between.

    `key` tells whether two visits of a function are of one object, `operand` what the text calls it,
    `root` what its path begins with, and `call` is the function that gives or is given the value.
    """

    key: str
    paths: tuple[str, ...]
    meaning: Meaning
    spare: tuple[str, ...] = ()
    root: str = ""
    call: str = ""
    operand: str = ""


def hint_for(site: Site, data: bytes) -> Hint:
    """The possible names of one site's visit, from its own function alone."""
    try:
        return _hint_for(site, data)
    except RecursionError:
        return _make_nameless(site)


def _make_nameless(site: Site, name: str = "value") -> Hint:
    return Hint(f"@{site.start}", (name,), Meaning.NOTHING)


def _hint_for(site: Site, data: bytes) -> Hint:
    if is_fixed(site):
        return _hint_fixed(site, data)
    if site.usage is Usage.STATEMENT and site.primitive.operand == Operand.RESULT:
        return _make_nameless(site, "unused")
    node = _find_operand(site, data)
    if node is None:
        return _make_nameless(site, "more" if _steers_loop(site) else "value")
    text = " ".join(text_of(node, data).split())
    hint = _of_expression(site, node, data)
    alone = hint.key.startswith("@") or hint.meaning in (Meaning.TEST, Meaning.ACCESSOR)
    return (
        replace(hint, operand=hint.key if hint.meaning is Meaning.FIELD else text)
        if not alone
        else hint
    )


def _of_expression(site: Site, node: Node, data: bytes) -> Hint:
    """The hint that an expression gives, or that of the part of it that names it."""
    paths = tuple(paths_of(node, data))
    if not paths:
        return _make_nameless(site)
    own = f"{' '.join(text_of(node, data).split())}@{site.start}"
    bare = _strip_to_variable(node)
    if _is_test(bare, data):
        return Hint(own, paths, Meaning.TEST)
    parts = _parts_of(bare, data)
    if len(parts) > 1:
        return _hint_packed(site, own, parts, data)
    if parts and parts[0] != bare:
        part = _of_expression(site, parts[0], data)
        meaning = Meaning.TEST if part.meaning is Meaning.LOCAL else part.meaning
        inside = _at_offset(site, bare, part, data)
        if part.meaning is Meaning.LOCAL and inside:
            # What a local points to and what follows it are two things: `(char *)(head + 1)`.
            return replace(part, key=own, paths=inside, meaning=meaning)
        return replace(part, key=own, meaning=meaning, spare=(*part.spare, *inside))
    if bare.type == "identifier":
        return _hint_variable(site, bare, paths, data)
    if bare.type == "call_expression" and not _names_member(bare):
        return _hint_called(site, bare, Hint(own, paths, Meaning.ACCESSOR), data)
    return _hint_member(site, node, bare, paths, data)


def _hint_member(site: Site, node: Node, bare: Node, paths: tuple[str, ...], data: bytes) -> Hint:
    """The hint of a member or an element: of a local that carries a field, else its own."""
    text = " ".join(text_of(node, data).split())
    root = root_of(bare, data)
    behind = field_behind(site, bare, data) if root is not None else None
    if behind is not None:
        part = paths[0].rpartition(".")[2] if "." in paths[0] else ""
        return _hint_carried(behind, text, site.start, paths, data, part)
    begins = text_of(root, data) if root is not None else ""
    whole = _identify_object(site, node, text, paths[-1])
    if _is_added(node):
        return Hint(f"{text}@{site.start}", paths, Meaning.TEST, root=begins, operand=whole)
    key = f"{text}@{site.start}" if _is_compared(site, node) else whole
    return Hint(key, paths, Meaning.FIELD, root=begins)


def _parts_of(node: Node, data: bytes) -> list[Node]:
    """What an arithmetic expression is made from, constants left out; of a sum, the first part."""
    if node.type not in ("binary_expression", "unary_expression"):
        bare = _strip_to_variable(node)
        return _parts_of(bare, data) if bare != node else [] if _is_constant(node, data) else [node]
    operator = node.child_by_field_name("operator")
    sides = [node.child_by_field_name(f) for f in ("left", "right", "argument")]
    found = [_parts_of(side, data) for side in sides if side is not None]
    together = operator is not None and text_of(operator, data) in ("|", "^")
    parts = [part for side in found for part in side]
    return parts if together else parts[:1]


def _is_constant(node: Node, data: bytes) -> bool:
    named = node.type == "identifier" and text_of(node, data).isupper()
    return named or node.type in ("number_literal", "char_literal", "sizeof_expression")


def _at_offset(site: Site, node: Node, part: Hint, data: bytes) -> tuple[str, ...]:
    """The name of a part of an array that begins some way into it: `page[PENDING]` for `page + PENDING`."""
    offset = node.child_by_field_name("right")
    points = site.primitive.operand in (Operand.POINTER, Operand.BUFFER)
    if not points or offset is None or node.type != "binary_expression":
        return ()
    text = "".join(text_of(offset, data).split())
    return (f"{part.paths[0]}[{text}]",) if re.fullmatch(r"[\w+*.]{1,40}", text) else ()


def _hint_packed(site: Site, key: str, parts: Sequence[Node], data: bytes) -> Hint:
    """The hint of several fields in one value: what they are in, or both; the first names no other."""
    paths = list(dict.fromkeys(p[0] for part in parts if (p := paths_of(part, data))))
    if len(paths) == 1:
        return replace(_of_expression(site, parts[0], data), key=key)
    around = [p.rpartition(".")[0] for p in paths]
    if len(set(around)) == 1 and around[0]:
        return Hint(key, (around[0],), Meaning.TEST)
    last = [p.rpartition(".")[2].partition("[")[0] for p in paths]
    if len(paths) == 2 and all(last):
        return Hint(key, ("_".join(last),), Meaning.TEST)
    return Hint(key, ("bits",), Meaning.NOTHING)


def _hint_fixed(site: Site, data: bytes) -> Hint:
    """The hint of a put that always writes the same: what a constant is, as VALVE_MAGIC is a magic."""
    node = _strip_to_variable(site.arguments[1])
    word = text_of(node, data).lower().rpartition("_")[2] if node.type == "identifier" else ""
    if len(word) > 2 and word.isalpha():
        return Hint(f"@{site.start}", (word,), Meaning.FIXED)
    return _make_nameless(site, "marker")


def _hint_variable(site: Site, variable: Node, paths: tuple[str, ...], data: bytes) -> Hint:
    """The hint of a local: the field that it carries, else its own name."""
    name = text_of(variable, data)
    key = f"{name}@{site.start}"
    if name.isupper() and len(name) > 1:
        return _make_nameless(site)
    vague = len(name) == 1 or _is_vague(name)
    field = field_behind(site, variable, data, through_calls=vague)
    if field is not None:
        return _hint_carried(field, name, site.start, paths, data)
    if vague and _steers_loop(site):
        return _make_nameless(site, "more")
    if site.primitive.direction == Direction.PUT and vague and _is_always_one(site, name, data):
        return replace(_make_nameless(site, "marker"), operand=name)
    if vague and _is_unused(site, name, data):
        return replace(_make_nameless(site, "unused"), operand=name)
    if _counts_loop(site, name, data):
        inside = site.primitive.direction == Direction.PUT and _counts_around(site, name, data)
        return replace(_make_nameless(site, "index" if inside else "value"), operand=name)
    vague = vague or _points_anywhere(site, name, data)
    return Hint(key, paths, Meaning.VAGUE if vague else Meaning.LOCAL)


def _is_vague(name: str) -> bool:
    """Whether a variable's name says that it holds something, or that something failed."""
    words = [w.strip("0123456789") for w in name.lower().split("_")]
    return not _FAILURES.isdisjoint(words) or all(not w or w in _MEANINGLESS for w in words)


def _hint_carried(
    field: Node, text: str, start: int, paths: tuple[str, ...], data: bytes, part: str = ""
) -> Hint:
    """The hint of a local that carries a field; `part` names the part of it that travels."""
    names, key = tuple(paths_of(field, data)), f"{text}@{start}"
    if not names:
        return Hint(key, paths, Meaning.VAGUE)
    if field.type == "call_expression":
        callee = field.child_by_field_name("function")
        name = text_of(callee, data) if callee is not None else ""
        return Hint(key, names, Meaning.ACCESSOR, paths, call=name)
    if part:
        names = tuple(f"{name}.{part}" for name in names)
    root = root_of(field, data)
    begins = text_of(root, data) if root is not None else ""
    return Hint(f"{text}|{names[-1]}", names, Meaning.CARRIED, paths, begins)


def _hint_called(site: Site, call: Node, hint: Hint, data: bytes) -> Hint:
    """The hint of a value that a function gives, or that a function is given."""
    callee = call.child_by_field_name("function")
    name = text_of(callee, data) if callee is not None else ""
    given = (
        call.start_byte <= site.start < call.end_byte and site.primitive.direction == Direction.GET
    )
    if given and (is_observer(name) or not names_accessor(call, data)):
        return replace(_make_nameless(site), call="" if is_observer(name) else name)
    if name in _LENGTHS:
        return replace(hint, paths=tuple(f"{p}.{_LENGTHS[name]}" for p in hint.paths))
    return replace(hint, call=name)


def _is_always_one(site: Site, name: str, data: bytes) -> bool:
    """Whether a variable has but one value, a number."""
    word = re.escape(name)
    sets = re.compile(rf"\s*(?:\w+[\s*]+)*{word}\s*=\s*-?\d\w*\s*\Z")
    others = [m for m in _statements_with(site, name, data) if not sets.match(m)]
    declares = re.compile(rf"\s*(?:\w+[\s*]+)+{word}\s*\Z")
    return all(declares.match(m) for m in others) and len(others) < 2


def _is_unused(site: Site, name: str, data: bytes) -> bool:
    """Whether a get writes a variable that the function has for nothing else."""
    declares = re.compile(rf"\s*(?:\w+[\s*]+)+(?:\w+,\s*)*{re.escape(name)}\b[\w\s,]*\Z")
    gets = site.primitive.direction == Direction.GET
    return gets and all(declares.match(m) for m in _statements_with(site, name, data))


def _statements_with(site: Site, name: str, data: bytes) -> list[str]:
    """The statements of a function that have a variable, and not the stream."""
    stream = re.escape(text_of(site.stream, data))
    streams = re.compile(rf"[(,]\s*{stream}\s*[,)]")
    parts = _words_of(site, data).parts.get(name, [])
    return [part for part in parts if not streams.search(part)]


@dataclass(frozen=True)
class _Words:
    """What a function's text does with its variables, by their names: the statements that have one,
    those that a loop counts with, those that are a `void *`."""

    parts: Mapping[str, list[str]]
    counting: frozenset[str]
    pointers: frozenset[str]


def _words_of(site: Site, data: bytes) -> _Words:
    function = site.place.function
    return (
        _words_in(function, data) if function is not None else _Words({}, frozenset(), frozenset())
    )


@lru_cache(maxsize=4)
def _words_in(function: Node, data: bytes) -> _Words:
    """The words of a function: read once, as each of its sites asks."""
    text = text_of(function, data)
    parts: dict[str, list[str]] = {}
    for part in re.split(r"[;{}]", _COMMENT.sub(" ", text)):
        for word in dict.fromkeys(re.findall(r"(?<![\w.>])[A-Za-z_]\w*", part)):
            parts.setdefault(word, []).append(part)
    counting = re.findall(r"\bfor\s*\(\s*(?:\w+\s+)*(\w+)\s*=", text)
    pointers = re.findall(r"\bvoid\s*\*\s*(\w+)", text)
    return _Words(parts, frozenset(counting), frozenset(pointers))


def _counts_loop(site: Site, name: str, data: bytes) -> bool:
    """Whether a variable is one that a loop of the function counts with."""
    return name in _words_of(site, data).counting


def _counts_around(site: Site, name: str, data: bytes) -> bool:
    """Whether a loop around a site counts with a variable."""
    loops = (n for n in site.place.chain if n.type == "for_statement")
    begins = rf"for\s*\(\s*(?:\w+\s+)*{re.escape(name)}\s*="
    return any(re.match(begins, text_of(loop, data)) for loop in loops)


def _points_anywhere(site: Site, name: str, data: bytes) -> bool:
    """Whether a variable is a `void *`, which a handler is given whatever it is for."""
    return name in _words_of(site, data).pointers


def _find_operand(site: Site, data: bytes) -> Node | None:
    """The node that names what travels, None where there is none."""
    if site.primitive.operand in (Operand.VALUE, Operand.POINTER, Operand.BUFFER):
        return site.arguments[1]
    if site.target is not None:
        return site.target
    return _find_destination(site, data)


def _steers_loop(site: Site) -> bool:
    statement = site.statement
    return statement is not None and statement.type in ("while_statement", "do_statement")


def _find_destination(site: Site, data: bytes) -> Node | None:
    """What a get inside an expression is assigned or passed to."""
    chain = site.place.chain
    assert site.call is not None
    for node in reversed(chain[: chain.index(site.call)]):
        if node == site.statement:
            return None
        if node.type == "assignment_expression":
            left = node.child_by_field_name("left")
            if left is None or left.end_byte >= site.start:
                return None
            return _declarator_around(site, node) or left
        if node.type == "init_declarator":
            return node.child_by_field_name("declarator")
        if node.type == "binary_expression":
            other = compared_with(node, site.start)
            if other is not None:
                return other if _may_name(other, data) else None
        if node.type == "call_expression" and not _may_be_macro(node, data):
            return node
    return None


def _may_name(node: Node, data: bytes) -> bool:
    """Whether what a value is compared with is no constant."""
    bare = _strip_to_variable(node)
    constant = bare.type == "identifier" and text_of(bare, data).isupper()
    return not constant and bare.type not in ("number_literal", "char_literal", "unary_expression")


def _declarator_around(site: Site, node: Node) -> Node | None:
    """The declarator whose initialiser holds a node of the site's statement, None where none does."""
    chain = site.place.chain
    for outer in chain[: chain.index(node)]:
        if outer.type == "init_declarator" and site.statement in chain[: chain.index(outer)]:
            return outer.child_by_field_name("declarator")
    return None


def _may_be_macro(call: Node, data: bytes) -> bool:
    callee = call.child_by_field_name("function")
    name = text_of(callee, data) if callee is not None else ""
    return name.isupper() or "assert" in name


def _identify_object(site: Site, node: Node, text: str, path: str) -> str:
    """What tells the object that travels from others, however its lvalue or address is written."""
    stars = 1 if site.primitive.operand in (Operand.POINTER, Operand.BUFFER) else 0
    while node.type in ("pointer_expression", "parenthesized_expression", "cast_expression"):
        inner = inner_expression(node)
        if inner is None or (node.type == "cast_expression" and not stars):
            return text
        if node.type == "pointer_expression":
            stars += 1 if node.children[0].type == "*" else -1
        node = inner
    plain = node.type in ("identifier", "field_expression", "subscript_expression")
    return "*" * stars + path if plain and stars >= 0 else text


def _names_member(call: Node) -> bool:
    """Whether the call is a macro for a member, as in `v->VsrD(0)`."""
    callee = call.child_by_field_name("function")
    return callee is not None and callee.type == "field_expression"


def _strip_to_variable(node: Node) -> Node:
    """The variable inside `&x`, casts and parentheses."""
    while node.type in ("pointer_expression", "cast_expression", "parenthesized_expression"):
        inner = inner_expression(node)
        if inner is None:
            return node
        node = inner
    return node


def _is_compared(site: Site, node: Node) -> bool:
    """Whether a get's value is not stored in what names it, but compared with it."""
    around = node.parent
    return around is not None and compared_with(around, site.start) == node


def _is_added(node: Node) -> bool:
    """Whether a get's value is but combined with what names it, as in `s->x |= get(f)`."""
    around = node.parent
    if around is None or around.type != "assignment_expression":
        return False
    operator = around.child_by_field_name("operator")
    return operator is not None and operator.type != "="


def _is_test(node: Node, data: bytes) -> bool:
    """Whether an expression asks something of a field, and is not its value moved or masked."""
    if node.type == "conditional_expression":
        return True
    operator = node.child_by_field_name("operator")
    return operator is not None and text_of(operator, data) in _TESTS
