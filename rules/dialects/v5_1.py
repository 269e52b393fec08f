# SPDX-License-Identifier: GPL-2.0-or-later
"""Visits return whether they succeeded, since QEMU 5.1."""

schema(1)

dialect(
    "5.1",
    trees="5.1 to today",
    order=("visitor", "name", "object", "errp"),
    returns="bool",
    error="errp",
    spelling="visit",
    recognise="declaration",
)
