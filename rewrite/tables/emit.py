# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of tables and of the functions beside them, as QEMU writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..terms import Direction
from .era import Era, Hook
from .fields import CodeInfo, FieldLine, OwnInfo, PairTables, Table
from .steps import Handler, NoTableError, OtherStatement

_WIDTH = 80


@dataclass(frozen=True)
class Versions:
    """The versions of a section: `current` as the source writes it, the oldest that is read."""

    current: str
    minimum: str


@dataclass(frozen=True)
class Hooks:
    """The names of the functions before and after the wire, empty where there is none."""

    pre_save: str
    post_load: str


def write_pair(
    era: Era, tables: PairTables, versions: Versions, hooks: Hooks, save: Handler, load: Handler
) -> str:
    """The text that stands in place of both functions, with a newline at its end."""
    pieces = [
        _spell_info(era, info) if isinstance(info, OwnInfo) else _code_info(era, info, save, load)
        for info in tables.infos
    ]
    if hooks.pre_save:
        pieces.append(_spell_hook(era, "pre_save", hooks.pre_save, save, save.before))
    if hooks.post_load:
        pieces.append(_spell_hook(era, "post_load", hooks.post_load, load, load.after))
    pieces += [
        _spell_description(era, table, Versions("1", "1"), Hooks("", "")) for table in tables.inner
    ]
    pieces.append(_spell_description(era, tables.outer, versions, hooks))
    return "\n".join(pieces)


def write_callers(era: Era, symbol: str, save: Handler, load: Handler) -> tuple[str, str]:
    """The bodies of functions that only save and load a table. Raises NoTableError for an era in which
    that takes more."""
    if (era.parameters_of("vmstate_save_state"), era.parameters_of("vmstate_load_state")) != (3, 4):
        raise NoTableError("table-no-macro", "vmstate_save_state() is not as it is known", 0)
    saved = f"vmstate_save_state({save.stream}, &{symbol}, {save.opaque});"
    loaded = f"vmstate_load_state({load.stream}, &{symbol}, {load.opaque}, {load.version});"
    return f"{{\n    {saved}\n}}", f"{{\n    return {loaded}\n}}"


def _wrap_parts(head: str, parts: Sequence[str], end: str) -> str:
    """`head(a, b)` with line breaks behind commas, under the first argument."""
    lines = [head]
    for number, part in enumerate(parts):
        text = part + (", " if number < len(parts) - 1 else end)
        if len((lines[-1] + text).rstrip()) > _WIDTH and number:
            lines[-1] = lines[-1].rstrip()
            lines.append(" " * len(head))
        lines[-1] += text
    return "\n".join(lines)


def _field_lines(line: FieldLine) -> Iterator[str]:
    if line.comment:
        yield f"        {line.comment}"
    if line.macro:
        yield _wrap_parts(f"        {line.macro}(", line.arguments, "),")
        return
    name, version, size, info = line.arguments
    yield from (
        "        {",
        f'            .name = "{name}",',
        f"            .version_id = {version},",
        f"            .size = {size},",
        f"            .info = &{info},",
        "            .flags = VMS_SINGLE,",
        "            .offset = 0,",
        "        },",
    )


def _spell_description(era: Era, table: Table, versions: Versions, hooks: Hooks) -> str:
    lines = [
        f"static const VMStateDescription {table.symbol} = {{",
        f'    .name = "{table.name}",',
        f"    .version_id = {versions.current},",
        f"    .minimum_version_id = {versions.minimum},",
    ]
    if era.has_member("minimum_version_id_old"):
        lines.append(f"    .minimum_version_id_old = {versions.minimum},")
    for member, name in (("pre_save", hooks.pre_save), ("post_load", hooks.post_load)):
        lines += [f"    .{member} = {name},"] if name else []
    lines.append(f"    .fields = ({era.fields_type}) {{")
    for line in table.lines:
        lines += _field_lines(line)
    lines += ["        VMSTATE_END_OF_LIST()", "    }", "};", ""]
    return "\n".join(lines)


def _spell_info(era: Era, info: OwnInfo) -> str:
    """An info that moves one number of the state by the functions' own primitives."""
    stem = info.name.removeprefix("vmstate_info_")
    star = f"    {info.type} *v = pv;"
    get = _InfoBody("f", (star, "", f"    *v = {info.get.name}(f);"))
    put = _InfoBody("f", (star, "", f"    {info.put.name}(f, *v);"))
    return "\n".join(_info_lines(era, info.name, stem, get, put))


def _code_info(era: Era, info: CodeInfo, save: Handler, load: Handler) -> str:
    """An info whose functions hold some of the handlers' statements."""
    stem = info.name.removeprefix("vmstate_info_")
    get, put = (
        _InfoBody(handler.stream, (*_list_declarations(handler, code, "pv"), "", code))
        for handler, code in ((load, info.code.get), (save, info.code.put))
    )
    return "\n".join(_info_lines(era, info.name, stem, get, put))


@dataclass(frozen=True)
class _InfoBody:
    """The inside of a function of an info, and its name for the stream."""

    stream: str
    lines: tuple[str, ...]


def _info_lines(era: Era, name: str, stem: str, get: _InfoBody, put: _InfoBody) -> Iterator[str]:
    getter, putter = era.access_of(Direction.GET), era.access_of(Direction.PUT)
    if getter is None or putter is None:
        raise NoTableError("table-no-macro", "this tree has no VMStateInfo with get and put", 0)
    yield from _access_lines(f"get_{stem}", getter, get)
    yield from _access_lines(f"put_{stem}", putter, put)
    yield from (
        f"static const VMStateInfo {name} = {{",
        f'    .name = "{stem}",',
        f"    .get = get_{stem},",
        f"    .put = put_{stem},",
        "};",
        "",
    )


def _list_declarations(handler: Handler, text: str, pointer: str) -> list[str]:
    """The declarations of what a text uses: the state, which `pointer` points to, and variables."""
    words = set(re.findall(r"\w+", text))
    for variable, _, declarator in handler.locals:
        words |= set(re.findall(r"\w+", declarator)) if variable in words else set()
    lines = [f"    {handler.root_text}"] if handler.root in words else []
    declared: dict[str, list[str]] = {}
    for variable, ctype, declarator in handler.locals:
        if variable in words:
            declared.setdefault(ctype, []).append(declarator)
    lines += [f"    {ctype} {', '.join(d)};" for ctype, d in declared.items()]
    if pointer != handler.opaque:
        lines = [re.sub(rf"\b{handler.opaque}\b", pointer, line) for line in lines]
    return lines


def _access_lines(name: str, hook: Hook, body: _InfoBody) -> Iterator[str]:
    """A function of an info, with the parameters that the tree's VMStateInfo asks for."""
    parameters = [p.strip() for p in hook.parameters.split(",")]
    names = (body.stream, *_ACCESS_NAMES)
    named = [_name_parameter(p, n) for p, n in zip(parameters, names, strict=False)]
    yield _wrap_parts(f"static {hook.result} {name}(", named, ")")
    yield from ("{", *body.lines)
    if hook.result != "void":
        yield "    return 0;"
    yield from ("}", "")


_ACCESS_NAMES = ("pv", "size", "field", "vmdesc")
"""The parameters of get and put behind the stream, as all eras have them."""


def _name_parameter(parameter: str, name: str) -> str:
    """A parameter of a prototype with a name of our own."""
    pointer = re.fullmatch(r"(.*\*)\s*\w*", parameter)
    if pointer is not None:
        return pointer[1] + name
    return f"{parameter.rpartition(' ')[0] or parameter} {name}"


def _spell_hook(
    era: Era, member: str, name: str, handler: Handler, code: Sequence[OtherStatement]
) -> str:
    """pre_save or post_load: the statements as they stood, with the declarations that they use."""
    hook = era.hook_of(member)
    if hook is None:
        raise NoTableError("table-no-macro", f"this tree's tables have no {member}", code[0].offset)
    text = "\n".join(f"    {s.comment}\n{s.text}" if s.comment else s.text for s in code)
    lines = _list_declarations(handler, text, handler.opaque)
    names = [handler.opaque, handler.version or "version_id"]
    parameters = [
        _name_parameter(p.strip(), n)
        for p, n in zip(hook.parameters.split(","), names, strict=False)
    ]
    head = _wrap_parts(f"static {hook.result} {name}(", parameters, ")")
    body = [*lines, *([""] if lines else []), text]
    if hook.result != "void" and not re.search(r"\breturn\b[^;]*;\s*\Z", code[-1].text):
        body += ["", "    return 0;"]
    return "\n".join([head, "{", *body, "}", ""])
