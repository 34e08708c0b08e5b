"""Keeps the garbage collector from looking at what stays until the process ends.

pytest collects garbage several times at the end of a run, and Python when the process ends: each
time it walks through every object of every imported module, which takes a tenth of a whole run.
"""

from __future__ import annotations

import gc

#: Whether the objects that are out of its sight are those of an earlier run in this process.
_is_ours = False


def spare() -> None:
    """Takes all objects that are there now out of its sight, until the next run of this process.

    Those of an earlier run are looked at before: a process that runs pytest over and over keeps
    what one run has left, and not what all have. Does nothing where the process itself has objects
    out of sight (a server that forks, say).

    To be called before a conftest is imported: what a user's module makes is finalised as ever.
    """
    global _is_ours
    if _is_ours:
        gc.unfreeze()
        gc.collect()
    elif gc.get_freeze_count():
        return
    gc.freeze()
    _is_ours = True
