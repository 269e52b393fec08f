# SPDX-License-Identifier: GPL-2.0-or-later
"""From a conversion to the mails of a series, each checked with git before it is given."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.utils import getaddresses
from pathlib import Path

from .. import __version__
from ..c.syntax import Syntax
from ..convert.candidates import can_register
from ..convert.conversion import Converter, FileResult, TreeResult
from ..convert.handlers import Role, find_roles
from ..errors import InputError
from ..files.edit import FileChange
from ..files.git import Author, SeriesBase, find_author, find_base, list_differing
from ..printable import shown
from ..support.plan import SupportPlan, plan_support
from ..verify.verifier import Proof
from .check import Files, check_series
from .mail import Envelope, Letter, Mail, series_mails
from .maintainers import FILE, Maintainers, Person, read_maintainers, spell_person
from .prefix import make_learner
from .steps import DEFAULT_LINES, CutPlan, SeriesStep, build_series
from .text import COVER_SUBJECT, SeriesRun, make_body, make_cover, make_subject
from .together import FunctionToChange, changed_functions, groups_of

BY = ("file", "directory", "maintainer")
"""What one patch of a series may change."""


@dataclass(frozen=True)
class Wish:
    """How a series is to be, as git format-patch is asked for the same.

    `by` is one of BY; a patch of more than `max_lines` is split where it can be; `prefix` stands in
    the brackets of the subjects, `version` behind it from 1 up; `base` is the revision that the
    series is based on, None for HEAD; `reply_to` a message id; `to` and `cc` are addresses; `proofs`
    are what `verify` made of the conversion, None where it was not asked; `options` are those that
    the conversion depends on, as they are to be given in the tree's root.
    """

    by: str = "file"
    max_lines: int = DEFAULT_LINES
    cover_letter: bool = False
    signoff: bool = False
    prefix: str = "PATCH"
    version: int = 0
    base: str | None = None
    reply_to: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series:
    """The mails of a series in their order, and what is to be told of it, a line each."""

    mails: tuple[Mail, ...]
    warnings: tuple[str, ...]


def make_series(
    converter: Converter, result: TreeResult, paths: Sequence[Path], wish: Wish
) -> Series:
    """The mails of a conversion of some paths, which `git am` was seen to take. Nothing is written.

    Raises InputError where there can be none: nothing to convert, files that differ from the base, a
    tree that support code cannot be made for, no address of the author.
    """
    return _Maker(converter, result, paths, wish).make()


def wrong_wish(wish: Wish) -> tuple[str, str] | None:
    """The first field with a value that no mail can have, and what is wrong; None where all is well."""
    if wish.by not in BY:
        return "by", f"expected one of {', '.join(BY)}"
    if wish.max_lines < 1:
        return "max_lines", "expected a number from 1 up"
    if wish.version < 0:
        return "version", "expected a number from 0 up"
    for field in ("to", "cc"):
        for text in getattr(wish, field):
            if not _read_persons(text):
                return field, f"not an address: {text}"
    is_id = re.fullmatch(r"<?[^<>\s]+@[^<>\s]+>?|", wish.reply_to)
    if not is_id or not wish.reply_to.isascii():
        return "reply_to", f"not a message id: {wish.reply_to}"
    if not wish.prefix.isprintable():
        return "prefix", "expected one line of text"
    return None


def tree_options(
    converter: Converter, dialect: str | None, rules: Sequence[Path]
) -> tuple[str, ...]:
    """The options that a conversion depends on, as they are to be given in the tree's root."""
    words = ["--dialect", dialect] if dialect is not None else []
    for directory in rules:
        words += ["--rules", converter.tree.name_of(str(directory.resolve()))]
    return tuple(words)


@dataclass(frozen=True)
class _Maker:
    """Makes the mails of one conversion."""

    converter: Converter
    result: TreeResult
    paths: Sequence[Path]
    wish: Wish

    @property
    def _root(self) -> Path:
        return self.converter.tree.root

    def make(self) -> Series:
        base = find_base(self._root, self.wish.base)
        # Where the tree has no place for what it lacks, nothing would build: that is an error.
        support = plan_support(self._root, self.converter.rules, self.converter.dialect.name)
        plan, told = self._plan()
        if base is not None:
            plan = replace(plan, learn=make_learner(self._root, base.commit))
        files = _on_top_of(self.converter, self.result.files, support)
        steps = build_series(files, _group_functions(self.converter, files), support, plan)
        if not steps:
            raise InputError(
                " ".join(map(str, self.paths)), "nothing to convert: no patch to write"
            )
        if base is None:
            told.append(
                f"{shown(self._root)}: warning: no commit of git here: the series has no base"
            )
        else:
            names = {n for step in steps for n in step.files} - support.created
            _check_base(self._root, self.wish, base, sorted(names))
        prefix = base.prefix if base is not None else ""
        letters = [_make_letter(step, self._run(), prefix) for step in steps]
        total = _total_changes([c for step in steps for c in step.changes], prefix)
        created = frozenset(prefix + name for name in support.created)
        envelope = _make_envelope(self._root, self.wish, base)
        covering = self._make_cover(steps, files, envelope.author, total, created)
        mails = series_mails(envelope, covering, letters)
        modes = {c.source.name: _mode_of(c) for c in total}
        check_series(mails[covering is not None :], Files(total, created, modes))
        return Series(tuple(mails), tuple(told))

    def _plan(self) -> tuple[CutPlan, list[str]]:
        """How to divide the series, and what is to be told of that."""
        wish = self.wish
        if wish.by != "maintainer":
            return CutPlan(wish.by, wish.max_lines), []
        path = self._root / FILE
        data = self.converter.tree.read(str(path))
        if data is None:
            told = f"{shown(path)}: warning: not there: the series goes by directory"
            return CutPlan("directory", wish.max_lines), [told]
        return CutPlan("maintainer", wish.max_lines, Maintainers(read_maintainers(data))), []

    def _run(self) -> SeriesRun:
        names = [self.converter.tree.name_of(str(p.resolve())) for p in self.paths]
        names = ["." if str(self._root) == name else name for name in names]
        words = ["rewrite", *names, *self.wish.options, "--patches", "DIR", "--by", self.wish.by]
        if self.wish.max_lines != DEFAULT_LINES:
            words += ["--max-lines", str(self.wish.max_lines)]
        return SeriesRun(
            __version__,
            self.converter.dialect.name,
            tuple(words),
            self.wish.options,
            self.wish.proofs,
        )

    def _make_cover(
        self,
        steps: Sequence[SeriesStep],
        files: Sequence[FileResult],
        writer: Author,
        total: tuple[FileChange, ...],
        created: frozenset[str],
    ) -> Letter | None:
        if not self.wish.cover_letter:
            return None
        outcomes = [(f.source.name, o) for f in files for o in f.outcomes]
        text = make_cover(steps, outcomes, self._run(), writer.name)
        copies = tuple(dict.fromkeys(spell_person(p) for step in steps for p in step.copies))
        return Letter(COVER_SUBJECT, text, created=created, copies=copies, summed=total)


def _make_envelope(root: Path, wish: Wish, base: SeriesBase | None) -> Envelope:
    return Envelope(
        author=_author_of(root),
        signoff=wish.signoff,
        prefix=wish.prefix,
        version=wish.version,
        time=_series_time(base),
        to=_read_addresses(wish.to),
        cc=_read_addresses(wish.cc),
        reply_to=wish.reply_to.strip("<>"),
        base=base.commit if base is not None and wish.base is not None else "",
        signature=f"rewrite {__version__}",
    )


def _check_base(root: Path, wish: Wish, base: SeriesBase, names: Sequence[str]) -> None:
    """Raise InputError where the series would not apply to the commit that it is based on."""
    for name in list_differing(root, base, names):
        raise InputError(
            shown(root / name),
            f"differs from {wish.base or 'HEAD'}, so the series would not apply there: "
            "commit the changes, or name another --base",
        )


@dataclass(frozen=True)
class Patch:
    """What one mail changes and says; the body with a newline at its end."""

    change: FileChange
    subject: str
    body: str


def make_plain_series(root: Path, patches: Sequence[Patch], wish: Wish) -> Series:
    """The mails of changes that stand by themselves, which `git am` was seen to take.

    Raises InputError where there can be none, as `make_series` does.
    """
    base = find_base(root, wish.base)
    told = [f"{shown(root)}: warning: no commit of git here: the series has no base"]
    if base is not None:
        told = []
        _check_base(root, wish, base, sorted(p.change.source.name for p in patches))
    prefix = base.prefix if base is not None else ""
    total = tuple(_prefix_change(patch.change, prefix) for patch in patches)
    letters = [
        Letter(patch.subject, patch.body, changes=(change,), modes=(_mode_of(change),))
        for patch, change in zip(patches, total, strict=True)
    ]
    mails = series_mails(_make_envelope(root, wish, base), None, letters)
    modes = {change.source.name: _mode_of(change) for change in total}
    check_series(mails, Files(total, frozenset(), modes))
    return Series(tuple(mails), tuple(told))


def _on_top_of(
    converter: Converter, files: Sequence[FileResult], support: SupportPlan
) -> list[FileResult]:
    """The results, those of files that the support code edits found again in their new texts."""
    edited = {c.source.name: c.new for c in support.changes if c.source.name not in support.created}
    return [
        converter.convert_file(replace(f.source, data=edited[f.source.name]))
        if f.source.name in edited
        else f
        for f in files
    ]


def _group_functions(
    converter: Converter, files: Sequence[FileResult]
) -> list[tuple[FunctionToChange, ...]]:
    functions = [f for file in files if file.change is not None for f in changed_functions(file)]
    roles = {file.source.name: dict(file.roles) for file in files}
    lone = {f.name.encode() for f in functions if f.name not in roles.get(f.file, {})}
    registers = can_register(converter.rules)
    scan = converter.tree.scan(
        [converter.tree.root], lambda data: registers(data) and any(n in data for n in lone)
    )
    for source in scan.candidates:
        found: dict[str, Role] = roles.setdefault(source.name, {})
        if not found:
            found.update(find_roles(Syntax(source), converter.rules))
    return groups_of(functions, roles)


def _make_letter(step: SeriesStep, run: SeriesRun, prefix: str) -> Letter:
    changes = tuple(_prefix_change(c, prefix) for c in step.changes)
    return Letter(
        subject=make_subject(step),
        body=make_body(step, run),
        changes=changes,
        created=frozenset(prefix + name for name in step.created),
        modes=tuple(_mode_of(c) for c in changes),
        copies=tuple(spell_person(p) for p in step.copies),
    )


def _prefix_change(change: FileChange, prefix: str) -> FileChange:
    """The change with its file's name in the repository, which the tree may be a folder of."""
    return replace(change, source=replace(change.source, name=prefix + change.source.name))


def _total_changes(changes: Iterable[FileChange], prefix: str) -> tuple[FileChange, ...]:
    """One change for each file, from its first text to its last, by name."""
    first: dict[str, FileChange] = {}
    for change in changes:
        known = first.setdefault(change.source.name, change)
        first[change.source.name] = FileChange(known.source, change.new)
    return tuple(_prefix_change(first[name], prefix) for name in sorted(first))


def _mode_of(change: FileChange) -> int:
    """The permissions of the file; those of a plain file for one that is not there yet."""
    try:
        return change.source.path.stat().st_mode
    except OSError:
        return 0o644


def _author_of(root: Path) -> Author:
    found = find_author(root)
    if len(_read_persons(found.address)) != 1:
        raise InputError("git", f"no address for mails: user.email is {found.address}")
    return found


def _read_addresses(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(spell_person(person) for text in texts for person in _read_persons(text))


def _series_time(base: SeriesBase | None) -> int | None:
    """The series' date (reproducible-builds.org/specs/source-date-epoch), None where nothing says it."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return base.time if base is not None else None
    if not re.fullmatch(r"[0-9]{1,11}", given):
        raise InputError("SOURCE_DATE_EPOCH", f"not a number of seconds: {given}")
    return int(given)


def _read_persons(text: str) -> tuple[Person, ...]:
    """The persons of one option, which may name several as a header does; none if one is no address.

    What the parser mends (`a@b c` becomes `a@bc`) is another address, and so none.
    """
    found = [Person(name, address) for name, address in getaddresses([text])]
    good = (
        p.address.isascii() and p.address in text and re.fullmatch(r"[^@\s]+@[^@\s]+", p.address)
        for p in found
    )
    return tuple(found) if text.isprintable() and all(good) else ()
