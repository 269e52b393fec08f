# SPDX-License-Identifier: GPL-2.0-or-later
"""Convert QEMU's legacy save and load handlers to the Visitor interface, and prove each conversion.

What other programs may use is what `__all__` names; docs/api.md describes it. It is imported when it
is first asked for, so that `import rewrite` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.2.0"

__all__ = (
    "ApplyError",
    "Conversion",
    "FileResult",
    "Finding",
    "InputError",
    "Kept",
    "Mail",
    "Refusal",
    "RuleError",
    "TreeResult",
    "apply_result",
    "convert_paths",
    "diff_result",
    "lint_paths",
    "series_of",
)

if TYPE_CHECKING:
    from .api import (
        ApplyError,
        Conversion,
        FileResult,
        Finding,
        InputError,
        Kept,
        Mail,
        Refusal,
        RuleError,
        TreeResult,
        apply_result,
        convert_paths,
        diff_result,
        lint_paths,
        series_of,
    )


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module(f"{__name__}.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
