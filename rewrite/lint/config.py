# SPDX-License-Identifier: GPL-2.0-or-later
"""What a project says about its lint: the `[lint]` table of a `.rewrite.toml` found upward."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ..errors import InputError
from ..files.tree import CONFIGURATION, read_configuration
from ..rules.ruleset import Forbidden, Rules

SEVERITIES = ("error", "warning", "note", "off")
_PREFER = ("visitor", "vmstate")


@dataclass(frozen=True)
class LintConfig:
    """How findings are judged.

    `severity` and `message` replace a rule's by code; `primitives` are the names that are
    forbidden, None for all; `exclude` are patterns of paths, relative to the root, where nothing is
    found; `prefer` says what to write instead of a primitive, "visitor" or "vmstate"; `help` is the
    address of the page that has a section for each code.
    """

    severity: Mapping[str, str] = field(default_factory=dict)
    message: Mapping[str, str] = field(default_factory=dict)
    primitives: frozenset[str] | None = None
    exclude: tuple[str, ...] = ()
    prefer: str = "visitor"
    help: str = ""

    def severity_of(self, rule: Forbidden) -> str:
        """How grave a finding of this rule is."""
        return self.severity.get(rule.code, rule.severity)

    def excludes(self, path: str) -> bool:
        """Whether nothing is to be found in this file."""
        return any(fnmatchcase(path, pattern) for pattern in self.exclude)


def load_config(start: Path, rules: Rules, root: Path | None = None) -> LintConfig:
    """The configuration nearest to a file or folder, upward to a resolved root or to all above.

    The default where there is none.

    Raises InputError that names the file and the key that is wrong.
    """
    resolved = start.resolve()
    for folder in (resolved, *resolved.parents):
        path = folder / CONFIGURATION
        if path.is_file():
            return _ConfigReader(str(path), rules).read(path)
        if folder == root:
            break
    return LintConfig()


class _ConfigReader:
    """Reads one file; every mistake is an InputError."""

    def __init__(self, shown: str, rules: Rules) -> None:
        self._shown = shown
        self._rules = rules

    def read(self, path: Path) -> LintConfig:
        document = read_configuration(path)
        for key in document:
            if key not in ("root", "lint"):
                raise InputError(self._shown, f"{key}: no such key, expected root or [lint]")
        if not isinstance(document.get("root", False), bool):
            raise self._make_error("root", "true or false")
        table = document.get("lint", {})
        if not isinstance(table, dict):
            raise self._make_error("lint", "a table")
        known = ("severity", "message", "primitives", "exclude", "prefer", "help")
        for key in table:
            if key not in known:
                raise InputError(
                    self._shown, f"lint.{key}: no such key, expected one of {', '.join(known)}"
                )
        prefer = table.get("prefer", "visitor")
        if prefer not in _PREFER:
            raise self._make_error("lint.prefer", " or ".join(f'"{word}"' for word in _PREFER))
        page = table.get("help", "")
        if not isinstance(page, str) or not re.fullmatch(r"(https?://[^\s#]+)?", page):
            raise self._make_error("lint.help", "the address of a page, without a fragment")
        severity = self._by_code(table, "severity")
        for code, value in severity.items():
            if value not in SEVERITIES:
                raise self._make_error(f"lint.severity.{code}", f"one of {', '.join(SEVERITIES)}")
        return LintConfig(
            severity,
            self._by_code(table, "message"),
            self._read_primitives(table),
            tuple(self._read_strings(table, "exclude")),
            prefer,
            page,
        )

    def _make_error(self, key: str, expected: str) -> InputError:
        return InputError(self._shown, f"{key}: expected {expected}")

    def _by_code(self, table: Mapping[str, object], key: str) -> dict[str, str]:
        """A table from codes to strings."""
        value = table.get(key, {})
        if not isinstance(value, dict):
            raise self._make_error(f"lint.{key}", "a table from codes to strings")
        for code, text in value.items():
            if code not in self._rules.lint:
                codes = ", ".join(self._rules.lint)
                raise self._make_error(f"lint.{key}.{code}", f"a code of the lint: {codes}")
            if not isinstance(text, str) or not text.strip():
                raise self._make_error(f"lint.{key}.{code}", "a string")
        return dict(value)

    def _read_strings(self, table: Mapping[str, object], key: str) -> list[str]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self._make_error(f"lint.{key}", "a list of strings")
        return value

    def _read_primitives(self, table: Mapping[str, object]) -> frozenset[str] | None:
        if "primitives" not in table:
            return None
        names = self._read_strings(table, "primitives")
        for name in names:
            if name not in self._rules.primitives:
                raise self._make_error("lint.primitives", f"names of primitives; {name} is none")
        return frozenset(names)
