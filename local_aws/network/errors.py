"""Why something cannot be in a network, or cannot leave it.

NetworkError
├── UnknownSubnet     a subnet that is not there
├── UnknownGroup      a security group that is not there
├── SeveralVpcs       subnets and groups that are not of one VPC
│   ├── SeveralVpcsOfSubnets
│   └── SeveralVpcsOfGroups
└── NoRoute           a call that on AWS would wait for a connection until its client gives up
"""

from __future__ import annotations


class NetworkError(Exception):
    """Base of everything raised by local_aws.network."""


class UnknownSubnet(NetworkError):
    """A subnet that is not there; the text is EC2's."""

    def __init__(self, id_: str) -> None:
        super().__init__(f"The subnet ID '{id_}' does not exist")


class UnknownGroup(NetworkError):
    """A security group that is not there; the text is EC2's."""

    def __init__(self, id_: str) -> None:
        super().__init__(f"The security group '{id_}' does not exist")


class SeveralVpcs(NetworkError):
    """Subnets and groups that are not of one VPC; the text is Lambda's."""


class SeveralVpcsOfSubnets(SeveralVpcs):
    """Subnets of several VPCs."""

    def __init__(self) -> None:
        super().__init__("Subnets are required to be in the same VPC.")


class SeveralVpcsOfGroups(SeveralVpcs):
    """Groups of another VPC than the subnets', or of several."""

    def __init__(self) -> None:
        super().__init__("Security Groups are required to be in the same VPC.")


class NoRoute(NetworkError):
    """A call from a network that has no way to the service."""
