"""Running as a user whom the modes of files bind. Root may read and write everything, which hides what others meet."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = 0x20080522  # of Linux's interface to capabilities
_OVERRIDING = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def bound_by_modes() -> Iterator[None]:
    """Do without root's right to pass over the modes of files, in this thread."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, given = _Header(_VERSION, 0), (_Capabilities * 2)()
    assert libc.capget(ctypes.byref(header), given) == 0
    before = given[0].effective
    given[0].effective = before & ~_OVERRIDING
    assert libc.capset(ctypes.byref(header), given) == 0
    try:
        yield
    finally:
        given[0].effective = before
        assert libc.capset(ctypes.byref(header), given) == 0
