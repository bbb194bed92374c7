"""One replica of the schedule as a process: `replica.py LEDGER LOG SPEED BEAT PATIENCE WORK`.

Its clock runs SPEED times as fast as the real one, so that a job of every minute is done often. Each run leaves
two lines in LOG, one when it begins and one WORK seconds later; a process that is killed leaves the first only.
"""

import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs
from pipeline.schedule.loop import Scheduler, Times
from pipeline.schedule.model import Job
from pipeline.schedule.timed import Regular, Result

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def main(address, log, speed, beat, patience, work):
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def now():
        return BEGIN + timedelta(seconds=(time.time() - 1.7e9) * float(speed))

    def note(what, timed, lease):
        slot = f"{timed.name}@{lease.state.slot:%dT%H:%M}"
        os.write(file, f"{what} {slot} {os.getpid()} {time.time()}\n".encode())

    def run(timed, lease):
        note("begin", timed, lease)
        if not lease.stop.wait(float(work)):
            note("end", timed, lease)
            return Result("done")
        return Result("stopped")

    jobs = [Job(sync="all", every="minute", name="often"), Job(sync="all", every="2 minutes", name="rarely")]
    with Ledger(address, Path.cwd()) as ledger:
        scheduler = Scheduler(
            [Regular(job, "UTC") for job in jobs],
            Jobs(ledger.database),
            run,
            times=Times(now, time.monotonic, float(patience), float(beat)),
        )
        signal.signal(signal.SIGTERM, lambda *_: scheduler.halt())
        print("ready", flush=True)
        scheduler.forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
