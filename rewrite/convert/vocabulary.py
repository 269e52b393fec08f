# SPDX-License-Identifier: GPL-2.0-or-later
"""What proves a conversion on every run: the old and the new text have one normal form.

It is read by `wire`, which shares no code with the planner; here it only gets its vocabulary from
the rules.
"""

from __future__ import annotations

from ..rules.ruleset import Dialect, Rules
from ..terms import Operand
from ..wire import check as wire
from ..wire.facts import Vocabulary, WirePrimitive, WireVisit


def make_vocabulary(rules: Rules, dialect: Dialect) -> Vocabulary:
    """What `wire` needs to know of the primitives and of the dialect's visits."""
    primitives = {
        p.name: WirePrimitive(
            name=p.name,
            direction=p.direction,
            wire=p.wire,
            operand=p.operand,
            c_type=rules.visits[p.visit].c_type,
            returns=p.c_type if p.operand == Operand.RESULT else "",
        )
        for p in rules.primitives.values()
    }
    visits: dict[str, WireVisit] = {}
    for v in rules.visits.values():
        spelled = dialect.spell(v)
        visits[spelled] = WireVisit(spelled, v.wire[0], v.c_type)
    return Vocabulary(
        primitives, visits, dialect.order, rules.interface.visitor_of, rules.interface.errors_of,
        local_error=dialect.error == "local_err",
    )  # fmt: skip


def self_check(old: bytes, new: bytes, words: Vocabulary) -> tuple[wire.Mismatch, ...]:
    """What differs on the wire, or anywhere else it must not, between two texts of a file."""
    return wire.compare_texts(old, new, words)
