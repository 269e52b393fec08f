# SPDX-License-Identifier: GPL-2.0-or-later
"""JSON that others wrote: whatever is wrong with it is one kind of error."""

from __future__ import annotations

from typing import Any


def parse_json(text: str | bytes, **options: Any) -> Any:
    """What a text of JSON says; `options` are those of `json.loads`.

    Raises ValueError for what is no JSON, also where it nests too deep or a number is too long.
    """
    import json

    try:
        return json.loads(text, **options)
    except RecursionError as error:
        raise ValueError("it nests too deep") from error
