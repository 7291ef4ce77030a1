"""The application as `app.py` has it, with a dev stage whose executions start by themselves: `python -m` of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import app
from infra.settings import STAGES

INPUT: dict[str, Any] = {
    "dataset": {"name": "sample"},
    "hyperparameters": {"epochs": 3, "mini_batch_size": 100, "num_factors": 8},
    "gate": {"beat_baseline": False, "champion": "ignore"},
    "models": ["like"],
    "deploy": {"mode": "none"},
}

if __name__ == "__main__":
    # By rate, so that it is due right after the deployment, and then not for long.
    STAGES["dev"] = replace(
        STAGES["dev"],
        retrain_schedule="rate(7 days)",
        retrain_on_upload=True,
        upload_quiet_s=3,
        retrain_input=INPUT,
    )
    app.main()
