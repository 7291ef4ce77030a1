"""Whether a service may act as a role."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.iam import context as keys
from local_aws.iam import roles
from local_aws.iam.authorizer import resource_region
from local_aws.iam.context import Context
from local_aws.iam.errors import InvalidRoleArn, PolicyError, RoleNotAssumable
from local_aws.iam.policy import Request, Verdict
from local_aws.iam.principals import Caller

_ANSWERS = {
    "lambda.amazonaws.com": (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    "states.amazonaws.com": (
        "AccessDeniedException",
        "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "
        "provided role.",
    ),
    "sagemaker.amazonaws.com": (
        "ValidationException",
        "Could not assume role {role}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role.",
    ),
}
"""Service principal → the error code and text with which the service refuses a role."""

_DEFAULT_ANSWER = ("AccessDenied", "{service} is not authorized to assume role {role}.")


def assert_trusts(
    role_arn: str, service_principal: str, *, context: Mapping[str, str] | None = None, region: str | None = None
) -> None:
    """Raise RoleNotAssumable unless the role exists and its trust policy lets the service assume it.

    `service_principal` is the global name ("sagemaker.amazonaws.com"); with `region` the regional one is accepted too.
    `context` holds the condition keys the service sends, as `aws:SourceArn`; `aws:SourceAccount` is the role's account
    unless given.
    """
    try:
        role = roles.find(role_arn)
    except InvalidRoleArn:
        role = None
    if role is None or not _trusts(role, service_principal, context or {}, region):
        code, text = _ANSWERS.get(service_principal, _DEFAULT_ANSWER)
        raise RoleNotAssumable(code, text.format(role=role_arn, service=service_principal))


def _trusts(role: object, service: str, given: Mapping[str, str], region: str | None) -> bool:
    arn, account = role.arn, role.account_id  # type: ignore[attr-defined]
    known = Context.of(
        {
            **keys.ambient(account=account, region=region or resource_region(given.get("aws:SourceArn", ""))),
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": service,
            "aws:SourceAccount": account,
            **given,
        }
    )
    names = {service, service.replace(".", f".{region}.", 1)} if region else {service}
    request = Request("sts:AssumeRole", arn, known, Caller(services=frozenset(names)))
    try:
        outcome = roles.trust_policy(role).policy.outcome(request)
    except PolicyError as error:
        raise RoleNotAssumable("AccessDenied", f"{arn}: {error}") from error
    if outcome.verdict is not Verdict.ALLOWED and outcome.doubt:
        raise RoleNotAssumable("AccessDenied", f"{arn}: {outcome.doubt}") from outcome.doubt
    return outcome.verdict is Verdict.ALLOWED
