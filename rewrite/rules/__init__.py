# SPDX-License-Identifier: GPL-2.0-or-later
"""Rule files, read to frozen objects and never run; and how they are edited and laid out."""
