# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tree lacks of the functions that converted code calls, as new files and small edits.

All that is known of QEMU's eras stands in rules: which names are needed, the templates of the code,
the places where it is hooked in. Here it is only compared with what a tree has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..convert.dialects import detect_dialect
from ..convert.layout import wrap_call
from ..errors import InputError
from ..files.edit import Edit, FileChange, apply_edits
from ..files.source import SourceFile
from ..files.tree import Tree
from ..rules.ruleset import Dialect, Rules, SupportEdit, SupportFile, builtin_directory
from .place import InsertionPlace, find_place, not_found
from .tree import Declarations, HeaderDeclaration
from .visitors import find_bytewise, sets_buffers

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class SupportPlan:
    """The files to write so that a tree has what code converted to `dialect` needs.

    `changes` are new files, whose old text is empty, and edits of others; `created` names the new
    ones. `provides` are the names that the tree did not declare. All are empty where it has all.
    """

    changes: tuple[FileChange, ...]
    created: frozenset[str]
    dialect: str
    provides: tuple[str, ...]

    @property
    def edited(self) -> tuple[FileChange, ...]:
        """The changes of files that exist."""
        return tuple(c for c in self.changes if c.source.name not in self.created)

    @property
    def creations(self) -> tuple[FileChange, ...]:
        """The changes that are new files."""
        return tuple(c for c in self.changes if c.source.name in self.created)


def plan_support(
    root: Path, rules: Rules, dialect: str | None = None, asked: frozenset[str] = frozenset()
) -> SupportPlan:
    """What the tree at `root` needs for `dialect` (None: as its declarations show).

    `asked` names what is added where it is asked for only, such as "json".
    A dialect that no tree shows is supported on top of what the tree has. Raises InputError where
    the tree has no place for an edit that is needed, naming what was looked for.
    """
    return _SupportPlanner(
        Tree(root.resolve(), rules.skip_dirs, rules.root_markers), rules, dialect, asked
    ).plan()


def missing_support(root: Path, rules: Rules, dialect: Dialect) -> str:
    """What to tell after a conversion: the command that adds what is missing, or nothing."""
    provides = _SupportPlanner(
        Tree(root, rules.skip_dirs, rules.root_markers), rules, dialect.name
    ).missing
    if not provides:
        return ""
    return (
        f"the tree does not declare {', '.join(provides)}: run `rewrite support {root} --apply`\n"
    )


def _wanted_in(rule: SupportFile | SupportEdit, dialects: Iterable[str]) -> bool:
    return not rule.dialects or bool(set(rule.dialects) & set(dialects))


@dataclass
class _SupportPlanner:
    """Plans the support code of one tree."""

    tree: Tree
    rules: Rules
    dialect: str | None
    asked: frozenset[str] = frozenset()
    _declared: Declarations = field(init=False)

    def __post_init__(self) -> None:
        self._declared = Declarations(self.tree)

    @cached_property
    def _chosen(self) -> Dialect:
        """The dialect of converted code."""
        return self.rules.dialects[self.dialect] if self.dialect else self._base

    @cached_property
    def _base(self) -> Dialect:
        """The dialect of the tree's own declarations."""
        if self.dialect and self.rules.dialects[self.dialect].recognise != "never":
            return self.rules.dialects[self.dialect]
        return detect_dialect(self.tree, self.rules)

    def _applies_here(self, rule: SupportFile | SupportEdit) -> bool:
        """Whether the rule is for a tree like this, whatever it lacks."""
        return (
            _wanted_in(rule, (self._base.name, self._chosen.name))
            and all(self._declared(name) for name in rule.present)
            and not any(self._declared(name) for name in rule.absent)
            and (not isinstance(rule, SupportFile) or rule.asked in ("no", *self.asked))
        )

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The names that rules for this tree provide and that it does not declare."""
        needed = [e for e in self.rules.support_edits if e.required == "yes"]
        rules: list[SupportFile | SupportEdit] = [*self.rules.support_files, *needed]
        names = [name for rule in rules if self._applies_here(rule) for name in rule.provides]
        return tuple(n for n in dict.fromkeys(names) if self._declared(n) is None)

    def _is_wanted(self, rule: SupportFile | SupportEdit) -> bool:
        lacks = any(self._declared(name) is None for name in rule.provides)
        return lacks and self._applies_here(rule)

    def plan(self) -> SupportPlan:
        """All changes; nothing is written."""
        self._check_asked()
        if not self.missing:
            return SupportPlan((), frozenset(), self._chosen.name, ())
        created = [
            self._create_file(rule, self._paths[rule.name])
            for rule in self.rules.support_files
            if rule.name in self._paths and self._is_wanted(rule)
        ]
        edits: dict[str, list[Edit]] = {}
        for alternatives in self._group_steps().values():
            name, edit = self._make_edit(alternatives)
            if edit is not None:
                edits.setdefault(name, []).append(edit)
        for name, edit in self._buffers_of_visitors():
            edits.setdefault(name, []).append(edit)
        changed = [self._make_change(name, found) for name, found in edits.items()]
        return SupportPlan(
            changes=tuple(sorted([*created, *changed], key=lambda c: c.source.name)),
            created=frozenset(c.source.name for c in created),
            dialect=self._chosen.name,
            provides=self.missing,
        )

    def _check_asked(self) -> None:
        """Raise InputError for what is asked for, not there, and for no tree like this."""
        for asked in sorted(self.asked):
            rules = [rule for rule in self.rules.support_files if rule.asked == asked]
            names = {name for rule in rules for name in rule.provides}
            if any(map(self._applies_here, rules)) or all(map(self._declared, names)):
                continue
            raise InputError(
                str(self.tree.root),
                f"--{asked} needs a tree with an output visitor of QObjects (0.15 on), and comes with the "
                f"visitors of streams: this one lacks the first or has the second already",
            )

    @cached_property
    def _paths(self) -> dict[str, str]:
        """Where each file goes, by its name: the first of its paths whose folder the tree has."""
        found: dict[str, str] = {}
        for rule in self.rules.support_files:
            fits = (p for p in rule.path if (self.tree.root / p).parent.is_dir())
            if (path := next(fits, None)) is not None:
                found[rule.name] = path
        return found

    def _create_file(self, rule: SupportFile, name: str) -> FileChange:
        path = self.tree.root / name
        if path.exists():
            names = ", ".join(n for n in rule.provides if n in self.missing)
            raise InputError(str(path), f"exists, but the tree does not declare {names}")
        text = self._render_file(rule)
        return FileChange(SourceFile(path, name, b""), text.lstrip("\n").encode("utf-8"))

    def _render_file(self, rule: SupportFile) -> str:
        from jinja2 import UndefinedError

        try:
            return self._environment.get_template(rule.template).render(self._context)
        except UndefinedError as error:
            said = "no declarations of the stream to write the support code for"
            raise InputError(str(self.tree.root), f"{said} ({rule.name})") from error

    def _group_steps(self) -> dict[str, list[SupportEdit]]:
        steps: dict[str, list[SupportEdit]] = {}
        for rule in self.rules.support_edits:
            if self._is_wanted(rule):
                steps.setdefault(rule.step, []).append(rule)
        return steps

    def _make_edit(self, alternatives: Sequence[SupportEdit]) -> tuple[str, Edit | None]:
        """The edit of one step and its file; None for nothing to do."""
        for rule in alternatives:
            for source in self._edit_sources(rule):
                found = find_place(source, rule)
                if found is not None:
                    done = rule.place == "there"
                    return source.name, None if done else self._insert(source, found, rule)
        if all(rule.required == "no" for rule in alternatives):
            return "", None
        raise InputError(str(self.tree.root), not_found(alternatives))

    def _edit_sources(self, rule: SupportEdit) -> Iterable[SourceFile]:
        """The files that the edit may be in."""
        declared = self._declared(rule.declares) if rule.declares else None
        for name in (declared.name,) if declared is not None else rule.path:
            data = self.tree.read(str(self.tree.root / name))
            if data is not None:
                yield SourceFile(self.tree.root / name, name, data)

    def _insert(self, source: SourceFile, place: InsertionPlace, rule: SupportEdit) -> Edit:
        """The text, rendered, with the indentation of the anchor's line."""
        text = place.before + self._environment.from_string(rule.text).render(self._context)
        text = text.rstrip("\n") + ("\n" if rule.text.endswith("\n") else "")
        lines = [place.indentation + line if line else "" for line in text.split("\n")]
        new = source.newline.decode().join([*lines, ""])
        return Edit(place.offset, place.offset, new.encode("latin-1"))

    def _buffers_of_visitors(self) -> Iterator[tuple[str, Edit]]:
        """The functions for buffers of visitors that the tree has already, and the lines that set them."""
        lacks = self._declared("visit_type_buffer") is None
        if (
            not lacks
            or self._declared(self.rules.interface.visitor_of) is None
            or sets_buffers(self.tree)
        ):
            return
        template = self._environment.get_template("buffer-of-visitor.c")
        for one in find_bytewise(self.tree, self.rules):
            text = template.render(self._context | {"one": one, "body": one.statements(self.rules)})
            new = f"\n\n{text.strip()}".replace("\n", one.source.newline.decode()).encode("latin-1")
            yield one.source.name, Edit(one.end, one.end, new)
            yield one.source.name, one.set_buffer()

    def _make_change(self, name: str, edits: Sequence[Edit]) -> FileChange:
        path = self.tree.root / name
        data = self.tree.read(str(path))
        assert data is not None
        return FileChange(SourceFile(path, name, data), apply_edits(data, edits))

    # -- templates -------------------------------------------------------------------------------

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(builtin_directory() / "support"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
        )

    @cached_property
    def _context(self) -> dict[str, object]:
        """What the templates are given."""
        return {
            "dialect": self._base,
            "rfc": self._chosen.spelling == "rfc",
            "buffer_order": self._chosen.order,
            "declaration": self._find_declaration,
            "needed": lambda name: self._need_declaration(name).text,
            "missing": self.missing.__contains__,
            "header": self._header_of,
            "file": lambda name: self._included_name(self._paths[name]),
            "exists": lambda path: (self.tree.root / path).exists(),
            "ordered": _order_parts,
            "call": _wrap_call,
        }

    def _find_declaration(self, name: str) -> str:
        """The text of a name's declaration in the tree, empty where it has none."""
        found = self._declared(name)
        return found.text if found is not None else ""

    def _need_declaration(self, name: str) -> HeaderDeclaration:
        """A declaration that the support code builds upon; InputError where there is none."""
        found = self._declared(name)
        if found is None:
            raise InputError(str(self.tree.root), f"no header of the tree declares {name}")
        return found

    def _header_of(self, name: str) -> str:
        """How the header that declares a name is included."""
        return self._included_name(self._need_declaration(name).name)

    def _included_name(self, path: str) -> str:
        return path.removeprefix("include/")


def _order_parts(
    order: Sequence[str], visitor: str, object: str | list[str], name: str, errp: str
) -> list[str]:
    """The parts of a parameter or argument list in a dialect's order."""
    parts = {"visitor": visitor, "object": object, "name": name, "errp": errp}
    flat: list[str] = []
    for role in order:
        part = parts[role]
        flat += part if isinstance(part, list) else [part]
    return flat


def _wrap_call(head: str, arguments: list[str], indent: int = 0) -> str:
    """A call or prototype, wrapped as QEMU wraps them where all of it is `indent` columns deeper."""
    lead = " " * indent
    return wrap_call(head, arguments, lead).replace("\n" + lead, "\n")
