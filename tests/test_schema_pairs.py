# SPDX-License-Identifier: GPL-2.0-or-later
"""Pairs of save and load with the faults that real ones had, in an invented device: each is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import Ran, Tree

DEVICE = """\
#include "qemu.h"
typedef struct Gong {
    uint32_t tone;
    uint32_t packed;
    uint32_t count;
    uint64_t strikes[4];
    Ring *ring;
    uint32_t echo;
    uint32_t muted;
} Gong;

static void gong_save(QEMUFile *f, void *opaque)
{
    Gong *s = opaque;
    int i;

    qemu_put_be32(f, s->tone);
    if (s->ring != NULL) {
        qemu_put_be32(f, s->ring->size);
        qemu_put_be64(f, s->ring->base);
    } else {
        qemu_put_be32(f, 0);
        qemu_put_be64(f, 0UL);
    }
    for (i = 0; i < 4; i++) {
        qemu_put_be32(f, (uint32_t)s->strikes[i]);
        qemu_put_be32(f, s->strikes[i] >> 32);
    }
    if (s->packed) {
        qemu_put_be32(f, s->count);
    }
    qemu_put_be64(f, s->echo);
    qemu_put_be32(f, s->muted);
}

static int gong_load(QEMUFile *f, void *opaque, int version_id)
{
    Gong *s = opaque;
    uint32_t size;
    int i;

    s->tone = qemu_get_be32(f);
    size = qemu_get_be32(f);
    if (size != 0) {
        s->ring = ring_at(qemu_get_be64(f), size);
    } else {
        qemu_get_be64(f);
        s->ring = NULL;
    }
    for (i = 0; i < 4; i++) {
        uint64_t half;

        half = qemu_get_be32(f);
        s->strikes[i] = half | ((uint64_t)qemu_get_be32(f) << 32);
    }
    if (s->packed) {
        s->count = qemu_get_be32(f);
    }
    s->echo = qemu_get_be64(f);
    s->muted = qemu_get_be32(f);
    return 0;
}

void gong_init(Gong *s)
{
    register_savevm("gong", 0, 1, gong_save, gong_load, s);
}
"""

COUNT = "    if (s->packed) {\n        s->count = qemu_get_be32(f);\n    }\n"
ECHO = "    s->echo = qemu_get_be64(f);\n"
MUTED = "    s->muted = qemu_get_be32(f);\n"

FAULTS = {
    "a count behind what it is saved before": (COUNT + ECHO, ECHO + COUNT, "pair-"),
    "a value elsewhere": (
        ECHO + MUTED, "", "pair-",
    ),
    "a return before a read": (
        MUTED, f"    if (s->tone) {{\n        return strike(s);\n    }}\n{MUTED}", "pair-condition",
    ),
    "a get in a save": ("qemu_put_be32(f, s->muted)", "qemu_get_be32s(f, &s->muted)", "mixed-"),
    "one value more": (MUTED, f"    tune(s, qemu_get_be32(f));\n{MUTED}", "pair-sequence"),
    "halves the other way": (
        "half | ((uint64_t)qemu_get_be32(f) << 32)",
        "(half << 32) | qemu_get_be32(f)",
        "pair-sequence",
    ),
}  # fmt: skip


@pytest.fixture
def told(tree: Tree, spawn: Callable[..., Ran]) -> Callable[[str], list[str]]:
    """told(text): the codes of what the lint finds in a device, but for the primitives it calls."""

    def run(text: str) -> list[str]:
        tree.write({"hw/gong.c": text})
        lines = spawn("lint", "--no-cache", "hw", cwd=tree.root).out.decode().splitlines()
        codes = [line.rpartition("[")[2].rstrip("]") for line in lines if line.endswith("]")]
        return [code for code in codes if code != "new-primitive"]

    return run


def test_a_pair_that_agrees_is_silent(told: Callable[[str], list[str]]) -> None:
    assert told(DEVICE) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told(told: Callable[[str], list[str]], fault: str) -> None:
    right, wrong, code = FAULTS[fault]
    assert right in DEVICE
    text = DEVICE.replace(right, wrong)
    if not wrong:
        text = text.replace(
            "    s->tone = qemu_get_be32(f);\n", f"    s->tone = qemu_get_be32(f);\n{right}"
        )
    found = told(text)
    assert [c for c in found if c.startswith(code)], found
