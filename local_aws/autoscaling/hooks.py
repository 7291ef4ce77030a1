"""Where this package meets moto: the one place that replaces its private parts.

Each replacement has a contract test in tests/local_aws/autoscaling/test_moto_contract.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model

from local_aws.autoscaling import supported, targets
from local_aws.autoscaling.actions import Actions
from local_aws.sagemaker import constraints
from local_aws.world import World

SERVICE = "application-autoscaling"


def install(world: World) -> None:
    """Put the checked actions in the place of moto's, and refuse its others; call before the first request."""
    for action in get_service_model(SERVICE).operation_names:
        handler = _performing(world, action) if action in supported.SUPPORTED else _refuse
        setattr(ApplicationAutoScalingResponse, camelcase_to_underscores(action), handler)


def _performing(world: World, action: str) -> Callable[[ApplicationAutoScalingResponse], ActionResult]:
    # moto finds an action's handler by name among the functions of the class.
    name = camelcase_to_underscores(action)

    def perform(self: ApplicationAutoScalingResponse) -> ActionResult:
        request = json.loads(self.body)
        constraints.check(action, request, service=SERVICE)
        supported.check(action, request)
        actions = Actions(world, targets.store(self.current_account, self.region))
        return ActionResult(getattr(actions, name)(request))

    return perform


def _refuse(self: BaseResponse) -> ActionResult:
    """local_aws.emulation makes it the answer that names the action."""
    raise NotImplementedError(self._get_action())
