"""Arguments fitted to the APIs' shapes, against botocore's own models."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session

from local_aws.cloudformation.api import fit
from local_aws.cloudformation.errors import ResourceFailed


def shape(service: str, operation: str) -> Any:
    return Session().get_service_model(service).operation_model(operation).input_shape


def test_text_becomes_what_the_api_takes() -> None:
    given = {"FunctionName": "f", "Timeout": "30", "Environment": {"Variables": {"N": 5, "B": True}}, "Publish": "true"}
    assert fit(shape("lambda", "CreateFunction"), given, where="") == {
        "FunctionName": "f",
        "Timeout": 30,
        "Environment": {"Variables": {"N": "5", "B": "true"}},
        "Publish": True,
    }


def test_a_template_s_capital_becomes_the_api_s_small_letter() -> None:
    given = {"Name": "m", "LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": "false", "Destinations": [
        {"CloudWatchLogsLogGroup": {"LogGroupArn": "a"}}]}}  # fmt: skip
    assert fit(shape("stepfunctions", "CreateStateMachine"), given, where="") == {
        "name": "m",
        "loggingConfiguration": {
            "level": "ALL",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": "a"}}],
        },
    }


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"Environment": {"Variable": {}}}, r"unsupported property Environment.Variable \(known: \['Variables'\]\)"),
        ({"Timeout": "soon"}, "Timeout: expected integer, got 'soon'"),
        ({"Publish": "perhaps"}, "Publish: expected true or false"),
        ({"Layers": "arn"}, "Layers: expected list, got 'arn'"),
        ({"Layers": [{"Ref": "x"}]}, r"Layers\[0\]: expected string"),
    ],
)
def test_what_does_not_fit_is_named_with_its_path(given: dict[str, Any], named: str) -> None:
    with pytest.raises(ResourceFailed, match=named):
        fit(shape("lambda", "CreateFunction"), given, where="")
