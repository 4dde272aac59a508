"""The memory of a process and everything it started: proportional set size, from /proc."""

import os
import threading
from pathlib import Path

BETWEEN_SAMPLES = 0.25


def tree(root):
    """The process ids of the root and its descendants."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parent = int(stat[stat.rindex(")") + 2 :].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children.get(process, [])
    return found


def proportional_bytes(process):
    """A process' share of memory: what it shares is divided among those who share it."""
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


class Peak:
    """Samples a process tree until it ends; `bytes` is the largest sum seen."""

    def __init__(self, process):
        self.process = process
        self.bytes = 0
        self.samples = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while self.process.poll() is None:
            total = sum(map(proportional_bytes, tree(self.process.pid)))
            self.bytes = max(self.bytes, total)
            self.samples += total > 0
            threading.Event().wait(BETWEEN_SAMPLES)

    def join(self):
        self._thread.join()


def one_processor():
    """Confines the calling process, and what it starts, to one processor where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
