"""What the hooks of EventBridge take for granted of moto."""

from __future__ import annotations

import inspect

import pytest
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.events import models
from moto.events.models import EventBus, EventsBackend, Rule
from moto.events.responses import EventsHandler
from moto.s3 import models as s3_models
from moto.s3 import notifications
from moto.s3.responses import S3Response

from local_aws.events.backend import Backend
from local_aws.events.supported import MOTOS, SUPPORTED


@pytest.mark.parametrize("action", sorted(MOTOS | SUPPORTED.keys() - {"UpdateEventBus"}))
def test_actions_are_methods_of_the_response_class(action: str) -> None:
    assert action in get_service_model("events").operation_names
    assert callable(getattr(EventsHandler, camelcase_to_underscores(action)))


def test_the_backend_is_made_by_the_service_and_found_by_its_module() -> None:
    assert hasattr(models.events_backends, "backend")
    assert Backend.__module__ == "moto.events.models"


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("put_rule", ["self", "name", "description", "event_bus_arn", "event_pattern", "role_arn"]),
        ("delete_rule", ["self", "name", "event_bus_arn"]),
        ("enable_rule", ["self", "name", "event_bus_arn"]),
        ("disable_rule", ["self", "name", "event_bus_arn"]),
        ("put_targets", ["self", "name", "event_bus_arn", "targets"]),
        ("remove_targets", ["self", "name", "event_bus_arn", "ids"]),
        ("put_events", ["self", "events"]),
        ("describe_rule", ["self", "name", "event_bus_arn"]),
        ("_get_event_bus", ["self", "name"]),
        ("_normalize_event_bus_arn", ["self", "event_bus_arn"]),
    ],
)
def test_methods_that_are_replaced_or_called(method: str, parameters: list[str]) -> None:
    found = list(inspect.signature(getattr(EventsBackend, method)).parameters)
    assert found[: len(parameters)] == parameters


def test_rules_and_buses_hold_what_is_read_of_them() -> None:
    source = inspect.getsource(Rule.__init__)
    for name in ("event_pattern", "scheduled_expression", "event_bus_name", "region_name", "state", "targets", "name"):
        assert f"self.{name} =" in source
    assert "self.rules" in inspect.getsource(EventBus.__init__)
    assert "def dump" in inspect.getsource(models.EventPattern)


def test_only_the_methods_that_are_replaced_would_deliver() -> None:
    delivering = [name for name, method in vars(EventsBackend).items() if "send_to_targets" in _source(method)]
    assert delivering == ["put_events"], "archives and replays are refused by name"


def test_s3_asks_for_each_event_of_a_bucket_that_has_them_on() -> None:
    source = inspect.getsource(notifications.send_event)
    assert "_send_event_bridge_message(account_id, bucket, event_name, key)" in source
    assert "event_bridge is not None" in source
    assert "events_send_notification(" in inspect.getsource(s3_models.S3Backend.create_bucket)


def test_s3_deletes_by_one_method() -> None:
    original = inspect.unwrap(s3_models.S3Backend.delete_object)
    assert list(inspect.signature(original).parameters) == ["self", "bucket_name", "key_name", "version_id", "bypass"]
    assert 'response_meta["version-id"]' in inspect.getsource(original)
    assert "self.delete_object(" in inspect.getsource(s3_models.S3Backend.delete_objects)


def test_s3_tells_a_completed_upload_twice() -> None:
    source = inspect.getsource(s3_models.S3Backend.complete_multipart_upload)
    assert "disable_notification" not in source.partition("put_object(")[2].partition(")")[0]
    assert "multipart=multipart" in source


def test_s3_answers_what_is_on_but_for_eventbridge() -> None:
    source = inspect.getsource(inspect.unwrap(S3Response.get_bucket_notification))
    assert "self.serialized(ActionResult(result))" in source
    assert "EventBridge" not in source


def _source(method: object) -> str:
    return inspect.getsource(method) if inspect.isfunction(method) else ""
