# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees without fixed-width visits: 0.15 to 1.1 have a Visitor without them, older trees none.

The support code declares what is missing, in the order that 1.2 then chose.
"""

schema(1)

dialect(
    "pre-1.2",
    trees="0.9 to 1.1",
    order=("visitor", "object", "name", "errp"),
    returns="void",
    error="errp",
    spelling="visit",
    recognise="absent",
)
