# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite encode`: its options and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InputError, StateError, UsageError
from ..files.json_text import parse_json
from ..files.whole import write_whole
from ..streams.assemble import Sources, assemble_stream
from ..streams.data import Data, open_data
from ..streams.decode import own_schema
from ..streams.models import Models
from .main import OK, make_parser
from .schema_options import add_schema_options, read_settings, wanted_schema

_HELP = """Write the stream that `rewrite decode --format json` showed, with what was changed in it.

Bytes of memory and disks are not in that JSON: --from names the stream that it was made of, from
which they are copied, and the description at its end as well.
"""

_EXAMPLES = """examples:
  rewrite encode vm.json --schema 7.2.json --from vm.mig -o changed.mig
  rewrite decode vm.mig --schema 7.2.json --format json | rewrite encode - ... -o same.mig
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite encode", _HELP, _EXAMPLES)
    made.add_argument("state", metavar="STATE", help="the JSON; `-` is standard input")
    made.add_argument(
        "-o", "--output", type=Path, metavar="STREAM", required=True, help="the stream to write"
    )
    made.add_argument("--from", dest="source", metavar="STREAM", help="the stream that was decoded")
    add_schema_options(made)
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite encode`; raises UsageError and InputError like every command."""
    args = build_parser().parse_args(list(argv))
    state = read_state(args.state)
    schema = wanted_schema(args, "rewrite encode")
    told = read_settings(args, "rewrite encode")
    with optionally_opened(args.source) as data:
        described = schema is None
        if schema is None:
            schema = None if data is None else own_schema(data)
        if schema is None:
            raise UsageError("rewrite encode: error: expected --schema, --tree or --from")
        sources = Sources(Models(schema, args.target), data, described)
        if isinstance(state, dict) and isinstance(state.get("facts"), dict):
            state["facts"] = {**state["facts"], **told}
        try:
            write_whole(args.output, assemble_stream(state, sources))
        except StateError as error:
            raise InputError(args.state, str(error)) from error
        except OSError as error:
            raise InputError(str(args.output), f"cannot write: {error.strerror}") from error
    return OK


def read_state(name: str) -> Any:
    """The JSON of a state; raises InputError."""
    try:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return parse_json(text)
    except OSError as error:
        raise InputError(name, f"cannot read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(name, f"no JSON: {error}") from error


@contextmanager
def optionally_opened(name: str | None) -> Iterator[Data | None]:
    """The bytes of a stream that need not be given."""
    if name is None:
        yield None
    else:
        with open_data(name, sys.stdin.buffer) as data:
            yield data
