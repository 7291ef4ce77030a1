"""Splits are disjoint, complete and seeded, keep what they promise per user and in time, and never see a rating."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from prep.channels import Channel
from prep.errors import BadJob, OneMomentOnly
from prep.hashing import pairs_of, users_of
from prep.moments import moments, order_statistic
from prep.split import UserRows, _smallest, assigner
from prep.split_rule import SplitRule

RULES = [
    SplitRule(kind="leave_k_out", k=1, seed=3),
    SplitRule(kind="leave_k_out", k=4, validation=0.3, seed=3),
    SplitRule(kind="random", share=0.3, seed=5),
    SplitRule(kind="random", share=0.9, validation=0.9, seed=5),
    SplitRule(kind="temporal", per="user", share=0.25),
    SplitRule(kind="temporal", per="user", share=0.25, validation=0.25),
    SplitRule(kind="temporal", share=0.25),
    SplitRule(kind="temporal", share=0.25, validation=0.25),
    SplitRule(kind="given", name="g", validation=0.5),
]


@st.composite
def whole_users(draw: st.DrawFn) -> UserRows:
    counts = draw(st.lists(st.integers(1, 9), min_size=1, max_size=12))
    users = np.repeat(np.arange(len(counts)) * 3, counts)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    items = np.concatenate([rng.permutation(20)[:count] for count in counts])
    times = rng.integers(0, draw(st.sampled_from([3, 1000])), users.size)
    times[:1], times[-1:] = -1, 2000  # two moments at least
    given_channels = rng.choice([Channel.TRAIN, Channel.TEST], users.size).astype(np.uint8)
    return UserRows(pairs_of(users, items), times, given_channels)


def _assigned(rule: SplitRule, rows: UserRows) -> NDArray[np.uint8]:
    assert rows.times is not None
    times = rows.times
    needs_moments = rule.kind == "temporal" and rule.per == "all"
    try:
        return assigner(rule, moments(lambda: [times], rule) if needs_moments else None)(rows)
    except OneMomentOnly:
        return np.full(rows.pairs.size, Channel.TRAIN, np.uint8)


@pytest.mark.parametrize("rule", RULES, ids=str)
@given(rows=whole_users())
def test_every_row_has_one_channel_that_was_asked_for(rule: SplitRule, rows: UserRows) -> None:
    channels = _assigned(rule, rows)
    allowed = {Channel.TRAIN, Channel.TEST} | ({Channel.VALIDATION} if rule.validation else set())
    assert channels.shape == rows.pairs.shape
    assert set(channels.tolist()) <= allowed


@pytest.mark.parametrize("rule", RULES, ids=str)
@given(rows=whole_users(), seed=st.integers(0, 2**32))
def test_neither_the_order_of_rows_nor_the_chunks_matter(rule: SplitRule, rows: UserRows, seed: int) -> None:
    assert rows.times is not None
    assert rows.given is not None
    whole = dict(zip(rows.pairs.tolist(), _assigned(rule, rows).tolist(), strict=True))
    rng = np.random.default_rng(seed)
    users = users_of(rows.pairs)
    order = np.lexsort((rng.random(users.size), users))
    shuffled = UserRows(rows.pairs[order], rows.times[order], rows.given[order])
    assert dict(zip(shuffled.pairs.tolist(), _assigned(rule, shuffled).tolist(), strict=True)) == whole
    if rule.kind == "temporal" and rule.per == "all":
        return  # its moments are those of all rows
    first = users == users[0]
    for part in (rows.take(first), rows.take(~first)):
        for pair, channel in zip(part.pairs.tolist(), _assigned(rule, part).tolist(), strict=True):
            assert whole[pair] == channel


@given(rows=whole_users(), k=st.integers(1, 12), seed=st.integers(0, 100))
def test_leave_k_out_takes_k_of_each_user_but_never_the_last(rows: UserRows, k: int, seed: int) -> None:
    channels = _assigned(SplitRule(kind="leave_k_out", k=k, seed=seed), rows)
    users = users_of(rows.pairs)
    held_out = Counter(users[channels == Channel.TEST].tolist())
    assert all(held_out[user] == min(k, count - 1) for user, count in Counter(users.tolist()).items())


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.kind not in ("given",) and rule.per != "all"], ids=str)
@given(rows=whole_users())
def test_every_user_keeps_a_training_row(rule: SplitRule, rows: UserRows) -> None:
    train = _assigned(rule, rows) == Channel.TRAIN
    assert set(users_of(rows.pairs[train]).tolist()) == set(users_of(rows.pairs).tolist())


@given(rows=whole_users(), validation=st.sampled_from([0.0, 0.4]))
def test_each_users_later_rows_are_held_out(rows: UserRows, validation: float) -> None:
    channels = _assigned(SplitRule(kind="temporal", per="user", share=0.4, validation=validation), rows)
    assert rows.times is not None
    per_user: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for user, channel, time in zip(users_of(rows.pairs).tolist(), channels.tolist(), rows.times.tolist(), strict=True):
        per_user[user][channel].append(time)
    for times in per_user.values():
        n = sum(map(len, times.values()))
        assert len(times[Channel.TEST]) == min(round(0.4 * n), n - 1)
        stages = [times[c] for c in (Channel.TRAIN, Channel.VALIDATION, Channel.TEST) if times[c]]
        assert all(max(before) <= min(after) for before, after in pairwise(stages))


@given(rows=whole_users(), validation=st.sampled_from([0.0, 0.4]))
def test_a_moment_divides_all_rows(rows: UserRows, validation: float) -> None:
    rule = SplitRule(kind="temporal", share=0.3, validation=validation)
    channels = _assigned(rule, rows)
    assert rows.times is not None
    stages = [rows.times[channels == c] for c in (Channel.TRAIN, Channel.VALIDATION, Channel.TEST)]
    stages = [times for times in stages if times.size]
    assert all(before.max() < after.min() for before, after in pairwise(stages))
    if (channels == Channel.TEST).any():
        assert np.count_nonzero(channels == Channel.TEST) >= int(0.3 * channels.size)


@given(rows=whole_users())
def test_a_given_split_is_as_given_but_for_its_validation(rows: UserRows) -> None:
    channels = _assigned(SplitRule(kind="given", name="g", validation=0.5), rows)
    assert rows.given is not None
    assert ((channels == Channel.TEST) == (rows.given == Channel.TEST)).all()


def test_shares_are_met_and_seeds_differ() -> None:
    users = np.repeat(np.arange(1000), 100)
    rows = UserRows(pairs_of(users, np.tile(np.arange(100), 1000)))
    one = _channels(SplitRule(kind="random", share=0.2, validation=0.25, seed=1), rows)
    assert np.count_nonzero(one == Channel.TEST) == pytest.approx(20_000, abs=5 * np.sqrt(16_000))
    assert np.count_nonzero(one == Channel.VALIDATION) == pytest.approx(20_000, abs=5 * np.sqrt(16_000))
    two = _channels(SplitRule(kind="random", share=0.2, validation=0.25, seed=2), rows)
    agreement = np.count_nonzero((one == Channel.TEST) & (two == Channel.TEST))
    assert agreement == pytest.approx(4_000, abs=5 * np.sqrt(4_000))


def _channels(rule: SplitRule, rows: UserRows) -> NDArray[np.uint8]:
    return assigner(rule)(rows)


def test_leave_k_out_chooses_evenly() -> None:
    """Each of 10 rows is held out in a tenth of 20,000 users: chi-square of 9 degrees, 0.999 quantile 27.9."""
    users = np.repeat(np.arange(20_000), 10)
    rows = UserRows(pairs_of(users, np.tile(np.arange(10), 20_000)))
    chosen = np.tile(np.arange(10), 20_000)[_channels(SplitRule(kind="leave_k_out", k=1), rows) == Channel.TEST]
    counts = np.bincount(chosen, minlength=10)
    assert ((counts - 2000) ** 2 / 2000).sum() < 27.9


INT64 = st.integers(-(2**63), 2**63 - 1)


@given(values=st.lists(st.one_of(INT64, st.integers(0, 5)), min_size=1, max_size=50), data=st.data())
def test_an_order_statistic_is_that_of_a_sort(values: list[int], data: st.DataObject) -> None:
    rank = data.draw(st.integers(0, len(values) - 1))
    cut = data.draw(st.integers(0, len(values)))
    parts = [np.array(values[:cut], np.int64), np.array(values[cut:], np.int64)]
    assert order_statistic(lambda: parts, rank) == sorted(values)[rank]


def test_one_moment_is_refused() -> None:
    times = np.full(5, 7, np.int64)
    with pytest.raises(OneMomentOnly, match="5 ratings with the same timestamp"):
        moments(lambda: [times], SplitRule(kind="temporal"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "sorted"}, "split.kind 'sorted', expected one of auto"),
        ({"k": 0}, "split.k 0, expected a whole number from 1"),
        ({"k": True}, "split.k True"),
        ({"share": 1}, "split.share 1, expected more than 0"),
        ({"share": "x"}, "split.share 'x'"),
        ({"per": "item"}, "split.per 'item', expected one of all, user"),
        ({"validation": 1.0}, "split.validation 1.0"),
        ({"seed": -1}, "split.seed -1"),
        ({"name": 3}, "split.name 3"),
        ({"test": 0.1}, "split: no field 'test', expected of k, kind, name"),
    ],
)
def test_a_bad_rule_is_refused_by_its_field(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadJob, match=message):
        SplitRule.from_json(fields)


def test_a_rule_is_read_back_as_it_was() -> None:
    rule = SplitRule(kind="temporal", share=0.2, per="user", validation=0.1, seed=9)
    assert SplitRule.from_json(rule.as_json()) == rule


def test_keys_that_differ_in_their_last_bits_only_are_told_apart() -> None:
    users = np.repeat(np.arange(3), 5)
    rows = UserRows(pairs_of(users, np.tile(np.arange(5), 3)))
    keys = np.tile(np.array([4, 2, 0, 3, 1], np.uint64), 3)
    chosen = _smallest(rows, keys, lambda counts: np.full(counts.size, 2))
    assert np.tile(np.arange(5), 3)[chosen].tolist() == [2, 4] * 3
