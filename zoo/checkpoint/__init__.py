"""The checkpoint container: a manifest (a dict that is JSON) and named arrays, as one HDF5 file.

It knows nothing about models. `write` saves whole or not at all; `read` gives back exactly what was saved, or raises
one CheckpointError that names the file and the object, whatever the bytes are.

>>> import numpy as np
>>> digest = write("net.h5", {"signature": {"task": "classify"}}, {"weights/out/W": np.zeros((4, 3), "f4")})
>>> read("net.h5").arrays["weights/out/W"].shape
(4, 3)
"""

from .reading import Checkpoint, Contents, digest, inspect, read
from .saver import Saver
from .writing import write

__all__ = ["Checkpoint", "Contents", "Saver", "digest", "inspect", "read", "write"]
