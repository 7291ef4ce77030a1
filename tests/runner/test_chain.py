"""States that overlap, read out of the histories of made-up executions whose states are known."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from runner.chain import Visits
from runner.history import visits
from runner.visits import Visit
from tests.runner.executions import Both, Leaf, Made

GOOD = st.sampled_from(["pass", "task", "mended", "caught"]).map(Leaf)
ANY = st.sampled_from(["pass", "task", "mended", "caught", "task fails", "fail"]).map(Leaf)
State = Leaf | Both


def nested(leaves: st.SearchStrategy[Leaf]) -> st.SearchStrategy[list[State]]:
    """Machines: sequences of states, some of them Parallels of further sequences."""

    def around(states: st.SearchStrategy[State]) -> st.SearchStrategy[State]:
        branches = st.lists(st.lists(states, min_size=1, max_size=3), min_size=1, max_size=3).map(tuple)
        return st.builds(Both, branches, st.integers(0, 1), st.booleans())

    return st.lists(st.recursive(leaves, around, max_leaves=12), min_size=1, max_size=4)


LUCK = st.randoms(use_true_random=False)


@given(nested(ANY), LUCK)
def test_every_state_has_its_own_beginning_end_and_outcome(states: list[State], luck: random.Random) -> None:
    made = Made(states, luck)
    seen = visits(made.events)
    rows = [(visit.name, visit.kind, visit.within, visit.status, visit.entered, visit.exited) for visit in seen]
    assert rows == [truth.row() for truth in made.truths]


@given(nested(ANY), LUCK)
def test_what_has_ended_stays_as_it_ended(states: list[State], luck: random.Random) -> None:
    made, taken = Made(states, luck), Visits()
    began: list[int] = []
    ended: dict[int, Visit] = {}
    for event in made.events:
        for visit in taken.take(event):
            if visit.exited is None:
                began.append(visit.number)
            else:
                assert ended.setdefault(visit.number, visit) is visit, "it ends once"
        assert all(taken.seen[number] == visit for number, visit in ended.items())
    assert began == list(range(len(made.truths)))
    assert [ended[number] for number in sorted(ended)] == taken.seen


@given(nested(ANY), LUCK)
def test_a_parallel_lasts_as_long_as_what_is_inside_of_it(states: list[State], luck: random.Random) -> None:
    entered: dict[str, Visit] = {}
    for visit in visits(Made(states, luck).events):
        entered[visit.name] = visit
        if visit.within is not None:
            around = entered[visit.within]
            assert around.kind == "Parallel"
            assert visit.exited is not None
            assert around.exited is not None
            assert around.entered < visit.entered <= visit.exited <= around.exited


@given(st.lists(GOOD, min_size=1, max_size=5), LUCK)
def test_states_that_do_not_overlap_need_no_chain(states: list[State], luck: random.Random) -> None:
    events = Made(states, luck).events
    bare = [{key: value for key, value in event.items() if "id" not in key.lower()} for event in events]
    assert visits(bare) == visits(events)
