# SPDX-License-Identifier: GPL-2.0-or-later
"""From what the sites of a function become to the edits of its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from ..c.syntax import text_of
from ..files.edit import Edit
from . import layout
from .context import FileContext
from .emit import BlockLines, FunctionEdits, kept_comments
from .forms import const_before, declarator_of, declared_name, own_block
from .loops import body_of, test_of, visits_after_declarations
from .outcome import (
    Address,
    AfterDeclarations,
    Before,
    Bytes,
    Conversion,
    EachTurn,
    Given,
    InCall,
    InPlace,
    Instead,
    Literal,
    Temporary,
)
from .streams import FunctionStream


def make_edits(
    context: FileContext, streams: Mapping[str, FunctionStream], conversions: Sequence[Conversion]
) -> tuple[Edit, ...]:
    """The edits that make a function's conversions, with the declarations of its streams' visitors."""
    writer = _Writer(context, streams, conversions)
    for conversion in sorted(conversions, key=writer.depth_of, reverse=True):
        writer.write(conversion)
    return writer.text.edits()


class _Writer:
    """Writes one conversion after the other; those inside of another one's call come first."""

    def __init__(
        self,
        context: FileContext,
        streams: Mapping[str, FunctionStream],
        conversions: Sequence[Conversion],
    ) -> None:
        self.context, self.data, self.syntax = context, context.data, context.syntax
        self._depths = _measure_depths([(c.site.start, c.site.end) for c in conversions])
        self.text = FunctionEdits(context, streams, [c.site for c in conversions])
        body = self.text.function.child_by_field_name("body")
        if body is not None:
            self.text.open(body)

    def depth_of(self, conversion: Conversion) -> int:
        """In how many other sites' calls a site is."""
        return self._depths[conversion.site.start]

    def write(self, conversion: Conversion) -> None:
        """Note the edits of one conversion."""
        match conversion.where:
            case InCall(voided):
                self._in_call(conversion, voided)
            case InPlace():
                self._in_place(conversion)
            case EachTurn():
                self._each_turn(conversion)
            case AfterDeclarations():
                if isinstance(conversion.passed, Temporary):
                    self._initialised_through(conversion, conversion.passed)
                else:
                    self._write_initialiser(conversion)
            case Instead() | Before() if isinstance(conversion.passed, Temporary):
                self._before_statement(conversion, conversion.passed)
            case _:
                self._write_assignment(conversion)

    def _object_arguments(self, conversion: Conversion) -> list[str]:
        """The arguments of a visit for the object that travels."""
        match conversion.passed:
            case Address(lvalue):
                return [_address_of(lvalue, self.text.operand(lvalue))]
            case Literal(expression, pointed, through):
                text = self.text.operand(expression)
                text = _dereference(expression, text) if pointed else text
                cast = f"({through}){_group_operand(expression, text)}" if through else text
                return [f"&({conversion.visit.c_type}){{ {cast} }}"]
            case Given(pointer):
                return [self.text.operand(pointer)]
            case Bytes(pointer, size, as_void):
                text = self.text.operand(pointer)
                text = f"(void *){_group_operand(pointer, text)}" if as_void else text
                return [text, self.text.operand(size)]
            case Temporary(variable):
                return [f"&{variable}"]

    def _in_call(self, conversion: Conversion, voided: bool) -> None:
        """The visit in the place of the call, whatever is around it.

        before: qemu_put_be32(f, s->level);
        after:  visit_type_uint32(v, "level", &s->level, errp);
        """
        site = conversion.site
        assert site.call is not None and site.statement is not None
        self.text.early.add(site.statement.start_byte)
        objects = self._object_arguments(conversion)
        objects[0] = self.text.stray_comments(site) + objects[0]
        head = ("(void)" if voided else "") + self.context.find_head(conversion.visit)
        arguments = self.text.arguments(site, conversion.name, objects)
        if self.depth_of(conversion):
            self.text.put_inner(site.call, f"{head}({', '.join(arguments)})")
        else:
            before = self.text.line_before(site.call.start_byte)
            self.text.put(site.call, head, arguments, before)

    def _write_assignment(self, conversion: Conversion) -> None:
        """The visit in the place of the whole assignment.

        before: s->level = qemu_get_be32(f);
        after:  visit_type_uint32(v, "level", &s->level, errp);

        Not for a value that is converted on its way (see forms.has_address).
        """
        site = conversion.site
        assert site.target is not None and site.statement is not None
        expression = site.statement.named_children[0]
        between = self.data[site.target.end_byte : expression.end_byte].decode("latin-1")
        objects = [kept_comments(between) + self._object_arguments(conversion)[0]]
        before = self.text.line_before(expression.start_byte)
        arguments = self.text.arguments(site, conversion.name, objects)
        self.text.put(expression, self.context.find_head(conversion.visit), arguments, before)

    def _visit_line(self, conversion: Conversion, indentation: str) -> str:
        """The statement that visits a variable, laid out for a line with that indentation."""
        arguments = self.text.arguments(
            conversion.site, conversion.name, self._object_arguments(conversion)
        )
        head = self.context.find_head(conversion.visit)
        return layout.wrap_call(head, arguments, indentation) + ";"

    def _before_statement(self, conversion: Conversion, passed: Temporary) -> None:
        """Declare the temporary and visit it before, or instead of, the statement.

        before: s->level = qemu_get_byte(f) & 3;
        after:  uint8_t level = 0;   (at the top of the block)

                visit_type_uint8(v, "level", &level, errp);
                s->level = level & 3;

        Not where the statement has no block of its own: see `_brace_statement`.
        """
        site = conversion.site
        statement, block = site.statement, own_block(self.context, site)
        assert statement is not None and site.call is not None
        if block is None:
            self._brace_statement(conversion, passed)
        else:
            self.text.block(block).declarations.append(_declare_temporary(conversion, passed))
            before = self.text.line_before(statement.start_byte)
            call = self._visit_line(conversion, before)
            if isinstance(conversion.where, Instead):
                self.text.replace_line(statement, call, before)
            else:
                self.text.insert(statement.start_byte, _part_from_next(call, before))
        if isinstance(conversion.where, Before):
            self.text.replace(site.call.start_byte, site.call.end_byte, _use_temporary(passed))

    def _brace_statement(self, conversion: Conversion, passed: Temporary) -> None:
        """Give the statement braces of its own, which hold the temporary.

        before: if (new) s->level = qemu_get_byte(f) & 3;
        after:  if (new) {
                    uint8_t level = 0;

                    visit_type_uint8(v, "level", &level, errp);
                    s->level = level & 3;
                }

        Not where the statement can stand behind the declaration in its block (see forms.own_block).
        """
        site = conversion.site
        statement = site.statement
        assert statement is not None
        source = self.syntax.source
        before = self.text.line_before(statement.start_byte)
        chain = site.place.chain
        parent = chain[chain.index(statement) - 1]
        fresh = not before.strip()
        opening_at = self.text.end_of_code_before(statement.start_byte)
        if fresh and _heads_branch(parent) and not self.syntax.in_directive(opening_at - 1):
            outer = source.indentation(parent.start_byte).decode("latin-1")
            inner = before
            self.text.insert(opening_at, " {")
            lead = ""
        else:
            outer = before if fresh else before[: len(before) - len(before.lstrip())]
            inner = layout.deepen_indentation(outer)
            lead = "{\n" + inner
        close = "\n" + outer + "}"
        call = self._visit_line(conversion, inner)
        text = f"{lead}{_declare_temporary(conversion, passed)}\n\n{inner}{call}"
        if isinstance(conversion.where, Before):
            self.text.insert(statement.start_byte, text + "\n" + inner)
        else:
            self.text.replace(statement.start_byte, statement.end_byte, text)
        self.text.insert(self.text.after_trailing_comment(statement.end_byte), close)
        self._join_after(parent, statement)

    def _join_after(self, parent: Node, statement: Node) -> None:
        """What follows a new brace moves up behind it, as QEMU writes it: `else`, do's `while`."""
        following: Node | None = None
        if parent.type == "if_statement" and statement == parent.child_by_field_name("consequence"):
            following = parent.child_by_field_name("alternative")
        elif parent.type == "do_statement":
            following = next((c for c in parent.children if c.type == "while"), None)
        if following is None:
            return
        start = self.text.after_trailing_comment(statement.end_byte)
        if not self.data[start : following.start_byte].strip():
            self.text.replace(start, following.start_byte, " ")

    def _in_place(self, conversion: Conversion) -> None:
        """A statement expression in the place of the call: right wherever an expression is.

        before: s->q = s->n && qemu_get_byte(f);
        after:  s->q = s->n && ({ uint8_t q = 0; visit_type_uint8(v, "q", &q, errp); q; });
        """
        site, passed = conversion.site, conversion.passed
        assert site.call is not None and site.statement is not None
        assert isinstance(passed, Temporary)
        self.text.early.add(site.statement.start_byte)
        declaration, use = _declare_temporary(conversion, passed), _use_temporary(passed)
        one = " ".join(f"({{ {declaration} {self._visit_line(conversion, '')} {use}; }})".split())
        before = self.text.line_before(site.call.start_byte)
        if self.depth_of(conversion):
            self.text.put_inner(site.call, one)
            return
        outer = before[: len(before) - len(before.lstrip())]
        if layout.visual_width(before) + len(one) >= layout.WIDTH - 4:
            if site.statement.type not in (
                "expression_statement",
                "declaration",
                "return_statement",
            ):
                outer = layout.deepen_indentation(outer)
            inner = layout.deepen_indentation(outer)
            call = self._visit_line(conversion, inner)
            one = f"({{\n{inner}{declaration}\n\n{inner}{call}\n{inner}{use};\n{outer}}})"
        self.text.replace(site.call.start_byte, site.call.end_byte, one)

    def _each_turn(self, conversion: Conversion) -> None:
        """`for (;;)`, and the visit and the test in its body (see the module `loops`).

        before: while (qemu_get_byte(f)) {     after: for (;;) {
                                                          visit_type_uint8(v, "more", &more, errp);
                                                          if (!more) {
                                                              break;
                                                          }
        """
        site, passed, body = conversion.site, conversion.passed, body_of(conversion.site)
        assert site.statement is not None
        condition = site.statement.child_by_field_name("condition")
        assert condition is not None
        self.text.replace(site.statement.start_byte, condition.end_byte, "for (;;)")
        after = visits_after_declarations(self.context, site)
        block = self.text.block(body) if after else self.text.block_before(body)
        indentation = layout.block_indentation(body, self.syntax.source)
        test = test_of(self.context, site)
        lines = [self._visit_line(conversion, indentation)]
        value = text_of(test.target, self.data) if test.target is not None else ""
        if isinstance(passed, Temporary):
            block.declarations.append(_declare_temporary(conversion, passed))
            if value:
                lines.append(f"{value} = {_use_temporary(passed)};")
            else:
                value = _use_temporary(passed)
        inner = layout.deepen_indentation(indentation)
        lines.append(f"if ({test.before}{value}{test.after}) {{\n{inner}break;\n{indentation}}}")
        block.statements[:0] = lines

    def _statements_of(self, conversion: Conversion) -> tuple[list[str], str]:
        """The list that takes statements after the declarations around a site, and their indentation."""
        statement, chain = conversion.site.statement, conversion.site.place.chain
        assert statement is not None
        block = chain[chain.index(statement) - 1]
        indentation = layout.block_indentation(block, self.syntax.source)
        entry: BlockLines
        if conversion.where == AfterDeclarations(at_once=True):
            self.text.early.add(statement.start_byte)
            entry = self.text.block_after(block, statement)
            entry.parted = True
        elif layout.is_leading(statement, block):
            entry = self.text.block(block)
        else:
            entry = self.text.block_after(block, statement)
        return entry.statements, indentation

    def _drop_const(self, conversion: Conversion) -> None:
        """Take the `const` away from a declaration whose variable is assigned to afterwards."""
        constant = const_before(self.context, conversion.site)
        if constant is not None:
            self.text.replace(*constant, "")

    def _write_initialiser(self, conversion: Conversion) -> None:
        """The visit of a variable of the wire's own type, after the declarations that it is among.

        before: const uint32_t n = qemu_get_be32(f);    after: uint32_t n = 0;

                                                               visit_type_uint32(v, "n", &n, errp);

        Not for a variable of another type: see `_initialised_through`.
        """
        value = declarator_of(conversion.site).child_by_field_name("value")
        assert value is not None
        self._drop_const(conversion)
        zero = "false" if conversion.visit.c_type == "bool" else "0"
        self.text.replace(value.start_byte, value.end_byte, zero)
        lines, indentation = self._statements_of(conversion)
        lines.append(self._visit_line(conversion, indentation))

    def _initialised_through(self, conversion: Conversion, passed: Temporary) -> None:
        """The same through a temporary, for a variable of another type or a longer initialiser.

        before: int n = qemu_get_be16(f) + 1;    after: uint16_t n_val = 0;
                                                        int n;

                                                        visit_type_uint16(v, "n", &n_val, errp);
                                                        n = n_val + 1;
        """
        site = conversion.site
        statement, declarator = site.statement, declarator_of(site)
        assert statement is not None and site.call is not None
        target = declarator.child_by_field_name("declarator")
        value = declarator.child_by_field_name("value")
        assert target is not None and value is not None
        lines, indentation = self._statements_of(conversion)
        expression = (
            self.data[value.start_byte : site.call.start_byte].decode("latin-1")
            + _use_temporary(passed)
            + self.data[site.call.end_byte : value.end_byte].decode("latin-1")
        )
        self.text.replace(target.end_byte, value.end_byte, "")
        self._drop_const(conversion)
        before = self.text.line_before(statement.start_byte)
        declaration = _declare_temporary(conversion, passed)
        self.text.insert(statement.start_byte, _part_from_next(declaration, before))
        lines.append(self._visit_line(conversion, indentation))
        lines.append(f"{declared_name(declarator, self.data)} = {expression};")


def _declare_temporary(conversion: Conversion, passed: Temporary) -> str:
    return f"{conversion.visit.c_type} {passed.variable} = 0;"


def _use_temporary(passed: Temporary) -> str:
    """The temporary as the getter's result."""
    return f"({passed.through}){passed.variable}" if passed.through else passed.variable


def _part_from_next(text: str, before: str) -> str:
    """New text with what parts it from the statement after it; `before` is the line before both.

    A statement that starts its line gets a new one, one that follows other code stays on the line.
    """
    return text + (" " if before.strip() else "\n" + before)


def _heads_branch(parent: Node) -> bool:
    return parent.type in (
        "if_statement",
        "else_clause",
        "for_statement",
        "while_statement",
        "do_statement",
    )


_BOUND = frozenset(
    (
        *("identifier", "field_expression", "subscript_expression", "call_expression"),
        *("parenthesized_expression", "number_literal", "char_literal"),
    )
)
"""Expressions that a cast or a `*` before them takes whole."""


def _group_operand(node: Node, text: str) -> str:
    """An expression as the operand of a cast."""
    return text if node.type in _BOUND else f"({text})"


def _address_of(node: Node, text: str) -> str:
    """`&lvalue`, or just `p` for `*p`."""
    if node.type == "pointer_expression" and text.startswith("*"):
        return text[1:].lstrip()
    return "&" + text


def _dereference(pointer: Node, text: str) -> str:
    """`*p`, or just `x` for `&x`."""
    if pointer.type == "pointer_expression" and text.startswith("&"):
        return text[1:].lstrip()
    return "*" + _group_operand(pointer, text)


def _measure_depths(spans: Sequence[tuple[int, int]]) -> dict[int, int]:
    """In how many others each span is, by where it starts; spans nest or are apart."""
    depths: dict[int, int] = {}
    around: list[int] = []
    for start, end in sorted(spans):
        while around and around[-1] <= start:
            around.pop()
        depths[start] = len(around)
        around.append(end)
    return depths
