# SPDX-License-Identifier: GPL-2.0-or-later
"""The proof of one pair: the model of its table, read from the new text, against that of its functions.

Both models come from `schema`, which shares nothing with the writer: the functions' from the old text,
the table's by expanding the tree's own macros in the new one. They are laid out byte by byte for each
version that the load accepts, and must be the same bytes of the same objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import RewriteError
from ..schema.expression import ONE, Constant, Earlier, Expression, Fact, Operation
from ..schema.model import (
    Branch,
    Buffer,
    Call,
    Choice,
    Description,
    Field,
    Loop,
    Node,
    Opaque,
    Value,
)
from ..schema.normal import normalize_nodes
from .steps import Helped, MovedBytes, OtherStatement, Own, Padding, Repeat, Since, Step, Transfer

_MOST_BYTES = 1 << 22
_INDEX = re.compile(r"\[[^\]]*\]")


class UnprovedError(RewriteError):
    """One of the models has a part that is not known for sure."""


class DiffersError(UnprovedError):
    """The models differ."""


@dataclass(frozen=True)
class Byte:
    """Byte `number` of an object on the wire, the object by its name without indices.

    What means nothing has no name. `shift` tells the parts of one object apart.
    """

    name: str
    number: int
    shift: int = 0


@dataclass(frozen=True)
class Several:
    """Bytes whose number the stream or the device decides: `kind` is what does, `text` by what."""

    kind: str
    text: object
    inside: tuple[tuple[Item, ...], ...] = ()


Item = Byte | Several


class Infos:
    """What the functions of a file's own infos move, the state being what they are given."""

    def __init__(
        self, functions: Mapping[str, str], model: Callable[[str], Sequence[Node]]
    ) -> None:
        """`functions` has for each info the one of the direction; `model` gives what one does."""
        self._functions = functions
        self._model = model

    def of_field(self, field: Field) -> Sequence[Node] | None:
        """What the field's functions do, None where it has no info of the file's own on the state."""
        if field.offset or field.info not in self._functions:
            return None
        return self._model(self._functions[field.info])


NO_INFOS = Infos({}, lambda _: ())


def layout_of_code(nodes: Sequence[Node], version: int) -> list[Item]:
    """What a function moves at a version. Raises UnprovedError where that is not known for sure."""
    return list(_limit_items(_of_nodes(normalize_nodes(nodes, version), "")))


def is_same_wire(one: Sequence[Node], other: Sequence[Node], version: int) -> bool:
    """Whether nodes move the same at a version, wherever they stand in the text."""
    layouts = (
        list(_limit_items(_of_nodes(normalize_nodes(nodes, version), ""))) for nodes in (one, other)
    )
    return next(layouts) == next(layouts)


def layout_of_table(
    table: Description, tables: Mapping[str, Description], version: int, infos: Infos = NO_INFOS
) -> list[Item]:
    """What a table moves at a version; `tables` are those of its file. Raises UnprovedError."""
    return list(_limit_items(_of_table(table, tables, version, "", infos)))


def under_one_condition(items: Sequence[Item]) -> list[Item]:
    """The items of a table that stands under an `#if` as they are where it holds, as its functions did:
    all of one condition, that have nothing otherwise."""
    found: list[Item] = []
    for item in items:
        same = isinstance(item, Several) and item.kind == "condition" and not any(item.inside[1:])
        if (
            not same
            or not isinstance(item, Several)
            or item.text != getattr(items[0], "text", None)
        ):
            return list(items)
        found += item.inside[0]
    return found


def check_same(
    code: Sequence[Item], table: Sequence[Item], what: str, helped: Collection[str] = ()
) -> None:
    """Raise DiffersError where two layouts are not the same.

    `helped` are objects that a function moves and that a macro is known to stand for, or that are
    compared with a variable: the function has names of its own there, so that only the bytes count.
    """
    names = {_plain_name(name) for name in helped}
    for at, (one, other) in enumerate(zip(code, table, strict=False)):
        if one != other and not _are_helped(one, other, names):
            # A function that always sends 0 may do so by code that the table has in its pre_save.
            both = isinstance(one, Byte) and isinstance(other, Byte) and one.name != ""
            ours, theirs = _describe_item(one), _describe_item(other)
            message = f"item {at} of the {what} is {ours}, that of the table {theirs}"
            raise DiffersError(message) if both else UnprovedError(message)
    if len(code) != len(table):
        raise DiffersError(f"the {what} has {len(code)} items, the table {len(table)}")


def _are_helped(one: Item, other: Item, names: Collection[str]) -> bool:
    if not isinstance(one, Byte) or not isinstance(other, Byte):
        return False
    return one.number == other.number and _is_below(other.name, names)


def _describe_item(item: Item) -> str:
    if isinstance(item, Several):
        return f"a {item.kind}"
    return f"byte {item.number} of `{item.name}`" if item.name else "padding"


def _is_below(name: str, objects: Collection[str]) -> bool:
    """Whether a name is one of some objects, or a part of one."""
    return any(name == one or name.startswith(f"{one}.") for one in objects)


def _limit_items(found: Iterator[Item]) -> Iterator[Item]:
    for number, item in enumerate(found):
        if number >= _MOST_BYTES:
            raise UnprovedError("too many bytes to lay out")
        yield item


def _constant_of(expression: Expression | None, what: str) -> int:
    if not isinstance(expression, Constant):
        raise UnprovedError(f"the size of `{what}` is not known")
    return expression.value


def _plain_name(name: str) -> str:
    return _INDEX.sub("", name)


def _liken_expression(expression: Expression | None) -> object:
    """An expression in which what was read earlier and what is in the state are the same by name.

    Code in a function of its own finds in the state what the functions had just put there.
    """
    match expression:
        case Earlier() | Fact():
            return "object", _plain_name(expression.name)
        case Operation():
            return expression.operator, tuple(map(_liken_expression, expression.operands))
    return expression


def _of_nodes(nodes: Sequence[Node], prefix: str) -> Iterator[Item]:
    for node in nodes:
        match node:
            case Value():
                yield from _of_value(node, prefix)
            case Buffer():
                yield from _of_buffer(node, prefix)
            case Loop():
                yield from _of_loop(node, prefix)
            case Branch():
                ways = tuple(tuple(_of_nodes(way, prefix)) for way in (node.then, node.otherwise))
                yield Several("condition", _liken_expression(node.condition), ways)
            case Call():
                yield Several("table", (node.symbol, _plain_name(prefix + node.name)))
            case Opaque():
                yield Several("part that is not understood", (node.text, node.reason))
            case Choice():
                inside = tuple(tuple(_of_nodes(option, prefix)) for option in node.options)
                yield Several("choice", (node.text, node.labels), inside)


def _of_loop(node: Loop, prefix: str) -> Iterator[Item]:
    inside = tuple(tuple(_of_nodes(part, prefix)) for part in (node.head, node.body))
    if isinstance(node.count, Constant) and node.condition is None:
        for _ in range(node.count.value):
            yield from inside[1]
    else:
        yield Several(
            "loop", (_liken_expression(node.count), _liken_expression(node.condition)), inside
        )


def _of_buffer(node: Buffer, prefix: str) -> Iterator[Item]:
    name = "" if node.padding else _plain_name(prefix + node.name)
    if isinstance(node.size, Constant):
        yield from (Byte(name, n if name else 0) for n in range(node.size.value))
    else:
        yield Several("buffer", (name, _liken_expression(node.size)))


def _of_value(node: Value, prefix: str) -> Iterator[Item]:
    size = node.wire.size
    nothing = not node.name or node.constant is not None
    if node.constant not in (None, Constant(0)):
        yield Several("constant", (node.wire, _liken_expression(node.constant)))
    elif size is None:
        # as wide as the target's long
        yield Byte(_plain_name(prefix + node.name), -1, node.shift)
    else:
        for number in range(size):
            yield (
                Byte("", 0)
                if nothing
                else Byte(_plain_name(prefix + node.name), number, node.shift)
            )


def _of_table(
    table: Description, tables: Mapping[str, Description], version: int, prefix: str, infos: Infos
) -> Iterator[Item]:
    if table.opaque or table.subsections:
        raise UnprovedError(f"the table {table.symbol} is not understood: {table.opaque}")
    for field in table.fields:
        if field.exists:
            raise UnprovedError(f"whether `{field.name}` is there is not known")
        if field.version_id > version:
            continue
        own = infos.of_field(field)
        if own is not None:
            yield from _of_nodes(normalize_nodes(own, version), "")
        else:
            yield from _of_field(field, tables, version, prefix)


def _of_field(
    field: Field, tables: Mapping[str, Description], version: int, prefix: str
) -> Iterator[Item]:
    count = 1 if field.count == ONE else _constant_of(field.count, field.name)
    for _ in range(count):
        for node in field.contents:
            if isinstance(node, Call):
                inner = tables.get(node.symbol)
                if inner is None:
                    raise UnprovedError(f"the table {node.symbol} is not in this file")
                name = f"{prefix}{field.name}."
                yield from _of_table(inner, tables, inner.version_id, name, NO_INFOS)
            elif isinstance(node, Opaque):
                raise UnprovedError(f"`{node.text}` is not understood: {node.reason}")
            else:
                yield from _of_nodes(normalize_nodes([node], version), prefix)


def helped_by_steps(steps: Sequence[Step]) -> Iterator[str]:
    """The objects that functions of the tree move, or that are only compared with what is read."""
    for step in steps:
        if isinstance(step, Helped) or (isinstance(step, Transfer) and step.equal):
            yield step.member.path
        elif isinstance(step, Since | Repeat):
            yield from helped_by_steps(step.body)


_CODE = "code of the file's own"

# Which elements, by the handler's steps: the model of a function names arrays without an index.


def elements_of_steps(steps: Sequence[Step], version: int) -> Iterator[str]:
    """The objects that steps move at a version, by their paths with numbers for indices."""
    for step in steps:
        match step:
            case Transfer() | MovedBytes() | Helped():
                yield step.member.path
            case Padding():
                yield ""
            case Own():
                yield _CODE
            case Since() if step.version <= version:
                yield from elements_of_steps(step.body, version)
            case Repeat() if isinstance(step.end, int):
                names = list(elements_of_steps(step.body, version))
                for index in range(step.start, step.end):
                    yield from (name.replace(f"[{step.variable}]", f"[{index}]") for name in names)
            case Since() | OtherStatement():
                continue
            case _:
                raise UnprovedError("a loop whose end is not known")


def elements_of_table(
    table: Description,
    tables: Mapping[str, Description],
    version: int,
    infos: Infos = NO_INFOS,
    prefix: str = "",
) -> Iterator[str]:
    """The same of a table.

    `regs[2]` as the offset of an array is a row of `regs` or, where the tree's macro is told what
    the array itself is, the element that a part of it starts with: the field's name has no index then.
    """
    for field in table.fields:
        if field.version_id > version:
            continue
        if infos.of_field(field) is not None:
            yield _CODE
            continue
        count = 1 if field.count == ONE else _constant_of(field.count, field.name)
        padding = any(isinstance(n, Buffer) and n.padding for n in field.contents)
        for index in range(count):
            path = "" if padding else prefix + _element_name(field, index)
            calls = [n for n in field.contents if isinstance(n, Call)]
            own = [tables[n.symbol] for n in calls if n.symbol in tables]
            if not own:
                yield path
            for inner in own:
                yield from elements_of_table(inner, tables, inner.version_id, NO_INFOS, f"{path}.")


def _element_name(field: Field, index: int) -> str:
    if "VMS_ARRAY" not in field.flags:
        return field.offset
    start = re.fullmatch(r"(.*)\[(\d+)\]", field.offset)
    if start is not None and start[1] == field.name:
        return f"{start[1]}[{int(start[2]) + index}]"
    return f"{field.offset}[{index}]"
