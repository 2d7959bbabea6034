"""What reading a file of arrays (npz) may raise, when the file was damaged, cut off or made by somebody else."""

from __future__ import annotations

import zipfile
import zlib

# The zip, its compression, numpy's own header and what is looked for inside each fail in their own way.
DAMAGED = (OSError, ValueError, TypeError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)
