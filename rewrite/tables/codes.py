# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a pair of handlers stays as it is: every code, in words, and what would be needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Reason:
    """A code of a refusal: what it means in a sentence, and what a person can do about it."""

    summary: str
    needed: str


CODES: Mapping[str, Reason] = MappingProxyType(
    {
        "table-no-pair": Reason(
            "only one of save and load is known here",
            "Register the two functions at one place, by name.",
        ),
        "table-other-place": Reason(
            "the functions are not in the file that registers them, or are used elsewhere as well",
            "Move the functions beside their only registration.",
        ),
        "table-live": Reason(
            "a section that is sent in parts while the machine runs has no table",
            "Nothing: VMState describes what is sent at once.",
        ),
        "table-member": Reason(
            "the functions are members of a struct, whose owner calls them inside of a section of its own",
            "Describe the owner's section in a table first; its fields can then name one for this part.",
        ),
        "table-name": Reason(
            "the section's name is no string constant, and a table's is one",
            "Give each device a table of its own, or the section a constant name.",
        ),
        "table-version": Reason(
            "the versions that the load accepts are no range that ends with the one that is saved",
            "Make save, load and registration agree first; if old versions have another layout, "
            "keep the old load as load_state_old.",
        ),
        "table-unread": Reason(
            "the function is not in a form that is understood",
            "Write the statement in a plain form, or convert the pair by hand.",
        ),
        "table-conditional": Reason(
            "an #if inside the function",
            "Take the condition out of the function, or give each build a table of its own.",
        ),
        "table-computed": Reason(
            "what is saved or loaded is computed, no object of the state",
            "Keep the value in a member that pre_save fills and post_load uses.",
        ),
        "table-pointer": Reason(
            "the object is behind a pointer, so a table has no offset for it",
            "Embed the object, or describe it in a table of its own behind a pointer.",
        ),
        "table-bit-field": Reason(
            "a bit-field has no address, so a table has no offset for it",
            "Copy it through a plain member in pre_save and post_load, or make it a plain member.",
        ),
        "table-type": Reason(
            "the declared type of the object is not known for sure on every target",
            "Use a type that the tree declares alike for all targets.",
        ),
        "table-helper": Reason(
            "another function moves a part of the state, and no macro of this tree stands for it",
            "Convert that function's state to a table first, which this one then names.",
        ),
        "table-condition": Reason(
            "a part of the state is there only under a condition of the device",
            "Move it to a subsection, or to a field with a function that tells whether it is there; "
            "the order of the bytes must stay.",
        ),
        "table-loop": Reason(
            "a loop that is no array of the state",
            "Bring the elements in order before saving (pre_save), so that they are an array.",
        ),
        "table-code-between": Reason(
            "code that runs between the values, or in front of them in the load",
            "Move it behind the last value where it works as well there.",
        ),
        "table-differs": Reason(
            "save and load do not treat the same objects in the same order",
            "Look whether that is a bug; a table does the same both ways.",
        ),
        "table-no-macro": Reason(
            "this tree has no macro for such a field",
            "Take the macro over from a later tree.",
        ),
        "table-unproved": Reason(
            "the wire model of the functions or of the table is not whole, so nothing is proved",
            "Look at `rewrite schema` of the section: what it calls unknown stands in the way.",
        ),
        "table-proof": Reason(
            "the table, read back, puts something else on the wire than the functions",
            "Nothing: this is a bug of the tool, which changed nothing. Please report it.",
        ),
    }
)
"""Every code. They begin with `table-`, so that they are told from those of the visitors' conversion."""
