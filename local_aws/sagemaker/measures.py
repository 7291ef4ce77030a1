"""What SageMaker measures of invocations ("Amazon SageMaker AI metrics in Amazon CloudWatch")."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from local_aws.metrics import Metrics, count, microseconds
from local_aws.sagemaker.errors import ModelFailed

NAMESPACE = "AWS/SageMaker"


@dataclass
class Call:
    """One InvokeEndpoint on its way. What reaches no variant is not counted: its variant stays empty."""

    variant: str = ""
    config: str = ""
    instances: int | None = None
    model_s: float = 0.0
    began: float = field(default_factory=time.monotonic)

    @contextmanager
    def asking(self, variant: str, instances: int | None, *, config: str) -> Iterator[None]:
        """While a variant's container is asked, in the fleet of the endpoint configuration."""
        self.variant, self.instances, self.config = variant, instances, config
        began = time.monotonic()
        try:
            yield
        finally:
            self.model_s = time.monotonic() - began


@contextmanager
def measured(metrics: Metrics, *, endpoint: str, region: str) -> Iterator[Call]:
    """Publish what becomes of the call inside, which may raise ModelFailed."""
    call, status = Call(), 200
    try:
        yield call
    except ModelFailed as failed:
        # A container that did not answer in time has no status: the caller gets a server's error.
        status = failed.OriginalStatusCode or 500
        raise
    finally:
        if call.variant:
            _publish(metrics, call, status, endpoint=endpoint, region=region)


@dataclass(frozen=True)
class Copies:
    """What a shadow variant is measured by: the same metrics, under its own name ("Monitor a shadow test")."""

    metrics: Metrics
    endpoint: str
    region: str
    config: str

    def asked(
        self, variant: str, instances: int | None, ask: Callable[[], int], *, is_over: Callable[[], bool]
    ) -> None:
        """`ask` returns the answer's status, or raises: that counts as a server's error, unless the shadow is over."""
        call = Call()
        try:
            with call.asking(variant, instances, config=self.config):
                status = ask()
        except (OSError, http.client.HTTPException):
            if is_over():
                return
            status = 500
        _publish(self.metrics, call, status, endpoint=self.endpoint, region=self.region)


def _publish(metrics: Metrics, call: Call, status: int, *, endpoint: str, region: str) -> None:
    """As documented, 1 is sent for each error and 0 otherwise; by endpoint configuration too, so that an alarm can
    watch the new fleet of an update alone (Developer Guide, "Auto-Rollback Configuration and Monitoring").
    """
    measures = {
        "Invocations": count(),
        "Invocation4XXErrors": count(400 <= status < 500),
        "Invocation5XXErrors": count(status >= 500),
        "InvocationModelErrors": count(status >= 400),
        "ModelLatency": microseconds(call.model_s),
        "OverheadLatency": microseconds(time.monotonic() - call.began - call.model_s),
    }
    if call.instances:
        measures["InvocationsPerInstance"] = count(1 / call.instances)
    dimensions = {"EndpointName": endpoint, "VariantName": call.variant}
    of_fleet = {**dimensions, "EndpointConfigName": call.config}
    metrics.publish(NAMESPACE, measures, region=region, dimensions=[dimensions, of_fleet])
