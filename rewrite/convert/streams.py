# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether one visitor, got at a function's top, stands for a stream through the whole function.

What the function's text is after the preprocessor decides: macros may assign and test as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from ..c.declarations import Base, Name
from ..c.lexical import group_end, split_commas
from ..c.locals import Local, declared_in, list_parameters, locals_named, may_rename
from ..c.macros import ASSEMBLING, ASSIGNING, is_word, tokens_of
from ..c.order import evaluated_first, find_acting
from ..c.syntax import calls_in, function_head, text_of
from ..c.types import Resolved
from . import layout, names
from .context import FileContext
from .sites import Site


@dataclass(frozen=True)
class FunctionStream:
    """The variables that stand for one QEMUFile expression in one function; `declared` if they are there."""

    file: str
    visitor: str
    error: str
    declared: bool


def streams_of(
    context: FileContext, sites: Sequence[Site], taken: names.Taken
) -> dict[str, FunctionStream]:
    """The variables for each stream of a function's sites, by its text, in the order of the text."""
    error_names = names.LOCAL_ERROR_NAMES if context.local_error else names.ERROR_NAMES
    result: dict[str, FunctionStream] = {}
    for site in sites:
        file = text_of(site.stream, context.data)
        if file not in result:
            result[file] = present_stream(context, site) or FunctionStream(
                file,
                names.free_name(names.VISITOR_NAMES, taken),
                names.free_name(error_names, taken),
                declared=False,
            )
    return result


def gets_visitor(context: FileContext, site: Site, file: str) -> bool:
    """Whether a declaration that a site's function starts with gets a visitor for a stream."""
    function = site.place.function
    return function is not None and context.ask(_gets_visitor, function, file)


def _gets_visitor(context: FileContext, function: Node, file: str) -> bool:
    top = "".join(context.ask(_top_text, function).split())
    return f"{context.rules.interface.visitor_of}({file})" in top


def _top_text(context: FileContext, function: Node, _: str) -> str:
    body = function.child_by_field_name("body")
    top = layout.leading_declarations(body) if body is not None else []
    return " ".join(text_of(d, context.data) for d in top)


def present_stream(context: FileContext, site: Site) -> FunctionStream | None:
    """The variables that a function that is half converted has for a site's stream already.

    None where there are none, or where they are not the same at the site: assigned, declared once more,
    declared under #if.
    """
    function = site.place.function
    if function is None:
        return None
    return context.ask(_present_stream, function, text_of(site.stream, context.data))


def _present_stream(context: FileContext, function: Node, file: str) -> FunctionStream | None:
    top = context.ask(_top_text, function)
    getter = rf"\s*\(\s*{re.escape(file)}\s*\)\s*;"
    asked = context.rules.interface
    made = rf"\b{asked.visitor}\s*\*\s*(\w+)\s*=\s*{asked.visitor_of}"
    visitor = re.search(made + getter, top)
    if context.local_error:
        error = re.search(rf"\b{asked.error}\s*\*\s*(\w+)\s*=\s*NULL\s*;", top)
    else:
        made = rf"\b{asked.error}\s*\*\*\s*(\w+)\s*=\s*{asked.errors_of}"
        error = re.search(made + getter, top)
    if visitor is None or error is None:
        return None
    passed = not context.local_error
    if not _is_constant(context, function, visitor.group(1)):
        return None
    if passed and not _is_constant(context, function, error.group(1)):
        return None
    return FunctionStream(file, visitor.group(1), error.group(1), declared=True)


def declarations_of(context: FileContext, function: Node, _: str = "") -> Counter[str]:
    """How often a function declares each name: as a parameter, or anywhere in its blocks."""
    return Counter(declared_in(function, context.data))


def _count_writes(context: FileContext, function: Node, name: str) -> int:
    return count_writes(context.expand_name(function).tokens, name)


def _is_tested(context: FileContext, function: Node, name: str) -> bool:
    return is_tested(context.expand_name(function).tokens, name)


def _is_constant(context: FileContext, function: Node, name: str) -> bool:
    """Whether a local is declared once in the function, always, and set by its declaration alone."""
    if context.ask(declarations_of, function)[name] != 1:
        return False
    if context.ask(_count_writes, function, name) != 1:
        return False
    body = function.child_by_field_name("body")
    assert body is not None
    around = context.syntax.branches_at(body.start_byte)
    return any(
        name in text_of(d, context.data) and context.syntax.branches_at(d.start_byte) == around
        for d in layout.leading_declarations(body)
    )


_VALUES_FOLLOW = frozenset(
    ("return", "else", "do", "case", "if", "while", "switch", "for", "sizeof")
)
"""Keywords after which a parenthesis or an operator begins an expression."""


def why_changing(context: FileContext, site: Site) -> str | None:
    """Why the site's stream can't be named once for its whole function; None where it can."""
    file = site.stream
    path = member_path(file, context.data)
    if path is None:
        return f"`{text_of(file, context.data)}` is no variable and no member of one"
    function = site.place.function
    body = function.child_by_field_name("body") if function is not None else None
    if function is None or body is None:
        return "the function has no body that can be read"
    made = context.expand_name(function)
    if not made.whole:
        return "the function uses macros that are too much to follow"
    root = re.split(r"->|\.", path)[0]
    declared = _declaration_at_top(context, site, root, body)
    if declared is None:
        return f"{root} is not declared with its value at the top of this function"
    if may_rename(context.data[declared.offset : site.start], root):
        return f"{root} may be a macro from the middle of this function"
    if context.ask(_count_writes, function, root) > (0 if declared.parameter else 1):
        return f"{root} is assigned in this function"
    if root == path:
        return None
    return _why_member_changes(context, site, path, body)


def why_null(context: FileContext, site: Site) -> str | None:
    """Why a stream may be NULL where the function begins; None where nothing shows that."""
    function = site.place.function
    name = text_of(site.stream, context.data)
    if function is None or not name.isidentifier():
        return None
    if context.ask(_is_tested, function, name):
        return f"{name} is tested in this function, so it may be NULL at the top"
    if context.ask(_is_given_null, function, name):
        return f"{site.function} is called without a stream in this file, so {name} may be NULL"
    if context.ask(_decides_on_stream, function, name):
        return (
            f"what {name} is passed to decides in this function, so {name} may be NULL at the top"
        )
    local = next(locals_named(name, site.place.chain, site.start, context.data), None)
    if local is None or local.parameter:
        return None
    if {"?", "NULL", "0"}.isdisjoint(tokens_of(local.text)):
        return None
    return f"{name} may be NULL where it is declared"


def _decides_on_stream(context: FileContext, function: Node, name: str) -> bool:
    """Whether a function of the file tests the stream and then decides, as `if (is_open(f))` does.

    One from elsewhere follows the pointer, as that which tells a stream's error.
    """
    for call in calls_in(function):
        callee = call.child_by_field_name("function")
        arguments = call.child_by_field_name("arguments")
        if callee is None or arguments is None or not _is_condition(call):
            continue
        given = [text_of(a, context.data) for a in arguments.named_children if a.type != "comment"]
        if name in given and _tests_parameter(
            context, text_of(callee, context.data), given.index(name)
        ):
            return True
    return False


def _is_given_null(context: FileContext, function: Node, name: str) -> bool:
    """Whether the file calls a function with a null pointer for the stream of that name."""
    head = function_head(function, context.data)
    given = list(list_parameters(function, context.data))
    places = [n for n, local in enumerate(given) if any(d.name == name for d in local.declared)]
    if head is None or not places:
        return False
    code = context.syntax.masked
    for after in context.syntax.heads_of(head.name):
        tokens = tokens_of(code[after - 1 : after + 1000].decode("latin-1"))
        inside = " ".join(tokens[1 : group_end(tokens, 0) - 1])
        arguments = [argument.strip() for argument in split_commas(inside)]
        if places[0] < len(arguments) and arguments[places[0]] in ("NULL", "0"):
            return True
    return False


def _is_condition(node: Node) -> bool:
    """Whether an expression decides what is evaluated after it."""
    while (parent := node.parent) is not None:
        if parent.type in ("if_statement", "while_statement", "conditional_expression"):
            return node == parent.child_by_field_name("condition")
        if parent.type == "binary_expression" and evaluated_first(parent) == node:
            return True
        if parent.type.endswith("_statement") or parent.type == "declaration":
            return False
        node = parent
    return False


def _tests_parameter(context: FileContext, name: str, index: int) -> bool:
    """Whether a function that the file defines tests the pointer that it gets as an argument."""
    body = context.syntax.body_of(name, at_margin=False)
    function = context.syntax.place(body).function if body is not None else None
    if function is None:
        return False
    declared = list(list_parameters(function, context.data))
    names = [d.name for d in declared[index].declared] if index < len(declared) else []
    made = context.expand_name(function)
    return not made.whole or any(is_tested(made.tokens, parameter) for parameter in names)


def _declaration_at_top(context: FileContext, site: Site, name: str, body: Node) -> Local | None:
    """The parameter, or the local with a value at the function's top, that a name is; else None."""
    local = next(locals_named(name, site.place.chain, site.start, context.data), None)
    if local is None or local.parameter:
        return local
    initialised = re.search(rf"\b{re.escape(name)}\s*=", local.text) is not None
    if not initialised or local.node is None or local.node.parent != body:
        return None
    return local if layout.is_leading(local.node, body) else None


def _why_member_changes(context: FileContext, site: Site, path: str, body: Node) -> str | None:
    """A member may be read at the top only where the function at once uses it and calls nothing else."""
    top = layout.leading_declarations(body)
    first = next((c for c in body.named_children if c.type != "comment" and c not in top), None)
    if (
        first is None
        or first.type != "expression_statement"
        or not _uses_stream(context, first, path)
    ):
        return f"`{path}` is not used by the function's first statement"
    for call in find_acting(body):
        callee = call.child_by_field_name("function")
        name = text_of(callee, context.data) if callee is not None else ""
        if name not in context.rules.primitives:
            return f"`{path}` may be changed by what else this function calls"
    stored = list(_find_stored(body))
    assert site.place.function is not None
    made = context.expand_name(site.place.function).tokens
    if sum(t in ASSIGNING for t in made) > len(stored) or not all(
        _is_number(context, site, node) for node in stored
    ):
        return f"`{path}` may be assigned in this function"
    return None


def _find_stored(body: Node) -> Iterator[Node]:
    """What is assigned, stepped or declared with a value."""
    left = [body]
    while left:
        node = left.pop()
        if node.type in ("assignment_expression", "update_expression", "init_declarator"):
            yield node
        left.extend(node.named_children)


def _is_number(context: FileContext, site: Site, node: Node) -> bool:
    """Whether what is stored to cannot hold a stream; a declared variable is none that existed."""
    if node.type == "init_declarator":
        return True
    target = node.child_by_field_name("left") or node.child_by_field_name("argument")
    resolved = context.resolve(site, target) if target is not None else None
    return isinstance(resolved, Resolved) and isinstance(resolved.type, Base | Name)


def _uses_stream(context: FileContext, statement: Node, path: str) -> bool:
    """Whether a primitive in the statement takes the stream `path`."""
    for call in find_acting(statement):
        arguments = call.child_by_field_name("arguments")
        if arguments is not None and arguments.named_children:
            return member_path(arguments.named_children[0], context.data) == path
    return False


def member_path(node: Node, data: bytes) -> str | None:
    """`f` or `s->link.file` without white space, or None for anything but a plain member path."""
    inner = node
    while inner.type == "field_expression":
        argument = inner.child_by_field_name("argument")
        if argument is None:
            return None
        inner = argument
    return "".join(text_of(node, data).split()) if inner.type == "identifier" else None


def find_mentions(tokens: Sequence[str], name: str) -> Iterator[tuple[int, int]]:
    """Where a variable stands among tokens, each with the parentheses that are around it alone: the
    indexes of the tokens before and after."""
    for at, token in enumerate(tokens):
        if token != name or (at and tokens[at - 1] in (".", "->")):
            continue
        before, after = at - 1, at + 1
        while (
            before >= 0
            and after < len(tokens)
            and tokens[before] == "("
            and tokens[after] == ")"
            and not _is_operand_end(tokens, before - 1)
        ):
            before, after = before - 1, after + 1
        yield before, after


def _is_operand_end(tokens: Sequence[str], at: int) -> bool:
    """Whether an operand ends with the token, so that what follows it is an operator or arguments."""
    if at < 0:
        return False
    token = tokens[at]
    if token in (")", "]"):
        return True
    return (is_word(token) and token not in _VALUES_FOLLOW) or token[:1].isdigit()


def count_writes(tokens: Sequence[str], name: str) -> int:
    """How often a variable may be set: assigned, stepped, its address taken, put into assembly.

    One that is called is something else than it seems, and counts as well.
    """
    return sum(
        _sets_variable(tokens, before, after) for before, after in find_mentions(tokens, name)
    ) + _in_assembly(tokens, name)


def _sets_variable(tokens: Sequence[str], before: int, after: int) -> bool:
    following = tokens[after] if after < len(tokens) else ""
    leading = tokens[before] if before >= 0 else ""
    if following in ASSIGNING or following == "(" or leading in ("++", "--"):
        return True
    takes_address = leading == "&" and not _is_operand_end(tokens, before - 1)
    return takes_address and following not in ("->", ".", "[")


def _in_assembly(tokens: Sequence[str], name: str) -> int:
    found = 0
    for at, token in enumerate(tokens):
        if token in ASSEMBLING:
            start = next((i for i in range(at, len(tokens)) if tokens[i] == "("), at)
            found += list(tokens[start : group_end(tokens, start)]).count(name)
    return found


def is_tested(tokens: Sequence[str], name: str) -> bool:
    """Whether a pointer's own value is looked at, and not only passed on, copied or followed."""
    return any(
        _tests_variable(tokens, before, after) for before, after in find_mentions(tokens, name)
    )


def _tests_variable(tokens: Sequence[str], before: int, after: int) -> bool:
    leading = tokens[before] if before >= 0 else ";"
    following = tokens[after] if after < len(tokens) else ";"
    if following in ("->", ".", "[", "(", "=") or leading == "*":
        return False
    if leading == "return" and following == ";":
        return False
    if leading in ("(", ",") and following in (",", ")"):
        return False
    if leading == "=":
        declared = tokens[before - 2] if before > 1 else ""
        return is_word(declared)
    if leading == ")":
        start = max(i for i in range(before) if tokens[i] == "(")
        return not {"*", "void"} & set(tokens[start:before])
    declares = is_word(leading) and leading not in _VALUES_FOLLOW
    return not declares and leading not in (";", "{", "}")
