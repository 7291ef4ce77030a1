"""Every optional setting of a stage, switched on: what the checks of templates and the end-to-end tests go through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

from infra.settings import STAGES, Stage

OPTIONS: Mapping[str, Any] = {
    "alarm_email": "operators@example.com",
    "silence_days": 7,
    "monthly_budget_usd": 100,
    "retrain_schedule": "cron(0 3 ? * SUN *)",
    "retrain_on_upload": True,
    "approval": "manual",
    "customer_key": True,
    "vpc": "own",
}
"""Settings that add something to the templates, or have executions do something else, with a value each."""
AMOUNTS = frozenset(
    {
        "drift_threshold",
        "endpoint_ttl_hours",
        "glue_from_bytes",
        "glue_workers",
        "api_rate_per_s",
        "api_burst",
        "kept_versions",
        "retrain_input",
        "upload_quiet_s",
        "project",
    }
)
"""Settings that say how much, or how named: there is always a value, and nothing is switched by it."""
EVERYTHING = "everything"
"""Name of a third stage: prod with every option."""


def optional_settings() -> set[str]:
    """Names of all settings that have a default."""
    return {
        setting.name
        for setting in fields(Stage)
        if setting.default is not MISSING or setting.default_factory is not MISSING
    }


def everything() -> Stage:
    """A stage as prod, every option on."""
    return replace(STAGES["prod"], stage=EVERYTHING, **OPTIONS)
