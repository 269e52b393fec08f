# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite decode`: its options, its output and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import InputError, StreamError, UsageError
from ..printable import one_line, printable, quoted
from ..streams.data import Data, bytes_around, open_data
from ..streams.decode import Options, decode_stream
from ..streams.document import part_json, stream_json
from ..streams.parts import SectionPart, Stream, StreamProblem
from ..streams.pick import pick_sections
from ..streams.summary import summarise_stream
from ..streams.text import part_text, stream_text
from ..streams.tree import grow_tree, list_paths
from ..streams.values import leaf_json
from .main import FINDINGS, OK, make_parser
from .schema_options import add_schema_options, read_settings, wanted_schema
from .terminal import show_progress

_HELP = """Read a migration stream (`migrate "exec:cat > FILE"`): every value of every section by name, by the
model of the tree that the emulator was built from. Without a tree or a schema, by the description
at the stream's end, which names only what tables wrote.

Memory and disks are skipped. docs/decode.md describes the JSON.
"""

_EXAMPLES = """examples:
  rewrite decode vm.mig --tree ~/qemu --format text
  rewrite decode vm.mig --schema 7.2.json --section virtio-net
  rewrite decode vm.mig --schema 7.2.json --section 'timer/cpu_ticks_offset'
  rewrite decode - --tree ~/qemu --check < vm.mig
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite decode", _HELP, _EXAMPLES)
    made.add_argument("stream", metavar="STREAM", help="the stream; `-` is standard input")
    add_schema_options(made)
    made.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    made.add_argument(
        "--section",
        metavar="ID",
        help="only the sections of that name (virtio-net, cpu:0), or one value of it (ID/PATH)",
    )
    made.add_argument(
        "--check",
        action="store_true",
        help="tell only what does not fit; exit status 1 if anything",
    )
    made.add_argument(
        "--no-description",
        action="store_true",
        help="leave out the description at the stream's end, which may settle what fields are there",
    )
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite decode`; raises UsageError and InputError like every command."""
    args = build_parser().parse_args(list(argv))
    schema = wanted_schema(args, "rewrite decode")
    options = Options(read_settings(args, "rewrite decode"), not args.no_description)
    with open_data(args.stream, sys.stdin.buffer) as data:
        with show_progress("Reading the stream") as advance:
            try:
                stream = decode_stream(data, schema, args.target, options, advance)
            except StreamError as error:
                raise InputError(args.stream, str(error)) from error
        if not args.check:
            for line in _show_stream(args, data, stream):
                sys.stdout.write(printable(line) + "\n")
        _tell_problems(args.stream, data, stream)
    return FINDINGS if stream.problems else OK


def _show_stream(args: argparse.Namespace, data: Data, stream: Stream) -> Iterator[str]:
    import json

    if args.section is not None:
        found = pick_sections(stream, args.section)
        if not found:
            raise UsageError(f"rewrite decode: error: --section: no section {quoted(args.section)}")
        for part, path in found:
            yield from _show_section(args, data, part, path)
    elif args.format == "text":
        yield from stream_text(data, stream)
    else:
        yield json.dumps(stream_json(data, stream), indent=1)


def _show_section(
    args: argparse.Namespace, data: Data, part: SectionPart, path: str
) -> Iterator[str]:
    """One section, or what a path in it names."""
    import json

    if not path:
        if args.format == "text":
            yield from part_text(data, part)
        else:
            yield json.dumps(part_json(data, part), indent=1)
        return
    found = list(_values_under(data, part, path))
    if not found:
        raise UsageError(f"rewrite decode: error: --section: {part.name} has no {quoted(path)}")
    for value in found:
        yield json.dumps(value)


def _values_under(data: Data, part: SectionPart, path: str) -> Iterator[Any]:
    """The values under a path; an element of a row of numbers has its index behind the row's."""
    row, _, index = path.removesuffix("]").rpartition("[")
    for name, leaf in list_paths(grow_tree(part.reading.events)):
        if name == path:
            yield leaf_json(data, leaf)
        elif name == row and index.isdecimal() and path.endswith("]"):
            value = leaf_json(data, leaf)
            if isinstance(value, list) and int(index) < len(value):
                yield value[int(index)]


def _tell_problems(name: str, data: Data, stream: Stream) -> None:
    """What does not fit, and how much was understood, on standard error."""
    for problem in stream.problems:
        sys.stderr.write(printable(_describe_problem(name, data, problem)))
    found = summarise_stream(stream)
    described = " and a description" if stream.described else ""
    print(
        f"{found.sections} sections{described}: {found.total} bytes, {found.named:.1%} named; "
        f"{found.settled} sections settled, {found.unread} bytes unread",
        file=sys.stderr,
    )


def _describe_problem(name: str, data: Data, problem: StreamProblem) -> str:
    return (
        f"{one_line(name)}:0x{problem.offset:x}: error: {one_line(problem.where)}: "
        f"{one_line(problem.message)}\n    {bytes_around(data, problem.offset)}\n"
    )
