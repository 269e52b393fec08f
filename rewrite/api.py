# SPDX-License-Identifier: GPL-2.0-or-later
"""What other programs may call: the conversion and the lint of a tree, without a command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .convert.candidates import worth_linting
from .convert.conversion import FileResult, Kept, TreeResult, convert_tree, open_converter
from .convert.outcome import Conversion, Refusal
from .errors import ApplyError, InputError, RuleError
from .files.apply import apply_changes, recover
from .files.diff import unified_diff
from .files.tree import Tree, root_of
from .lint.config import load_config
from .lint.finding import Finding
from .lint.linter import lint_together
from .rules.ruleset import Rules, load_rules

__all__ = (
    "ApplyError",
    "Conversion",
    "FileResult",
    "Finding",
    "InputError",
    "Kept",
    "Refusal",
    "RuleError",
    "TreeResult",
    "apply_result",
    "convert_paths",
    "diff_result",
    "lint_paths",
)

PathLike = str | os.PathLike[str]


def convert_paths(
    *paths: PathLike,
    root: PathLike | None = None,
    dialect: str | None = None,
    rules: Sequence[PathLike] = (),
) -> TreeResult:
    """Plan and check the conversion of files and directories of one tree; nothing is written.

    `root` and `dialect` are found from the tree where they are None; `rules` are directories of
    further rule files. Raises InputError for a path or tree that can't be used, RuleError for a
    rule file with an error.
    """
    given, place, loaded = _opened(paths, root, rules)
    if dialect is not None and dialect not in loaded.dialects:
        raise InputError(dialect, f"no dialect; there are {', '.join(loaded.dialects)}")
    chosen = loaded.dialects[dialect] if dialect is not None else None
    return convert_tree(open_converter(place, loaded, chosen), given)


def diff_result(result: TreeResult) -> bytes:
    """The unified diff of a conversion, as git writes it and `git apply` takes it in the root."""
    return b"".join(unified_diff(f.change, f.edits) for f in result.files if f.change is not None)


def apply_result(result: TreeResult) -> None:
    """Write a conversion: all of its files or none.

    Raises ApplyError where a file has changed since it was read or cannot be replaced. An earlier
    run that was killed halfway is settled first.
    """
    recover(result.root)
    apply_changes(result.changes, result.root)


def lint_paths(
    *paths: PathLike, root: PathLike | None = None, rules: Sequence[PathLike] = ()
) -> list[Finding]:
    """What the lint finds in files and directories of one tree, as its `.rewrite.toml` asks.

    A finding's `fix` is empty: a conversion says what to write instead.
    Raises as `convert_paths` does.
    """
    given, place, loaded = _opened(paths, root, rules)
    scan = Tree(place, loaded.skip_dirs).scan(given, worth_linting(loaded))
    return lint_together(loaded, load_config(given[0], loaded, place), scan.candidates)


def _opened(
    paths: Sequence[PathLike], root: PathLike | None, rules: Sequence[PathLike]
) -> tuple[list[Path], Path, Rules]:
    given = [Path(p) for p in paths] or [Path()]
    loaded = load_rules([Path(directory) for directory in rules])
    place = root_of(Path(root) if root is not None else None, given, loaded.root_markers)
    return given, place, loaded
