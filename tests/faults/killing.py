"""Start work in a child process and kill it without warning, before and after its commit."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from select import select

KILLS, EACH_SIDE, MOST = 20, 5, 60


@dataclass
class Count:
    """How the kills fell: fewer than five on a side prove nothing."""

    before: int = 0
    after: int = 0
    acknowledged: int = 0
    at: list[float] = field(default_factory=list)

    @property
    def is_enough(self) -> bool:
        return len(self.at) >= KILLS and min(self.before, self.after) >= EACH_SIDE


def killed(work: Callable[[], None], after_seconds: float | None) -> tuple[bool, float]:
    """Run the work in a fork; kill it after that time, or at once when it is done.

    Gives whether the work said that it was finished, and how long that took.
    """
    reading, writing = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if not child:
        try:
            work()
            os.write(writing, b"done")
            time.sleep(60)
        finally:
            os._exit(1)
    os.close(writing)
    if after_seconds is None:
        select([reading], [], [], 60)
        took = time.monotonic() - started
    else:
        time.sleep(after_seconds)
        took = after_seconds
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = os.read(reading, 4)
    os.close(reading)
    return said == b"done", took


def many(prepare: Callable[[], Callable[[], None]], judge: Callable[[], bool]) -> Count:
    """Kill at times spread over 0 to 130 % of a measured run, until both sides have enough.

    ``prepare`` makes a fresh place and gives the work; ``judge`` asserts all or
    nothing after each kill and says whether the work is there.
    """
    is_done, whole = killed(prepare(), None)
    assert is_done, "the work failed without being killed"
    assert judge()
    count = Count()
    while not count.is_enough and len(count.at) < MOST:
        # The golden ratio spreads any number of points evenly.
        share = (len(count.at) * 0.618034) % 1 * 1.3
        if len(count.at) >= KILLS:  # a noisy machine: go where kills are missing
            share = 1.1 + 0.1 * len(count.at) % 1 if count.after < count.before else share / 2.6
        is_acknowledged, _ = killed(prepare(), whole * share)
        is_there = judge()
        assert is_there or not is_acknowledged, "what was acknowledged is not there"
        count.at.append(share)
        count.acknowledged += is_acknowledged
        count.before += not is_there
        count.after += is_there
    assert count.is_enough, count
    print(f"{len(count.at)} kills of {whole:.2f} s: {count.before} before the commit, "
          f"{count.after} after, {count.acknowledged} acknowledged")  # fmt: skip
    return count
