"""A measured process that exports nothing: it takes memory, and so does its child."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from benchmarks.events import Began, Built, Ended, Written, say
from benchmarks.memory import Memory, high_water, memory_of, reset_high_water, shared_with
from benchmarks.records import Exported, LiteRTFileFacts, Stage

MB = 10**6
OWN, CHILD = 60 * MB, 90 * MB
"""What the two take, one after the other, and give back."""

_CHILD = """
import sys
block = bytearray(b"x") * int(sys.argv[1])
print("taken", flush=True)
sys.stdin.read()
"""


def main(after_the_end: str) -> None:
    """Take memory between two events.

    Args:
        after_the_end: ``crash`` or ``hang`` in the middle, or ``end`` well.
    """
    own = os.getpid()
    say(Built(weights=7, load_average=0.5))
    reset = reset_high_water(own)
    before = memory_of(own)
    say(Began(stage=Stage.COLD, at=time.perf_counter(), own=before, children=Memory()))
    block = bytearray(b"x") * OWN
    time.sleep(0.05)
    del block
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.15)
        if after_the_end == "hang":
            time.sleep(600)
        if after_the_end == "crash":
            child.kill()
            sys.exit("[boom] no file")
        shared, mark = shared_with(child.pid, own), high_water(child.pid)
        child.communicate()
    ended = Ended(
        stage=Stage.COLD,
        at=time.perf_counter(),
        own_high_water=high_water(own) if reset else None,
        children_high_water=mark,
        shared=shared,
        exported=Exported(strategy="none"),
    )
    say(ended)
    say(Written(LiteRTFileFacts(size=3, operators=())))


if __name__ == "__main__":
    main(sys.argv[1])
