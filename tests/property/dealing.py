"""How tests are dealt out to several processes."""

DEALT_SINGLY = "tests/browser/"  # these share no more than servers, which each process starts


def groups(tests):
    """The group of each test, by its address; tests of a group run in one process, in order.

    Consecutive tests of a file are a group, so that what they share is made once.
    Those of pages take seconds each: dealt singly and last, they let no process wait.
    """
    found, number, previous = {}, 0, None
    for test in tests:
        file = test.partition("::")[0]
        number += file != previous or file.startswith(DEALT_SINGLY)
        found[test], previous = f"{file} {number}", file
    return found


def dealer(config, log):
    """A scheduler of pytest-xdist that hands out `groups` in the order of their tests."""
    from xdist.scheduler import LoadScopeScheduling

    class Dealer(LoadScopeScheduling):
        def schedule(self):
            if self.collection is None:
                self.groups = groups(next(iter(self.registered_collections.values())))
            super().schedule()

        def _split_scope(self, nodeid):
            return self.groups[nodeid]

    config.option.loadscopereorder = False
    return Dealer(config, log)
