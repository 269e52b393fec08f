# SPDX-License-Identifier: GPL-2.0-or-later
"""Proof by the compiler: both texts of each changed function give the same machine code."""
