"""Everything is tagged with the project and the stage: what the stacks make, and what executions do."""

from __future__ import annotations

import json
from typing import Any

from tests.infra.rendering import Json

TAGS = [{"Key": "project", "Value": "movie-recommender"}, {"Key": "stage", "Value": "dev"}]
MAKES = ("createTrainingJob", "createHyperParameterTuningJob", "createModel", "createEndpointConfig", "createEndpoint")
"""What of SageMaker takes tags when it is made."""


def test_whatever_an_execution_makes_is_tagged(machine: Json) -> None:
    making: dict[str, Any] = {
        name: _tags(state["Arguments"])
        for name, state in machine["States"].items()
        if state["Type"] == "Task" and state["Resource"].rpartition(":")[2].removesuffix(".sync") in MAKES
    }
    assert len(making) >= 7, "two trainings, a tuning, a model, a config, and the endpoint, made and made again"
    assert making == dict.fromkeys(making, TAGS)


def _tags(arguments: Any) -> Any:
    """Those of the config stand in an expression, which test_release.py evaluates."""
    if isinstance(arguments, str):
        return TAGS if f"'Tags': {json.dumps(TAGS)}" in arguments else None
    return arguments.get("Tags")
