# SPDX-License-Identifier: GPL-2.0-or-later
"""Name before object, since QEMU 2.6."""

schema(1)

dialect(
    "2.6",
    trees="2.6 to 5.0",
    order=("visitor", "name", "object", "errp"),
    returns="void",
    error="errp",
    spelling="visit",
    recognise="declaration",
)
