"""The garbage collector held off while a large configuration is built."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Collect nothing meanwhile.

    The collector would walk the growing heap again and again, which doubles the time of
    50,000 checks and stops every thread for 0.6 s at a time; and nothing of it is garbage.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
