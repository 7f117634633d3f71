"""An executor that a test moves by hand, and a runner that takes single steps with it."""

from workbench.jobs import Event, Runner
from workbench.jobs.reports import Begun, Ended, Kept, Told


class Manual:
    """Orders that were started, by number; nothing happens but what a test tells."""

    def __init__(self, slots=2):
        self.n_slots = slots
        self.orders, self.stopped, self.n_steps = {}, [], {}
        self.pending = []
        self.is_closed = False

    def listen(self, wake):
        self.wake = wake

    def start(self, order, workspace):
        assert len(self.orders) < self.n_slots
        self.orders[order.number] = order
        self.n_steps[order.number] = 0

    def reports(self):
        told, self.pending = self.pending, []
        return told

    def stop(self, number):
        self.stopped.append(number)

    def close(self):
        self.is_closed = True

    def begin(self, number, step=0):
        self.n_steps[number] = step
        self.pending.append(Begun(number, step))

    def tell(self, number, share, text="", **values):
        self.n_steps[number] += 1
        self.pending.append(Told(number, self.n_steps[number], share, text, values))

    def keep(self, number, found):
        self.pending.append(Kept(number, found))

    def end(self, number, event=Event.SUCCEED, result=None, error=None):
        del self.orders[number]
        self.pending.append(Ended(number, event, result, error))


def stepped(study, executor=None, **options):
    """A runner without a thread, and its executor."""
    executor = executor or Manual()
    runner = Runner(study, executor, **options)
    runner.step()
    return runner, executor


def look(runner):
    """One step of `runner`, as if time had passed."""
    runner._beaten = runner._flushed = 0.0
    runner.step()
