# SPDX-License-Identifier: GPL-2.0-or-later
"""One VMStateField: its initialiser, and by the rules of the tree's interpreter its wire."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..c.declarations import Array, CType, Pointer, read_type
from ..c.expand import Lexeme, close_of, spell_tokens, split_tokens
from ..c.initialisers import find_referred, read_entries
from ..c.layout import Placed
from ..c.spelling import describe_type
from ..errors import ExpansionError, UnknownTypeError
from ..rules.ruleset import Rules
from .expression import ONE, Constant, Earlier, Expression, Fact, Operation, Unread
from .model import Branch, Buffer, Call, Field, Loop, Node, Opaque, Place, Value, Wire
from .tables_infos import Info, InfoReader
from .tables_names import Element
from .tables_types import TypedEntry
from .tables_view import TableFile

_COUNTED = ("VMS_VARRAY_INT32", "VMS_VARRAY_UINT32", "VMS_VARRAY_UINT16", "VMS_VARRAY_UINT8")
_STRUCTS = ("VMS_STRUCT", "VMS_VSTRUCT")


@dataclass(frozen=True)
class Interpreter:
    """What the tree's own functions make of flags: those that saving and loading look at.

    `null_marker` says that a null pointer of an array of pointers leaves one byte, its value, on the
    wire.
    """

    saves: frozenset[str]
    loads: frozenset[str]
    null_marker: Expression | None

    def split_over(self, flags: frozenset[str]) -> str:
        """The flag that only one of saving and loading looks at, if one of these does; else empty."""
        if not self.saves or not self.loads:
            return ""
        return min(flags & (self.saves ^ self.loads) & {*_COUNTED, *_STRUCTS}, default="")


@dataclass(frozen=True)
class Context:
    """What reading a field needs beside its text: the file, the rules, the infos that it sees."""

    view: TableFile
    rules: Rules
    interpreter: Interpreter
    infos: InfoReader
    infos_named: Callable[[str], Sequence[Info]]


class FieldReader:
    """Reads the fields of one table in their order, since sizes refer to earlier ones."""

    def __init__(self, context: Context, minimum: int) -> None:
        """`context` is that of the table's file, `minimum` the oldest version that is read."""
        self._context = context
        self._view = context.view
        self._minimum = minimum
        self._earlier: dict[str, Field] = {}
        self.entries: list[TypedEntry] = []

    def read(self, body: Sequence[Lexeme], place: Place) -> Field | None:
        """The field of an expanded initialiser without its braces; None where it ends the list."""
        members = {e.designator: e.value for e in read_entries(body)}
        if spell_tokens(members.get("", ())) not in ("", "0", "NULL"):
            return Field(
                spell_tokens(body),
                (Opaque(spell_tokens(body), "a member without its name"),),
                place=place,
            )
        if "name" not in members or spell_tokens(members["name"]) in ("NULL", "0", "(NULL)"):
            return None
        return self._read_field(members, place)

    def remember(self, fields: Sequence[Field]) -> None:
        """Take fields as read, so that later ones may refer to them."""
        for field in fields:
            match field.contents:
                case (Value(),) if field.offset and field.count == ONE:
                    self._earlier[field.offset] = field

    def _is_there(self, earlier: Field, exists: str, version: int) -> bool:
        """Whether an earlier field is in the stream wherever one with that condition is."""
        if earlier.exists:
            return earlier.exists == exists
        return earlier.version_id <= max(self._minimum, 0 if exists else version)

    def _read_field(self, members: Mapping[str, tuple[Lexeme, ...]], place: Place) -> Field:
        flags = frozenset(t.text for t in members.get("flags", ()) if t.word)
        record, path = _offset_of(members.get("offset", ()))
        declared = self._find_declared(record, path)
        name = text_of(members["name"])
        exists = _member_text(members.get("field_exists", ()))
        draft = Field(
            name=name,
            contents=(),
            exists=exists,
            info=self._info_symbol(members),
            description=find_referred(members.get("vmsd", ())),
            type=self._type_of(members, declared),
            offset=re.sub(r"\s", "", spell_tokens(path)),
            flags=tuple(sorted(flags)),
            place=place,
            record=record.removeprefix("struct "),
        )
        version = self._read_version(members.get("version_id", ()))
        draft = replace(draft, version_id=version if isinstance(version, int) else 0)
        count = self._count(draft, members, flags, record)
        at = self._view.place_of(declared.origin) if declared is not None else None
        contents = self._read_contents(draft, members, flags, record, at)
        unread = version if isinstance(version, str) else _unread_flags(members.get("flags", ()))
        if unread:
            contents, count = (Opaque(name, unread),), ONE
        field = replace(draft, contents=contents, count=count)
        if declared is not None:
            indexed = bool(path) and path[-1].text == "]"
            plain = field.info in self._context.rules.info_wires
            size = members.get("size", ())
            self.entries.append(TypedEntry(field, record, indexed, declared, size, plain))
        return field

    def _info_symbol(self, members: Mapping[str, tuple[Lexeme, ...]]) -> str:
        """The symbol; "put/get", by its functions, for a compound literal, which has none."""
        tokens = members.get("info", ())
        literal = _literal_info(tokens, self._view.path)
        if literal:
            return f"{literal[0].put}/{literal[0].get}"
        return find_referred(tokens) or _member_text(tokens)

    def _read_version(self, tokens: Sequence[Lexeme]) -> int | str:
        """The version, or why it is not known."""
        try:
            return self._view.fold(tokens) if tokens else 0
        except UnknownTypeError as error:
            return f"its version `{spell_tokens(tokens)}`: {error}"

    # Where the member is, and of what type.

    def _find_declared(self, record: str, path: Sequence[Lexeme]) -> Placed | None:
        ctype = read_type(record) if record else None
        if ctype is None or not path:
            return None
        try:
            return self._view.of_path(ctype, path)
        except (UnknownTypeError, ExpansionError):
            return None

    def _type_of(self, members: Mapping[str, tuple[Lexeme, ...]], declared: Placed | None) -> str:
        """The C type of one element: as the member is declared, else as its size is said."""
        flags = {t.text for t in members.get("flags", ())}
        if declared is not None and not flags & {"VMS_BUFFER", "VMS_VBUFFER"}:
            ctype: CType = declared.type
            while isinstance(ctype, Array):
                ctype = ctype.of
            if isinstance(ctype, Pointer) and flags & {"VMS_POINTER", "VMS_ARRAY_OF_POINTER"}:
                ctype = ctype.to
            return describe_type(replace(ctype, qualifiers=frozenset()))
        size = members.get("size", ())
        if len(size) > 2 and size[0].text == "sizeof" and close_of(size, 1) == len(size) - 1:
            return spell_tokens(size[2:-1])
        return ""

    # How often it is there.

    def _count(
        self,
        draft: Field,
        members: Mapping[str, tuple[Lexeme, ...]],
        flags: frozenset[str],
        record: str,
    ) -> Expression:
        odd = self._context.interpreter.split_over(flags)
        if odd:
            return Unread(odd, "saving and loading differ: only one of them looks at this flag")
        if "VMS_ARRAY" in flags:
            return self._read_number(members.get("num", ()))
        if not flags & {*_COUNTED}:
            return ONE
        count = self._read_reference(draft, members.get("num_offset", ()), record)
        if "VMS_MULTIPLY_ELEMENTS" in flags:
            return _multiply(count, self._read_number(members.get("num", ())))
        return count

    def _read_number(self, tokens: Sequence[Lexeme]) -> Expression:
        if not tokens:
            return Constant(0)
        try:
            return Constant(self._view.fold(tokens))
        except UnknownTypeError as error:
            return Unread(spell_tokens(tokens), str(error))

    def _read_reference(self, draft: Field, tokens: Sequence[Lexeme], record: str) -> Expression:
        """The member that an offset is of: a field that is always before, or a fact of the device."""
        owner, path = _offset_of(tokens)
        if not path:
            return Unread(spell_tokens(tokens), "it is no offset of a member")
        name = re.sub(r"\s", "", spell_tokens(path))
        earlier = self._earlier.get(name) if owner == record or not record else None
        if earlier is not None and self._is_there(earlier, draft.exists, draft.version_id):
            return Earlier(earlier.name)
        declared = self._find_declared(owner, path)
        return Fact(name, describe_type(declared.type) if declared is not None else "")

    def _read_size(
        self,
        draft: Field,
        members: Mapping[str, tuple[Lexeme, ...]],
        flags: frozenset[str],
        record: str,
    ) -> Expression:
        """The bytes of one element."""
        if "VMS_VBUFFER" not in flags:
            return self._read_number(members.get("size", ()))
        size = self._read_reference(draft, members.get("size_offset", ()), record)
        if "VMS_MULTIPLY" in flags:
            return _multiply(size, self._read_number(members.get("size", ())))
        return size

    # What one element puts on the wire.

    def _read_contents(
        self,
        draft: Field,
        members: Mapping[str, tuple[Lexeme, ...]],
        flags: frozenset[str],
        record: str,
        declared: Place | None,
    ) -> tuple[Node, ...]:
        if "VMS_MUST_EXIST" in flags and not draft.info and not draft.description:
            return ()
        size = self._read_size(draft, members, flags, record)
        contents = self._read_element(draft, members, flags, size, declared)
        marker = self._context.interpreter.null_marker
        if "VMS_ARRAY_OF_POINTER" in flags and marker is not None:
            null = Value(draft.name, Wire.BYTE, constant=marker)
            return (Branch(Fact(f"{draft.offset}[]", "void *"), contents, (null,)),)
        return contents

    def _read_element(
        self,
        draft: Field,
        members: Mapping[str, tuple[Lexeme, ...]],
        flags: frozenset[str],
        size: Expression,
        declared: Place | None,
    ) -> tuple[Node, ...]:
        if flags & {*_STRUCTS}:
            if not draft.description:
                return (Opaque(_member_text(members.get("vmsd", ())), "its table is not named"),)
            version = None
            if "VMS_VSTRUCT" in flags:
                version = self._read_number(members.get("struct_version_id", ()))
            return (Call(draft.description, draft.name, version),)
        rule = self._context.rules.info_wires.get(draft.info)
        if rule is not None:
            return _SHAPES[rule.shape](draft, size, _direct_key(members))
        infos = self._context.infos_named(draft.info)
        infos = infos or _literal_info(members.get("info", ()), self._view.path)
        if not infos:
            reason = (
                "no VMStateInfo of that name is found" if draft.info else "it has no VMStateInfo"
            )
            return (Opaque(draft.info or draft.name, reason),)
        found = self._context.infos.make_choice(infos, size)
        named = Element(draft.name, size, root=not draft.offset).nodes(found)
        return _of_member(named, draft, declared)


def _unread_flags(tokens: Sequence[Lexeme]) -> str:
    """Why the flags of a field are not known: they are more than names that are put together by |."""
    if all(t.word or t.text in ("|", "(", ")", "0") for t in tokens):
        return ""
    return f"its flags `{spell_tokens(tokens)}` are no list of names"


def _of_member(nodes: tuple[Node, ...], draft: Field, declared: Place | None) -> tuple[Node, ...]:
    """The nodes; a number that is all of the member has the member's type and place."""
    match nodes:
        case (Value(name) as value,) if name == draft.name:
            return (replace(value, type=draft.type or value.type, declared=declared, place=None),)
        case (Branch(then=then, otherwise=otherwise) as branch,):
            then = _of_member(then, draft, declared)
            return (replace(branch, then=then, otherwise=_of_member(otherwise, draft, declared)),)
    return nodes


def _literal_info(tokens: Sequence[Lexeme], path: str) -> Sequence[Info]:
    """The info of `&(const VMStateInfo) { ... }`."""
    opening = next((i for i, t in enumerate(tokens) if t.text == "{"), None)
    if opening is None:
        return ()
    inner = tokens[opening + 1 : close_of(tokens, opening)]
    members = {e.designator: e.value for e in read_entries(inner)}
    return (
        Info(
            "", path, find_referred(members.get("put", ())), find_referred(members.get("get", ()))
        ),
    )


def _direct_key(members: Mapping[str, tuple[Lexeme, ...]]) -> bool:
    return spell_tokens(members.get("start", ())).strip("() ") in ("", "0")


def _buffer_nodes(draft: Field, size: Expression, direct: bool) -> tuple[Node, ...]:
    return (Buffer(draft.name, size),)


def _padding_nodes(draft: Field, size: Expression, direct: bool) -> tuple[Node, ...]:
    return (Buffer(draft.name, size, padding=True),)


def _bitmap_nodes(draft: Field, size: Expression, direct: bool) -> tuple[Node, ...]:
    """64 bits a word, the first word first; the size of the field is in bits."""
    words = _divide_bits(size)
    return (Loop(draft.name, (Value(f"{draft.name}[]", Wire.BE64),), count=words),)


def _divide_bits(bits: Expression) -> Expression:
    if isinstance(bits, Constant):
        return Constant((bits.value + 63) // 64)
    return Operation("/", (Operation("+", (bits, Constant(63))), Constant(64)))


def _description_nodes(draft: Field, size: Expression, direct: bool) -> tuple[Node, ...]:
    return (Call(draft.description, draft.name),)


def _list_nodes(draft: Field, size: Expression, direct: bool) -> tuple[Node, ...]:
    """A byte before each element that says that there is one more, and 0 at the end."""
    return (_until_zero(draft, (Call(draft.description, f"{draft.name}[]"),)),)


def _until_zero(draft: Field, body: tuple[Node, ...]) -> Loop:
    more = f"{draft.name}.more"
    return Loop(draft.name, body, condition=Earlier(more), head=(Value(more, Wire.BYTE),))


def _tree_nodes(draft: Field, size: Expression, direct: bool) -> tuple[Node, ...]:
    """The number of nodes, then as a list: a key (a pointer's value, or a table), and a value.

    `vmsd` is an array: of the value, then of the key.
    """
    count = Value(f"{draft.name}.count", Wire.BE32)
    symbol = draft.description
    key: Node = Value(f"{draft.name}[].key", Wire.BE64)
    if not direct:
        key = Call(f"{symbol}[1]", f"{draft.name}[].key")
        symbol = f"{symbol}[0]"
    return count, _until_zero(draft, (key, Call(symbol, f"{draft.name}[]")))


_SHAPES: Mapping[str, Callable[[Field, Expression, bool], tuple[Node, ...]]] = {
    "buffer": _buffer_nodes,
    "padding": _padding_nodes,
    "bitmap": _bitmap_nodes,
    "description": _description_nodes,
    "list": _list_nodes,
    "tree": _tree_nodes,
}
"""What the shapes of the rules `info_wire` are: migration/vmstate-types.c of QEMU, put_*()."""


def _multiply(left: Expression, right: Expression) -> Expression:
    return Operation("*", (left, right))


def _member_text(tokens: Sequence[Lexeme]) -> str:
    """The C text of a member; empty for a null pointer."""
    text = spell_tokens(tokens)
    while text.startswith("(") and text.endswith(")") and _is_outer(tokens):
        tokens = tokens[1:-1]
        text = spell_tokens(tokens)
    return "" if text in ("NULL", "0") else text.removeprefix("&")


def _is_outer(tokens: Sequence[Lexeme]) -> bool:
    return bool(tokens) and tokens[0].text == "(" and close_of(tokens, 0) == len(tokens) - 1


_STRING = re.compile(r'"((?:\\.|[^"\\])*)"')


def text_of(tokens: Sequence[Lexeme]) -> str:
    """The string that string literals make together, else the C text."""
    inner = [t.text for t in tokens if t.text not in "()"]
    if inner and all(_STRING.fullmatch(t) for t in inner):
        return "".join(t[1:-1] for t in inner).replace('\\"', '"').replace("\\\\", "\\")
    return spell_tokens(tokens)


def _offset_of(tokens: Sequence[Lexeme]) -> tuple[str, tuple[Lexeme, ...]]:
    """The struct and the path of the first `offsetof(struct, path)`."""
    for at, token in enumerate(tokens):
        if token.text in ("offsetof", "__builtin_offsetof") and at + 1 < len(tokens):
            parts = split_tokens(tokens[at + 2 : close_of(tokens, at + 1)])
            if len(parts) == 2:
                return spell_tokens(parts[0]), tuple(parts[1])
    return "", ()
