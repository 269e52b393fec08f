# SPDX-License-Identifier: GPL-2.0-or-later
"""What C text says: tokens, syntax, declarations, headers, scopes, types. No QEMU."""
