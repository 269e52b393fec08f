# SPDX-License-Identifier: GPL-2.0-or-later
"""Every call of a primitive in a file, and how the code around it uses the call.

A site is found by its bytes and classified by the parse around it, so no damage to the parse can
lose one: what the parser does not understand becomes a site of usage UNPARSED.
"""

from __future__ import annotations

import enum
import itertools
import re
from dataclasses import dataclass, replace
from functools import cached_property

from tree_sitter import Node

from ..c.order import (
    ANY_FUNCTION,
    Evaluation,
    KnownNames,
    Never,
    Once,
    Repeated,
    Unordered,
    find_evaluation,
    find_unordered,
    is_unevaluated,
    value_of_block,
)
from ..c.syntax import Syntax, SyntaxPlace
from ..rules.ruleset import Primitive, Rules
from .layout import maybe_loop

MAX_NESTING = 100
"""How deep the brackets of a function may nest for it to be converted; QEMU's don't pass 20."""

_CALL_AHEAD = re.compile(rb"\s*(?:\\\r?\n\s*)*\(")
_TYPEOF_BEFORE = re.compile(rb"\b(?:__)?typeof(?:__)?\s*\(\s*\Z")
_SPLICE = re.compile(rb"\\\r?\n")
_WORD_ENDS = re.compile(rb"\w")
_ENDS_SPLICED = re.compile(rb"\\\r?\n\Z")
_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+(\w+)")
_DECLARATORS = frozenset(
    (
        *("function_declarator", "pointer_declarator", "array_declarator", "init_declarator"),
        *("parenthesized_declarator", "declaration", "parameter_declaration"),
    )
)
_LOOPS = frozenset(("while_statement", "do_statement", "for_statement"))
_HOISTABLE = frozenset(
    ("expression_statement", "return_statement", "if_statement", "switch_statement")
)
_STATEMENTS = frozenset(
    (
        "expression_statement",
        "return_statement",
        "if_statement",
        "switch_statement",
        "declaration",
        *_LOOPS,
    )
)


class Usage(enum.Enum):
    """How the statement around a site uses it."""

    STATEMENT = "statement"  # the call is the whole statement, its result (if any) thrown away
    ASSIGNED = "assigned"  # the whole statement is `lvalue = get(f);`
    INITIALISER = "initialiser"  # in the initialiser of a declaration
    EXPRESSION = "expression"  # once, unconditionally, inside a statement that it can stand before
    CONDITION = "condition"  # once, unconditionally, in the condition of `while (...) {`
    IN_PLACE = "in place"  # evaluated sometimes, or more than once, or beside other calls
    NAMED = "named"  # the name without a call: in parentheses, as a pointer, under another name
    UNPARSED = "unparsed"  # the parser does not understand the text around it
    MACRO_BODY = "macro body"  # inside a #define
    UNEVALUATED = "unevaluated"  # operand of sizeof, never evaluated
    SPLIT = "split"  # a directive among the arguments


@dataclass(frozen=True)
class Site:
    """One call of a primitive: where, how it is used, and the nodes that planning needs.

    `call` is None where the parser gave no call. `statement` is the statement (or declaration) that
    holds it; `target` the lvalue of ASSIGNED or the declarator of an INITIALISER that is exactly the
    call. `function` is the outermost function's name, empty where none could be read; `macro` is the
    name of the macro that a MACRO_BODY is the body of.
    """

    primitive: Primitive
    start: int
    end: int
    usage: Usage
    function: str
    place: SyntaxPlace
    call: Node | None = None
    statement: Node | None = None
    target: Node | None = None
    macro: str = ""

    @cached_property
    def arguments(self) -> tuple[Node, ...]:
        """The argument expressions of the call, comments left out."""
        assert self.call is not None
        listing = self.call.child_by_field_name("arguments")
        children = listing.named_children if listing is not None else []
        return tuple(c for c in children if c.type != "comment")

    @cached_property
    def stream(self) -> Node:
        """The stream's expression, without parentheses around it."""
        node = self.arguments[0]
        while node.type == "parenthesized_expression" and node.named_child_count == 1:
            node = node.named_children[0]
        return node


def function_span(site: Site) -> tuple[int, int] | None:
    """The bytes of the function that a site is in, None where it is in none."""
    function = site.place.function
    return (function.start_byte, function.end_byte) if function is not None else None


def find_sites(
    syntax: Syntax, rules: Rules, pattern: re.Pattern[bytes], known: KnownNames = ANY_FUNCTION
) -> list[Site]:
    """Every site of the file, in the order of the text: each use of a primitive's name is one."""
    sites = []
    for name, start, end in names_in(syntax, pattern):
        site = _classify_name(syntax, rules.primitives[name], start, end, known)
        if site is not None:
            sites.append(site)
    return _mark_shared_statements(sites)


def names_in(syntax: Syntax, pattern: re.Pattern[bytes]) -> list[tuple[str, int, int]]:
    """Where primitives' names stand in code, and where each ends: a splice may be in the middle."""
    masked = syntax.masked
    found = [(m.group().decode("ascii"), *m.span()) for m in pattern.finditer(masked)]
    if not any(_splits_word(masked, splice) for splice in _SPLICE.finditer(masked)):
        return found
    kept, at = b"", 0
    offsets: list[int] = []
    for splice in (*_SPLICE.finditer(masked), None):
        end = splice.start() if splice is not None else len(masked)
        kept += masked[at:end]
        offsets += range(at, end)
        at = splice.end() if splice is not None else end
    joined = ((m.group().decode("ascii"), *m.span()) for m in pattern.finditer(kept))
    return [(name, offsets[start], offsets[end - 1] + 1) for name, start, end in joined]


def _splits_word(masked: bytes, splice: re.Match[bytes]) -> bool:
    """Whether a word goes on behind a splice, which ends a line without ending a word (C99 5.1.1.2)."""
    return _WORD_ENDS.match(masked, splice.start() - 1) is not None and (
        _WORD_ENDS.match(masked, splice.end()) is not None
    )


def _classify_name(
    syntax: Syntax, primitive: Primitive, start: int, end: int, known: KnownNames
) -> Site | None:
    """The site whose name starts at `start`, or None where the name declares, or is a member."""
    masked = syntax.masked
    if _is_member(masked, start):
        return None
    place = syntax.place(start)
    name = place.name(syntax.source.data)
    if syntax.in_directive(start):
        macro = _in_macro_body(masked, start)
        site = Site(primitive, start, end, Usage.MACRO_BODY, "", place, macro=macro)
        return site if macro else None
    ahead = _CALL_AHEAD.match(masked, end)
    whole = end - start == len(primitive.name)
    if ahead is None or not whole:
        usage = Usage.NAMED if whole else Usage.UNPARSED
        declares = (
            _is_declared(place, start) if whole else _declares_split(place, masked, start, end)
        )
        return None if declares else Site(primitive, start, end, usage, name, place)
    end = _close_parenthesis(masked, ahead.end())
    if _TYPEOF_BEFORE.search(masked, max(0, start - 80), start):
        return Site(primitive, start, end, Usage.UNEVALUATED, name, place)
    index = _call_index(place.chain, start)
    if index is None:
        if _is_declared(place, start) or (
            place.function is None and _looks_declared(masked, start, end)
        ):
            return None
        return Site(primitive, start, end, Usage.UNPARSED, name, place)
    return _classify_call(syntax, Site(primitive, start, end, Usage.UNPARSED, name, place), known)


def _in_macro_body(masked: bytes, start: int) -> str:
    """The name of the macro in whose body an offset of a directive is; empty in all other places."""
    at = start
    while at > 0 and (masked[at - 1 : at] != b"\n" or _ENDS_SPLICED.search(masked, 0, at)):
        at -= 1
    define = _DEFINE.match(masked, at)
    return define.group(1).decode("latin-1") if define and define.end() <= start else ""


def _classify_call(syntax: Syntax, site: Site, known: KnownNames) -> Site:
    """A site that the parser takes for a call, with the use that its statement makes of it."""
    place, start = site.place, site.start
    index = _call_index(place.chain, start)
    assert index is not None
    call = place.chain[index]
    site = replace(site, call=call, end=call.end_byte)
    if place.function is not None and syntax.nesting(place.function) > MAX_NESTING:
        return site
    if place.function is None or call.has_error:
        return site
    if syntax.conditionals.begins_in(start, site.end):
        return replace(site, usage=Usage.SPLIT)
    usage, statement, target = _find_usage(place.chain, index, known)
    if statement is not None and usage is not Usage.UNEVALUATED:
        headed = _heads_with_macro(syntax, statement)
        if (
            headed
            or _is_in_value(place.chain, statement)
            or _holds_directive(syntax, place.chain, statement)
        ):
            usage, target = Usage.IN_PLACE, None
    if place.damaged and (statement is None or _near_damage(place.chain, statement)):
        usage = Usage.UNPARSED
    return replace(site, usage=usage, statement=statement, target=target)


def _is_in_value(chain: tuple[Node, ...], statement: Node) -> bool:
    """Whether the statement is in a statement expression, or among a macro's arguments."""
    around = chain[: chain.index(statement)]
    return any(
        block.type == "compound_statement"
        and parent.type in ("parenthesized_expression", "argument_list", "ERROR")
        for parent, block in itertools.pairwise(around)
    )


def _heads_with_macro(syntax: Syntax, statement: Node) -> bool:
    """Whether a macro heads the statement: `EACH(x) {`, which is parsed as a loop or an `if`."""
    keyword = {"while_statement": b"while", "if_statement": b"if"}.get(statement.type, b"")
    return not syntax.source.data.startswith(keyword, statement.start_byte)


def _holds_directive(syntax: Syntax, chain: tuple[Node, ...], statement: Node) -> bool:
    """Whether a directive stands in a statement, what it controls left out."""
    child = chain[chain.index(statement) + 1]
    controls = statement.type in _STATEMENTS - {
        "expression_statement",
        "return_statement",
        "declaration",
    }
    end = child.end_byte if controls else statement.end_byte
    return syntax.conditionals.begins_in(statement.start_byte, end)


def _near_damage(chain: tuple[Node, ...], statement: Node) -> bool:
    """Whether the parser's error is in the statement, or beside it or beside a block around it."""
    if statement.has_error:
        return True
    inside = False
    for node in chain[: chain.index(statement)]:
        inside = inside or node.type == "compound_statement"
        if inside and any(_is_damaged(child) for child in node.children):
            return True
    return False


def _is_damaged(statement: Node) -> bool:
    """Whether the parser met an error here, or had to end a statement: `UNLESS(x) s->a = b;`."""
    last = statement.children[-1] if statement.children else statement
    if last.is_missing and _begins_declaration(statement):
        return False
    return statement.is_error or statement.is_missing or last.is_missing


def _begins_declaration(statement: Node) -> bool:
    """Whether the parser took `g_autofree struct T *p;` for two declarations: no statement begins
    with a tag, so that the word before it is one that declares something (C11 6.8.2)."""
    last = statement.named_children[-1] if statement.named_children else statement
    return statement.type == "declaration" and last.text in (b"struct", b"union", b"enum")


def _close_parenthesis(masked: bytes, after: int) -> int:
    """The offset after the parenthesis that closes the one before `after`."""
    depth = 1
    for match in re.compile(rb"[();{}]").finditer(masked, after):
        char = match.group()
        if char == b"(":
            depth += 1
        elif char == b")":
            depth -= 1
            if depth == 0:
                return match.end()
        else:
            break
    return after


def _is_member(masked: bytes, start: int) -> bool:
    before = masked[max(0, start - 200) : start].rstrip()
    return before.endswith((b"->", b"."))


def _is_declared(place: SyntaxPlace, start: int) -> bool:
    """Whether a name is what a declaration declares, and the declaration is none in looks only.

    `IF_NEW qemu_put_be32(f, s->a);` parses as a prototype, but no parameter is a name alone.
    """
    chain = place.chain
    if len(chain) < 2 or chain[-1].start_byte != start:
        return False
    if chain[-1].type in ("field_identifier", "type_identifier"):
        return True
    if chain[-1].type != "identifier":
        return False
    declarator = chain[-2]
    if declarator.type not in _DECLARATORS or declarator.child_by_field_name("value") == chain[-1]:
        return False
    if declarator.type != "function_declarator" or (place.function is None and not place.damaged):
        return True
    if chain[-3] == place.function:
        return True
    return not declarator.has_error and all(
        p.type == "variadic_parameter" or p.child_by_field_name("declarator") is not None
        or p.child_by_field_name("type") is None or _is_builtin(p)
        for p in _list_parameters(declarator)
    )  # fmt: skip


def _declares_split(place: SyntaxPlace, masked: bytes, start: int, end: int) -> bool:
    """Whether a name with a splice in it, which the parser takes for a type and a name, is declared:
    at file level behind a type's word, or as the name of the function around it."""
    body = place.function.child_by_field_name("body") if place.function is not None else None
    outside = body is None or start < body.start_byte
    return outside and _looks_declared(masked, start, end)


def _list_parameters(declarator: Node) -> list[Node]:
    listing = declarator.child_by_field_name("parameters")
    return [c for c in listing.named_children if c.type != "comment"] if listing else []


def _is_builtin(parameter: Node) -> bool:
    kind = parameter.child_by_field_name("type")
    return kind is not None and kind.type in ("primitive_type", "sized_type_specifier")


def _looks_declared(masked: bytes, start: int, end: int) -> bool:
    """A prototype or definition in text that the parser lost: a type's word stands before the name."""
    before = masked[max(0, start - 200) : start].rstrip(b" \t\r\n*")
    word = re.search(rb"([A-Za-z_]\w*)$", before)
    return word is not None and word.group(1) not in (b"return", b"else", b"do", b"case")


def _call_index(chain: tuple[Node, ...], start: int) -> int | None:
    """The position in the chain of the call whose function name starts at `start`."""
    for index in range(len(chain) - 1, -1, -1):
        node = chain[index]
        if node.type == "call_expression":
            callee = node.child_by_field_name("function")
            if callee is not None and callee.start_byte == start and callee.type == "identifier":
                return index
    return None


def _find_usage(
    chain: tuple[Node, ...], index: int, known: KnownNames
) -> tuple[Usage, Node | None, Node | None]:
    """Walk outward from the call to its statement; see Usage."""
    for at in range(index - 1, -1, -1):
        parent = chain[at]
        if parent.type in ("ERROR", "function_definition", "compound_statement"):
            break
        if _is_statement(parent):
            evaluated = find_evaluation(chain[index], parent, known)
            if isinstance(evaluated, Never) or is_unevaluated(chain[: at + 1]):
                return Usage.UNEVALUATED, None, None
            return _statement_usage(chain, index, at, evaluated)
    return Usage.UNPARSED, None, None


def _is_statement(node: Node) -> bool:
    return node.type in _STATEMENTS or node.type.endswith("_statement")


def _statement_usage(
    chain: tuple[Node, ...], index: int, at: int, evaluated: Evaluation
) -> tuple[Usage, Node, Node | None]:
    statement, call, child = chain[at], chain[index], chain[at + 1]
    once = isinstance(evaluated, Once)
    if statement.type == "declaration":
        return _declaration_usage(chain, at, call, once)
    gives_value = value_of_block(statement) is not None
    if statement.type == "expression_statement" and not gives_value:
        if _discards_value(child, call):
            return Usage.STATEMENT, statement, None
        if child.type == "assignment_expression" and (once or _only_beside_calls(evaluated)):
            operator = child.child_by_field_name("operator")
            plain = operator is not None and operator.type == "="
            if plain and child.child_by_field_name("right") == call:
                return Usage.ASSIGNED, statement, child.child_by_field_name("left")
    if once and not gives_value and statement.type in _HOISTABLE and _can_precede(chain, at):
        return Usage.EXPRESSION, statement, None
    if evaluated == Repeated(Once()) and _heads_block(statement):
        return Usage.CONDITION, statement, None
    return Usage.IN_PLACE, statement, None


def _heads_block(statement: Node) -> bool:
    """Whether a loop is `while (...) {`."""
    body = statement.child_by_field_name("body")
    return (
        statement.type == "while_statement"
        and body is not None
        and body.type == "compound_statement"
    )


def _only_beside_calls(evaluated: Evaluation) -> bool:
    """Whether what C may evaluate before or after a call are calls alone, and no macro that acts.

    Those of an assignment's left side may come after its right one, and do not see the stream.
    """
    return isinstance(evaluated, Unordered) and all(
        node.type == "call_expression" for node in evaluated.others
    )


def _declaration_usage(
    chain: tuple[Node, ...], at: int, call: Node, once: bool
) -> tuple[Usage, Node, Node | None]:
    statement, declarator = chain[at], chain[at + 1]
    in_block = chain[at - 1].type == "compound_statement"
    value = declarator.child_by_field_name("value")
    target = declarator.child_by_field_name("declarator")
    if declarator.type != "init_declarator" or not in_block or not once or maybe_loop(statement):
        return Usage.IN_PLACE, statement, None
    if value is None or target is None or next(find_unordered(value, call), None) is not None:
        return Usage.IN_PLACE, statement, None
    exact = value == call
    return Usage.INITIALISER, statement, target if exact and target.type == "identifier" else None


def _discards_value(expression: Node, call: Node) -> bool:
    """Whether an expression is the call alone, or `(void)` and the call."""
    if expression.type == "cast_expression":
        spelled = expression.child_by_field_name("type")
        void = spelled is not None and spelled.text == b"void"
        return void and expression.child_by_field_name("value") == call
    return expression == call


def inner_expression(node: Node) -> Node | None:
    """What a prefix operator, a cast or parentheses stand around; None in damaged text."""
    inner = node.child_by_field_name("argument") or node.child_by_field_name("value")
    return inner or next((c for c in node.named_children if c.type != "comment"), None)


def compared_with(comparison: Node, start: int) -> Node | None:
    """The side of an `==` or `!=` that does not hold the offset `start`; None for other operators."""
    operator = comparison.child_by_field_name("operator")
    if operator is None or operator.type not in ("==", "!="):
        return None
    left, right = (comparison.child_by_field_name(side) for side in ("left", "right"))
    return left if right is not None and right.start_byte <= start < right.end_byte else right


def _can_precede(chain: tuple[Node, ...], at: int) -> bool:
    """Whether a statement put before statement `at` runs exactly when it does."""
    statement, parent = chain[at], chain[at - 1]
    if statement.type in ("if_statement", "switch_statement"):
        return parent.type == "compound_statement"
    return True


def _mark_shared_statements(sites: list[Site]) -> list[Site]:
    """Sites that share a full expression stay in place: nothing moves across another site."""
    shared: dict[tuple[int, int], list[int]] = {}
    for number, site in enumerate(sites):
        if site.statement is not None:
            key = (site.statement.start_byte, site.statement.end_byte)
            shared.setdefault(key, []).append(number)
    for numbers in shared.values():
        if len(numbers) > 1:
            for number in numbers:
                sites[number] = replace(sites[number], usage=Usage.IN_PLACE, target=None)
    return sites
