# SPDX-License-Identifier: GPL-2.0-or-later
"""What other programs may call: the conversion and the lint of a tree, without a command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .convert.candidates import worth_linting
from .convert.conversion import (
    Converter,
    FileResult,
    Kept,
    TreeResult,
    convert_tree,
    open_converter,
)
from .convert.outcome import Conversion, Refusal
from .errors import ApplyError, InputError, RuleError
from .files.apply import apply_changes, recover_tree
from .files.diff import unified_diff
from .files.tree import Tree, place_of
from .lint.config import load_config
from .lint.finding import Finding
from .lint.linter import lint_together, without_allowed
from .rules.place import rules_at
from .rules.ruleset import Dialect, Rules, load_rules
from .series.mail import Mail
from .series.make import Wish, make_series, tree_options, wrong_wish

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

PathLike = str | os.PathLike[str]


def convert_paths(
    *paths: PathLike,
    root: PathLike | None = None,
    dialect: str | None = None,
    rules: Sequence[PathLike] = (),
) -> TreeResult:
    """Plan and check the conversion of files and directories of one tree; nothing is written.

    `root` and `dialect` are found from the tree where they are None, and files in no tree need a
    `dialect`; `rules` are directories of
    further rule files. Raises InputError for a path or tree that can't be used, RuleError for a
    rule file with an error.
    """
    given, place, alone, loaded = _open_tree(paths, root, rules, dialect is not None)
    return convert_tree(open_converter(place, loaded, _find_dialect(loaded, dialect), alone), given)


def diff_result(result: TreeResult) -> bytes:
    """The unified diff of a conversion, as git writes it and `git apply` takes it in the root."""
    return b"".join(unified_diff(f.change, f.edits) for f in result.files if f.change is not None)


def apply_result(result: TreeResult) -> None:
    """Write a conversion: all of its files or none.

    Raises ApplyError where a file has changed since it was read or cannot be replaced. An earlier
    run that was killed halfway is settled first.
    """
    recover_tree(result.root)
    apply_changes(result.changes, result.root)


def series_of(
    *paths: PathLike,
    root: PathLike | None = None,
    dialect: str | None = None,
    rules: Sequence[PathLike] = (),
    by: str = "file",
    max_lines: int = Wish.max_lines,
    cover_letter: bool = False,
    signoff: bool = False,
    prefix: str = "PATCH",
    version: int = 0,
    base: str | None = None,
    in_reply_to: str = "",
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
) -> list[Mail]:
    """The mails of the conversion of files and directories, as `rewrite series` writes them.

    Nothing is written. The first arguments are those of `convert_paths`, the others the options of
    that command: `by` is "file", "directory" or "maintainer", `base`
    the revision that the series is based on (None: HEAD). Each mail has a `name` for its file and its
    `data`; git has taken all of them, in a repository of its own.

    Raises as `convert_paths` does, and InputError for a value that no mail can have, where nothing
    is to be converted, where a conversion failed its own check, or where the tree differs from the
    base.
    """
    wish = Wish(
        by,
        max_lines,
        cover_letter,
        signoff,
        prefix,
        version,
        base,
        in_reply_to,
        tuple(to),
        tuple(cc),
    )
    wrong = wrong_wish(wish)
    if wrong is not None:
        raise InputError(*wrong)
    given, place, alone, loaded = _open_tree(paths, root, rules, dialect is not None)
    if alone:
        raise InputError(str(given[0]), "a series is of a source tree: name its root")
    converter = open_converter(place, loaded, _find_dialect(loaded, dialect))
    options = tree_options(converter, dialect, [Path(directory) for directory in rules])
    return _mails_of(converter, given, replace(wish, options=options))


def _mails_of(converter: Converter, paths: Sequence[Path], wish: Wish) -> list[Mail]:
    result = convert_tree(converter, paths)
    failed = [file.source.name for file in result.files if file.failures]
    if failed:
        raise InputError(failed[0], "its conversion failed its own check: nothing is sent")
    return list(make_series(converter, result, paths, wish).mails)


def lint_paths(
    *paths: PathLike, root: PathLike | None = None, rules: Sequence[PathLike] = ()
) -> list[Finding]:
    """What the lint finds in files and directories of one tree, as its `.rewrite.toml` asks.

    A finding's `fix` is empty: a conversion says what to write instead.
    Raises as `convert_paths` does.
    """
    given, place, _, loaded = _open_tree(paths, root, rules, era_named=False)
    scan = Tree(place, loaded.skip_dirs, loaded.root_markers).scan(given, worth_linting(loaded))
    config = load_config(given[0], loaded, place)
    return without_allowed(lint_together(rules_at(place, loaded), config, scan.candidates))


def _find_dialect(rules: Rules, name: str | None) -> Dialect | None:
    """The dialect of a name, None where none is named. Raises InputError for one that no rule has."""
    if name is not None and name not in rules.dialects:
        raise InputError(name, f"no dialect; there are {', '.join(rules.dialects)}")
    return rules.dialects[name] if name is not None else None


def _open_tree(
    paths: Sequence[PathLike], root: PathLike | None, rules: Sequence[PathLike], era_named: bool
) -> tuple[list[Path], Path, bool, Rules]:
    given = [Path(p) for p in paths] or [Path()]
    loaded = load_rules([Path(directory) for directory in rules])
    named = Path(root) if root is not None else None
    place, alone = place_of(named, given, loaded.root_markers, era_named)
    return given, place, alone, loaded
