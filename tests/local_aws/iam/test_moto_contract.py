"""What the local IAM relies on in moto's private parts; a failure here names what a new moto changed."""

from __future__ import annotations

import inspect
import math

import pytest
from moto import settings
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.iam.models import ManagedPolicy, Policy, PolicyVersion, Role, iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import FakeBucket, FakeDeleteMarker, s3_backends
from moto.s3.responses import S3Response
from moto.sts.models import STSBackend, sts_backends
from moto.sts.responses import TokenResponse

from local_aws.iam.services import BY_SIGNING_NAME, Service
from local_aws.world import ACCOUNT


@pytest.mark.parametrize("service", BY_SIGNING_NAME.values(), ids=BY_SIGNING_NAME)
def test_every_mapped_operation_exists(service: Service) -> None:
    known = {name for model in service.models for name in get_service_model(model).operation_names}
    assert set(service.operations) <= known


@pytest.mark.parametrize(("signing_name", "service"), BY_SIGNING_NAME.items(), ids=BY_SIGNING_NAME)
def test_services_are_found_by_the_name_they_are_signed_for(signing_name: str, service: Service) -> None:
    assert {get_service_model(model).signing_name for model in service.models} == {signing_name}


@pytest.mark.parametrize("service", BY_SIGNING_NAME.values(), ids=BY_SIGNING_NAME)
def test_router_and_parsers_serve_every_model(service: Service) -> None:
    protocols = {"json", "rest-json", "query", "rest-xml", "ec2"}
    for model in service.models:
        assert callable(get_service_router(model).match)
        metadata = get_service_model(model).metadata
        assert protocols & set(metadata.get("protocols", [metadata["protocol"]]))
    assert protocols <= set(PROTOCOL_PARSERS)


def test_s3_asks_the_bucket_about_permissions() -> None:
    assert list(inspect.signature(FakeBucket.get_permission).parameters) in (
        ["self", "action", "resource"],
        ["bucket", "action", "resource"],  # ours, once installed in this process
    )
    for place in (S3Response._key_response, S3Response._bucket_response_delete_keys):
        assert "get_permission(" in inspect.getsource(place)


def test_buckets_keep_what_is_read() -> None:
    attributes = inspect.signature(FakeBucket.__init__).parameters
    assert {"name", "account_id", "region_name"} <= set(attributes)
    assert "self.policy: bytes | None" in inspect.getsource(FakeBucket.__init__)
    assert inspect.isclass(FakeDeleteMarker)
    assert isinstance(s3_backends[ACCOUNT]["aws"].buckets, dict)


def test_sessions_keep_what_is_read() -> None:
    assert list(inspect.signature(STSBackend.get_assumed_role_from_access_key).parameters)[1:] == ["access_key_id"]
    issued = sts_backends[ACCOUNT]["aws"].assume_role(
        region_name="eu-west-1",
        role_session_name="s",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/x",
        policy="",
        duration=900,
        external_id="",
    )
    assert issued.access_key_id.startswith("ASIA")
    for attribute in ("session_token", "expiration", "role_arn", "session_name", "policy"):
        assert hasattr(issued, attribute)


def test_sts_answers_with_the_session_itself() -> None:
    source = inspect.getsource(TokenResponse)
    assert '"Credentials": role,' in source
    assert "automated_parameter_parsing = True" in source


def test_roles_and_policies_keep_what_is_read() -> None:
    source = inspect.getsource(Role.__init__)
    for attribute in (
        "policies",
        "managed_policies",
        "permissions_boundary_arn",
        "assume_role_policy_document",
        "tags",
    ):
        assert f"self.{attribute}" in source
    assert isinstance(iam_backends[ACCOUNT]["aws"].roles, dict)
    assert "is_default" in inspect.signature(PolicyVersion.__init__).parameters
    assert "document" in inspect.signature(PolicyVersion.__init__).parameters
    assert "self.versions" in inspect.getsource(Policy)
    assert issubclass(ManagedPolicy, Policy)


def test_key_aliases_are_where_they_are_looked_up() -> None:
    kms = kms_backends[ACCOUNT]["eu-west-1"]
    key = kms.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", [])
    kms.create_alias(key.id, "alias/contract")
    assert str(kms.get_key_id_from_alias(kms.get_alias_name("alias/contract"))).rpartition("key/")[2] == key.id


def test_motos_own_enforcement_is_off() -> None:
    assert math.isinf(settings.INITIAL_NO_AUTH_ACTION_COUNT)
