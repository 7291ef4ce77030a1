"""Named starting points: hyperparameters that were measured, and the label task that they are for.

All figures are means over 5 seeds on ml-100k, `ua.base` / `ua.test`, by this pipeline (docs/presets.md has them with
how they were found). `tuned`, `ordinal` and `ranking` were chosen on splits of `ua.base` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Preset:
    """hyperparameters: SageMaker FM's, as strings. task: of prep.labels."""

    hyperparameters: dict[str, str]
    task: str = "binary_classifier"


_BATCHES: Final = {"num_factors": "64", "mini_batch_size": "1000"}

LIKE: Final = {
    "blog": Preset({**_BATCHES, "epochs": "50"}),
    "tuned": Preset(
        {
            **_BATCHES,
            "epochs": "6",
            "bias_lr": "0.0022",
            "linear_lr": "0.0121",
            "factors_lr": "0.00185",
            "bias_wd": "0",
            "linear_wd": "4.4e-6",
            "factors_wd": "2.65e-5",
            "factors_init_sigma": "0.0039",
        }
    ),
    "ordinal": Preset(
        {
            **_BATCHES,
            "epochs": "6",
            "bias_lr": "0.0022",
            "linear_lr": "0.0121",
            "factors_lr": "0.00185",
            "bias_wd": "0",
            "linear_wd": "4.4e-6",
            "factors_wd": "2.65e-5",
            "factors_init_sigma": "0.0039",
        },
        task="ordinal",
    ),
}
"""Of the model that says how probable a like is."""

RANKING: Final = Preset(
    {
        **_BATCHES,
        "epochs": "4",
        "bias_lr": "0.02",
        "linear_lr": "0.01",
        "factors_lr": "0.002",
        "bias_wd": "0",
        "linear_wd": "1e-5",
        "factors_wd": "2e-5",
        "linear_init_sigma": "0.01",
        "factors_init_sigma": "0.01",
    },
    task="ranking",
)
"""Of the model that puts likes before items never seen: eight times each like, each with eight of these."""
