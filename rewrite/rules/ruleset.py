# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules: what the tool knows about QEMU, read from declarative files into frozen objects.

The tool's own files (rules/) come first, then those of `--rules DIR`: a later rule of the same name
replaces an earlier one, others add up. Everything is checked when it is loaded, so whoever uses a
rule can trust it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import RuleError, RuleProblem
from ..terms import OPERANDS, Direction, Operand
from .call_rules import (
    CastMacro,
    DeclaresCast,
    Dialect,
    ExactType,
    Forbidden,
    Initialiser,
    Plumbing,
    Primitive,
    Registration,
    Visit,
)
from .read import RuleCall, RuleOrigin, read_rules
from .support_rules import StreamInterface, SupportEdit, SupportFile
from .table_rules import (
    TABLE_CLASSES,
    BuildSymbol,
    FieldHelper,
    FieldMacro,
    InfoWire,
    InterpreterRule,
    PciCapability,
    StandIn,
    StructMacro,
    TableCall,
    TableMember,
    TableRegistration,
    Target,
)

__all__ = [
    "CastMacro",
    "DeclaresCast",
    "Dialect",
    "ExactType",
    "Forbidden",
    "Initialiser",
    "Plumbing",
    "Primitive",
    "Registration",
    "RuleError",
    "RuleOrigin",
    "RuleProblem",
    "Rules",
    "SupportEdit",
    "SupportFile",
    "TableCall",
    "Visit",
    "builtin_directory",
    "load_rules",
]


_CLASSES: Mapping[str, type[Any]] = {
    "primitive": Primitive,
    "visit": Visit,
    "exact": ExactType,
    "dialect": Dialect,
    "registration": Registration,
    "initialiser": Initialiser,
    "table_call": TableCall,
    "stays": Plumbing,
    "cast_macro": CastMacro,
    "declares_cast": DeclaresCast,
    **TABLE_CLASSES,
    "forbid": Forbidden,
    "stream_interface": StreamInterface,
    "support_file": SupportFile,
    "support_edit": SupportEdit,
}


@dataclass(frozen=True)
class Rules:
    """All rules, by name where they have one.

    `exact_types` maps a built-in type to a fixed-width one, `cast_macros` a macro to the argument
    that names a type, and `allocators` are those of them that make new memory. `headers` are the
    paths where a tree may declare visits; `root_markers` are sets of names that together mark the
    root; the `_dirs` are relative to the root. `definition_reason` says why a primitive's own body
    stays.
    """

    primitives: Mapping[str, Primitive]
    visits: Mapping[str, Visit]
    exact_types: Mapping[str, str]
    dialects: Mapping[str, Dialect]
    headers: tuple[str, ...]
    interface: StreamInterface
    registrations: tuple[Registration, ...]
    initialisers: tuple[Initialiser, ...]
    stream_types: tuple[str, ...]
    once_macros: frozenset[str]
    checked_casts: frozenset[str]
    table_calls: Mapping[str, TableCall]
    plumbing: tuple[Plumbing, ...]
    definition_reason: str
    root_markers: tuple[tuple[str, ...], ...]
    include_dirs: tuple[str, ...]
    target_dirs: tuple[str, ...]
    target_headers: tuple[str, ...]
    skip_dirs: tuple[str, ...]
    cast_macros: Mapping[str, int]
    allocators: frozenset[str]
    declares_cast: Mapping[str, DeclaresCast]
    build_symbols: Mapping[str, BuildSymbol]
    targets: Mapping[str, Target]
    target_widths: tuple[str, ...]
    interpreters: tuple[InterpreterRule, ...]
    info_wires: Mapping[str, InfoWire]
    table_registrations: tuple[TableRegistration, ...]
    table_members: tuple[TableMember, ...]
    pci_capabilities: tuple[PciCapability, ...]
    field_macros: tuple[FieldMacro, ...]
    field_helpers: tuple[FieldHelper, ...]
    stand_ins: Mapping[str, StandIn]
    struct_macros: tuple[StructMacro, ...]
    lint: Mapping[str, Forbidden]
    support_files: tuple[SupportFile, ...]
    support_edits: tuple[SupportEdit, ...]

    def plumbing_for(self, path: str, function: str) -> Plumbing | None:
        """The rule that keeps a function as it is, or None; `path` is relative to the root."""
        for rule in self.plumbing:
            if _matches_any(rule.path, path) and _matches_any(rule.functions, function):
                return rule
        return None

    def dialect_of(self, declaration: str | None) -> Dialect | None:
        """The dialect that a tree's declaration of visit_type_uint32 shows (None: it has none).

        Returns None where no dialect has that order of parameters and that return type.
        """
        if declaration is None:
            return next((d for d in self.dialects.values() if d.recognise == "absent"), None)
        head, _, rest = declaration.partition("(")
        order = tuple(_role_of(part) for part in rest.rpartition(")")[0].split(","))
        returns = head.split()[-2:-1]
        for dialect in self.dialects.values():
            shape = (dialect.recognise, dialect.order, [dialect.returns])
            if shape == ("declaration", order, returns):
                return dialect
        return None


def _matches_any(patterns: Iterable[str], name: str) -> bool:
    return any(name == p or (("*" in p or "?" in p) and fnmatchcase(name, p)) for p in patterns)


def _role_of(parameter: str) -> str:
    """The role of a visit's parameter, which its type tells."""
    words = parameter.replace("*", " ").split()
    for word, role in (("Visitor", "visitor"), ("Error", "errp"), ("char", "name")):
        if word in words:
            return role
    return "object"


def builtin_directory() -> Path:
    """The tool's own rule files: package data where it is installed, rules/ in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "builtin_rules"
    return installed if installed.is_dir() else package.parent / "rules"


def _read_directory(directory: Path, problems: list[RuleProblem]) -> list[RuleCall]:
    """The rules of all .py files below a directory."""
    calls: list[RuleCall] = []
    paths = sorted(path for path in directory.rglob("*.py") if path.is_file())
    if not paths:
        problems.append(RuleProblem(str(directory), 1, 1, "expected a directory with *.py files"))
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            problems.append(RuleProblem(str(path), 1, 1, f"cannot read: {error.strerror}"))
            continue
        found, wrong = read_rules(str(path), data)
        calls += found
        problems += wrong
    return calls


def _merge_calls(
    groups: Iterable[Iterable[RuleCall]], problems: list[RuleProblem]
) -> list[RuleCall]:
    """The rules of all groups: a later group's replace, a duplicate within a group is a problem."""
    merged: dict[tuple[object, ...], RuleCall] = {}
    for calls in groups:
        own: dict[tuple[object, ...], RuleCall] = {}
        for call in calls:
            first = own.setdefault((call.kind, *call.key), call)
            if first is not call:
                message = f"expected {call.kind}() once, the same is at {first.origin}"
                problems.append(_make_problem(call.origin, message))
        merged.update(own)
    return list(merged.values())


def _make_problem(origin: RuleOrigin, message: str) -> RuleProblem:
    return RuleProblem(origin.path, origin.line, origin.col, message)


def _objects_by_name(calls: Iterable[RuleCall], kind: str) -> dict[str, Any]:
    """The objects of one kind by their first field."""
    made = _CLASSES[kind]
    return {
        str(next(iter(call.values.values()))): made(**call.values, origin=call.origin)
        for call in calls
        if call.kind == kind
    }


def _list_objects(calls: Iterable[RuleCall], kind: str) -> tuple[Any, ...]:
    """The objects of one kind in order."""
    made = _CLASSES[kind]
    return tuple(made(**c.values, origin=c.origin) for c in calls if c.kind == kind)


def _list_values(calls: Iterable[RuleCall], kind: str) -> tuple[Any, ...]:
    """The only field of each rule of one kind, in order."""
    return tuple(value for c in calls if c.kind == kind for value in c.values.values())


def _with_terms(rule: Primitive) -> Primitive:
    """A primitive whose words, read as strings, are what they stand for."""
    direction, operand = Direction(rule.direction), Operand(rule.operand)
    return replace(rule, direction=direction, operand=operand)


def _build_rules(calls: list[RuleCall]) -> Rules:
    """The rules as objects; nothing is checked here."""
    frozen = MappingProxyType
    exact: dict[str, ExactType] = _objects_by_name(calls, "exact")
    primitives: dict[str, Primitive] = _objects_by_name(calls, "primitive")
    macros: dict[str, CastMacro] = _objects_by_name(calls, "cast_macro")
    return Rules(
        primitives=frozen({name: _with_terms(p) for name, p in primitives.items()}),
        visits=frozen(_objects_by_name(calls, "visit")),
        exact_types=frozen({name: rule.fixed for name, rule in exact.items()}),
        dialects=frozen(_objects_by_name(calls, "dialect")),
        headers=_list_values(calls, "header"),
        interface=_list_objects(calls, "stream_interface")[-1],
        registrations=_list_objects(calls, "registration"),
        initialisers=_list_objects(calls, "initialiser"),
        stream_types=_list_values(calls, "stream_type"),
        once_macros=frozenset(_list_values(calls, "once_macro")),
        checked_casts=frozenset(_list_values(calls, "checked_cast")),
        table_calls=frozen(_objects_by_name(calls, "table_call")),
        plumbing=_list_objects(calls, "stays"),
        definition_reason=" ".join(_list_values(calls, "stays_definition")),
        root_markers=_list_values(calls, "root_marker"),
        include_dirs=_list_values(calls, "include_dir"),
        target_dirs=_list_values(calls, "target_dir"),
        target_headers=_list_values(calls, "target_header"),
        skip_dirs=_list_values(calls, "skip_dir"),
        cast_macros=frozen({name: rule.type_argument for name, rule in macros.items()}),
        allocators=frozenset(n for n, rule in macros.items() if rule.allocates == "yes"),
        declares_cast=frozen(_objects_by_name(calls, "declares_cast")),
        build_symbols=frozen(_objects_by_name(calls, "build_symbol")),
        targets=frozen(_objects_by_name(calls, "target")),
        target_widths=_list_values(calls, "target_width"),
        interpreters=_list_objects(calls, "interpreter"),
        info_wires=frozen(_objects_by_name(calls, "info_wire")),
        table_registrations=_list_objects(calls, "table_registration"),
        table_members=_list_objects(calls, "table_member"),
        pci_capabilities=_list_objects(calls, "pci_capability"),
        field_macros=_list_objects(calls, "field_macro"),
        field_helpers=_list_objects(calls, "field_helper"),
        stand_ins=frozen(_objects_by_name(calls, "stand_in")),
        struct_macros=_list_objects(calls, "struct_macro"),
        lint=frozen(_objects_by_name(calls, "forbid")),
        support_files=_list_objects(calls, "support_file"),
        support_edits=_list_objects(calls, "support_edit"),
    )


def _check_primitive(rule: Primitive, visits: Mapping[str, Visit]) -> str:
    """What is wrong with a primitive, empty where nothing is."""
    if rule.operand not in OPERANDS[rule.direction]:
        expected = ", ".join(OPERANDS[rule.direction])
        return f"expected an operand of a {rule.direction}: {expected}, found {rule.operand}"
    if (rule.operand == Operand.BUFFER) != (rule.wire == "buffer"):
        return "expected operand and wire to be both buffer or neither"
    visit = visits.get(rule.visit)
    if visit is None:
        return f"expected the name of a visit, found {rule.visit}"
    if rule.wire not in visit.wire:
        return f"expected visit {visit.name} (at {visit.origin}) to carry {rule.wire}"
    return ""


def _check_registration(rule: Registration) -> str:
    named = (*rule.save, *rule.load, *rule.idstr, *rule.version, *rule.handlers)
    if outside := [n for n in named if n >= rule.arguments]:
        return f"expected arguments below {rule.arguments}, found {outside[0]}"
    found = rule.save or rule.load or rule.handlers
    return "" if found else "expected an argument in save=, load= or handlers="


def _check_initialiser(rule: Initialiser) -> str:
    return "" if rule.save or rule.load else "expected a member in save= or load="


def _check_exact(call: RuleCall, visits: Mapping[str, Visit]) -> str:
    fixed = call.values["fixed"]
    if all(visit.c_type != fixed for visit in visits.values()):
        return f"expected the C type of a visit, found {fixed}"
    return ""


def _check_dialects(rules: Rules) -> list[RuleProblem]:
    """Dialects that the same tree would show."""
    problems: list[RuleProblem] = []
    seen: dict[object, Dialect] = {}
    for rule in rules.dialects.values():
        shown = {"declaration": (rule.order, rule.returns), "absent": "absent"}.get(rule.recognise)
        other = seen.setdefault(shown, rule)
        if shown is not None and other is not rule:
            message = f"expected something that tells it from dialect {other.name}"
            problems.append(_make_problem(rule.origin, message))
    return problems


def _check_rules(rules: Rules, calls: list[RuleCall]) -> list[RuleProblem]:
    """What is wrong between rules."""
    visits = rules.visits
    found = [(rule.origin, _check_primitive(rule, visits)) for rule in rules.primitives.values()]
    wide = "expected one wire: a visit writes values of one width"
    found += [(rule.origin, wide if len(rule.wire) != 1 else "") for rule in visits.values()]
    found += [(rule.origin, _check_registration(rule)) for rule in rules.registrations]
    found += [(rule.origin, _check_initialiser(rule)) for rule in rules.initialisers]
    found += [(c.origin, _check_exact(c, visits)) for c in calls if c.kind == "exact"]
    return [_make_problem(o, message) for o, message in found if message] + _check_dialects(rules)


def load_rules(directories: Sequence[Path] = ()) -> Rules:
    """The tool's own rules with those of `directories` (each with its subdirectories) on top.

    Raises RuleError with everything that is wrong.
    """
    problems: list[RuleProblem] = []
    groups = [_read_directory(d, problems) for d in (builtin_directory(), *directories)]
    calls = _merge_calls(groups, problems)
    if problems:
        raise RuleError(problems)
    rules = _build_rules(calls)
    problems = _check_rules(rules, calls)
    if problems:
        raise RuleError(problems)
    return rules
