# SPDX-License-Identifier: GPL-2.0-or-later
"""Values back to the bytes of a section, by the same model; it shares no step with the decoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import StateError, ValueMisfitError
from ..printable import quoted
from ..schema.expression import (
    ONE,
    Configured,
    Constant,
    Earlier,
    Expression,
    Fact,
    Unread,
    Version,
)
from ..schema.model import (
    Branch,
    Buffer,
    Call,
    Check,
    Choice,
    Description,
    Field,
    Loop,
    Node,
    Opaque,
    Value,
    Wire,
)
from ..schema.spelling import spell_expression
from .evaluate import Atom, evaluate_expression, settled_parts
from .events import Holds
from .framing import Mark
from .models import Model, Models
from .questions import LONG, is_member, make_held_fact, member_of, signed_value, which_table
from .sizes import fixed_size, takes_bytes
from .state import fact_key, joined_path, with_indices
from .tree import Keys, inner_prefix
from .values import SUBSECTIONS, UNREAD, is_unread, raw_of

Taken = set[tuple[int, str]]
"""The members that were asked for, each by the identity of its object and its key."""


@dataclass
class _Part:
    """Where values are taken from: a part of the state, and the names that were asked for in it."""

    json: Any
    keys: Keys
    taken: Taken

    def take(self, name: str) -> tuple[str, Any]:
        """The value of a name; `None` where there is none. The part itself, where it is nameless."""
        key = self.keys.key(name)
        named = isinstance(self.json, dict) and not is_unread(self.json)
        if not key and not (named and "" in self.json):
            return key, self.json
        self.taken.add((id(self.json), key))
        return key, self.json.get(key) if named else None


@dataclass
class _EncodedFrame:
    path: str
    version: int
    file: str
    values: dict[str, int]
    members: dict[str, int] = field(default_factory=dict)
    """The values that are no array's, by where the members are declared."""


class _Encoder:
    """The walk over a model with a state beside it."""

    def __init__(self, models: Models, facts: Mapping[str, int]) -> None:
        self._models, self._facts = models, facts
        self.out = bytearray()
        self.taken: Taken = set()
        self._frames: list[_EncodedFrame] = []
        self._path: list[str] = []
        self._inside: list[str] = []

    # -- what is known ------------------------------------------------------------------------

    def _read(self, atom: Atom) -> int | None:
        """The value of an atom that the state itself has."""
        frame = self._frames[-1]
        if isinstance(atom, Version):
            return frame.version
        return frame.values.get(atom.name) if isinstance(atom, Earlier) else None

    def _fact_told(self, expression: Expression, _truth: bool = False) -> int | None:
        expression = settled_parts(expression, self._read)
        path = "" if isinstance(expression, Configured) else self._frames[-1].path
        text = spell_expression(expression)
        found = self._facts.get(fact_key(path, with_indices(text, self._path)))
        return self._facts.get(text) if found is None else found

    def _evaluate_number(self, expression: Expression) -> int | None:
        def lookup(atom: Atom) -> int | None:
            value = self._read(atom)
            if value is None:
                value = self._fact_told(atom)
            if value is None and isinstance(atom, Fact):
                return self._frames[-1].values.get(atom.name, self._of_parent(atom))
            return atom.usual if value is None and isinstance(atom, Unread) else value

        return evaluate_expression(expression, lookup, self._fact_told, truth=True)

    def _of_parent(self, atom: Fact) -> int | None:
        """The value that was sent of a member which the same object has from its parent's type."""
        near = (f for f in reversed(self._frames) if f.path == self._frames[-1].path)
        found = (frame.members.get(atom.declared) for frame in near if atom.declared)
        return next((value for value in found if value is not None), None)

    def _enter(self, name: str, member: str | None = None) -> None:
        """Begin a part; `member` is what it is of the object, where that is not called so."""
        self._path.append(name)
        self._inside.append(name if member is None else member)

    def _leave(self) -> None:
        self._path.pop()
        self._inside.pop()

    def _need_number(self, expression: Expression) -> int:
        value = self._evaluate_number(expression)
        if value is None:
            text = spell_expression(expression)
            raise self._make_error(
                f"it is not known what {quoted(text)} is: it must be among the facts"
            )
        return value

    def _make_error(self, reason: str) -> StateError:
        return StateError(joined_path(self._path) or "the section", reason)

    # -- nodes --------------------------------------------------------------------------------

    def encode_nodes(self, nodes: Sequence[Node], part: _Part) -> None:
        """Send what a sequence of nodes stands for."""
        for node in nodes:
            _NODES[type(node)](self, node, part)

    def encode_value(self, node: Value, part: _Part) -> None:
        """Send one number."""
        key, value = part.take(node.name)
        constant = None if node.constant is None else self._evaluate_number(node.constant)
        if value is None:
            value = constant
        if value is None:
            raise self._make_error(f"the state has no {quoted(key or node.name)}")
        self._send(node, value, key)

    def _send(self, node: Value, value: object, key: str) -> None:
        size = self._need_number(LONG) if node.wire is Wire.TARGET_LONG else node.wire.size
        if size not in (1, 2, 4, 8):
            raise self._make_error(f"no number has {size} bytes")
        try:
            raw = raw_of(node, value, size)
        except ValueMisfitError as error:
            raise self._make_error(f"{key}: {error}") from error
        number = signed_value(raw, size) if node.signed else raw
        self._frames[-1].values[node.name] = number
        if is_member(node):
            self._frames[-1].members[str(node.declared)] = number
        self.out += raw.to_bytes(size, "big")

    def encode_buffer(self, node: Buffer, part: _Part) -> None:
        """Send the bytes of a buffer, of the size that the model wants."""
        key, value = part.take(node.name)
        size = self._evaluate_number(node.size)
        piece = bytes(size or 0) if value is None and node.padding else self._read_bytes(value, key)
        if size is not None and len(piece) != size:
            raise self._make_error(f"{key}: {len(piece)} bytes where {size} are sent")
        self.out += piece

    def _read_bytes(self, value: object, key: str) -> bytes:
        try:
            return bytes.fromhex(value)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise self._make_error(f"{key}: expected bytes as hex") from error

    def encode_opaque(self, node: Opaque, part: _Part) -> None:
        """Send bytes that were not understood, as they were."""
        key, value = part.take(node.text or "unread")
        if value is None and node.size is not None and self._evaluate_number(node.size) == 0:
            return
        if value is None:
            return
        if not is_unread(value):
            raise self._make_error(
                f"{key}: expected bytes that were not understood ({node.reason})"
            )
        self.out += self._read_bytes(value[UNREAD], key)

    def encode_branch(self, node: Branch, part: _Part) -> None:
        """Send what the condition tells."""
        if node.then == node.otherwise:
            self.encode_nodes(node.then, part)
            return
        if self._evaluate_number(node.condition) is None and not takes_bytes(node):
            return
        self.encode_nodes(node.then if self._need_number(node.condition) else node.otherwise, part)

    def encode_choice(self, node: Choice, part: _Part) -> None:
        """Send what the pointer held."""
        for label, option in zip(node.labels, node.options, strict=False):
            if self._fact_told(make_held_fact(node, label)):
                self.encode_nodes(option, part)
                return
        raise self._make_error(
            f"it is not known what {quoted(node.text)} holds: it must be among the facts"
        )

    def check(self, node: Check, _part: _Part) -> None:
        """Refuse what a load would refuse."""
        if self._evaluate_number(node.condition) == 0:
            raise self._make_error(
                f"a load would fail here, for it needs {spell_expression(node.condition)}"
            )

    def encode_loop(self, node: Loop, part: _Part) -> None:
        """Send the elements of a loop."""
        if node.condition is None:
            self._encode_elements(node.name, node.body, node.count or ONE, part)
            return
        rows, inner = self._enter_rows(node.name, part)
        bound = None if node.count is None else self._need_number(node.count)
        for index in range(len(rows)):
            if bound is not None and index >= bound:
                raise self._make_error(f"{node.name}: more than {bound} elements")
            one = self._element_part(rows, index, inner)
            self._enter(f"[{index}]")
            self.encode_nodes(node.head, one)
            if self._need_number(node.condition):
                self.encode_nodes(node.body, one)
            elif index + 1 < len(rows):
                raise self._make_error(f"{node.name}: elements behind the last one")
            self._leave()
        self._leave()

    def _enter_rows(self, name: str, part: _Part) -> tuple[list[Any], str]:
        """The elements of an array, inside of which the path is from now on."""
        key, rows = part.take(name)
        if rows is None:
            rows = []
        if not isinstance(rows, list):
            raise self._make_error(f"{key}: expected an array")
        self._enter(name)
        return rows, inner_prefix(name, part.keys.prefix, Holds.ELEMENTS, False)

    def _element_part(self, rows: list[Any], index: int, prefix: str) -> _Part:
        keys = Keys(inner_prefix("", prefix, Holds.ELEMENT, False))
        return _Part(rows[index], keys, self.taken)

    def _encode_elements(
        self, name: str, body: Sequence[Node], count: Expression, part: _Part
    ) -> None:
        rows, prefix = self._enter_rows(name, part)
        wanted = self._need_number(count)
        if len(rows) != max(wanted, 0):
            raise self._make_error(f"{len(rows)} elements where {wanted} are sent")
        for index in range(len(rows)):
            self._enter(f"[{index}]")
            self.encode_nodes(body, self._element_part(rows, index, prefix))
            self._leave()
        self._leave()

    # -- tables -------------------------------------------------------------------------------

    def encode_call(self, node: Call, part: _Part) -> None:
        """Send another description."""
        found = self._models.find_descriptions(node.symbol, self._frames[-1].file)
        if not found:
            self.encode_opaque(Opaque(node.name or node.symbol, "no description"), part)
            return
        which = 0
        if len(found) > 1:
            which = self._need_number(which_table(node.symbol, self._frames[-1].file))
        if not 0 <= which < len(found):
            raise self._make_error(f"there is no table number {which} of {node.symbol}")
        version = None if node.version is None else self._evaluate_number(node.version)
        _, inner = part.take(node.name)
        self._enter(node.name)
        self.encode_table(found[which], inner, version)
        self._leave()

    def encode_table(self, description: Description, json: Any, version: int | None) -> None:
        """Send a table and its subsections."""
        known = description.version_id if version is None else version
        path = joined_path(self._inside)
        self._frames.append(_EncodedFrame(path, known, description.place.path, {}))
        part = _Part(json, Keys(""), self.taken)
        if description.opaque:
            self.encode_opaque(Opaque(description.symbol, description.opaque), part)
        else:
            for field in description.fields:
                self._encode_field(field, part)
        for one in _subsections_of(json):
            self._encode_subsection(description, one)
        self._frames.pop()

    def _encode_field(self, field: Field, part: _Part) -> None:
        if fixed_size(field.contents) == 0 or field.count == Constant(0):
            return
        there = field.version_id <= self._frames[-1].version
        if field.exists:
            there = bool(self._need_number(field.test or Fact(field.exists)))
        if not there:
            return
        if field.count != ONE:
            self._encode_elements(field.name, field.contents, field.count, part)
            return
        _, inner = part.take(field.name)
        self._enter(field.name, member_of(field))
        prefix = inner_prefix(field.name, part.keys.prefix, Holds.FIELDS, False)
        self.encode_nodes(field.contents, _Part(inner, Keys(prefix), self.taken))
        self._leave()

    def _encode_subsection(self, description: Description, one: Mapping[str, Any]) -> None:
        name, version = one.get("name"), one.get("version")
        file = self._frames[-1].file
        tables = [
            t for s in description.subsections for t in self._models.find_descriptions(s, file)
        ]
        found = [t for t in tables if t.name == name]
        if not found or not isinstance(name, str) or not isinstance(version, int):
            raise self._make_error(f"the schema has no subsection {quoted(name)}")
        self.taken.add((id(one), "values"))
        spelled = name.encode()
        self.out += bytes([Mark.SUBSECTION, len(spelled)]) + spelled + version.to_bytes(4, "big")
        self._enter(name, "")
        self.encode_table(found[0], one.get("values"), version)
        self._leave()

    def encode_section(self, model: Model, values: Any, version: int) -> bytes:
        """The contents of a whole section."""
        self._frames.append(_EncodedFrame("", version, model.file, {}))
        if model.description is None:
            self.encode_nodes(model.nodes, _Part(values, Keys(""), self.taken))
        else:
            self.encode_table(model.description, values, version)
        return bytes(self.out)


def _subsections_of(json: Any) -> list[Mapping[str, Any]]:
    found = json.get(SUBSECTIONS, []) if isinstance(json, dict) else []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


_NODES: dict[type, Callable[[_Encoder, Any, _Part], None]] = {
    Value: _Encoder.encode_value,
    Buffer: _Encoder.encode_buffer,
    Loop: _Encoder.encode_loop,
    Branch: _Encoder.encode_branch,
    Check: _Encoder.check,
    Choice: _Encoder.encode_choice,
    Call: _Encoder.encode_call,
    Opaque: _Encoder.encode_opaque,
}


@dataclass(frozen=True)
class Sent:
    """The bytes of a section's contents, and the paths of values that the model has no place for."""

    contents: bytes
    unsent: tuple[str, ...]


def encode_values(
    models: Models, model: Model, values: Any, version: int, facts: Mapping[str, int]
) -> Sent:
    """Send the values of a section; raises StateError for values that do not fit."""
    encoder = _Encoder(models, facts)
    try:
        contents = encoder.encode_section(model, values, version)
    except RecursionError as error:
        raise StateError("the section", "it is nested too deeply") from error
    return Sent(contents, tuple(_list_unsent(values, encoder.taken, "")))


def _list_unsent(json: Any, taken: Taken, path: str) -> Iterator[str]:
    """The paths of what was not asked for."""
    if isinstance(json, list):
        for index, one in enumerate(json):
            yield from _list_unsent(one, taken, f"{path}[{index}]")
        return
    if not isinstance(json, dict) or is_unread(json):
        return
    for part in _subsections_of(json):
        yield from _list_unsent(part.get("values"), taken, f"{path}<{part.get('name')}>")
    for key, value in json.items():
        here = f"{path}.{key}" if path else key
        if key == SUBSECTIONS and isinstance(value, list):
            continue
        if (id(json), key) in taken:
            yield from _list_unsent(value, taken, here)
        elif value not in ({}, []):
            yield here
