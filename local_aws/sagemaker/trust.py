"""Whether SageMaker may act as a role at all."""

from __future__ import annotations

from local_aws import iam
from local_aws.iam.errors import RoleNotAssumable
from local_aws.sagemaker.errors import ValidationException


def check_trust(role_arn: str, *, source_arn: str) -> None:
    """Raise ValidationException, in the service's words, for a role that is not there or does not trust SageMaker.

    `source_arn` is the resource that the role is for: trust policies may be limited to some.
    """
    try:
        iam.assert_trusts(role_arn, "sagemaker.amazonaws.com", context={"aws:SourceArn": source_arn})
    except RoleNotAssumable as error:
        raise ValidationException(str(error)) from error
