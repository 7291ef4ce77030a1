"""Pages hold everything once, in order, and refuse what is no token of theirs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.paging import page_of


class Refused(Exception):
    """The error of some service."""


@given(st.lists(st.integers()), st.integers(1, 7))
def test_pages_follow_each_other_without_loss(items: list[int], size: int) -> None:
    pages, token = [], None
    while True:
        page, token = page_of(items, token=token, size=size, refusal=Refused)
        pages.append(list(page))
        if token is None:
            break
    assert [item for page in pages for item in page] == items
    assert all(len(page) == size for page in pages[:-1])
    assert len(pages) == max(1, -(-len(items) // size))


@pytest.mark.parametrize("token", ["", "x", "-1", "1.5", "²", "٣"])
def test_a_foreign_token_is_refused_by_the_service_s_own_error(token: str) -> None:
    with pytest.raises(Refused, match=f"Invalid token: '{token}'"):
        page_of([1, 2], token=token, size=1, refusal=Refused)
