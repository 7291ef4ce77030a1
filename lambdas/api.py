"""HTTP requests → recommendations and predictions of the live version. One warm function keeps it in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from lambdas.common.bundles import BundleStore
from lambdas.common.endpoint import Endpoint, NoAnswer
from lambdas.common.environment import Environment
from lambdas.common.faults import AWS_FAULTS
from lambdas.common.log import log
from lambdas.common.metrics import Metrics
from lambdas.common.pointer import Pointer, PointerUnread
from lambdas.common.storage import Store
from lambdas.logic.api.app import Api
from lambdas.logic.api.call import EndpointSilent, Invoke
from lambdas.logic.api.live import Live
from lambdas.logic.serving.errors import BundleError
from prep.inference import JSON

ENDPOINT_TIMEOUT_S: Final = 5.0
"""For one request of 2,000 rows, which take a tenth of that."""
_FAILURES: Final[tuple[type[Exception], ...]] = (BundleError, PointerUnread, *AWS_FAULTS)


@dataclass(frozen=True)
class ApiEnvironment(Environment):
    """`pointer` is the parameter that names the live version, `endpoint` and `variant` what may serve its model."""

    bucket: str
    pointer: str
    endpoint: str
    variant: str


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """An event of API Gateway's HTTP APIs, payload format 2.0 → what it is to answer. Raises MissingEnvironment."""
    return _api().answer(event)


@cache
def _api() -> Api:
    env = ApiEnvironment.read()
    bundles = BundleStore(Store(env.bucket))
    live = Live(Pointer(env.pointer).version, bundles.load, failures=_FAILURES, log=log)
    return Api(live=live, invoke=_invoke(env), log=log, metrics=Metrics.read().fields)


def _invoke(env: ApiEnvironment) -> Invoke:
    """The endpoint's client is made when it is first needed: recommendations do without."""

    @cache
    def endpoint() -> Endpoint:
        return Endpoint(env.endpoint, variant=env.variant, timeout_s=ENDPOINT_TIMEOUT_S)

    def invoke(body: bytes) -> bytes:
        try:
            with endpoint().noting_silence():
                return endpoint().invoke(body, content_type=JSON)
        except NoAnswer as error:
            raise EndpointSilent(str(error)) from error

    return invoke
