"""What this package relies on in moto. Each test fails by name when a release of moto changes it."""

from __future__ import annotations

import inspect

from moto.cloudformation import urls
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, BaseResponse
from moto.s3.models import FakeBucket

from local_aws.cloudformation.hook import API_PATH


def test_moto_routes_cloudformation_by_a_table_in_urls() -> None:
    assert callable(urls.url_paths[API_PATH])
    # werkzeug_app.create_backend_app names its endpoints by it.
    assert CloudFormationResponse.dispatch.__self__ is CloudFormationResponse  # type: ignore[attr-defined]


def test_moto_calls_actions_by_method_name_and_raises_for_others() -> None:
    assert list(inspect.signature(BaseResponse.call_action).parameters) == ["self"]
    assert list(inspect.signature(BaseResponse.serialized).parameters) == ["self", "action_result"]
    assert "raise NotImplementedError" in inspect.getsource(BaseResponse.call_action)
    assert ActionResult({"a": 1}).result == {"a": 1}


def test_moto_checks_the_target_of_access_logs() -> None:
    parameters = inspect.signature(FakeBucket._log_permissions_enabled_policy).parameters
    assert list(parameters) == ["target_bucket", "target_prefix"]
    assert "_log_permissions_enabled_policy" in inspect.getsource(FakeBucket.set_logging)
