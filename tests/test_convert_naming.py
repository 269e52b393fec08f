# SPDX-License-Identifier: GPL-2.0-or-later
"""What visits are called: a save and its load alike, and after what they move."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

Rewrite = Callable[..., Any]

REGISTERED = """
static void sluice_register(SluiceState *s)
{
    register_savevm(NULL, "sluice", 0, 2, sluice_save, sluice_load, s);
}
"""


class Named(NamedTuple):
    """The names of a pair's visits, in the order of the text, and the figures of the run."""

    save: list[str]
    load: list[str]
    figures: dict[str, Any]


@pytest.fixture
def named(rewrite: Rewrite, tree: Any) -> Callable[..., Named]:
    """Give the names of sluice_save() and sluice_load(), made from their bodies; `before` precedes."""

    def names(save: str, load: str, before: str = "") -> Named:
        text = (
            f"{before}\nstatic void sluice_save(QEMUFile *f, void *opaque)\n{{\n{save}\n}}\n\n"
            f"static int sluice_load(QEMUFile *f, void *opaque, int version_id)\n{{\n{load}\n"
            f"    return 0;\n}}\n{REGISTERED}"
        )
        tree.write({"hw/sluice.c": text})
        ran = rewrite(tree.root, "--dialect", "5.1", "--stats", "-")
        figures = json.loads(ran.out)
        assert (ran.status, figures["failed_self_check"]) == (0, 0)
        assert figures["refused"] == 0, ran.err
        puts = [s["name"] for s in figures["site_list"] if "_put_" in s["primitive"]]
        gets = [s["name"] for s in figures["site_list"] if "_get_" in s["primitive"]]
        return Named(puts, gets, figures)

    return names


Names = Callable[..., Named]

ALIKE = {
    "a temporary": ("qemu_put_be32(f, s->level);", "tmp = qemu_get_be32(f); check(tmp);", "level"),
    "a local that says what it holds": (
        "qemu_put_be32(f, sluice_depth(s) + 1);",
        "gates = qemu_get_be32(f); open_all(gates);",
        "gates",
    ),
    "an accessor": (
        "qemu_put_be32(f, helper_mfgate(s));",
        "helper_mtgate(s, qemu_get_be32(f));",
        "gate",
    ),
    "a condition": ("qemu_put_byte(f, s->open);", "if (qemu_get_byte(f)) { lift(s); }", "open"),
    "a constant": ("qemu_put_be32(f, 0);", "s->level = qemu_get_be32(f);", "level"),
    "a constant that is compared": (
        "qemu_put_be32(f, s->kind);",
        "if (qemu_get_be32(f) != SLUICE_KIND) { return -1; }",
        "kind",
    ),
    "nothing": ("qemu_put_be32(f, 0);", "qemu_get_be32(f);", "unused"),
    "another object": (
        "qemu_put_be32(f, s->gate.level);",
        "SluiceGate *g = &s->gate; g->level = qemu_get_be32(f);",
        "gate.level",
    ),
    "a trace point": (
        "n = count(s); qemu_put_be32(f, n);",
        "gates = qemu_get_be32(f); trace_sluice_get(s, gates);",
        "gates",
    ),
    "an error": (
        "qemu_put_be32(f, s->level);",
        "ret = qemu_get_be32(f); if (ret < 0) { return ret; }",
        "level",
    ),
    "a part of a union": (
        "u.d = s->depth[i]; qemu_put_be32(f, u.l.upper);",
        "u.l.upper = qemu_get_be32(f); s->depth[i] = u.d;",
        "depth[].upper",
    ),
    "fields in one value": (
        "qemu_put_be32(f, s->gate[i].open | s->gate[i].locked << 1);",
        "val = qemu_get_be32(f); s->gate[i].open = val & 1; s->gate[i].locked = val >> 1;",
        "gate[]",
    ),
    "a variable that counts": (
        "for (i = 0; i < 4; i++) { if (!s->gate[i]) { break; } } qemu_put_be32(f, i);",
        "gates = qemu_get_be32(f); open_all(gates);",
        "gates",
    ),
}


LOCALS = """
    SluiceState *s = opaque;
    int i = 0, n, tmp, val, ret, gates;
    union { double d; struct { uint32_t upper, lower; } l; } u;
"""


@pytest.mark.parametrize("kind", ALIKE)
def test_both_sides_of_a_value_have_the_better_name(named: Names, kind: str) -> None:
    save, load, name = ALIKE[kind]
    found = named(LOCALS + save, LOCALS + load)
    assert (found.save, found.load) == ([name], [name])


LISTS = {
    "a condition": (
        "while (r) { qemu_put_byte(f, 1); qemu_put_be32(f, r->tag); r = r->next; }"
        "qemu_put_byte(f, 0);",
        "while (qemu_get_byte(f)) { r->tag = qemu_get_be32(f); }",
        (["more", "tag", "more"], ["more", "tag"]),
    ),
    "the first field": (
        "while (r) { qemu_put_be32(f, r->tag); qemu_put_be32(f, r->len); r = r->next; }"
        "qemu_put_be32(f, 0);",
        "tag = qemu_get_be32(f); while (tag) { r->len = qemu_get_be32(f); tag = qemu_get_be32(f); }",
        (["tag", "len", "tag"], ["tag", "len", "tag"]),
    ),
    "one branch or the other": (
        "if (s->r) { qemu_put_byte(f, 1); qemu_put_be32(f, s->tag); } else { qemu_put_byte(f, 0); }",
        "has_tag = qemu_get_byte(f); if (has_tag) { s->tag = qemu_get_be32(f); }",
        (["has_tag", "tag", "has_tag"], ["has_tag", "tag"]),
    ),
    "an early end": (
        "if (!s->r) { qemu_put_be32(f, SLUICE_NONE); return; }"
        "qemu_put_be32(f, s->count); qemu_put_be32(f, s->tag);",
        "n = qemu_get_be32(f); s->tag = qemu_get_be32(f);",
        (["count", "count", "tag"], ["count", "tag"]),
    ),
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_value_that_says_whether_there_is_more_has_one_name(named: Names, kind: str) -> None:
    save, load, names = LISTS[kind]
    head = "SluiceState *s = opaque; SluiceRow *r = s->rows; int n, tag, has_tag;\n"
    found = named(head + save, head + load)
    assert (found.save, found.load) == names


def test_what_helpers_move_is_named_with_their_callers(named: Names) -> None:
    helpers = """
static void save_gate(QEMUFile *f, SluiceGate *g) { qemu_put_be32(f, g->level); }
static void load_row(QEMUFile *f, SluiceState *s, int n)
{
    int tmp = qemu_get_be32(f);
    lift(s, n, tmp);
}
"""
    found = named(
        "SluiceState *s = opaque; qemu_put_be32(f, s->mode); save_gate(f, &s->gate);",
        "SluiceState *s = opaque; s->mode = qemu_get_be32(f); load_row(f, s, 1);",
        helpers,
    )
    assert found.save == ["level", "mode"]
    assert found.load == ["level", "mode"]


def test_a_value_that_only_older_streams_have_does_not_shift_names(named: Names) -> None:
    found = named(
        "SluiceState *s = opaque; qemu_put_be32(f, s->a); qemu_put_be32(f, s->b);",
        "SluiceState *s = opaque; int tmp; tmp = qemu_get_be32(f); check(tmp);"
        "if (version_id < 2) { qemu_get_be32(f); } s->b = qemu_get_be32(f);",
    )
    assert found.save == ["a", "b"]
    assert found.load == ["a", "unused", "b"]


def test_names_are_not_taken_over_where_either_value_may_be_meant(named: Names) -> None:
    found = named(
        "SluiceState *s = opaque; qemu_put_be32(f, s->a);",
        "int one = qemu_get_be32(f), two = qemu_get_be32(f); check(one, two);",
    )
    assert found.load == ["one", "two"]
    assert found.figures["names_differ"] == []


def test_two_fields_at_one_place_keep_their_names_and_are_told(
    named: Names, rewrite: Rewrite, tree: Any
) -> None:
    found = named(
        "SluiceState *s = opaque; qemu_put_be32(f, s->a);",
        "SluiceState *s = opaque; s->b = qemu_get_be32(f);",
    )
    assert (found.save, found.load) == (["a"], ["b"])
    assert found.figures["names_differ"] == [
        {"path": "hw/sluice.c", "save_line": 4, "load_line": 9, "saved": "a", "loaded": "b"}
    ]
    told = rewrite(tree.root, "--dialect", "5.1").err
    assert "loads `b` where sluice_save() saves `a`, at line 4 [names-differ]" in told


def test_arrays_of_one_name_are_told_apart_by_what_they_are_in(named: Names) -> None:
    body = (
        "SluiceState *s = opaque; OtherState *o = s->other; int i;"
        "for (i = 0; i < 4; i++) {{ {0} }} for (i = 0; i < 4; i++) {{ {1} }}"
    )
    found = named(
        body.format("qemu_put_be32(f, s->row[i]);", "qemu_put_be32(f, o->row[i]);"),
        body.format("s->row[i] = qemu_get_be32(f);", "o->row[i] = qemu_get_be32(f);"),
    )
    assert found.save == found.load == ["row[]", "o.row[]"]


def test_parts_of_one_buffer_are_told_apart_by_where_they_begin(named: Names) -> None:
    head = "SluiceState *s = opaque;"
    found = named(
        f"{head} qemu_put_buffer(f, s->page, 8); qemu_put_buffer(f, s->page + PENDING, 8);",
        f"{head} qemu_get_buffer(f, s->page, 8); qemu_get_buffer(f, s->page + PENDING, 8);",
    )
    assert found.save == found.load == ["page", "page[PENDING]"]


def test_no_name_is_of_the_first_of_several_values(named: Names) -> None:
    head = "SluiceState *s = opaque; int val, low, high;"
    found = named(
        f"{head} val = pack(s); qemu_put_be32(f, val); split(&low, &high, s->d);"
        "qemu_put_be32(f, low); qemu_put_be32(f, high);",
        f"{head} val = qemu_get_be32(f); s->open = bit(val, 0); s->shut = bit(val, 1);"
        "low = qemu_get_be32(f); high = qemu_get_be32(f); s->d = joined(low, high);",
    )
    assert found.save == found.load == ["val", "low", "high"]
