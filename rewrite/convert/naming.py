# SPDX-License-Identifier: GPL-2.0-or-later
"""What each visit of a file is called: per site the possible names, with save and load agreeing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node

from ..c.order import acting
from ..c.syntax import text_of
from .flow import field_behind
from .handlers import Role
from .names import paths_of
from .sites import Site, Usage, compared_with, inner_expression

_FIELD, _CALL, _VARIABLE, _NOTHING = 3, 2, 1, 0


@dataclass(frozen=True)
class Hint:
    """The possible names of one visit, best first.

    `key` tells whether two visits are of one field. `strength` says how much the names mean: a field
    of the device, a function's name, a variable of the handler, or nothing but the kind of use.
    """

    key: str
    paths: tuple[str, ...]
    strength: int


@dataclass(frozen=True)
class NameClash:
    """A pair of sites, save and load, at one place of the wire that name different fields."""

    save: Site
    load: Site
    saved: str
    loaded: str


def _operand(site: Site, data: bytes) -> tuple[Node | None, str]:
    """The node that names what travels, and what to say where there is none."""
    if site.primitive.operand in ("value", "pointer", "buffer"):
        return site.arguments[1], site.primitive.operand
    if site.target is not None:
        return site.target, "value"
    statement = site.statement
    loop = statement is not None and statement.type in ("while_statement", "do_statement")
    return _destination(site, data), "more" if loop else "value"


def _destination(site: Site, data: bytes) -> Node | None:
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
                return other
        if node.type == "call_expression" and not _may_be_macro(node, data):
            return node if site.usage is Usage.EXPRESSION else None
    return None


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


def _object(site: Site, node: Node, text: str, path: str) -> str:
    """What tells the object that travels from others, however its lvalue or address is written."""
    stars = 1 if site.primitive.operand in ("pointer", "buffer") else 0
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


def _bare(node: Node) -> Node:
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


def hint_for(site: Site, data: bytes) -> Hint:
    """The possible names of one site's visit, from its own function alone."""
    try:
        return _hint_for(site, data)
    except RecursionError:
        return Hint(f"@{site.start}", ("value",), _NOTHING)


def _hint_for(site: Site, data: bytes) -> Hint:
    node, fallback = _operand(site, data)
    if node is None:
        return Hint(f"@{site.start}", (fallback,), _NOTHING)
    text = " ".join(text_of(node, data).split())
    paths = paths_of(node, data)
    if not paths:
        literal = node.type in ("number_literal", "char_literal")
        return Hint(f"{text}@{site.start}", ("marker" if literal else fallback,), _NOTHING)
    bare = _bare(node)
    if bare.type != "identifier":
        called = bare.type == "call_expression" and not _names_member(bare)
        own = called or _is_compared(site, node)
        key = f"{text}@{site.start}" if own else _object(site, node, text, paths[-1])
        return Hint(key, tuple(paths), _CALL if called else _FIELD)
    field = field_behind(site, bare, data)
    names = paths_of(field, data) if field is not None else []
    if field is not None and names:
        strength = _CALL if field.type == "call_expression" else _FIELD
        return Hint(f"{text}|{names[0]}", (*names, *paths), strength)
    return Hint(f"{text}@{site.start}", tuple(paths), _VARIABLE)


def hints_for(
    functions: Sequence[tuple[str, Sequence[Site]]], roles: Mapping[str, Role], data: bytes
) -> tuple[dict[int, Hint], list[NameClash]]:
    """The hints of all sites of a file by offset, and where save and load can't be brought to agree.

    `functions` are names and sites; of a name that #if defines several times no pair is made. Where
    a save and a load function move the same types in the same order, a variable on one side takes
    the name of the field on the other.
    """
    hints: dict[int, Hint] = {}
    for _, sites in functions:
        hints |= _without_borrowed({s.start: hint_for(s, data) for s in sites})
    count = Counter(name for name, _ in functions)
    groups = {name: sites for name, sites in functions if name and sites and count[name] == 1}
    clashes: list[NameClash] = []
    for save, load in _named_alike(groups, pairs_of(groups, roles, data)):
        saved, loaded = groups[save], groups[load]
        if [s.primitive.wire for s in saved] != [s.primitive.wire for s in loaded]:
            continue
        for one, other in zip(saved, loaded, strict=True):
            clash = _agree(hints, one, other)
            if clash is not None:
                clashes.append(clash)
    return hints, clashes


def _without_borrowed(hints: dict[int, Hint]) -> dict[int, Hint]:
    """The hints of a function; a call such as strlen(s->name) leaves "name" to the visit of name."""
    fields = {p for h in hints.values() if h.strength == _FIELD for p in h.paths}
    result = {}
    for start, hint in hints.items():
        own = tuple(p for p in hint.paths if p not in fields)
        borrowed = hint.strength == _CALL and len(own) < len(hint.paths)
        result[start] = replace(hint, paths=own or ("value",)) if borrowed else hint
    return result


def _agree(hints: dict[int, Hint], save: Site, load: Site) -> NameClash | None:
    """Give the weaker side the names of the stronger; None where they agree then."""
    if save.start not in hints or load.start not in hints:
        return None
    one, other = hints[save.start], hints[load.start]
    if one.paths[0] == other.paths[0]:
        return None
    if one.strength == other.strength == _FIELD:
        shared = [p for p in one.paths if p in other.paths]
        if not shared:
            return NameClash(save, load, one.paths[0], other.paths[0])
        best: tuple[str, ...] = (shared[0],)
    else:
        best = max(one, other, key=_meaning).paths
    for site, hint in ((save, one), (load, other)):
        paths = tuple(dict.fromkeys((*best, *hint.paths)))
        hints[site.start] = replace(hint, paths=paths, strength=_FIELD)
    return None


def _meaning(hint: Hint) -> tuple[int, int]:
    """How much a name says: of two variables, `num` says more than `i`."""
    return hint.strength, len(hint.paths[0]) if hint.strength == _VARIABLE else 0


def pairs_of(
    groups: Mapping[str, Sequence[Site]], roles: Mapping[str, Role], data: bytes
) -> list[tuple[str, str]]:
    """The (save, load) function pairs of a file: registered ones, then the helpers that they call.

    Helpers pair up where both sides call as many with the stream, in order.
    """
    queue = [
        (name, role.partner)
        for name, role in roles.items()
        if role.direction == "put" and name in groups and role.partner in groups
    ]
    found: list[tuple[str, str]] = []
    for pair in queue:
        if pair in found:
            continue
        found.append(pair)
        ours, theirs = (list(_helpers(groups[name], data)) for name in pair)
        if len(ours) == len(theirs):
            queue += [p for p in zip(ours, theirs, strict=True) if _is_pair(p, groups, roles)]
    return found


_OPPOSITES = {"put": ("get",), "save": ("load", "restore"), "write": ("read",), "store": ("load",)}


def _named_alike(
    groups: Mapping[str, Sequence[Site]], found: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The pairs found and, of what is left, x_put() with x_get() and so on.

    Such a pair is good enough to name visits by, as another file registers it; nothing else may
    depend on it.
    """
    paired = {name for pair in found for name in pair}
    guesses = [
        (name, "_".join((*words[:at], opposite, *words[at + 1 :])))
        for name in groups
        for words in (name.split("_"),)
        for at, word in enumerate(words)
        for opposite in _OPPOSITES.get(word, ())
    ]
    return found + [p for p in guesses if paired.isdisjoint(p) and _is_pair(p, groups, {})]


def _is_pair(
    pair: tuple[str, str], groups: Mapping[str, Sequence[Site]], roles: Mapping[str, Role]
) -> bool:
    save, load = (groups.get(name, ()) for name in pair)
    apart = all(name not in roles for name in pair) and pair[0] != pair[1]
    puts = bool(save) and all(s.primitive.direction == "put" for s in save)
    return apart and puts and bool(load) and all(s.primitive.direction == "get" for s in load)


def _helpers(sites: Sequence[Site], data: bytes) -> Iterator[str]:
    """The functions other than primitives that the function of `sites` passes its stream to, in order."""
    function = sites[0].place.function
    body = function.child_by_field_name("body") if function is not None else None
    streams = {text_of(s.stream, data) for s in sites if s.call is not None and s.arguments}
    own = {s.start for s in sites}
    for call in _all_calls(body) if body is not None else ():
        callee, arguments = (
            call.child_by_field_name("function"),
            call.child_by_field_name("arguments"),
        )
        if callee is None or arguments is None or call.start_byte in own:
            continue
        if any(text_of(a, data) in streams for a in arguments.named_children):
            yield text_of(callee, data)


def _all_calls(node: Node) -> Iterable[Node]:
    return (c for c in acting(node) if c.type == "call_expression")
