# SPDX-License-Identifier: GPL-2.0-or-later
"""The proof of one pair: the model of its table, read from the new text, against that of its functions.

Both models come from `schema`, which shares nothing with the writer: the functions' from the old text,
the table's by expanding the tree's own macros in the new one. They are laid out byte by byte for each
version that the load accepts, and must be the same bytes of the same objects.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import RewriteError
from ..schema.expression import ONE, Constant, Expression
from ..schema.model import Branch, Buffer, Call, Check, Description, Field, Loop, Node, Value
from ..schema.normal import normalize
from .steps import Bytes, Helped, Padding, Repeat, Since, Statement, Step, Transfer

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


def bytes_of_code(nodes: Sequence[Node], version: int) -> list[Byte]:
    """What a function moves at a version. Raises UnprovedError where that is not known for sure."""
    return list(_limited(_of_nodes(normalize(nodes, version), "")))


def bytes_of_table(
    table: Description, tables: Mapping[str, Description], version: int, prefix: str = ""
) -> list[Byte]:
    """What a table moves at a version; `tables` are those of its file. Raises UnprovedError."""
    return list(_limited(_of_table(table, tables, version, prefix)))


def check_same(
    code: Sequence[Byte], table: Sequence[Byte], what: str, helped: Collection[str] = ()
) -> None:
    """Raise DiffersError where two layouts are not the same.

    `helped` are objects that a function moves and that a macro is known to stand for: the function
    has names of its own for their parts, so that only the bytes count.
    """
    names = {_plain(name) for name in helped}
    for at, (one, other) in enumerate(zip(code, table, strict=False)):
        inside = one.number == other.number and _is_below(other.name, names)
        if one != other and not inside:
            named = f"`{one.name}`" if one.name else "padding"
            raise DiffersError(
                f"byte {at} of the {what} is of {named}, the table's of `{other.name}`"
            )
    if len(code) != len(table):
        raise DiffersError(f"the {what} is {len(code)} bytes, the table {len(table)}")


def _is_below(name: str, objects: Collection[str]) -> bool:
    """Whether a name is one of some objects, or a part of one."""
    return any(name == one or name.startswith(f"{one}.") for one in objects)


def _limited(found: Iterator[Byte]) -> Iterator[Byte]:
    for number, byte in enumerate(found):
        if number >= _MOST_BYTES:
            raise UnprovedError("too many bytes to lay out")
        yield byte


def _constant(expression: Expression | None, what: str) -> int:
    if not isinstance(expression, Constant):
        raise UnprovedError(f"the size of `{what}` is not known")
    return expression.value


def _plain(name: str) -> str:
    return _INDEX.sub("", name)


def _of_nodes(nodes: Sequence[Node], prefix: str) -> Iterator[Byte]:
    for node in nodes:
        match node:
            case Value():
                yield from _of_value(node, prefix)
            case Buffer():
                name = "" if node.padding else _plain(prefix + node.name)
                size = _constant(node.size, node.name)
                yield from (Byte(name, n if name else 0) for n in range(size))
            case Loop() if node.condition is None and not node.head:
                for _ in range(_constant(node.count, node.name)):
                    yield from _of_nodes(node.body, prefix)
            case Check():
                continue
            case Branch():
                raise UnprovedError(f"a condition that is not known: {node.condition}")
            case _:
                raise UnprovedError(f"`{getattr(node, 'text', '')}` is not understood")


def _of_value(node: Value, prefix: str) -> Iterator[Byte]:
    size = node.wire.size
    nothing = not node.name or node.constant is not None
    if node.constant not in (None, Constant(0)):
        raise UnprovedError("a constant other than 0")
    if size is None:
        yield Byte(_plain(prefix + node.name), -1, node.shift)  # as wide as the target's long
        return
    for number in range(size):
        yield Byte("", 0) if nothing else Byte(_plain(prefix + node.name), number, node.shift)


def _of_table(
    table: Description, tables: Mapping[str, Description], version: int, prefix: str
) -> Iterator[Byte]:
    if table.opaque or table.subsections:
        raise UnprovedError(f"the table {table.symbol} is not understood: {table.opaque}")
    for field in table.fields:
        if field.exists:
            raise UnprovedError(f"whether `{field.name}` is there is not known")
        if field.version_id <= version:
            yield from _of_field(field, tables, version, prefix)


def _of_field(
    field: Field, tables: Mapping[str, Description], version: int, prefix: str
) -> Iterator[Byte]:
    count = 1 if field.count == ONE else _constant(field.count, field.name)
    for _ in range(count):
        for node in field.contents:
            if isinstance(node, Call):
                inner = tables.get(node.symbol)
                if inner is None:
                    raise UnprovedError(f"the table {node.symbol} is not in this file")
                name = f"{prefix}{field.name}."
                yield from _of_table(inner, tables, inner.version_id, name)
            else:
                yield from _of_nodes(normalize([node], version), prefix)


def helped_by_steps(steps: Sequence[Step]) -> Iterator[str]:
    """The objects that functions of the tree move."""
    for step in steps:
        if isinstance(step, Helped):
            yield step.member.path
        elif isinstance(step, Since | Repeat):
            yield from helped_by_steps(step.body)


# Which elements, by the handler's steps: the model of a function names arrays without an index.


def elements_of_steps(steps: Sequence[Step], version: int) -> Iterator[str]:
    """The objects that steps move at a version, by their paths with numbers for indices."""
    for step in steps:
        match step:
            case Transfer() | Bytes() | Helped():
                yield step.member.path
            case Padding():
                yield ""
            case Since() if step.version <= version:
                yield from elements_of_steps(step.body, version)
            case Repeat() if isinstance(step.end, int):
                names = list(elements_of_steps(step.body, version))
                for index in range(step.start, step.end):
                    yield from (name.replace(f"[{step.variable}]", f"[{index}]") for name in names)
            case Since() | Statement():
                continue
            case _:
                raise UnprovedError("a loop whose end is not known")


def elements_of_table(
    table: Description, tables: Mapping[str, Description], version: int, prefix: str = ""
) -> Iterator[str]:
    """The same of a table.

    `regs[2]` as the offset of an array is a row of `regs` or, where the tree's macro is told what
    the array itself is, the element that a part of it starts with: the field's name has no index then.
    """
    for field in table.fields:
        if field.version_id > version:
            continue
        count = 1 if field.count == ONE else _constant(field.count, field.name)
        padding = any(isinstance(n, Buffer) and n.padding for n in field.contents)
        for index in range(count):
            path = "" if padding else prefix + _element(field, index)
            calls = [n for n in field.contents if isinstance(n, Call)]
            own = [tables[n.symbol] for n in calls if n.symbol in tables]
            if not own:
                yield path
            for inner in own:
                yield from elements_of_table(inner, tables, inner.version_id, f"{path}.")


def _element(field: Field, index: int) -> str:
    if "VMS_ARRAY" not in field.flags:
        return field.offset
    start = re.fullmatch(r"(.*)\[(\d+)\]", field.offset)
    if start is not None and start[1] == field.name:
        return f"{start[1]}[{int(start[2]) + index}]"
    return f"{field.offset}[{index}]"
