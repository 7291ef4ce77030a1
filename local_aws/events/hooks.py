"""Where this package meets moto: the one place that replaces its private parts.

Each replacement has a contract test in tests/local_aws/events/test_moto_contract.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.events.models import events_backends
from moto.events.responses import EventsHandler
from moto.s3 import models as s3_models
from moto.s3 import notifications
from moto.s3.responses import S3Response

from local_aws.events import managed, s3, supported
from local_aws.events.backend import Backend, backend_of
from local_aws.events.deliveries import Deliveries
from local_aws.events.dispatch import Dispatcher
from local_aws.events.errors import InvalidEventPatternException, ManagedRuleException, ValidationException
from local_aws.events.patterns import InvalidPattern, matcher
from local_aws.events.timetable import Timetable
from local_aws.sagemaker import constraints
from local_aws.world import World

_Respond = Callable[[EventsHandler], Any]


def install(world: World) -> None:
    """Put rules that deliver in the place of moto's; call before the first request."""
    Backend.world, Backend.timetable = world, Timetable()
    deliveries = Deliveries(Backend.timetable)
    Backend.dispatcher = Dispatcher(world, deliveries, lambda arn: backend_of(arn.split(":")[3])._get_event_bus(arn))
    events_backends.backend = Backend
    world.emitters.append(_emit)
    world.closing.extend((Backend.timetable.close, deliveries.close))
    for action in get_service_model("events").operation_names:
        name = camelcase_to_underscores(action)
        if action in supported.SUPPORTED:
            setattr(EventsHandler, name, _checked(action, _OWN.get(action) or getattr(EventsHandler, name)))
        elif action not in supported.MOTOS:
            setattr(EventsHandler, name, _refuse)
    setattr(notifications, "_send_event_bridge_message", s3.created)  # noqa: B010 - replaces a function: mypy refuses
    setattr(s3_models.S3Backend, "delete_object", s3.deleting(s3_models.S3Backend.delete_object))  # noqa: B010
    setattr(S3Response, "get_bucket_notification", s3.answering(S3Response.get_bucket_notification))  # noqa: B010
    # CloudTrail's event of a bucket's creation, which moto hands to functions past their policies.
    setattr(s3_models, "events_send_notification", _nothing)  # noqa: B010


def _emit(source: str, detail_type: str, detail: Mapping[str, Any], *, region: str, resources: tuple[str, ...]) -> None:
    backend_of(region).emit(source, detail_type, detail, resources)


def _checked(action: str, respond: _Respond) -> _Respond:
    # moto finds an action's handler by name among the functions of the class.
    def checked(self: EventsHandler) -> Any:
        request = json.loads(self.body or "{}")
        constraints.check(action, request, service="events")
        supported.check(action, request)
        return respond(self)

    return checked


def _refuse(self: BaseResponse) -> TYPE_RESPONSE:
    """local_aws.emulation makes it the answer that names the action."""
    raise NotImplementedError(self._get_action())


def _delete_rule(self: EventsHandler) -> ActionResult:
    is_forced = bool(self._get_param("Force"))
    _backend(self).delete_rule(self._get_param("Name"), self._get_param("EventBusName"), is_forced=is_forced)
    return EmptyResult()


def _remove_targets(self: EventsHandler) -> ActionResult:
    rule = self._get_param("Rule")
    if managed.is_managed(rule) and not self._get_param("Force"):
        raise ManagedRuleException(f"Rule {rule} is managed by an AWS service can only be modified by this service")
    _backend(self).remove_targets(rule, self._get_param("EventBusName"), self._get_param("Ids"))
    return ActionResult({"FailedEntryCount": 0, "FailedEntries": []})


def _update_event_bus(self: EventsHandler) -> ActionResult:
    bus = self.events_backend.describe_event_bus(self._get_param("Name"))
    bus.description = self._get_param("Description")
    return ActionResult({"Arn": bus.arn, "Name": bus.name, "Description": bus.description})


def _test_event_pattern(self: EventsHandler) -> ActionResult:
    try:
        event = json.loads(self._get_param("Event"))
        matches = matcher(self._get_param("EventPattern"))
    except InvalidPattern as error:
        raise InvalidEventPatternException(str(error)) from error
    except ValueError as error:
        raise ValidationException("Parameter Event is not valid.") from error
    return ActionResult({"Result": isinstance(event, dict) and matches(event)})


def _backend(self: EventsHandler) -> Backend:
    return cast(Backend, self.events_backend)


def _nothing(*_: Any, **__: Any) -> None:
    """Where moto would do something that AWS does not."""


_OWN: Mapping[str, _Respond] = {
    "DeleteRule": _delete_rule,
    "RemoveTargets": _remove_targets,
    "TestEventPattern": _test_event_pattern,
    "UpdateEventBus": _update_event_bus,
}
