# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables and the functions that they stand for, run side by side on random states."""
