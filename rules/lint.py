# SPDX-License-Identifier: GPL-2.0-or-later
"""What continuous integration refuses."""

schema(1)

forbid(
    code="new-primitive",
    message="a save or load handler calls a QEMUFile primitive",
    hint="call the visit_type function of the field's declared type, as `rewrite` would write it",
)
