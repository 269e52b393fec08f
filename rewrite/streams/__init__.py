# SPDX-License-Identifier: GPL-2.0-or-later
"""Migration streams as QEMU writes them: framing, values by the wire model, and back to bytes."""
