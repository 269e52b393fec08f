# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes to the values of a section, by the rules of a filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import StateError
from ..printable import quoted
from ..schema.expression import Earlier
from .evaluate import Atom, evaluate_expression
from .filters import Rule, formula_of
from .values import SUBSECTIONS


def apply_rules(values: Any, rules: Sequence[Rule], where: str) -> list[str]:
    """Change the values in place, rule after rule; gives what was lost and invented.

    Raises StateError for a rule that finds nothing to do or cannot do it: it is of another stream.
    """
    told: list[str] = []
    for rule in rules:
        done = _EDITS[rule.kind](values, rule)
        if not done:
            raise StateError(f"{rule.place} ({where})", f"there is no {quoted(rule.text('field'))}")
        verb = {"drop": "lost", "default": "invented", "rename": "renamed"}.get(
            rule.kind, "changed"
        )
        told.append(f"{where}: {verb} {rule.text('field')} ({done}, {rule.place})")
    return told


def _find_parents(values: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects that hold, or may hold, the last member of a path.

    A member's name may itself hold points ("env.eip"), so each way to part the path is followed.
    """
    if not isinstance(values, dict):
        return
    name, _, rest = path.partition("[].")
    if rest:
        rows = list(_values_at(values, name))
        for row in (one for found in rows if isinstance(found, list) for one in found):
            yield from _find_parents(row, rest)
        return
    if path in values:
        yield values, path
        return
    inner = [key for key in values if path.startswith(f"{key}.") and isinstance(values[key], dict)]
    for key in inner:
        yield from _find_parents(values[key], path[len(key) + 1 :])
    if not inner:
        yield values, path


def _values_at(values: dict[str, Any], path: str) -> Iterator[Any]:
    for parent, key in _find_parents(values, path):
        if key in parent:
            yield parent[key]


def _find_there(values: Any, rule: Rule) -> list[tuple[dict[str, Any], str]]:
    return [(p, k) for p, k in _find_parents(values, rule.text("field")) if k in p]


def _rename_field(values: Any, rule: Rule) -> int:
    """A field keeps its place; its new name is one in the same part."""
    found = _find_there(values, rule)
    for parent, key in found:
        if rule.text("to") in parent:
            raise StateError(rule.place, f"there is already a {quoted(rule.text('to'))}")
        parent[rule.text("to")] = parent.pop(key)
    return len(found)


def _drop_field(values: Any, rule: Rule) -> int:
    found = _find_there(values, rule)
    for parent, key in found:
        del parent[key]
    return len(found) + _drop_subsection(values, rule.text("field"))


def _drop_subsection(values: Any, name: str) -> int:
    """Take a subsection out wherever it is."""
    count = 0
    if isinstance(values, dict):
        parts = values.get(SUBSECTIONS)
        if isinstance(parts, list):
            kept = [p for p in parts if not isinstance(p, dict) or p.get("name") != name]
            count = len(parts) - len(kept)
            values[SUBSECTIONS] = kept
        values = list(values.values())
    if isinstance(values, list):
        count += sum(_drop_subsection(one, name) for one in values)
    return count


def _default_field(values: Any, rule: Rule) -> int:
    """A field that is there keeps its value."""
    count = 0
    value = rule.arguments.get("value", rule.arguments.get("text", 0))
    for parent, key in _find_parents(values, rule.text("field")):
        parent.setdefault(key, value)
        count += 1
    return count


def _scale_field(values: Any, rule: Rule) -> int:
    found = _find_there(values, rule)
    for parent, key in found:
        rows = parent[key] if isinstance(parent[key], list) else [parent[key]]
        if not all(isinstance(row, int) for row in rows):
            raise StateError(rule.place, f"{quoted(rule.text('field'))} is no number")
        times, by = rule.number("multiply", 1), rule.number("divide", 1)
        scaled = [_divide_exactly(row * times, by) for row in rows]
        parent[key] = scaled if isinstance(parent[key], list) else scaled[0]
    return len(found)


def _divide_exactly(number: int, by: int) -> int:
    whole = abs(number) // abs(by)
    return whole if (number < 0) == (by < 0) else -whole


def _compute_field(values: Any, rule: Rule) -> int:
    expression = formula_of(rule)
    count = 0
    for parent, key in _find_parents(values, rule.text("field")):
        result = evaluate_expression(expression, lambda atom, of=parent: _number_at(of, atom))  # type: ignore[misc]
        if result is None:
            raise StateError(rule.place, "a field of the formula is no number, or is not there")
        parent[key] = result
        count += 1
    return count


def _number_at(values: dict[str, Any], atom: Atom) -> int | None:
    if not isinstance(atom, Earlier):
        return None
    value = next(_values_at(values, atom.name), None)
    return value if isinstance(value, int) else None


_EDITS = {
    "rename": _rename_field,
    "drop": _drop_field,
    "default": _default_field,
    "scale": _scale_field,
    "compute": _compute_field,
}
