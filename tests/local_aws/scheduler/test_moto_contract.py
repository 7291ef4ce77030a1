"""What the hooks of EventBridge Scheduler take for granted of moto."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.scheduler import models
from moto.scheduler import responses as moto_responses
from moto.scheduler.responses import EventBridgeSchedulerResponse

from local_aws.scheduler.actions import OPERATIONS
from local_aws.scheduler.backend import Backend


def test_all_actions_of_the_service_are_here() -> None:
    assert set(get_service_model("scheduler").operation_names) == OPERATIONS.keys()


@pytest.mark.parametrize("action", OPERATIONS)
def test_actions_are_methods_of_the_response_class(action: str) -> None:
    assert callable(getattr(EventBridgeSchedulerResponse, camelcase_to_underscores(action)))


def test_the_routes_are_found_beside_the_backends_module() -> None:
    assert Backend.__module__ == "moto.scheduler.models"
    assert hasattr(models.scheduler_backends, "backend")
    urls = (Path(inspect.getfile(models)).parent / "urls.py").read_text()
    for path in ("/schedules$", "/schedules/", "/schedule-groups$", "/schedule-groups/", "/tags/"):
        assert f"{{0}}{path}" in urls
    assert "scheduler_backends[self.current_account][self.region]" in Path(moto_responses.__file__).read_text()
