# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite demo`: a small tree with three devices, converted, explained and proved.

The tree is part of the package, so the command needs no checkout and no QEMU.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import InputError
from ..printable import shown
from .main import OK, SELF_CHECK, given_path, main, make_parser
from .terminal import wants_color

_HELP = """Show on a small tree what this tool does: the diff, what stayed and why, the proof by machine
code, and what is on the wire. With DIR the tree is put there, to try more on it.
"""

_EXAMPLES = """examples:
  rewrite demo | less -R
  rewrite demo birds && cd birds && rewrite hw --apply
"""

TREE = Path(__file__).parent / "demo"


@dataclass(frozen=True)
class _DemoStep:
    """One command of the demonstration: what it is for, its words, the program that it needs."""

    says: str
    words: tuple[str, ...]
    needs: str = ""


_STEPS = (
    _DemoStep("The handlers of three devices as visitor calls:", ("hw",)),
    _DemoStep("Three calls stay, and each says why:", ("explain", "hw/timer/dunlin_rtc.c:36")),
    _DemoStep("Why a call became what it became:", ("explain", "hw/timer/dunlin_rtc.c:37")),
    _DemoStep(
        "Old and new text compiled, and the machine code compared:",
        ("verify", "hw", "--cc", "gcc -Iinclude -c {file}", "--verbose"),
        needs="gcc",
    ),
    _DemoStep("What a device puts on the wire, read from its source:", ("schema", "hw/char")),
)


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite demo", _HELP, _EXAMPLES)
    made.add_argument("directory", nargs="?", type=given_path, metavar="DIR",
        help="put the tree there and leave it (default: a temporary folder)")  # fmt: skip
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite demo`; raises UsageError and InputError like every command."""
    args = build_parser().parse_args(list(argv))
    if args.directory is not None and args.directory.exists():
        raise InputError(str(args.directory), "is there already")
    with _demo_tree(args.directory) as root, _one_stream():
        with contextlib.chdir(root):
            statuses = [_run_proofs(step) for step in _STEPS]
        kept = "rewrite demo DIR leaves it there to try more"
        if args.directory is not None:
            kept = f"cd {shlex.quote(shown(args.directory))} and try more"
        print(_make_heading(f"That was a tree of three invented devices; {kept}."))
    return SELF_CHECK if SELF_CHECK in statuses else OK


@contextlib.contextmanager
def _demo_tree(kept: Path | None) -> Iterator[Path]:
    """The tree of the demonstration in a folder of its own, which is gone afterwards if not kept."""
    with TemporaryDirectory(prefix="rewrite-demo-") as scratch:
        root = kept if kept is not None else Path(scratch, "birds")
        try:
            shutil.copytree(TREE, root)
        except (OSError, shutil.Error) as error:
            raise InputError(str(root), f"cannot write: {error}") from error
        yield root


@contextlib.contextmanager
def _one_stream() -> Iterator[None]:
    """What the commands tell and what they show, in the order of a terminal, on standard output."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(write_through=True)
    with contextlib.redirect_stderr(sys.stdout):
        yield


def _run_proofs(step: _DemoStep) -> int:
    print(_make_heading(step.says))
    if step.needs and shutil.which(step.needs) is None:
        print(f"(left out: {step.needs} is not installed)\n")
        return OK
    print(_make_prompt(step.words))
    status = main(step.words)
    print()
    return status


def _make_heading(text: str) -> str:
    return f"\x1b[1m# {text}\x1b[m" if wants_color("auto", sys.stdout) else f"# {text}"


def _make_prompt(words: Sequence[str]) -> str:
    return f"$ {shlex.join(['rewrite', *words])}"
