"""What the hooks rely on in moto's private parts; each test names the hook that breaks when moto changes."""

from __future__ import annotations

import inspect

import pytest
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.base_backend import BackendDict
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.logs.models import LogsBackend
from moto.sns.models import SNSBackend, Subscription
from moto.sqs.models import Queue, SQSBackend

from local_aws.cloudwatch.backend import Backend
from local_aws.cloudwatch.hooks import MOTOS, OPERATIONS

ADDED = {"PutCompositeAlarm", "DescribeAlarmHistory"}
"""Operations that moto does not have."""


def test_the_backend_is_made_by_the_class_in_the_backend_attribute() -> None:
    assert isinstance(cloudwatch_backends, BackendDict)
    assert cloudwatch_backends.backend in (CloudWatchBackend, Backend)
    assert list(inspect.signature(CloudWatchBackend.__init__).parameters) == ["self", "region_name", "account_id"]
    assert Backend.__module__ == CloudWatchBackend.__module__ == "moto.cloudwatch.models"


def test_tags_are_kept_for_what_stands_in_alarms_by_its_arn() -> None:
    backend = CloudWatchBackend("eu-west-1", "123456789012")
    assert backend.alarms == {}
    assert "alarm.alarm_arn" in inspect.getsource(CloudWatchBackend.tag_resource)
    assert "self.alarms.values()" in inspect.getsource(CloudWatchBackend.describe_alarms)
    assert callable(backend.tagger.tag_resource)
    assert callable(backend.tagger.delete_all_tags_for_resource)


def test_dashboards_are_kept_by_name_and_know_their_arn() -> None:
    backend = CloudWatchBackend("eu-west-1", "123456789012")
    made = backend.put_dashboard("d", "{}")
    assert backend.dashboards == {"d": made}
    assert made.arn == "arn:aws:cloudwatch::123456789012:dashboard/d"
    assert (backend.delete_dashboards(["d"]), backend.dashboards) == (None, {})
    assert backend.delete_dashboards(["d"]), "what is wrong is said, not raised"


@pytest.mark.parametrize("action", [*OPERATIONS, *sorted(MOTOS)])
def test_replaced_actions_are_methods_of_the_response_class(action: str) -> None:
    exists = hasattr(CloudWatchResponse, camelcase_to_underscores(action))
    assert exists or action in ADDED, f"moto no longer answers {action}"
    assert action in get_service_model("cloudwatch").operation_names


def test_parameters_are_parsed_by_the_model() -> None:
    assert CloudWatchResponse().automated_parameter_parsing is True


def test_every_log_event_goes_through_one_method() -> None:
    parameters = inspect.signature(LogsBackend.put_log_events).parameters
    assert list(parameters) == ["self", "log_group_name", "log_stream_name", "log_events"]


def test_raw_delivery_is_an_attribute_that_is_asked_for_its_truth() -> None:
    assert list(inspect.signature(SNSBackend.set_subscription_attributes).parameters) == [
        "self",
        "arn",
        "name",
        "value",
    ]
    assert 'if not self.attributes.get("RawMessageDelivery")' in inspect.getsource(Subscription.publish)


def test_a_queue_loses_its_policy_where_it_is_not_named() -> None:
    assert list(inspect.signature(SQSBackend.set_queue_attributes).parameters) == ["self", "queue_name", "attributes"]
    assert 'self.policy = attributes.get("Policy")' in inspect.getsource(Queue._set_attributes)
