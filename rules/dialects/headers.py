# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a tree declares its visits, and so where its dialect is read."""

schema(1)

header("include/qapi/visitor.h")
header("qapi/qapi-visit-core.h")
