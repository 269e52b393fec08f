# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite transcode`: its options, its output and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError, StateError, StreamError
from ..files.whole import write_whole
from ..printable import printable
from ..schema.document import read_schema
from ..streams.assemble import Sources, assemble_stream
from ..streams.data import open_data
from ..streams.decode import Options, decode_stream
from ..streams.filters import KINDS, Rule, read_filter
from ..streams.models import Models
from ..streams.transcode import transcode_stream
from .main import FINDINGS, OK, make_parser
from .schema_options import add_fact_options, read_settings
from .terminal import show_progress

_HELP = """Read a stream by the schema of one tree and write it by that of another.

Fields of the same name map by themselves; for all else --filter names files of rules, which are
read and never run. What is lost or made up is listed on standard error, and without a rule for it
nothing is written: exit status 1.
"""

_EXAMPLES = """examples:
  rewrite transcode old.mig --from 1.0.json --to 1.5.3.json --filter 1.0-1.5.3.py -o new.mig

rules:
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    rules = "".join(f"  {name:10} {kind.meaning}\n" for name, kind in KINDS.items())
    made = make_parser("rewrite transcode", _HELP, _EXAMPLES + rules)
    made.add_argument("stream", metavar="STREAM", help="the stream; `-` is standard input")
    made.add_argument(
        "--from", dest="old", type=Path, metavar="SCHEMA", required=True, help="it is read by"
    )
    made.add_argument(
        "--to", dest="new", type=Path, metavar="SCHEMA", required=True, help="it is written by"
    )
    made.add_argument(
        "--filter", type=Path, metavar="FILE", action="append", default=[], help="a file of rules"
    )
    made.add_argument(
        "-o", "--output", type=Path, metavar="STREAM", required=True, help="the stream to write"
    )
    add_fact_options(made)
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite transcode`; raises UsageError, InputError and RuleError like every command."""
    args = build_parser().parse_args(list(argv))
    told = read_settings(args, "rewrite transcode")
    rules = [rule for path in args.filter for rule in _read_rules(path)]
    old, models = read_schema(args.old), Models(read_schema(args.new), args.target)
    with open_data(args.stream, sys.stdin.buffer) as data:
        try:
            with show_progress("Reading the stream") as advance:
                stream = decode_stream(data, old, args.target, Options(told), advance)
            made = transcode_stream(data, stream, models, rules, told)
            for line in made.told:
                print(printable(line), file=sys.stderr)
            for line in made.refused:
                print(printable(f"refused: {line}"), file=sys.stderr)
            if made.refused:
                return FINDINGS
            write_whole(args.output, assemble_stream(made.state, Sources(models, data)))
        except (StreamError, StateError) as error:
            raise InputError(args.stream, str(error)) from error
        except OSError as error:
            raise InputError(str(args.output), f"cannot write: {error.strerror}") from error
    return OK


def _read_rules(path: Path) -> tuple[Rule, ...]:
    try:
        return read_filter(str(path), path.read_bytes())
    except OSError as error:
        raise InputError(str(path), f"cannot read: {error.strerror}") from error
