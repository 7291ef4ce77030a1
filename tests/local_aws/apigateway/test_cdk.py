"""What aws-cdk-lib's own constructs synthesize is deployed as it stands, and means what they mean by it.

`cdk_http_api.template.json` is what aws-cdk-lib 2.275.0 makes of an HttpApi with an HttpIamAuthorizer, whose two routes
have an HttpLambdaIntegration, and of `route.grant_invoke(role)` for one of them.
"""

from __future__ import annotations

import json
from pathlib import Path

from botocore.credentials import Credentials

from tests.local_aws.apigateway.laboratory import Laboratory

TEMPLATE = json.loads(Path(__file__).with_name("cdk_http_api.template.json").read_text())


def test_a_grant_lets_a_role_call_its_route(lab: Laboratory) -> None:
    name = lab.deployer.create(TEMPLATE["Resources"], Outputs=TEMPLATE["Outputs"])
    outputs = lab.deployer.outputs(name)
    issued = lab.local_aws.client("sts").assume_role(RoleArn=outputs["CallerArn"], RoleSessionName="caller")
    keys = issued["Credentials"]
    caller = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    url = outputs["Url"]
    assert lab.call(f"{url}/users/13", by=caller).json()["pathParameters"] == {"user": "13"}
    assert lab.call(f"{url}/predictions", "POST", by=caller).status_code == 403
    assert lab.call(f"{url}/predictions", "POST").json()["routeKey"] == "POST /predictions"
    assert lab.call(f"{url}/elsewhere").status_code == 404
