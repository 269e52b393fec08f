# SPDX-License-Identifier: GPL-2.0-or-later
"""The stream and the visitors that corpus cases run on behave as their comments say.

Both sides of a case run on the same stream, so its end and its errors need a test of their own.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus_program import COMPILE, CORPUS, RUNTIME, Program, output_of

CHECKS = Path(__file__).parent / "corpus_runtime.c"


@pytest.mark.needs("gcc")
def test_streams_and_visitors_at_their_edges(tmp_path: Path) -> None:
    program = Program(tmp_path / "checks")
    includes = [f"-I{CORPUS / 'include'}", f"-I{CORPUS / 'runtime'}"]
    sources = [CHECKS, *(path for path in RUNTIME if path.name != "runner.c")]
    assert output_of([*COMPILE, *includes, *sources, "-o", program.path]) == ""
    ran = program.run()
    assert (ran.returncode, ran.stdout.decode(), ran.stderr.decode("latin-1")) == (0, "", "")
