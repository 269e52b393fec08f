# SPDX-License-Identifier: GPL-2.0-or-later
"""What must keep its primitives, and why."""

schema(1)

stays_definition(reason="the primitive's own body: visits are written in terms of it")
