# SPDX-License-Identifier: GPL-2.0-or-later
"""Which headers a file sees, and what of them counts."""

from __future__ import annotations

import pytest
from conftest import Resolve, exact

from rewrite.c.types import Resolved, Unknown

LEVEL = "typedef struct State { %s level; } State;\n"


def test_headers_through_headers(resolve: Resolve) -> None:
    files = {
        "include/hw/one.h": '#include "hw/two.h"\n',
        "include/hw/two.h": '#include "three.h"\n',
        "include/hw/three.h": LEVEL % "uint16_t",
    }
    result = resolve("s->level", '#include "hw/one.h"', files=files)
    assert exact(result) == "uint16_t"
    assert isinstance(result, Resolved)
    assert result.origin is not None
    assert result.origin.path.endswith("include/hw/three.h")


def test_headers_that_include_each_other(resolve: Resolve) -> None:
    files = {
        "include/a.h": '#include "b.h"\n' + LEVEL % "uint8_t",
        "include/b.h": '#include "a.h"\n',
    }
    assert exact(resolve("s->level", '#include "b.h"', files=files)) == "uint8_t"


def test_the_header_beside_the_file_comes_first(resolve: Resolve) -> None:
    files = {"hw/dev.h": LEVEL % "uint8_t", "include/dev.h": LEVEL % "uint16_t"}
    assert exact(resolve("s->level", '#include "dev.h"', files=files)) == "uint8_t"


def test_a_header_that_is_not_included_does_not_count(resolve: Resolve) -> None:
    """A stray declaration of the same name elsewhere must not decide."""
    files = {"include/used.h": LEVEL % "uint8_t", "include/stray.h": LEVEL % "uint16_t"}
    assert exact(resolve("s->level", '#include "used.h"', files=files)) == "uint8_t"


TARGETS = {
    "target/alto/cpu.h": "typedef struct { uint32_t pc; uint8_t mode; } CPU;\n",
    "target/basso/cpu.h": "typedef struct { uint64_t pc; uint8_t mode; } CPU;\n",
}


@pytest.mark.parametrize(("target", "fixed"), [("alto", "uint32_t"), ("basso", "uint64_t")])
def test_a_target_sees_its_own_header(resolve: Resolve, target: str, fixed: str) -> None:
    result = resolve(
        "s->pc",
        '#include "cpu.h"',
        path=f"target/{target}/machine.c",
        parameters="QEMUFile *f, CPU *s",
        files=TARGETS,
    )
    assert exact(result) == fixed


def test_a_common_file_sees_all_targets(resolve: Resolve) -> None:
    common = {"parameters": "QEMUFile *f, CPU *s", "files": TARGETS}
    assert exact(resolve("s->mode", '#include "cpu.h"', **common)) == "uint8_t"
    result = resolve("s->pc", '#include "cpu.h"', **common)
    assert isinstance(result, Unknown)
    assert "targets" in result.reason
