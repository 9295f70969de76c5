"""Brings torch's libraries into memory without holding up Python: an import would, for a third of a second or more."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import threading
from pathlib import Path

# The first is what torch itself loads first, for all to see; the second draws all others after it.
_NAMES = ("libtorch_global_deps", "libtorch_python")
# The system loads one library at a time. A thread that imports a module of C while this goes on would wait for it with
# Python's own lock in its hands, and so would everyone else: whoever imports many of them takes this first.
LOADING = threading.Lock()


def map_libraries() -> None:
    """Load them, so that `import torch` finds them there; where that cannot be done, the import does it as ever.

    Python's import holds the interpreter's lock while a library is loaded; a call of a C function does not.
    """
    folder = _folder()
    if folder is None or "torch" in sys.modules or sys.platform == "win32":
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    ending = ".dylib" if sys.platform == "darwin" else ".so"
    with LOADING:
        for name, mode in zip(_NAMES, (os.RTLD_NOW | os.RTLD_GLOBAL, os.RTLD_NOW), strict=True):
            path = folder / f"{name}{ending}"
            if path.is_file():
                dlopen(os.fsencode(path), mode)


def _folder() -> Path | None:
    """Where torch keeps them; found without importing it."""
    spec = importlib.util.find_spec("torch")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "lib"
