"""What this package relies on in moto. Each test fails by name when a release of moto changes it."""

from __future__ import annotations

import inspect

from moto.budgets import models, urls
from moto.budgets.responses import BudgetsResponse

from local_aws.budgets import API_PATH


def test_moto_routes_budgets_by_a_table_in_urls() -> None:
    assert callable(urls.url_paths[API_PATH])


def test_budgets_are_kept_by_account_and_name() -> None:
    assert list(inspect.signature(models.Budget.__init__).parameters) == ["self", "budget", "notifications"]
    assert "self.budgets[account_id][budget_name] = Budget(budget, notifications)" in inspect.getsource(
        models.BudgetsBackend.create_budget
    )
    assert list(inspect.signature(models.Notification.__init__).parameters) == ["self", "details", "subscribers"]


def test_moto_still_lacks_what_is_added() -> None:
    assert not hasattr(BudgetsResponse, "update_budget")
    assert not hasattr(BudgetsResponse, "describe_subscribers_for_notification")
