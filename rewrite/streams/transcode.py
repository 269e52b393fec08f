# SPDX-License-Identifier: GPL-2.0-or-later
"""A stream of one tree as a stream of another: read by one schema, changed by rules, sent by the other.

Fields of the same name map by themselves. What the new schema has no place for, and what it asks for
and the old one hasn't, is refused, unless a rule says what to do; nothing is lost or made up silently.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import StateError
from .data import Data
from .document import stream_json
from .edits import apply_rules
from .encode import Sent, encode_values
from .filters import Rule, of_kind
from .models import Model, Models
from .parts import Stream
from .questions import facts_of_section

_VALUE_RULES = ("rename", "drop", "default", "scale", "compute")


@dataclass
class Transcoded:
    """The state of the new stream, what was lost and invented, and what stands in its way."""

    state: dict[str, Any]
    told: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def transcode_stream(
    data: Data, stream: Stream, models: Models, rules: Sequence[Rule], facts: Mapping[str, int]
) -> Transcoded:
    """The state that `assemble` makes the new stream of, `models` being those of the new schema."""
    state = json.loads(json.dumps(stream_json(data, stream, plain=True)))
    made = Transcoded(state)
    state["facts"] = {**state["facts"], **facts}
    parts = []
    for part in state["parts"]:
        changed = _transcode_part(part, made, models, rules)
        if changed is not None:
            parts.append(changed)
    state["parts"] = parts
    return made


def _transcode_part(
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
    return _transcode_section(part, made, models, rules) if part["kind"] == "section" else part


def _select_rules(rules: Sequence[Rule], part: Mapping[str, Any], *kinds: str) -> list[Rule]:
    """The rules of some kinds that are about a section, by its name or its whole name."""
    names = (part["idstr"], part["name"])
    return [r for r in of_kind(rules, *kinds) if (r.text("section") or r.text("name")) in names]


def _transcode_section(
    part: dict[str, Any], made: Transcoded, models: Models, rules: Sequence[Rule]
) -> dict[str, Any] | None:
    where = str(part["idstr"])
    for rule in _select_rules(rules, part, "leave_out"):
        made.told.append(f"{where}: lost ({rule.place})")
        return None
    if _select_rules(rules, part, "copy"):
        made.told.append(f"{where}: copied as it is")
        if part["settled"]:
            raise StateError(where, "it is settled, so there is no need to copy it")
        return part
    if not part["settled"]:
        made.refused.append(f"{where}: not settled: {part['reason']}")
        return part
    try:
        _translate_values(part, made, models, rules)
    except StateError as error:
        made.refused.append(str(error))
    return part


def _translate_values(
    part: dict[str, Any], made: Transcoded, models: Models, rules: Sequence[Rule]
) -> None:
    """Change a section's values by the rules, and see whether the new schema can send them."""
    old = str(part["idstr"])
    made.told += apply_rules(part["values"], _select_rules(rules, part, *_VALUE_RULES), old)
    for rule in _select_rules(rules, part, "fact"):
        part["facts"][rule.text("name")] = rule.number("value")
    for rule in _select_rules(rules, part, "section"):
        part["idstr"] = rule.text("to") or old
        part["version_id"] = rule.number("version", part["version_id"])
    told = facts_of_section(made.state["facts"], old, part["instance_id"], part["name"])
    model, sent = _find_sent(
        models, _models_for(models, part, rules), part, {**told, **part["facts"]}
    )
    part["model"] = model.where
    if sent.unsent:
        listed = ", ".join(sent.unsent[:6]) + (" ..." if len(sent.unsent) > 6 else "")
        made.refused.append(f"{old}: the new schema has no place for {listed}")


def _find_sent(
    models: Models, found: Sequence[Model], part: Mapping[str, Any], known: Mapping[str, int]
) -> tuple[Model, Sent]:
    """The values as the first model sends them that has a place for all; else as the first does.

    Raises StateError where that can't send them.
    """
    for model in found[1:]:
        with contextlib.suppress(StateError):
            sent = encode_values(models, model, part["values"], part["version_id"], known)
            if not sent.unsent and not _can_send(models, found[0], part, known):
                return model, sent
    return found[0], encode_values(models, found[0], part["values"], part["version_id"], known)


def _can_send(
    models: Models, model: Model, part: Mapping[str, Any], known: Mapping[str, int]
) -> bool:
    """Whether a model can send all values."""
    try:
        return not encode_values(models, model, part["values"], part["version_id"], known).unsent
    except StateError:
        return False


def _models_for(models: Models, part: dict[str, Any], rules: Sequence[Rule]) -> Sequence[Model]:
    """What may send the section, whose version is the new schema's unless a rule says otherwise.

    That of the file which the old one was of comes first.
    """
    found = models.of_section(part["idstr"])
    if not found:
        raise StateError(part["idstr"], "the new schema has no section of that name")
    told = [r for r in _select_rules(rules, part, "section") if "version" in r.arguments]
    if found[0].version_id is not None and not told:
        part["version_id"] = found[0].version_id
    file = str(part["model"]).partition(":")[0]
    return sorted(found, key=lambda model: model.file != file)
