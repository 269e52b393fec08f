# SPDX-License-Identifier: GPL-2.0-or-later
"""The shape that each site becomes: by address, through a value, through a temporary, in place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

from ..c.locals import text_of
from ..c.types import Resolved, Unknown
from ..rules.ruleset import Visit
from . import layout, names
from .context import FileContext
from .emit import Block, FunctionText, kept_comments
from .outcome import Conversion
from .sites import Site, Usage

_PROMOTED_TO_INT = frozenset(("uint8_t", "uint16_t", "int8_t", "int16_t"))


class Shaper:
    """Converts the sites of one function, in the order of the text."""

    def __init__(self, context: FileContext, sites: Sequence[Site]) -> None:
        """`sites` have passed the sieve; at least one."""
        self.context = context
        self.data = context.data
        self.syntax = context.syntax
        self.sites = sites
        self.text = FunctionText(context, sites)
        self._visit_names = names.VisitNames()
        self.conversions = [self._convert(site) for site in sites]

    def _convert(self, site: Site) -> Conversion:
        operand = site.primitive.operand
        if operand == "buffer":
            return self._buffer(site)
        if operand == "pointer":
            return self._pointer(site)
        if site.primitive.direction == "put":
            return self._put(site)
        return self._get(site)

    def _named(self, site: Site) -> str:
        hint = self.context.hints[site.start]
        return self._visit_names.name(hint.key, hint.paths)

    def _visit(self, name: str) -> Visit:
        return self.context.rules.visits[name]

    def _buffer(self, site: Site) -> Conversion:
        pointer, size = site.arguments[1], site.arguments[2]
        visit = self._visit(site.primitive.visit)
        name = self._named(site)
        resolved = self.context.resolve(site, pointer, pointee=True)
        text = self.text.operand(pointer)
        if _is_constant(resolved):
            bare = pointer.type in (
                "identifier",
                "field_expression",
                "call_expression",
                "subscript_expression",
            )
            text = f"(void *){text}" if bare else f"(void *)({text})"
        objects = [self.text.stray_comments(site) + text, self.text.operand(size)]
        self.text.replace_call(
            site, self.text.head(visit), self.text.arguments(site, visit, name, objects)
        )
        return Conversion(site, "buffer", visit, name, resolved)

    def _pointer(self, site: Site) -> Conversion:
        pointer = site.arguments[1]
        resolved = self.context.resolve(site, pointer, pointee=True)
        visit = self._visit(site.primitive.visit)
        pointee = self.context.exact_visit(site.primitive, resolved)
        if pointee is not None and pointee.c_type != "bool":
            visit = pointee
        text, shape = self.text.operand(pointer), "pointer"
        if site.primitive.direction == "put" and _is_constant(resolved):
            text, shape = f"&({visit.c_type}){{ {_dereferenced(pointer, text)} }}", "value"
        name = self._named(site)
        objects = [self.text.stray_comments(site) + text]
        self.text.replace_call(
            site, self.text.head(visit), self.text.arguments(site, visit, name, objects)
        )
        return Conversion(site, shape, visit, name, resolved)

    def _put(self, site: Site) -> Conversion:
        value = site.arguments[1]
        resolved = self.context.resolve(site, value)
        visit = self.context.exact_visit(site.primitive, resolved)
        name = self._named(site)
        text = self.text.operand(value)
        if visit is not None and isinstance(resolved, Resolved) and _addressable(value, resolved):
            shape, text = "field", _address_of(value, text)
        else:
            visit = self._visit(site.primitive.visit)
            shape, text = "value", f"&({visit.c_type}){{ {text} }}"
        objects = [self.text.stray_comments(site) + text]
        self.text.replace_call(
            site, self.text.head(visit), self.text.arguments(site, visit, name, objects)
        )
        return Conversion(site, shape, visit, name, resolved)

    def _get(self, site: Site) -> Conversion:
        resolved: Resolved | Unknown | None = None
        if site.target is not None:
            resolved = self.context.resolve(site, site.target)
            visit = self.context.exact_visit(site.primitive, resolved)
            if visit is not None and isinstance(resolved, Resolved):
                if site.usage is Usage.ASSIGNED and _addressable(site.target, resolved):
                    return self._assigned(site, visit, resolved)
                if site.usage is Usage.INITIALISER and self._can_follow(site):
                    return self._initialised(site, visit, resolved)
        if site.usage is Usage.STATEMENT:
            return self._discarded(site)
        if site.usage is Usage.IN_PLACE:
            return self._in_place(site, resolved)
        if site.usage is Usage.INITIALISER:
            if self._can_follow(site) and self._assignable(site):
                return self._initialised_through(site, resolved)
            return self._in_place(site, resolved)
        return self._through_temporary(site, resolved)

    def _assigned(self, site: Site, visit: Visit, resolved: Resolved) -> Conversion:
        assert site.target is not None and site.statement is not None and site.call is not None
        name = self._named(site)
        text = self._comments_between(site) + _address_of(
            site.target, self.text.operand(site.target)
        )
        expression = site.statement.named_children[0]
        before = self.text.line_before(expression.start_byte)
        arguments = self.text.arguments(site, visit, name, [text])
        self.text.put(expression, self.text.head(visit), arguments, before)
        return Conversion(site, "field", visit, name, resolved)

    def _comments_between(self, site: Site) -> str:
        """Comments between the assignment's two sides and among the call's arguments."""
        assert site.target is not None and site.statement is not None
        expression = site.statement.named_children[0]
        text = self.data[site.target.end_byte : expression.end_byte].decode("latin-1")
        return kept_comments(text)

    def _temporary(self, site: Site) -> tuple[Visit, str, str]:
        """The visit of the wire's own type, the visit's name and a fresh variable for it."""
        visit = self._visit(site.primitive.visit)
        name = self._named(site)
        variable = names.free_name(names.variable_from(name), self.text.taken)
        return visit, name, variable

    def _use(self, site: Site, visit: Visit, variable: str, plain: bool) -> str:
        """The temporary as the getter's return type; a plain copy or a cast converts by itself."""
        returns = site.primitive.c_type
        parent = site.call.parent if site.call is not None else None
        if (
            plain
            or (parent is not None and parent.type == "cast_expression")
            or visit.c_type not in _PROMOTED_TO_INT
            or returns == "int"
        ):
            return variable
        return f"({returns}){variable}"

    def _discarded(self, site: Site) -> Conversion:
        assert site.statement is not None
        visit, name, variable = self._temporary(site)
        self._before_statement(site, visit, name, variable, keep=False)
        return Conversion(site, "discarded", visit, name, None)

    def _through_temporary(self, site: Site, resolved: Resolved | Unknown | None) -> Conversion:
        assert site.call is not None
        visit, name, variable = self._temporary(site)
        plain = site.usage is Usage.ASSIGNED
        self._before_statement(site, visit, name, variable, keep=True)
        self.text.replace(
            site.call.start_byte, site.call.end_byte, self._use(site, visit, variable, plain)
        )
        return Conversion(site, "temporary", visit, name, resolved)

    def _before_statement(
        self, site: Site, visit: Visit, name: str, variable: str, keep: bool
    ) -> None:
        """Declare the temporary and visit it before (or, without `keep`, instead of) the statement."""
        statement, block = site.statement, self._own_block(site)
        assert statement is not None
        declaration = f"{visit.c_type} {variable} = 0;"
        if block is None:
            self._braced(site, visit, name, variable, declaration, keep)
            return
        self.text.block(block).declarations.append(declaration)
        before = self.text.line_before(statement.start_byte)
        call = self.text.visit_line(site, visit, name, variable, before)
        if not keep:
            self.text.replace_line(statement, call, before)
        else:
            self.text.insert(statement.start_byte, _followed(call, before))

    def _own_block(self, site: Site) -> Node | None:
        """The block that the statement stands in directly, if a declaration at its top serves it."""
        assert site.statement is not None
        chain = site.place.chain
        parent = chain[chain.index(site.statement) - 1]
        if parent.type != "compound_statement":
            return None
        if self.syntax.branches_at(parent.start_byte) != self.syntax.branches_at(site.start):
            return None
        return None if _has_labels(parent) else parent

    def _braced(
        self, site: Site, visit: Visit, name: str, variable: str, declaration: str, keep: bool
    ) -> None:
        """Give the statement braces of its own, which hold the temporary."""
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
            lead, close = "", "\n" + outer + "}"
        elif fresh:
            outer, inner = before, layout.deeper(before)
            lead, close = "{\n" + inner, "\n" + outer + "}"
        else:
            outer = before[: len(before) - len(before.lstrip())]
            inner = layout.deeper(outer)
            lead, close = "{\n" + inner, "\n" + outer + "}"
        call = self.text.visit_line(site, visit, name, variable, inner)
        text = f"{lead}{declaration}\n\n{inner}{call}"
        if keep:
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

    def _in_place(self, site: Site, resolved: Resolved | Unknown | None) -> Conversion:
        assert site.call is not None and site.statement is not None
        self.text.early.add(site.statement.start_byte)
        visit, name, variable = self._temporary(site)
        declaration = f"{visit.c_type} {variable} = 0;"
        use = self._use(site, visit, variable, plain=False)
        before = self.text.line_before(site.call.start_byte)
        outer = before[: len(before) - len(before.lstrip())]
        line = self.text.visit_line(site, visit, name, variable, "")
        one = f"({{ {declaration} {line} {use}; }})"
        if layout.visual_width(before) + len(" ".join(one.split())) < layout.WIDTH - 4:
            text = " ".join(one.split())
        else:
            if site.statement.type not in (
                "expression_statement",
                "declaration",
                "return_statement",
            ):
                outer = layout.deeper(outer)
            inner = layout.deeper(outer)
            call = self.text.visit_line(site, visit, name, variable, inner)
            text = f"({{\n{inner}{declaration}\n\n{inner}{call}\n{inner}{use};\n{outer}}})"
        self.text.replace(site.call.start_byte, site.call.end_byte, text)
        return Conversion(site, "in place", visit, name, resolved)

    def _can_follow(self, site: Site) -> bool:
        """Whether the visit may come after the block's declarations: nothing between depends on it."""
        statement, chain = site.statement, site.place.chain
        assert statement is not None
        block = chain[chain.index(statement) - 1]
        if self.syntax.branches_at(block.start_byte) != self.syntax.branches_at(
            statement.start_byte
        ):
            return False
        one_line = b"\n" not in self.data[block.start_byte : block.end_byte]
        if one_line and statement not in layout.leading_declarations(block):
            return False
        declarator = chain[chain.index(statement) + 1]
        name = _declared_name(declarator, self.data)
        following = [c for c in statement.named_children if c.start_byte > declarator.end_byte]
        following += _declarations_after(block, statement)
        pattern = re.compile(rf"\b{re.escape(name)}\b")
        for node in following:
            text = self._without_later_gets(node)
            if "(" in text.partition("=")[2] or pattern.search(text) or "static" in text:
                return False
        return not _has_labels(block)

    def _without_later_gets(self, node: Node) -> str:
        """The text of a declaration without the gets that follow the declarations as well, in order."""
        text = text_of(node, self.data)
        for site in reversed(self.sites):
            start, end = site.start - node.start_byte, site.end - node.start_byte
            if 0 <= start < len(text) and self._becomes_visit_after(site):
                text = text[:start] + "0" + text[end:]
        return text

    def _becomes_visit_after(self, site: Site) -> bool:
        """Whether an initialiser's get moves after the declarations of its block; a buffer's stays."""
        by_result = site.primitive.operand == "result"
        if not by_result or site.usage is not Usage.INITIALISER or not self._can_follow(site):
            return False
        resolved = self.context.resolve(site, site.target) if site.target is not None else None
        exact = resolved and self.context.exact_visit(site.primitive, resolved)
        return exact is not None or self._assignable(site)

    def _assignable(self, site: Site) -> bool:
        """Whether the declared variable may be assigned its value later: not const, not static, no
        array, and no list in braces, which only initialises."""
        assert site.statement is not None
        declarator = site.place.chain[site.place.chain.index(site.statement) + 1]
        head = self.data[site.statement.start_byte : declarator.start_byte].decode("latin-1")
        target = declarator.child_by_field_name("declarator")
        value = declarator.child_by_field_name("value")
        plain = target is not None and target.type in ("identifier", "pointer_declarator")
        listed = value is not None and value.type == "initializer_list"
        return plain and not listed and not re.search(r"\b(const|static|register)\b", head)

    def _statements_of(self, site: Site) -> tuple[list[str], str]:
        """The list that takes statements after the declarations around a site, and their indentation."""
        statement, chain = site.statement, site.place.chain
        assert statement is not None
        block = chain[chain.index(statement) - 1]
        indentation = layout.block_indentation(block, self.syntax.source)
        if statement in layout.leading_declarations(block):
            return self.text.block(block).statements, indentation
        entry = self.text.blocks.setdefault(-statement.start_byte, Block(block, statement, [], []))
        return entry.statements, indentation

    def _initialised(self, site: Site, visit: Visit, resolved: Resolved) -> Conversion:
        assert site.target is not None and site.statement is not None and site.call is not None
        name = self._named(site)
        declarator = site.place.chain[site.place.chain.index(site.statement) + 1]
        value = declarator.child_by_field_name("value")
        assert value is not None
        self.text.replace(
            value.start_byte, value.end_byte, "false" if visit.c_type == "bool" else "0"
        )
        lines, indentation = self._statements_of(site)
        arguments = self.text.arguments(site, visit, name, [f"&{text_of(site.target, self.data)}"])
        lines.append(layout.wrap_call(self.text.head(visit), arguments, indentation) + ";")
        return Conversion(site, "initialiser", visit, name, resolved)

    def _initialised_through(self, site: Site, resolved: Resolved | Unknown | None) -> Conversion:
        statement, chain = site.statement, site.place.chain
        assert statement is not None and site.call is not None
        declarator = chain[chain.index(statement) + 1]
        target, value = (
            declarator.child_by_field_name("declarator"),
            declarator.child_by_field_name("value"),
        )
        assert target is not None and value is not None
        variable_name = _declared_name(declarator, self.data)
        visit = self._visit(site.primitive.visit)
        name = self._named(site)
        variable = names.free_name([f"{variable_name}_val"], self.text.taken)
        lines, indentation = self._statements_of(site)
        use = self._use(site, visit, variable, plain=site.target is not None)
        expression = (
            self.data[value.start_byte : site.call.start_byte].decode("latin-1")
            + use
            + self.data[site.call.end_byte : value.end_byte].decode("latin-1")
        )
        self.text.replace(target.end_byte, value.end_byte, "")
        before = self.text.line_before(statement.start_byte)
        declared = f"{visit.c_type} {variable} = 0;"
        self.text.insert(statement.start_byte, _followed(declared, before))
        lines.append(self.text.visit_line(site, visit, name, variable, indentation))
        lines.append(f"{variable_name} = {expression};")
        return Conversion(site, "temporary", visit, name, resolved)


def _followed(text: str, before: str) -> str:
    """New text with what parts it from the statement after it; `before` is the line before both.

    A statement that starts its line gets a new one, one that follows other code stays on the line.
    """
    return text + (" " if before.strip() else "\n" + before)


def _is_pure(node: Node) -> bool:
    """Whether evaluating the expression has no side effect that could be lost or doubled."""
    if node.type in ("assignment_expression", "update_expression", "compound_statement"):
        return False
    if node.type == "call_expression":
        callee = node.child_by_field_name("function")
        if callee is None or callee.type != "field_expression":
            return False
    return all(_is_pure(child) for child in node.named_children)


def _addressable(node: Node, resolved: Resolved) -> bool:
    """Whether `&` may be put before the expression: an lvalue that is evaluated without side effects."""
    while node.type == "parenthesized_expression":
        node = node.named_children[0]
    if node.type in ("field_expression", "subscript_expression"):
        return _is_pure(node)
    if node.type == "pointer_expression":
        return node.children[0].type == "*" and _is_pure(node)
    if node.type in ("identifier", "call_expression"):
        return resolved.origin is not None and _is_pure(node)
    return False


def _has_labels(block: Node) -> bool:
    """Whether a jump may enter the block past what stands at its top."""
    return any(child.type in ("labeled_statement", "case_statement") for child in block.children)


def _heads_branch(parent: Node) -> bool:
    return parent.type in (
        "if_statement",
        "else_clause",
        "for_statement",
        "while_statement",
        "do_statement",
    )


def _declared_name(declarator: Node, data: bytes) -> str:
    node: Node | None = declarator
    while node is not None and node.type != "identifier":
        node = node.child_by_field_name("declarator")
    return text_of(node, data) if node is not None else ""


def _declarations_after(block: Node, statement: Node) -> list[Node]:
    """The leading declarations that follow one of them."""
    leading = layout.leading_declarations(block)
    return (
        [d for d in leading if d.start_byte > statement.start_byte] if statement in leading else []
    )


def _is_constant(resolved: Resolved | Unknown) -> bool:
    """Whether the object is one that a visitor, which may write back, must not get the address of."""
    return isinstance(resolved, Resolved) and bool(resolved.qualifiers & {"const", "volatile"})


def _address_of(node: Node, text: str) -> str:
    """`&lvalue`, or just `p` for `*p`."""
    if node.type == "pointer_expression" and text.startswith("*"):
        return text[1:].lstrip()
    return "&" + text


def _dereferenced(pointer: Node, text: str) -> str:
    """`*p`, or just `x` for `&x`."""
    if pointer.type == "pointer_expression" and text.startswith("&"):
        return text[1:].lstrip()
    simple = pointer.type in (
        "identifier",
        "field_expression",
        "subscript_expression",
        "call_expression",
    )
    return f"*{text}" if simple else f"*({text})"
