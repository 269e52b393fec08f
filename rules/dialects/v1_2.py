# SPDX-License-Identifier: GPL-2.0-or-later
"""The first fixed-width visits: object before name, errors through errp alone."""

schema(1)

dialect(
    "1.2",
    trees="1.2 to 2.5, and the branch of October 2011",
    order=("visitor", "object", "name", "errp"),
    returns="void",
    error="errp",
    spelling="visit",
    recognise="declaration",
)
