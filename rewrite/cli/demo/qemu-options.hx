HXCOMM SPDX-License-Identifier: GPL-2.0-or-later
HXCOMM Marks the root of the demonstration tree, whose devices have no options.
