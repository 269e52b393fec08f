# SPDX-License-Identifier: GPL-2.0-or-later
"""The fuzzer: damaged input for everything that the tool reads. `__main__` says how it is run."""
