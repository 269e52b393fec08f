# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads one handler into steps, or says where it does what no table says."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node

from ..rules.ruleset import Rules
from ..terms import Operand
from .comparisons import FAILING, PASSING, ComparisonReader
from .members import FileText, MemberReader, bare_of, child_of, primitive_of, statement_text
from .steps import (
    Handler,
    Helped,
    MovedBytes,
    NoTableError,
    OtherStatement,
    Own,
    Padding,
    Repeat,
    Since,
    StateMember,
    Step,
    Transfer,
)

_CAST = re.compile(r"(?:\(\s*([\w\s]+?)\s*\*\s*\)\s*)?(\w+)")
_KEPT = (
    "table-computed", "table-pointer", "table-bit-field", "table-type", "table-helper",
    "table-condition", "table-loop", "table-code-between", "table-unread",
)  # fmt: skip
"""What keeps a statement from being a field, but not from being the code of an info."""


@dataclass(frozen=True)
class Signature:
    """A handler's parameters by what they are; `version` is empty where it has none."""

    name: str
    stream: str
    opaque: str
    version: str


def read_handler(file: FileText, rules: Rules, function: Node, signature: Signature) -> Handler:
    """What a function does. Raises NoTableError for the first thing that no table says."""
    return _StepReader(file, rules, function, signature).read()


@dataclass
class _Root:
    """The declaration of the variable that points to the state."""

    name: str
    state: str
    text: str


class _StepReader:
    def __init__(self, file: FileText, rules: Rules, function: Node, signature: Signature) -> None:
        self._file = file
        self._rules = rules
        self._function = function
        self._signature = signature
        self._lowest: int | None = None
        self._highest: int | None = None
        self._locals: dict[str, tuple[str, str]] = {}
        self._variables: set[str] = set()
        self._texts: dict[int, str] = {}

    def read(self) -> Handler:
        body = child_of(self._function, "body")
        self._check_plain(body)
        statements = list(body.named_children)
        root = self._root_of(statements)
        self._root = root
        self._members = MemberReader(self._file, root.name, root.state)
        steps = [s for s in self._read_sequence(statements, (), top=True) if not _is_end(s)]
        wired = [n for n, s in enumerate(steps) if not isinstance(s, OtherStatement)]
        if not wired:
            raise self._misfit("table-unread", "nothing that goes on the wire is understood", body)
        first, last = wired[0], wired[-1]
        while last + 1 < len(steps) and self._passes_on(steps[last], steps[last + 1]):
            last += 1
        before = tuple(s for s in steps[:first] if isinstance(s, OtherStatement))
        after = tuple(s for s in steps[last + 1 :] if isinstance(s, OtherStatement))
        variables = tuple((name, *told) for name, told in self._locals.items())
        return Handler(
            self._signature.name, root.state, self._signature.stream, self._signature.opaque,
            self._signature.version, root.name, root.text, variables, self._lowest,
            self._highest, before, tuple(map(_move_inside, steps[first : last + 1])), after,
            tuple(self._texts.items()),
        )  # fmt: skip

    @staticmethod
    def _passes_on(step: Step, after: Step) -> bool:
        """Whether a statement ends the load with the error that the one before it has just set:
        `ret = bay_load(f, &s->bay); if (ret < 0) return ret;`."""
        if not isinstance(step, Own) or not isinstance(after, OtherStatement):
            return False
        found = PASSING.fullmatch(after.text)
        return found is not None and re.match(rf"\s*{found[1]}\s*=(?!=)", step.text) is not None

    # Small things.

    def _text_of(self, node: Node) -> str:
        return self._file.text(node)

    def _misfit(self, code: str, message: str, node: Node) -> NoTableError:
        return NoTableError(code, message, node.start_byte)

    def _check_plain(self, body: Node) -> None:
        """Raise NoTableError where the preprocessor changes the body."""
        for start, _ in self._file.syntax.conditionals.directives:
            if body.start_byte <= start < body.end_byte:
                raise NoTableError("table-conditional", "an #if inside the function", start)

    def _list_names(self, node: Node) -> Iterator[str]:
        """Every identifier of a node."""
        if node.type in ("identifier", "field_identifier", "type_identifier"):
            yield self._text_of(node)
        for inner in node.children:
            yield from self._list_names(inner)

    def _uses(self, node: Node, name: str) -> bool:
        return bool(name) and name in set(self._list_names(node))

    # Declarations.

    def _root_of(self, statements: Sequence[Node]) -> _Root:
        """The variable that takes the opaque pointer as it is, to a type that it says.

        Where there are several, the one whose members are named most.
        """
        found = [r for n in statements if (r := self._root_in(n)) is not None]
        if not found:
            message = "no variable takes the pointer to the state in a plain declaration"
            raise self._misfit("table-unread", message, self._function)
        text = self._text_of(self._function)
        return max(found, key=lambda r: len(re.findall(rf"\b{r.name}\s*->", text)))

    def _root_in(self, node: Node) -> _Root | None:
        """The root that a declaration declares."""
        declarator = node.child_by_field_name("declarator") if node.type == "declaration" else None
        if declarator is None or declarator.type != "init_declarator":
            return None
        pointer, value = child_of(declarator, "declarator"), child_of(declarator, "value")
        state = self._text_of(child_of(node, "type"))
        cast = _CAST.fullmatch(self._text_of(value).strip())
        plain = cast is not None and cast[1] in (None, state)
        right = plain and cast is not None and cast[2] == self._signature.opaque
        right = right or self._is_checked(value, (self._signature.opaque,))
        if not right or pointer.type != "pointer_declarator":
            return None
        name = child_of(pointer, "declarator")
        if name.type != "identifier":
            return None
        return _Root(self._text_of(name), state, self._text_of(node))

    def _is_checked(self, value: Node, pointers: Collection[str]) -> bool:
        """Whether an expression is one of some pointers in a macro that only changes its type."""
        if value.type != "call_expression":
            return False
        arguments = self._list_arguments(value)
        if len(arguments) != 1 or self._text_of(arguments[0]) not in pointers:
            return False
        name = self._text_of(child_of(value, "function"))
        bodies = [m.body for _, m in self._file.view.scope.find_macros(name)]
        checked = self._rules.checked_casts
        return bool(bodies) and all(checked & set(re.findall(r"\w+", body)) for body in bodies)

    def _declare(self, node: Node, root: _Root, top: bool) -> None:
        """Note what a declaration declares; one with a value would be code.

        But for another name of the state: `VirtIODevice *vdev = VIRTIO_DEVICE(s)`.
        """
        declarators = node.children_by_field_name("declarator")
        first = declarators[0].start_byte if declarators else node.end_byte
        head = " ".join(self._file.data[node.start_byte : first].decode("latin-1").split())
        for declarator in declarators:
            inner = declarator
            if declarator.type == "init_declarator":
                inner = child_of(declarator, "declarator")
                value = child_of(declarator, "value")
                pointers = (root.name, self._signature.opaque)
                cast = _CAST.fullmatch(self._text_of(value).strip())
                known = cast is not None and cast[2] in pointers
                if not known and not self._is_checked(value, pointers):
                    message = f"`{self._text_of(declarator)}` is worked out before the values"
                    raise self._misfit("table-code-between", message, declarator)
            while inner.type != "identifier":
                inner = child_of(inner, "declarator")
            self._variables.add(self._text_of(inner))
            if top and self._text_of(inner) != root.name:
                self._locals[self._text_of(inner)] = (head, self._text_of(declarator))

    # Statements.

    def _read_sequence(
        self, nodes: Sequence[Node], loops: Collection[str], top: bool = False
    ) -> Iterator[Step]:
        """The steps, each with the comment that stands in front of it or behind it on its line.

        `top` says that they are the function's own.
        """
        comment, before = "", None
        waiting: Step | None = None
        compared: dict[int, Transfer | None] = {}
        if top:
            names = {n for d in nodes if d.type == "declaration" for n in self._list_names(d)}
            reader = ComparisonReader(self._file, self._members, self._rules, names)
            compared, texts = reader.find(nodes)
            self._texts |= texts
        for node in nodes:
            beside = before is not None and before.end_point[0] == node.start_point[0]
            before = node
            if node.type == "comment":
                if beside and waiting is not None:
                    waiting = replace(waiting, comment=waiting.comment or self._text_of(node))
                else:
                    comment = self._text_of(node)
                continue
            if waiting is not None:
                yield waiting
                waiting = None
            if node.type == "declaration":
                self._declare(node, self._root, top)
            elif node.type == "compound_statement":
                yield from self._read_sequence(node.named_children, loops)
            elif node.start_byte in compared:
                found = compared[node.start_byte]
                waiting = replace(found, comment=comment) if found is not None else None
            elif node.type != ";" and not self._is_version_check(node):
                step = self._own_step(node) if top else self._read_step(node, loops)
                waiting = replace(step, comment=comment)
            comment = ""
        if waiting is not None:
            yield waiting

    def _own_step(self, node: Node) -> Step:
        """A statement of the function itself; one that no field says is kept as it is."""
        text = self._read_statement(node).text
        self._texts[node.start_byte] = text
        try:
            return self._read_step(node, ())
        except NoTableError as misfit:
            if misfit.code not in _KEPT or self._uses(node, self._signature.version):
                raise
            return Own(misfit.code, misfit.message, True, node.start_byte, misfit.offset, text=text)

    def _read_step(self, node: Node, loops: Collection[str]) -> Step:
        if not self._uses(node, self._signature.stream):
            return self._read_statement(node)
        if node.type == "for_statement":
            return self._read_loop(node, loops)
        if node.type == "if_statement":
            return self._read_guard(node, loops)
        if node.type == "expression_statement" and node.named_children:
            return self._read_expression(node.named_children[0], loops)
        raise self._misfit("table-unread", f"`{_shorten_text(self._text_of(node))}`", node)

    def _read_statement(self, node: Node) -> OtherStatement:
        return OtherStatement(statement_text(self._file, node), node.start_byte)

    def _is_version_check(self, node: Node) -> bool:
        """Whether it is `if (version_id != 2) return -EINVAL;`, and if so, note the bounds."""
        version = self._signature.version
        if node.type != "if_statement" or not self._uses(child_of(node, "condition"), version):
            return False
        body = child_of(node, "consequence")
        inner = [c for c in body.named_children if c.type != "comment"]
        body = inner[0] if body.type == "compound_statement" and len(inner) == 1 else body
        if body.type != "return_statement" or node.child_by_field_name("alternative") is not None:
            return False
        self._check_fails(body)
        self._note_bound(bare_of(child_of(node, "condition")))
        return True

    def _check_fails(self, node: Node) -> None:
        values = [c for c in node.named_children if c.type != "comment"]
        text = self._text_of(values[0]) if values else ""
        if FAILING.fullmatch(text) is None:
            raise self._misfit("table-version", "a version for which the load ends early", node)

    def _note_bound(self, node: Node) -> None:
        """Note what must not hold: `version_id > 3`, or several such with `||` between."""
        if node.type != "binary_expression":
            raise self._misfit(
                "table-version", "a check of the version that is not understood", node
            )
        operator = self._text_of(child_of(node, "operator"))
        left, right = bare_of(child_of(node, "left")), bare_of(child_of(node, "right"))
        if operator == "||":
            self._note_bound(left)
            self._note_bound(right)
            return
        if operator == "&&" and (numbers := self._singles(node)) is not None:
            self._lowest = max(numbers[0], self._lowest or 0)
            self._highest = min(numbers[-1], self._highest or numbers[-1])
            return
        number = self._members.read_number(right)
        if self._text_of(left) != self._signature.version or number is None:
            raise self._misfit(
                "table-version", "a check of the version that is not understood", node
            )
        low = {"!=": number, "<": number, "<=": number + 1}.get(operator)
        high = {"!=": number, ">": number, ">=": number - 1}.get(operator)
        if low is None and high is None:
            raise self._misfit("table-version", "single versions that the load does not take", node)
        self._lowest = max(low, self._lowest or 0) if low is not None else self._lowest
        if high is not None:
            self._highest = high if self._highest is None else min(high, self._highest)

    def _singles(self, node: Node) -> list[int] | None:
        """The versions that `version_id != 2 && version_id != 3` lets pass, if they are a range."""
        if node.type != "binary_expression":
            return None
        operator = self._text_of(child_of(node, "operator"))
        left, right = bare_of(child_of(node, "left")), bare_of(child_of(node, "right"))
        if operator == "&&":
            sides = self._singles(left), self._singles(right)
            found = sorted({n for side in sides for n in side or ()})
            whole = bool(found) and None not in sides
            return found if whole and found == list(range(found[0], found[-1] + 1)) else None
        number = self._members.read_number(right)
        named = operator == "!=" and self._text_of(left) == self._signature.version
        return [number] if named and number is not None else None

    def _read_loop(self, node: Node, loops: Collection[str]) -> Repeat:
        """`for (i = 0; i < end; i++)` with an int of the function."""
        parts = [node.child_by_field_name(f) for f in ("initializer", "condition", "update")]
        texts = ["".join(self._text_of(p).split()) if p is not None else "" for p in parts]
        first = re.fullmatch(r"(\w+)=(.+)", texts[0])
        variable = first[1] if first is not None else ""
        steps = {f"{variable}++", f"++{variable}", f"{variable}+=1"}
        condition = parts[1]
        wrong = self._misfit("table-loop", f"`for ({'; '.join(texts)})`", node)
        if first is None or variable not in self._variables or texts[2] not in steps:
            raise wrong
        if condition is None or condition.type != "binary_expression" or variable in loops:
            raise wrong
        initial = parts[0]
        assert initial is not None
        start = self._members.read_number(child_of(initial, "right"))
        if start is None or self._text_of(child_of(condition, "operator")) != "<":
            raise wrong
        if self._text_of(child_of(condition, "left")) != variable:
            raise wrong
        end = self._end(child_of(condition, "right"), wrong)
        body = child_of(node, "body")
        inner = body.named_children if body.type == "compound_statement" else [body]
        steps_inside = tuple(self._read_sequence(inner, (*loops, variable)))
        for step in steps_inside:
            if isinstance(step, OtherStatement):
                raise NoTableError("table-code-between", "code inside of a loop", step.offset)
        end_text = self._text_of(child_of(condition, "right"))
        return Repeat(variable, start, end, end_text, steps_inside, node.start_byte)

    def _end(self, node: Node, wrong: NoTableError) -> int | StateMember:
        number = self._members.read_number(node)
        if number is not None:
            return number
        member = self._members.read_member(node, ())
        if member is None:
            raise wrong
        return member

    def _read_guard(self, node: Node, loops: Collection[str]) -> Since:
        """`if (version_id >= 2) { ... }`."""
        condition = bare_of(child_of(node, "condition"))
        wrong = self._misfit("table-condition", f"only if `{self._text_of(condition)}`", node)
        if loops or condition.type != "binary_expression":
            raise wrong
        if node.child_by_field_name("alternative") is not None:
            raise wrong
        operator = self._text_of(child_of(condition, "operator"))
        number = self._members.read_number(child_of(condition, "right"))
        named = self._text_of(child_of(condition, "left")) == self._signature.version
        if not named or operator not in (">=", ">") or number is None:
            raise wrong
        body = child_of(node, "consequence")
        inner = body.named_children if body.type == "compound_statement" else [body]
        steps = tuple(self._read_sequence(inner, loops))
        for step in steps:
            if isinstance(step, OtherStatement):
                raise NoTableError("table-code-between", "code for some versions only", step.offset)
        return Since(number + (operator == ">"), steps, node.start_byte)

    # Expressions.

    def _read_expression(self, node: Node, loops: Collection[str]) -> Step:
        node = bare_of(node)
        if node.type == "call_expression":
            return self._read_call(node, loops)
        if node.type == "assignment_expression":
            left, right = child_of(node, "left"), bare_of(child_of(node, "right"))
            plain = self._text_of(child_of(node, "operator")) == "="
            primitive = primitive_of(self._file, self._rules, right)
            if plain and primitive is not None and primitive.operand == Operand.RESULT:
                member = self._members.read_member(left, loops)
                if member is not None:
                    return Transfer(primitive, member, node.start_byte)
        raise self._misfit("table-computed", f"`{_shorten_text(self._text_of(node))}`", node)

    def _list_arguments(self, node: Node) -> list[Node]:
        found = child_of(node, "arguments").named_children
        return [c for c in found if c.type != "comment"]

    def _read_call(self, node: Node, loops: Collection[str]) -> Step:
        name, arguments = self._text_of(child_of(node, "function")), self._list_arguments(node)
        primitive = self._rules.primitives.get(name)
        if primitive is None:
            return self._read_helped(node, name, arguments, loops)
        if not arguments or self._text_of(arguments[0]) != self._signature.stream:
            raise self._misfit("table-unread", f"`{_shorten_text(self._text_of(node))}`", node)
        if primitive.operand == Operand.RESULT:
            return Padding(primitive, None, node.start_byte)
        if primitive.operand == Operand.BUFFER and len(arguments) == 3:
            return self._read_bytes(node, arguments, loops)
        if len(arguments) == 2 and primitive.operand in (Operand.VALUE, Operand.POINTER):
            operand = bare_of(arguments[1])
            if primitive.operand == Operand.POINTER:
                operand = self._pointed_node(operand)
            member = self._members.read_member(operand, loops)
            if member is not None:
                return Transfer(primitive, member, node.start_byte)
            number = self._members.read_number(operand)
            if number is not None and primitive.operand == Operand.VALUE:
                return Padding(primitive, number, node.start_byte)
        raise self._misfit("table-computed", f"`{_shorten_text(self._text_of(node))}`", node)

    def _pointed_node(self, node: Node) -> Node:
        """What `&x` points to."""
        if node.type == "pointer_expression" and self._text_of(node)[:1] == "&":
            return bare_of(child_of(node, "argument"))
        raise self._misfit("table-pointer", f"`{self._text_of(node)}` is a pointer", node)

    def _read_bytes(
        self, node: Node, arguments: Sequence[Node], loops: Collection[str]
    ) -> MovedBytes:
        primitive = self._rules.primitives[self._text_of(child_of(node, "function"))]
        member = self._members.read_member(arguments[1], loops, array=True)
        size = self._members.read_number(arguments[2])
        if member is None or size is None:
            text = _shorten_text(self._text_of(node))
            raise self._misfit("table-computed", f"`{text}` is no whole array of the state", node)
        return MovedBytes(primitive, member, size, node.start_byte)

    def _read_helped(
        self, node: Node, name: str, arguments: Sequence[Node], loops: Collection[str]
    ) -> Helped:
        """A call with the stream and one object of the state."""
        others = [a for a in arguments if self._text_of(a) != self._signature.stream]
        if len(others) == 1 and len(arguments) == 2:
            operand = bare_of(others[0])
            address = operand.type == "pointer_expression" and self._text_of(operand)[:1] == "&"
            target = bare_of(child_of(operand, "argument")) if address else operand
            member = self._members.read_member(target, loops)
            if member is not None:
                return Helped(name, member, address, node.start_byte)
        raise self._misfit("table-helper", f"{name}() moves a part of the state", node)


def _move_inside(step: Step) -> Step:
    """A statement between others that move something."""
    if isinstance(step, OtherStatement):
        message = "code that runs between the values"
        return Own("table-code-between", message, False, step.offset, step.offset, step.comment)
    return step


def _is_end(step: Step) -> bool:
    """Whether it is the `return 0;` that every table ends with."""
    return (
        isinstance(step, OtherStatement)
        and re.fullmatch(r"\s*return\s+0\s*;", step.text) is not None
    )


def _shorten_text(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:57] + "..."
