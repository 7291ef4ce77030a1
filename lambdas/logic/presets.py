"""Named starting points: hyperparameters that were measured, and the label task that they are for.

docs/presets.md has what each is worth and how it was found: `tuned`, `ordinal` and `ranking` were chosen on splits of
ml-100k's `ua.base` alone, and other data may want others. `make bench ONLY=quality` measures them by the state machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Preset:
    """hyperparameters: SageMaker FM's, as strings. task: of prep.labels."""

    hyperparameters: dict[str, str]
    task: str = "binary_classifier"


LIKE: Final = {
    "blog": Preset({"num_factors": "64", "mini_batch_size": "1000", "epochs": "50"}),
    "tuned": Preset(
        {
            "num_factors": "128",
            "mini_batch_size": "1000",
            "epochs": "11",
            "bias_lr": "0.0092",
            "linear_lr": "0.0068",
            "factors_lr": "0.001",
            "bias_wd": "0",
            "linear_wd": "7e-6",
            "factors_wd": "5e-5",
            "factors_init_sigma": "0.0116",
        }
    ),
    "ordinal": Preset(
        {
            "num_factors": "128",
            "mini_batch_size": "16000",
            "epochs": "7",
            "bias_lr": "0.0004",
            "linear_lr": "0.06",
            "factors_lr": "0.011",
            "bias_wd": "0",
            "linear_wd": "1e-5",
            "factors_wd": "2.7e-5",
            "factors_init_sigma": "0.027",
        },
        task="ordinal",
    ),
}
"""Of the model that says how probable a like is."""

RANKING: Final = Preset(
    {
        "num_factors": "64",
        "mini_batch_size": "4000",
        "epochs": "4",
        "bias_lr": "0.0108",
        "linear_lr": "0.0042",
        "factors_lr": "0.002",
        "bias_wd": "0",
        "linear_wd": "3.3e-5",
        "factors_wd": "1.4e-5",
        "factors_init_sigma": "0.0237",
    },
    task="ranking",
)
"""Of the model that puts likes before items never seen: eight times each like, each with eight of these."""
