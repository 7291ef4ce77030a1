"""What is not here says so by its name, in the caller's protocol, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.emulation import SERVICES
from local_aws.iam.services import BY_SIGNING_NAME

CASES: list[tuple[str, str, dict[str, Any], str]] = [
    # moto's NotImplementedError: JSON, query
    ("sagemaker", "update_training_job", {"TrainingJobName": "x"}, "SageMaker.UpdateTrainingJob"),
    ("stepfunctions", "redrive_execution", {"executionArn": "arn:aws:states:eu-west-1:1:execution:a:b"},
     "SFN.RedriveExecution"),
    ("sts", "get_delegated_access_token", {"TradeInToken": "x"}, "STS.GetDelegatedAccessToken"),
    # no route
    ("lambda", "get_account_settings", {}, "Lambda.GetAccountSettings"),
    ("sagemaker-featurestore-runtime", "put_record",
     {"FeatureGroupName": "x", "Record": [{"FeatureName": "i", "ValueAsString": "1"}]},
     "sagemaker.PUT /FeatureGroup/x"),
    # a route without an action behind it
    ("xray", "get_insight", {"InsightId": "x"}, "XRay.GetInsight"),
    # what moto pretends
    ("sagemaker", "list_feature_groups", {}, "SageMaker.ListFeatureGroups"),
    ("sagemaker-runtime", "invoke_endpoint_async", {"EndpointName": "e", "InputLocation": "s3://b/k"},
     "SageMaker Runtime.InvokeEndpointAsync"),
    ("stepfunctions", "create_activity", {"name": "a"}, "SFN.CreateActivity"),
    ("logs", "start_query", {"logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": "fields @message"},
     "CloudWatch Logs.StartQuery"),
    ("ssm", "send_command", {"DocumentName": "AWS-RunShellScript"}, "SSM.SendCommand"),
    ("ecr", "start_image_scan", {"repositoryName": "repository", "imageId": {"imageTag": "t"}}, "ECR.StartImageScan"),
    ("sagemaker-metrics", "batch_put_metrics", {"TrialComponentName": "t", "MetricData": [
        {"MetricName": "m", "Timestamp": 0, "Value": 1.0}]}, "sagemaker.PUT /BatchPutMetrics"),
    ("lambda", "create_function_url_config", {"FunctionName": "f", "AuthType": "NONE"},
     "Lambda.CreateFunctionUrlConfig"),
    # services and actions that are not here: JSON, EC2, REST with JSON, REST with XML
    ("athena", "list_work_groups", {}, "Athena.ListWorkGroups"),
    ("glue", "get_databases", {}, "Glue.GetDatabases"),
    ("ec2", "describe_images", {}, "EC2.DescribeImages"),
    ("batch", "describe_job_queues", {}, "Batch.DescribeJobQueues"),
    ("route53", "list_hosted_zones", {}, "Route 53.ListHostedZones"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "method", "arguments", "named"), CASES, ids=[case[3] for case in CASES])
def test_what_is_not_emulated_is_refused_by_name(
    aws: Callable[[str], Any], service: str, method: str, arguments: dict[str, Any], named: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(aws(service), method)(**arguments)
    answer = refused.value.response
    assert (answer["Error"]["Code"], answer["Error"]["Message"]) == ("NotEmulated", f"{named} is not emulated")
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["ResponseMetadata"]["RetryAttempts"]) == (400, 0)


@pytest.mark.parametrize(
    ("service", "method", "arguments", "code"),
    [
        ("lambda", "get_function", {"FunctionName": "absent"}, "ResourceNotFoundException"),
        ("lambda", "get_policy", {"FunctionName": "absent"}, "ResourceNotFoundException"),
        ("iam", "get_role", {"RoleName": "absent"}, "NoSuchEntity"),
        ("s3", "get_object", {"Bucket": "absent-bucket", "Key": "k"}, "NoSuchBucket"),
        ("s3", "head_bucket", {"Bucket": "absent-bucket"}, "404"),
    ],
)
def test_what_is_absent_is_not_what_is_not_emulated(
    aws: Callable[[str], Any], service: str, method: str, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(aws(service), method)(**arguments)
    assert refused.value.response["Error"]["Code"] == code


def test_the_documentation_names_the_services(root: Any) -> None:
    page = (root / "docs" / "fidelity.md").read_text()
    (line,) = [line for line in page.splitlines() if line.startswith("Services by the name they are signed for: ")]
    assert set(line.partition(": ")[2].rstrip(".").split(", ")) == {f"`{name}`" for name in SERVICES}


def test_what_roles_may_call_is_here() -> None:
    assert BY_SIGNING_NAME.keys() <= SERVICES.keys()
