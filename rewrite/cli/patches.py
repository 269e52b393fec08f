# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite PATH... --patches DIR`: the conversion as mails for a mailing list."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr
from pathlib import Path

from .. import __version__
from ..c.syntax import Syntax
from ..convert.candidates import can_register
from ..convert.conversion import Converter, FileResult, TreeResult, convert_tree
from ..convert.handlers import Role, find_roles
from ..errors import InputError, UsageError
from ..files.cache import default_directory
from ..files.edit import FileChange
from ..files.git import Author, Base, author, differing, find_base
from ..printable import printable
from ..report.statistics import collect
from ..series.check import Files, check_series
from ..series.mail import Envelope, Letter, Mail, series_mails
from ..series.maintainers import FILE, Maintainers, Person, read_maintainers, spelled
from ..series.steps import DEFAULT_LINES, Plan, Step, build_series
from ..series.text import COVER_SUBJECT, Run, body, cover, subject
from ..series.together import Function, changed_functions, groups_of
from ..support.plan import SupportPlan, plan_support
from ..verify.build import read_database
from ..verify.cache import Cache
from ..verify.verifier import FAILURES, Pair, Proof, Verifier
from .convert import diagnostics
from .main import OK, SELF_CHECK, add_tree_options, given_path, make_parser, open_tree, shown

_DESCRIPTION = """Write the conversion of PATH as a patch series: one mail in each file of DIR, as
git format-patch does, for git am and git send-email.

The support code comes first where the tree lacks it. Author and date are those of git's
configuration and of the base commit (or SOURCE_DATE_EPOCH); nobody is signed off without --signoff.
"""


_EXAMPLES = """examples:
  rewrite hw/ --patches out --cover-letter --signoff
  rewrite hw/ --patches out --by maintainer --reroll-count 2
  git am out/*.patch
"""


def parser() -> argparse.ArgumentParser:
    """The options of a series."""
    made = make_parser("rewrite", _DESCRIPTION, _EXAMPLES)
    add = made.add_argument
    add(
        "paths",
        nargs="*",
        type=given_path,
        metavar="PATH",
        help="files or directories (default: .)",
    )
    add("--patches", type=given_path, metavar="DIR", required=True, help="where to write the mails")
    add("--by", choices=("file", "directory", "maintainer"), default="file",
        help="what one patch changes (default: file)")  # fmt: skip
    add("--max-lines", type=int, default=DEFAULT_LINES, metavar="N",
        help=f"split a patch of more changed lines, if it can be (default: {DEFAULT_LINES})")  # fmt: skip
    add("--cover-letter", action="store_true", help="write 0000-cover-letter.patch as well")
    add("--signoff", action="store_true", help="add your Signed-off-by")
    add("-v", "--reroll-count", type=int, default=0, metavar="N", help="mark as version N")
    add("--rfc", action="store_true", help="[RFC PATCH] in place of [PATCH]")
    add("--subject-prefix", metavar="P", help="[P] in place of [PATCH]")
    add("--base", metavar="REV", help="the commit that the series is based on (default: HEAD)")
    add("--in-reply-to", default="", metavar="ID", help="message id that the series answers")
    add("--to", action="append", default=[], metavar="ADDRESS",
        help="add a To: address; `vmstate`: tables in place of visitors, a patch for each file")  # fmt: skip
    add("--cc", action="append", default=[], metavar="ADDRESS", help="add a Cc: address")
    add("--build", type=given_path, metavar="DIR",
        help="directory of compile_commands.json: prove by machine code, and say so")  # fmt: skip
    add("--verbose", action="store_true", help="name the plumbing sites as well")
    add_tree_options(made)
    return made


def command(argv: Sequence[str]) -> int:
    """Write a series; raises UsageError and InputError like every command."""
    args = parser().parse_intermixed_args(list(argv))
    tables = "vmstate" in args.to
    args.to = [address for address in args.to if address != "vmstate"]
    _check(args)
    if tables:
        from .to_vmstate import write_table_series

        return write_table_series(args)
    paths = args.paths or [Path()]
    converter = open_tree(args, paths)
    if converter.tree.alone:
        raise InputError(str(paths[0]), "a series is of a source tree: name it with --root")
    result = convert_tree(converter, paths)
    for line in diagnostics(result, args.verbose):
        print(printable(line), file=sys.stderr)
    if collect(result)["failed_self_check"]:
        print("a self-check failed: a bug of this tool, nothing was written", file=sys.stderr)
        return SELF_CHECK
    proofs = None if args.build is None else _prove(args.build, converter, result)
    bad = [p for p in proofs or () if p.outcome in FAILURES]
    for proof in bad:
        print(f"{shown(proof.path)}:{proof.line}:1: error: {proof.function}(): not proved "
              f"[{proof.outcome}]; see `rewrite verify`", file=sys.stderr)  # fmt: skip
    if bad:
        return SELF_CHECK
    mails = _Writer(args, paths, converter, result, proofs).mails()
    store(args.patches, mails)
    for mail in mails:
        print(args.patches / mail.name)
    return OK


def _check(args: argparse.Namespace) -> None:
    """Raise UsageError for values that no mail can have."""
    problem = ""
    if args.max_lines < 1:
        problem = "--max-lines: expected a number from 1 up"
    if args.reroll_count < 0:
        problem = "-v: expected a number from 0 up"
    if args.rfc and args.subject_prefix is not None:
        problem = "--rfc: not allowed with --subject-prefix"
    for option in ("to", "cc"):
        for text in getattr(args, option):
            if _person(text) is None:
                problem = f"--{option}: not an address: {text}"
    if not re.fullmatch(r"<?[^<>\s]+@[^<>\s]+>?|", args.in_reply_to):
        problem = f"--in-reply-to: not a message id: {args.in_reply_to}"
    if not (args.subject_prefix or "").isprintable():
        problem = "--subject-prefix: expected one line of text"
    if problem:
        raise UsageError(f"rewrite --patches: error: {problem}")


def _person(text: str) -> Person | None:
    name, address = parseaddr(text)
    good = address.isascii() and re.fullmatch(r"[^@\s]+@[^@\s]+", address)
    return Person(name, address) if good and text.isprintable() else None


def _prove(build: Path, converter: Converter, result: TreeResult) -> tuple[Proof, ...]:
    pairs = [Pair(c.source.path, c.source.name, c.source.data, c.new) for c in result.changes]
    commands = read_database(build, [pair.path for pair in pairs])
    verifier = Verifier(converter.rules, converter.dialect, Cache(default_directory()))
    return verifier.run(pairs, commands).proofs


# -- from a conversion to mails -------------------------------------------------------------------


@dataclass(frozen=True)
class _Writer:
    """Makes the mails of one conversion."""

    args: argparse.Namespace
    paths: Sequence[Path]
    converter: Converter
    result: TreeResult
    proofs: tuple[Proof, ...] | None

    @property
    def _root(self) -> Path:
        return self.converter.tree.root

    def mails(self) -> list[Mail]:
        """All mails, checked with git. Raises InputError where there can be no series."""
        base = find_base(self._root, self.args.base)
        support = self._support()
        files = _on_top_of(self.converter, self.result.files, support)
        steps = build_series(files, _groups(self.converter, files), support, self._plan())
        if not steps:
            raise InputError(
                " ".join(map(str, self.paths)), "nothing to convert: no patch to write"
            )
        names = {n for step in steps for n in step.files} - support.created
        check_base(self.args, self._root, base, names)
        prefix = base.prefix if base is not None else ""
        letters = [_letter(step, self._run(), prefix) for step in steps]
        total = _total([c for step in steps for c in step.changes], prefix)
        created = frozenset(prefix + name for name in support.created)
        envelope = envelope_of(self.args, self._root, base)
        covering = self._cover(steps, files, envelope.author, total, created)
        mails = series_mails(envelope, covering, letters)
        modes = {c.source.name: mode_of(c) for c in total}
        check_series(mails[covering is not None :], Files(total, created, modes))
        return mails

    def _support(self) -> SupportPlan:
        """What the tree lacks. Raises InputError where it has no place for it: nothing would build."""
        return plan_support(self._root, self.converter.rules, self.converter.dialect.name)

    def _plan(self) -> Plan:
        path = self._root / FILE
        if self.args.by != "maintainer":
            return Plan(self.args.by, self.args.max_lines)
        data = self.converter.tree.read(str(path))
        if data is None:
            print(
                f"{shown(path)}: warning: not there: the series goes by directory", file=sys.stderr
            )
            return Plan("directory", self.args.max_lines)
        return Plan("maintainer", self.args.max_lines, Maintainers(read_maintainers(data)))

    def _run(self) -> Run:
        options = _tree_options(self.args, self.converter)
        names = [self.converter.tree.name_of(str(p.resolve())) for p in self.paths]
        names = ["." if str(self._root) == name else name for name in names]
        words = ["rewrite", *names, *options, "--patches", "DIR", "--by", self.args.by]
        if self.args.max_lines != DEFAULT_LINES:
            words += ["--max-lines", str(self.args.max_lines)]
        return Run(__version__, self.converter.dialect.name, tuple(words), options, self.proofs)

    def _cover(
        self,
        steps: Sequence[Step],
        files: Sequence[FileResult],
        writer: Author,
        total: tuple[FileChange, ...],
        created: frozenset[str],
    ) -> Letter | None:
        if not self.args.cover_letter:
            return None
        outcomes = [(f.source.name, o) for f in files for o in f.outcomes]
        text = cover(steps, outcomes, self._run(), writer.name)
        copies = tuple(dict.fromkeys(spelled(p) for step in steps for p in step.copies))
        return Letter(COVER_SUBJECT, text, created=created, copies=copies, summed=total)


def envelope_of(args: argparse.Namespace, root: Path, base: Base | None) -> Envelope:
    """What all mails of a series have in common. Raises InputError where nobody is their author."""
    return Envelope(
        author=_author(root),
        signoff=args.signoff,
        prefix=_prefix(args),
        version=args.reroll_count,
        time=_time(base),
        to=_addresses(args.to),
        cc=_addresses(args.cc),
        reply_to=args.in_reply_to.strip("<>"),
        base=base.commit if base is not None and args.base is not None else "",
        signature=f"rewrite {__version__}",
    )


def check_base(
    args: argparse.Namespace, root: Path, base: Base | None, names: Collection[str]
) -> None:
    """Raise InputError where a series on files would not apply to the commit that it is based on."""
    if base is None:
        print(f"{shown(root)}: warning: no commit of git here: the series has no base",
              file=sys.stderr)  # fmt: skip
        return
    for name in differing(root, base, sorted(names)):
        raise InputError(
            shown(root / name),
            f"differs from {args.base or 'HEAD'}, so the series would not apply there: "
            "commit the changes, or name another --base",
        )


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


def _groups(converter: Converter, files: Sequence[FileResult]) -> list[tuple[Function, ...]]:
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


def _letter(step: Step, run: Run, prefix: str) -> Letter:
    changes = tuple(prefixed(c, prefix) for c in step.changes)
    return Letter(
        subject=subject(step),
        body=body(step, run),
        changes=changes,
        created=frozenset(prefix + name for name in step.created),
        modes=tuple(mode_of(c) for c in changes),
        copies=tuple(spelled(p) for p in step.copies),
    )


def prefixed(change: FileChange, prefix: str) -> FileChange:
    """The change with its file's name in the repository, which the tree may be a folder of."""
    return replace(change, source=replace(change.source, name=prefix + change.source.name))


def _total(changes: Iterable[FileChange], prefix: str) -> tuple[FileChange, ...]:
    """One change for each file, from its first text to its last, by name."""
    first: dict[str, FileChange] = {}
    for change in changes:
        known = first.setdefault(change.source.name, change)
        first[change.source.name] = FileChange(known.source, change.new)
    return tuple(prefixed(first[name], prefix) for name in sorted(first))


def mode_of(change: FileChange) -> int:
    """The permissions of the file; those of a plain file for one that is not there yet."""
    try:
        return change.source.path.stat().st_mode
    except OSError:
        return 0o644


def _tree_options(args: argparse.Namespace, converter: Converter) -> tuple[str, ...]:
    """The options that the conversion depends on, as they are to be given in the tree's root."""
    words: list[str] = []
    if args.dialect != "auto":
        words += ["--dialect", args.dialect]
    for directory in args.rules:
        words += ["--rules", converter.tree.name_of(str(directory.resolve()))]
    return tuple(words)


def _author(root: Path) -> Author:
    found = author(root)
    if _person(found.address) is None:
        raise InputError("git", f"no address for mails: user.email is {found.address}")
    return found


def _prefix(args: argparse.Namespace) -> str:
    if args.subject_prefix is not None:
        return str(args.subject_prefix)
    return "RFC PATCH" if args.rfc else "PATCH"


def _addresses(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(spelled(p) for p in map(_person, texts) if p is not None)


def _time(base: Base | None) -> int | None:
    """The series' date (reproducible-builds.org/specs/source-date-epoch), None where nothing says it."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return base.time if base is not None else None
    if not re.fullmatch(r"[0-9]{1,11}", given):
        raise InputError("SOURCE_DATE_EPOCH", f"not a number of seconds: {given}")
    return int(given)


# -- writing --------------------------------------------------------------------------------------


def _version_of(name: str) -> str | None:
    """What a mail's file name says before its number, such as "v2-"; None for another file's name."""
    match = re.match(r"((?:v\d+-)?)\d{4}-", name)
    return match[1] if match is not None else None


def store(folder: Path, mails: Sequence[Mail]) -> None:
    """Write all mails or none into a folder without mails of the same version.

    A mail that is left of an earlier series would be sent with this one.
    """
    version = _version_of(mails[0].name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.patch")):
            if _version_of(path.name) == version:
                raise InputError(
                    shown(path), "is there already: remove the old series or use another folder"
                )
        with tempfile.TemporaryDirectory(prefix=".rewrite-", dir=folder) as scratch:
            for mail in mails:
                Path(scratch, mail.name).write_bytes(mail.data)
            for mail in mails:
                Path(scratch, mail.name).rename(folder / mail.name)
    except OSError as error:
        raise InputError(str(folder), f"cannot write: {error.strerror}") from error
