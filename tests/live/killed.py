"""Killed at every write on a real server: each process gets one write further than the one before, at most."""

from itertools import cycle

from transport.fault_proxy import Fault

PAGES = 24
"""And one picture: 25 records. The first two are there before."""
MOST = 8 * PAGES


class KilledConformance:
    """To be mixed into a WireConformance."""

    def test_a_death_before_and_after_every_write(self, trial, exporter, proxy, environment):
        trial.configure(workers=1)
        trial.picture()
        trial.page("n-0", "Title 0", image=True)
        trial.converge()  # the channel is asked whether it is ready, once, before its first write
        wanted = {}
        for number in range(PAGES):
            near = f"n-{(number + 1) % 3}" if number < 3 else f"n-{number - 1}"
            trial.page(f"n-{number}", f"Title {number}", links=[near], image=number % 4 == 0)
            wanted[f"page:n-{number}@en"] = f"Title {number}"
        deaths = self.die_at_every_write(trial, proxy, environment)
        self.check_end(trial, wanted)
        for number in range(0, PAGES, 2):
            trial.page(f"n-{number}", f"Changed {number}", image=number % 4 == 0)
            wanted[f"page:n-{number}@en"] = f"Changed {number}"
        for number in (21, 23):
            trial.remove(f"n-{number}")
            del wanted[f"page:n-{number}@en"]
        deaths += self.die_at_every_write(trial, proxy, environment)
        self.check_end(trial, wanted)
        print(f"\n{type(self).__name__}: {deaths} deaths, all made good")

    def die_at_every_write(self, trial, proxy, environment):
        """Run until no write is left, killed in turn before the server has done the next one, and after."""
        for deaths, kind in enumerate(cycle(["refuse", "lost"])):
            assert deaths < MOST, "it does not get on"
            with trial.start(environment) as process:
                proxy.faults[:] = [Fault(kind, act=process.kill)]
                status = process.wait()
            struck = not proxy.faults.pop().times
            assert struck or status in (0, 1), f"a run that was let alone left with {status}"
            if not struck:
                return deaths
