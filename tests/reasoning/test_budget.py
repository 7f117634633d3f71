import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import BudgetError, ParameterError
from workbench.reasoning.budget import Account, Budget, Cost, Ledger
from workbench.reasoning.events import Call, Node

costs = st.builds(Cost, st.integers(0, 9), st.integers(0, 3), st.integers(0, 3), st.just(0.0))


def call(role="proposer", generated=5, flops=None):
    return Call(role, "m", 2, (1, 2), 10, None, generated, flops, 0.5, 1.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(costs, st.floats(0, 1)), max_size=30), st.integers(0, 40))
def test_no_sequence_of_reservations_spends_more_than_the_budget(requests, tokens):
    account = Account(Budget(tokens=tokens, verifier_calls=7, nodes=9))
    open_ones = []
    for cost, share in requests:
        if account.room(cost, 1):
            open_ones.append((account.reserve(cost), Cost(*(int(part * share) for part in cost))))
        else:
            with pytest.raises(BudgetError):
                account.reserve(cost)
        if len(open_ones) > 2:
            account.settle(*open_ones.pop(0))
        assert account.spent.tokens + account.reserved.tokens <= tokens
        assert account.spent.verifier_calls <= 7
        assert account.spent.nodes <= 9


@settings(max_examples=100, deadline=None)
@given(costs, st.integers(0, 10), st.integers(0, 50))
def test_room_is_the_largest_number_that_fits(each, wanted, tokens):
    account = Account(Budget(tokens=tokens, nodes=8))
    n = account.room(each, wanted)
    assert Cost().plus(each, n).tokens <= tokens
    if n < wanted:
        more = Cost().plus(each, n + 1)
        assert more.tokens > tokens or more.nodes > 8


def test_spending_more_than_announced_is_an_error():
    account = Account(Budget())
    with pytest.raises(BudgetError):
        account.settle(account.reserve(Cost(tokens=3)), Cost(tokens=4))


def test_a_ledger_adds_calls_by_role_and_counts_nodes_without_the_root():
    root = Node(0, (), 0, 0, "root", "", None, 0, None)
    step = Node(1, (0,), 0, 1, "step", "", None, 5, None)
    ledger = Ledger.of([root, call(), step, call("verifier", 0), call("draft", 4)], 5)
    assert (ledger.tokens, ledger.nodes, ledger.verifier_calls, ledger.calls) == (9, 1, 2, 3)
    assert (ledger.used_tokens, ledger.discarded_tokens) == (5, 4)
    assert ledger.seconds == 1.5
    assert ledger.prompt_tokens == 30
    assert ledger.roles["draft"].generated_tokens == 4


def test_an_unknown_part_makes_the_total_unknown():
    ledger = Ledger.of([call(flops=3.0), call(flops=None)])
    assert ledger.flops is None
    assert Ledger.of([call(flops=3.0), call(flops=4.0)]).flops == 7.0
    assert Ledger.of([call(generated=None)]).tokens is None
    assert Ledger.of([call()]).roles["proposer"].cached_tokens is None
    assert Ledger().discarded_tokens is None


@pytest.mark.parametrize("bad", [{"tokens": -1}, {"seconds": float("nan")}])
def test_a_bad_budget_is_refused(bad):
    with pytest.raises(ParameterError):
        Budget(**bad)


def test_the_share_spent_is_that_of_the_tightest_limit():
    account = Account(Budget(tokens=10, nodes=4))
    account.settle(account.reserve(Cost(5, 0, 3)), Cost(5, 0, 3))
    assert account.share() == 0.75
    assert Account(Budget()).share() == 0.0
    assert Account(Budget(tokens=0)).share() == 1.0
