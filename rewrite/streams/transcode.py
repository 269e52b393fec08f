# SPDX-License-Identifier: GPL-2.0-or-later
"""A stream of one tree as a stream of another: read by one schema, changed by rules, sent by the other.

Fields of the same name map by themselves. What the new schema has no place for, and what it asks for
and the old one hasn't, is refused, unless a rule says what to do; nothing is lost or made up silently.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import StateError
from .data import Data
from .document import stream_json
from .edits import apply_rules
from .encode import encode_values
from .filters import Rule, of_kind
from .models import Model, Models
from .parts import Stream

_VALUE_RULES = ("rename", "drop", "default", "scale", "compute")


@dataclass
class Transcoded:
    """The state of the new stream, what was lost and invented, and what stands in its way."""

    state: dict[str, Any]
    told: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def transcode(
    data: Data, stream: Stream, models: Models, rules: Sequence[Rule], facts: Mapping[str, int]
) -> Transcoded:
    """The state that `assemble` makes the new stream of, `models` being those of the new schema."""
    state = json.loads(json.dumps(stream_json(data, stream, plain=True)))
    made = Transcoded(state)
    state["facts"] = {**state["facts"], **facts}
    parts = []
    for part in state["parts"]:
        changed = _part(part, made, models, rules)
        if changed is not None:
            parts.append(changed)
    state["parts"] = parts
    return made


def _part(
    part: dict[str, Any], made: Transcoded, models: Models, rules: Sequence[Rule]
) -> dict[str, Any] | None:
    """One part of the new stream, None where it has none."""
    for rule in of_kind(rules, "stream"):
        if "footer" in part and "footers" in rule.arguments:
            part["footer"] = bool(rule.arguments["footers"])
        if part["kind"] == "configuration" and rule.arguments.get("configuration") is False:
            made.told.append(f"the stream: lost its configuration ({rule.place})")
            return None
    if part["kind"] == "description":
        made.told.append("the stream: lost the description at its end, which is of the old one")
        return None
    if part["kind"] == "configuration":
        for rule in of_kind(rules, "machine"):
            if part["machine"] == rule.text("name"):
                part["machine"] = rule.text("to")
    if part["kind"] == "gap":
        made.refused.append(f"0x{part['start']:x}: {part['reason']}")
    return _section(part, made, models, rules) if part["kind"] == "section" else part


def _meant(rules: Sequence[Rule], part: Mapping[str, Any], *kinds: str) -> list[Rule]:
    """The rules of some kinds that are about a section, by its name or its whole name."""
    names = (part["idstr"], part["name"])
    return [r for r in of_kind(rules, *kinds) if (r.text("section") or r.text("name")) in names]


def _section(
    part: dict[str, Any], made: Transcoded, models: Models, rules: Sequence[Rule]
) -> dict[str, Any] | None:
    where = str(part["idstr"])
    for rule in _meant(rules, part, "leave_out"):
        made.told.append(f"{where}: lost ({rule.place})")
        return None
    if _meant(rules, part, "copy"):
        made.told.append(f"{where}: copied as it is")
        if part["settled"]:
            raise StateError(where, "it is settled, so there is no need to copy it")
        return part
    if not part["settled"]:
        made.refused.append(f"{where}: not settled: {part['reason']}")
        return part
    try:
        _translate(part, made, models, rules)
    except StateError as error:
        made.refused.append(str(error))
    return part


def _translate(
    part: dict[str, Any], made: Transcoded, models: Models, rules: Sequence[Rule]
) -> None:
    """Change a section's values by the rules, and see whether the new schema can send them."""
    old = str(part["idstr"])
    made.told += apply_rules(part["values"], _meant(rules, part, *_VALUE_RULES), old)
    for rule in _meant(rules, part, "fact"):
        part["facts"][rule.text("name")] = rule.number("value")
    for rule in _meant(rules, part, "section"):
        part["idstr"] = rule.text("to") or old
        part["version_id"] = rule.number("version", part["version_id"])
    model = _model(models, part, rules)
    known = {**made.state["facts"], **part["facts"]}
    sent = encode_values(models, model, part["values"], part["version_id"], known)
    part["model"] = model.where
    if sent.unsent:
        listed = ", ".join(sent.unsent[:6]) + (" ..." if len(sent.unsent) > 6 else "")
        made.refused.append(f"{old}: the new schema has no place for {listed}")


def _model(models: Models, part: dict[str, Any], rules: Sequence[Rule]) -> Model:
    """What sends the section, whose version is the new schema's unless a rule says otherwise."""
    found = models.of_section(part["idstr"])
    if not found:
        raise StateError(part["idstr"], "the new schema has no section of that name")
    told = [r for r in _meant(rules, part, "section") if "version" in r.arguments]
    if found[0].version_id is not None and not told:
        part["version_id"] = found[0].version_id
    return found[0]
