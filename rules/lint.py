# SPDX-License-Identifier: GPL-2.0-or-later
"""What continuous integration refuses. `docs/lint.md` has a section for each code."""

schema(1)

forbid(
    code="new-primitive",
    message="a save or load handler calls a QEMUFile primitive",
    hint="call the visit_type function of the field's declared type, as `rewrite` would write it",
    severity="error",
)

# The two sides of a handler.
forbid(
    code="mixed-direction",
    message="a get in a function that is registered to save, or a put in one that loads",
    hint="a stream has one direction; use the primitive of the other",
    severity="error",
)
forbid(
    code="pair-sequence",
    message="save and load do not have the same sequence of values",
    hint="read exactly what is written, in the same order",
    severity="error",
)
forbid(
    code="pair-width",
    message="save and load move a value in different widths",
    hint="use the same wire type on both sides",
    severity="error",
)
forbid(
    code="pair-bound",
    message="the loops of save and load have different bounds",
    hint="use the same bounds on both sides",
    severity="error",
)
forbid(
    code="pair-condition",
    message="one of save and load goes on only under a condition that the other does not have",
    hint="put both sides under the same condition, or neither",
    severity="error",
)
forbid(
    code="pair-version",
    message="at the version that is registered, load skips or adds what save writes",
    hint="raise the registered version, or correct the guard",
    severity="error",
)
forbid(
    code="version-rejected",
    message="the load handler refuses the version that it is registered with",
    hint="accept the registered version",
    severity="error",
)

# VMState tables, with --tables.
forbid(
    code="table-type",
    message="an entry of a VMState table does not fit the member that it names",
    hint="use the macro for the declared type, and the table of the member's own struct",
    severity="error",
)

# Two states of a tree, which `rewrite schema diff` compares.
forbid(
    code="wire-changed",
    message="the stream is another one at the same version",
    hint="raise the version, or send the new values in a subsection",
    severity="error",
)
forbid(
    code="wire-renamed",
    message="the same bytes have another name or another shape",
    hint="keep the name where streams are read as JSON",
    severity="note",
)

# The lint's own comments.
forbid(
    code="bad-suppression",
    message="a suppression without a reason, or of a code that is not known",
    hint="write /* rewrite-lint: allow(CODE) reason */",
    severity="error",
)
forbid(
    code="unused-suppression",
    message="a suppression that suppresses nothing",
    hint="remove the comment",
    severity="warning",
)
