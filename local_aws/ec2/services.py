"""The services that a VPC may have endpoints to (AWS PrivateLink Guide, "AWS services that integrate")."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from moto.ec2.exceptions import InvalidFilter, InvalidServiceName
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES

from local_aws.ec2.networks import Request

_NOT_IN_MOTO = (
    *("acm", "billing", "ce", "cognito-identity", "cognito-idp", "dynamodb-streams", "email", "kafka", "pipes"),
    *("pricing.api", "ram", "redshift-serverless", "resource-groups", "s3tables", "s3vectors", "scheduler"),
    *("schemas", "tagging", "wafv2"),
)
_NAMES = frozenset({*AWS_ENDPOINT_SERVICES, *_NOT_IN_MOTO}) - {"s3express"}  # whose prefix lists moto lacks
_GATEWAYS = ("dynamodb", "s3")
_DOMAINS = {
    "ecr.dkr": "*.dkr.ecr",
    "execute-api": "*.execute-api",
    "kinesis-firehose": "firehose",
    "kinesis-streams": "kinesis",
}
"""Where the domain that a service is reached by is not its name, read backwards at the dots."""


@dataclass(frozen=True)
class EndpointService:
    """One service in one region; `short` is its name without the region."""

    short: str
    region: str

    @property
    def name(self) -> str:
        """As endpoints name it."""
        return f"com.amazonaws.{self.region}.{self.short}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of endpoints it can have."""
        return ("Gateway", "Interface") if self.short in _GATEWAYS else ("Interface",)

    @property
    def private_dns(self) -> str | None:
        """The domain that private DNS answers for; None where that takes more than is here ("Private DNS" of S3)."""
        if self.short in _GATEWAYS:
            return None
        domain = _DOMAINS.get(self.short) or ".".join(reversed(self.short.split(".")))
        return f"{domain}.{self.region}.amazonaws.com"

    @property
    def public_dns(self) -> str:
        """What the names of endpoints end with."""
        domain = ".".join(reversed(self.short.split(".")))
        return f"{domain}.{self.region}.vpce.amazonaws.com"

    def describe(self, zones: list[str]) -> dict[str, Any]:
        """Its ServiceDetail."""
        private = {
            "PrivateDnsName": self.private_dns,
            "PrivateDnsNames": [{"PrivateDnsName": self.private_dns}],
            "PrivateDnsNameVerificationState": "verified",
        }
        return {
            "ServiceName": self.name,
            "ServiceId": f"vpce-svc-{hashlib.sha256(self.name.encode()).hexdigest()[:17]}",
            "ServiceType": [{"ServiceType": kind} for kind in self.kinds],
            "ServiceRegion": self.region,
            "AvailabilityZones": zones,
            "Owner": "amazon",
            "BaseEndpointDnsNames": [self.public_dns],
            **(private if self.private_dns else {}),
            "VpcEndpointPolicySupported": True,
            "AcceptanceRequired": False,
            "ManagesVpcEndpoints": False,
            "Tags": [],
            "SupportedIpAddressTypes": ["ipv4"],
        }


def service(backend: EC2Backend, name: str) -> EndpointService:
    """Raises InvalidServiceName for one that is none of the region."""
    prefix = f"com.amazonaws.{backend.region_name}."
    short = name.removeprefix(prefix)
    if not name.startswith(prefix) or short not in _NAMES:
        raise InvalidServiceName(name)
    return EndpointService(short, backend.region_name)


def describe(backend: EC2Backend, request: Request) -> dict[str, Any]:
    """DescribeVpcEndpointServices, on one page."""
    names = request.get("ServiceNames") or [EndpointService(short, backend.region_name).name for short in _NAMES]
    zones = [zone.name for zone in backend.describe_availability_zones()]
    found = [service(backend, name).describe(zones) for name in sorted(names)]
    for given in request.get("Filters") or ():
        wanted = given.get("Values") or ()
        found = [detail for detail in found if any(value in wanted for value in _values(detail, given["Name"]))]
    return {"ServiceNames": [detail["ServiceName"] for detail in found], "ServiceDetails": found}


def _values(detail: dict[str, Any], name: str) -> list[str]:
    if name == "service-name":
        return [detail["ServiceName"]]
    if name == "owner":
        return [detail["Owner"]]
    if name == "service-type":
        return [each["ServiceType"] for each in detail["ServiceType"]]
    raise InvalidFilter(name)
