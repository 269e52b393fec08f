# SPDX-License-Identifier: GPL-2.0-or-later
"""What a PCI device's configuration space tells: the list of capabilities (PCI 3.0, 6.7)."""

from __future__ import annotations

from ..schema.expression import Constant, Expression, Fact, Operation
from ..schema.model import Capability

_STATUS, _HAS_LIST, _FIRST = 0x06, 0x10, 0x34
_MOST = 48
"""More capabilities have no room in 256 bytes: a list that is longer is a circle."""


def told_by(space: bytes, wanted: Capability) -> dict[Expression, int]:
    """What a capability tells, or that the space does not have it: facts with their values."""
    at = _find_capability(space[:256], wanted.number)
    flag = Operation("&", (Fact(wanted.flags), Constant(1 << wanted.bit)))
    if at is None:
        return {flag: 0}
    start = at + wanted.offset
    word = int.from_bytes(space[start : start + 2], "little") & ((1 << wanted.bits) - 1)
    return {flag: 1, Fact(wanted.member): word + wanted.add}


def _find_capability(space: bytes, number: int) -> int | None:
    """Where the capability of a number begins, None where the list has none."""
    if len(space) < 64 or not space[_STATUS] & _HAS_LIST:
        return None
    at = space[_FIRST] & ~3
    for _ in range(_MOST):
        if not 64 <= at < len(space) - 1:
            return None
        if space[at] == number:
            return at
        at = space[at + 1] & ~3
    return None
