"""What an HDF5 data file may hold and claim, and what the child and its parent say to each other."""

from __future__ import annotations

import struct

MOST_MEMBERS = 1000  # objects at the top of a file
MOST_NAME = 255  # bytes of a name
MOST_RANK = 32
MOST_CHUNK = 2**26  # bytes of one chunk, or of one row; as many as the file has where that is more
MOST_TEXT = 2**26  # bytes of a whole array of text
MOST_DEFLATED = 1032  # deflate makes nothing smaller than this share of its length
MOST_REPORT = 2**22  # bytes of the list of what a file holds

# Filters that come with HDF5 and h5py; any other would load a library.
FILTERS = {1: "gzip", 2: "shuffle", 3: "Fletcher-32", 32000: "LZF"}

# Of the child: R(offset, size) asks for bytes of the file; A(length) precedes an answer, E(length) an error.
# Of the parent: L asks for the list of arrays, N(number, start, stop) for rows of one, T(number) for one of text.
QUESTION = struct.Struct("<cQQQ")
