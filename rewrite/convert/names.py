# SPDX-License-Identifier: GPL-2.0-or-later
"""Names: of visits (the member path that a reader of the stream would use) and of new variables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Protocol

from tree_sitter import Node

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_INDEX_MARK = re.compile(r"\[\?([^\]]*)\]")
_MEMBER = re.compile(r"(?:->|\.)\s*[A-Za-z_]\w*")

_ACCESSORS = frozenset(("get", "put", "set", "read", "write", "load", "store", "save", "restore"))

_OBSERVERS = frozenset(
    (
        *(
            "trace",
            "log",
            "print",
            "printf",
            "debug",
            "dprintf",
            "error",
            "report",
            "warn",
            "assert",
        ),
        *("dump", "fprintf", "monitor", "check", "validate"),
    )
)
"""Words in the names of functions that merely look at what they are given."""

VISITOR_NAMES = ("v", "visitor", "vis")
ERROR_NAMES = ("errp", "visit_errp", "verrp")
LOCAL_ERROR_NAMES = ("local_err", "visit_err", "verr")


def find_identifiers(text: str) -> set[str]:
    """The identifiers of C text, members after `.` and `->` left out."""
    return set(_IDENTIFIER.findall(_MEMBER.sub(" ", text)))


class Taken(Protocol):
    """The names that are in use in a function."""

    def __contains__(self, name: object, /) -> bool:
        """Whether a name is in use."""

    def add(self, name: str, /) -> None:
        """Note that a name is in use from now on."""


def free_name(candidates: Iterable[str], taken: Taken) -> str:
    """The first candidate that is not taken, else the first one with a number. Marks it as taken."""
    names = list(candidates)
    numbered = (f"{names[0]}{number}" for number in itertools.count(2))
    name = next(n for n in itertools.chain(names, numbered) if n not in taken)
    taken.add(name)
    return name


def _text_of(node: Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode("latin-1")


def paths_of(node: Node, data: bytes) -> list[str]:
    """The names for the field that an expression denotes, best first; empty where it names nothing.

    First the member path without its root, as `s->a.b[i].c` is "a.b[].c" (a constant index stays, as
    in `PFN[0]`); then, for where that is taken, with the root, with the index written out, with both.
    """
    parts = _name_parts(node, data)
    if not parts:
        return []
    full = [_INDEX_MARK.sub(r"[\1]", p) for p in parts]
    short = [_INDEX_MARK.sub("[]", p) for p in parts]
    start = 1 if len(parts) > 1 and parts[1].startswith(".") else 0
    choices = (short[start:], short, full[start:], full)
    return list(dict.fromkeys("".join(c).removeprefix(".") for c in choices))


def _name_parts(node: Node, data: bytes) -> list[str]:
    child = node.child_by_field_name
    match node.type:
        case "identifier":
            return [_text_of(node, data)]
        case "field_expression":
            inner, field = child("argument"), child("field")
            if inner is None or field is None:
                return []
            return [*_name_parts(inner, data), "." + _text_of(field, data)]
        case "subscript_expression":
            inner, index = child("argument"), child("index")
            if inner is None:
                return []
            return [*_name_parts(inner, data), f"[{_spell_index(index, data)}]"]
        case "pointer_expression":
            inner = child("argument")
            return _name_parts(inner, data) if inner is not None else []
        case "parenthesized_expression":
            inner = next((c for c in node.named_children if c.type != "comment"), None)
            return _name_parts(inner, data) if inner is not None else []
        case "cast_expression":
            inner = child("value")
            return _name_parts(inner, data) if inner is not None else []
        case "call_expression":
            return _call_parts(node, data)
        case (
            "binary_expression"
            | "conditional_expression"
            | "unary_expression"
            | "update_expression"
        ):
            return _first_parts(node, data)
        case _:
            return []


def _call_parts(node: Node, data: bytes) -> list[str]:
    """A call names what it gets or sets: `cpsr_read(env)` is "cpsr", `htonl(s->ip)` the field.

    A macro for a member names the member.
    """
    callee = node.child_by_field_name("function")
    if callee is None:
        return []
    arguments = node.child_by_field_name("arguments")
    values = arguments.named_children if arguments is not None else []
    if callee.type == "field_expression" and len(values) == 1:
        return [*_name_parts(callee, data), f"[{_spell_index(values[0], data)}]"]
    fields = [p for v in values if len(p := _name_parts(v, data)) > 1]
    if callee.type == "identifier" and len(values) == 1 and fields:
        return fields[0]
    if callee.type == "identifier":
        return [without_accessor(_text_of(callee, data))]
    return _name_parts(callee, data)


def root_of(node: Node, data: bytes) -> Node | None:
    """The variable that a member path or an element's begins with; None for all other expressions."""
    inner: Node | None = node
    while inner is not None and inner.type != "identifier":
        kinds = ("field_expression", "subscript_expression", "parenthesized_expression")
        if inner.type not in kinds:
            return None
        inner = inner.child_by_field_name("argument") or next(iter(inner.named_children), None)
    return inner


def is_observer(name: str) -> bool:
    """Whether a function, by its name, traces, prints or checks what it is given."""
    return not _OBSERVERS.isdisjoint(name.lower().split("_"))


def names_accessor(call: Node, data: bytes) -> bool:
    """Whether a call gets or sets something, by its name, as `cpu_put_psr(env, x)` does."""
    callee = call.child_by_field_name("function")
    if callee is not None and callee.type == "field_expression":
        callee = callee.child_by_field_name("field")
    if callee is None or is_observer(_text_of(callee, data)):
        return False
    return not _ACCESSORS.isdisjoint(_text_of(callee, data).lower().split("_"))


def without_accessor(name: str) -> str:
    """A function's name without what it does: `cpsr_read` and `cpsr_write` are about "cpsr"."""
    words = [w for w in name.split("_") if w.lower() not in (*_ACCESSORS, "val")]
    return "_".join(words).strip("_") or name


def _first_parts(node: Node, data: bytes) -> list[str]:
    """An arithmetic expression is named after the first thing in it that has a path."""
    for inner in node.named_children:
        if inner.type not in ("call_expression", "comment") and (parts := _name_parts(inner, data)):
            return parts
    for inner in node.named_children:
        if parts := _name_parts(inner, data):
            return parts
    return []


def _spell_index(node: Node | None, data: bytes) -> str:
    """A constant index as it is; another one marked with `?` for `paths_of` to show or hide."""
    if node is not None and node.type in ("number_literal", "char_literal"):
        text = _text_of(node, data)
        return text if text.isprintable() and not set(text) & set('"\\') else "?"
    if node is not None and node.type == "identifier" and _text_of(node, data).isupper():
        return _text_of(node, data)
    text = "".join(_text_of(node, data).split()) if node is not None else ""
    return "?" + re.sub(r"[\[\]\"\\?]", "", text)


def variable_from(path: str) -> list[str]:
    """Names for a variable that holds the field `path`: its last member, then longer ones.

    `timing[1]` is held by timing1.
    """
    words = _IDENTIFIER.findall(re.sub(r"(?<!\])\[(\d+)\]\Z", r"\1", path))
    lower = [w if not w.isupper() else w.lower() for w in words] or ["value"]
    last = lower[-1]
    longer = ("_".join(lower[-2:]), "_".join(lower))
    return list(dict.fromkeys([last, *longer, f"{last}_val", f"{last}_in"]))
