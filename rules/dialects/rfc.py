# SPDX-License-Identifier: GPL-2.0-or-later
"""The spelling of the mail that proposed the conversion: short type names, a local Error pointer.

No tree ever declared these; the dialect is there to ask for by name.
"""

schema(1)

dialect(
    "rfc",
    trees="none: the mail's own spelling",
    order=("visitor", "name", "object", "errp"),
    returns="void",
    error="local_err",
    spelling="rfc",
    recognise="never",
)
