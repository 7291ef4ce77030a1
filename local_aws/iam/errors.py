"""What the local IAM can answer instead of yes.

IamError
├── PolicyError                      a policy that this evaluator refuses to read
│   ├── MalformedPolicy
│   ├── UnsupportedConditionOperator
│   ├── UnsupportedConditionKey
│   └── UnsupportedPolicyVariable
├── MalformedRequest                 a request that cannot be read
│   └── InvalidRoleArn
├── UnmappedAction                   a request whose resources are not in the tables
├── AccessDenied
├── RoleNotAssumable
└── CredentialsRefused
    ├── MissingCredentials
    ├── UnknownCredentials
    ├── ExpiredCredentials
    └── SignatureRefused
"""

from __future__ import annotations


class IamError(Exception):
    """Base of everything raised by local_aws.iam."""


class PolicyError(IamError):
    """A policy document, or the part of it that a request touches, that cannot be evaluated faithfully."""


class MalformedPolicy(PolicyError):
    """Not a policy document."""


class UnsupportedConditionOperator(PolicyError):
    """A condition operator that is not implemented here."""


class UnsupportedConditionKey(PolicyError):
    """A condition key whose value the local AWS cannot know."""


class UnsupportedPolicyVariable(PolicyError):
    """A `${…}` in a resource or a condition value."""


class MalformedRequest(IamError):
    """A body that is not what its headers or its service's protocol say."""


class InvalidRoleArn(MalformedRequest):
    """Not the ARN of a role; the text is STS's."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"{arn} is invalid")


class UnmappedAction(IamError):
    """A request for which the local IAM does not know the action or the resources it needs."""

    def __init__(self, action: str) -> None:
        super().__init__(f"local IAM has no resource mapping for {action}")
        self.action = action


class AccessDenied(IamError):
    """The principal's policies do not allow the action; the text is AWS's.

    Wording: IAM User Guide, "Troubleshoot access denied error messages".
    """

    def __init__(self, *, user: str, action: str, resource: str, reason: str) -> None:
        super().__init__(f"User: {user} is not authorized to perform: {action} on resource: {resource} {reason}")
        self.user = user
        self.action = action
        self.resource = resource
        self.reason = reason


class RoleNotAssumable(IamError):
    """A role that does not exist, or whose trust policy does not name the service; the text is the service's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class CredentialsRefused(IamError):
    """Credentials that nobody may use, or none."""


class MissingCredentials(CredentialsRefused):
    """A request without a signature to a service that answers none."""


class UnknownCredentials(CredentialsRefused):
    """An ASIA access key that the local STS did not issue, or one with another session's token."""


class ExpiredCredentials(CredentialsRefused):
    """A session past its duration."""


class SignatureRefused(CredentialsRefused):
    """A signature that is not of this request, or not of now."""
