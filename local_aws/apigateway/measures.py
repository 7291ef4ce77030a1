"""What API Gateway measures of HTTP APIs ("Monitor CloudWatch metrics for HTTP APIs in API Gateway")."""

from __future__ import annotations

from local_aws.apigateway.exchange import Exchange
from local_aws.metrics import Metrics, count, milliseconds

NAMESPACE = "AWS/ApiGateway"


def answered(metrics: Metrics, exchange: Exchange) -> None:
    """A request was answered; what an integration took is told only where there was one."""
    status = exchange.answer.status if exchange.answer else 0
    measures = {
        "Count": count(),
        "4xx": count(400 <= status < 500),
        "5xx": count(500 <= status < 600),
        "Latency": milliseconds(exchange.took_s),
    }
    if exchange.integration_s is not None:
        measures["IntegrationLatency"] = milliseconds(exchange.integration_s)
    api = {"ApiId": exchange.deployment.api_id}
    dimensions = [api, {**api, "Stage": exchange.stage.name}] if exchange.stage else [api]
    metrics.publish(NAMESPACE, measures, region=exchange.deployment.region, dimensions=dimensions)
