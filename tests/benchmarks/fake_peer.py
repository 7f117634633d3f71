"""A peer without a package: it answers by a recursion of its own, wrongly when asked to."""

import math


class Peer:
    def __init__(self, arrays, options):
        self.version = "0.0"
        self._arrays = arrays
        self._options = options

    def log_likelihood(self, rows):
        if "crash" in self._options:
            raise RuntimeError(self._options["crash"])
        off = self._options.get("off", 0.0)
        return [self._row(row.astype(int).tolist()) + off for row in rows]

    def rounds(self, rows):
        def itself(rounds, clock):
            return [0.25] * rounds

        itself.times_itself = True
        return {"forward": lambda: self._row([0] * rows.shape[1]), "train": itself}

    def _row(self, codes):
        emissions, transitions = self._arrays["emissions"], self._arrays["transitions"]
        parents = self._arrays["parents"].tolist()
        states = [
            [float(emissions[variable][state][code]) for state in range(emissions.shape[1])]
            for variable, code in enumerate(codes)
        ]
        for variable in reversed(self._arrays["order"].tolist()):
            is_root = parents[variable] < 0
            table = [self._arrays["prior"]] if is_root else transitions[variable]
            sent = [
                math.log(sum(math.exp(w + s) for w, s in zip(row, states[variable], strict=True)))
                for row in table
            ]
            if is_root:
                return sent[0]
            above = states[parents[variable]]
            states[parents[variable]] = [a + b for a, b in zip(above, sent, strict=True)]
        raise AssertionError("a tree has a root")
