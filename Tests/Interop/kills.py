"""Kills of a run at any moment of its life."""

import signal
import subprocess
import time


class Killer:
    """Kills runs that take about as long as the first one did; one that ends before its kill tells how short they are."""

    def __init__(self, run):
        start = time.monotonic()
        run()
        self.length, self.killed = time.monotonic() - start, 0

    def kill(self, process, share):
        """Kills a process that was started just now after that share (0 to 1) of a run; reads what it writes until then."""
        start = time.monotonic()
        try:
            process.communicate(timeout=self.length * share)
            self.length = min(self.length, time.monotonic() - start)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate(timeout=60)
        self.killed += process.returncode == -signal.SIGKILL
