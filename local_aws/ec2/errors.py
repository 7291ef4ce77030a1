"""What EC2 answers when it refuses, where moto has no class for it (API Reference, "Error codes for the EC2 API").

EC2ClientError (moto's base)
├── CannotDelete                 the default security group
├── InvalidGroup                 groups of different networks
├── InvalidParameter             members that do not fit together
├── InvalidParameterValue        a value that cannot be
├── InvalidPolicyDocument        a policy that is none
├── AlreadyAssociated            a subnet that has another route table
├── RouteAlreadyExists           a route table with another way to the same place
├── DuplicateSubnetsInSameZone   an endpoint is in a zone once
├── InsufficientFreeAddresses    a subnet that is full
└── NotEmulated                  a setting that would have no effect here
"""

from __future__ import annotations

from moto.ec2.exceptions import EC2ClientError


class CannotDelete(EC2ClientError):
    """The default security group goes with its VPC."""

    code = "CannotDelete"


class InvalidGroup(EC2ClientError):
    """A group that is not in the network it is used in."""

    code = "InvalidGroup.NotFound"


class InvalidParameter(EC2ClientError):
    """Members of a request that do not fit together."""

    code = "InvalidParameter"


class InvalidParameterValue(EC2ClientError):
    """A value that cannot be."""

    code = "InvalidParameterValue"


class InvalidPolicyDocument(EC2ClientError):
    """An endpoint policy that is no policy."""

    code = "InvalidPolicyDocument"


class AlreadyAssociated(EC2ClientError):
    """A subnet has one route table."""

    code = "Resource.AlreadyAssociated"


class RouteAlreadyExists(EC2ClientError):
    """A route table has one route to a prefix list."""

    code = "RouteAlreadyExists"


class DuplicateSubnetsInSameZone(EC2ClientError):
    """An endpoint has one interface in a zone."""

    code = "DuplicateSubnetsInSameZone"


class InsufficientFreeAddresses(EC2ClientError):
    """A subnet without room for another interface."""

    code = "InsufficientFreeAddressesInSubnet"


class NotEmulated(EC2ClientError):
    """A member or a value that AWS would heed and this local AWS cannot."""

    code = "NotEmulated"
