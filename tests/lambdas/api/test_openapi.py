"""The document is sound, says what the routes do, and stands in docs as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from lambdas.logic.api.openapi import document
from lambdas.logic.api.routes import ROUTES, Route
from tests.lambdas.api.asking import Asker


def operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][route.path][route.method.lower()]
    return found


def test_the_document_is_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(document()).validate()
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_document_in_docs_is_this_one(root: Path) -> None:
    """`python -m lambdas.logic.api.openapi > docs/openapi.json` writes it anew."""
    printed = subprocess.run(
        [sys.executable, "-m", "lambdas.logic.api.openapi"], cwd=root, capture_output=True, check=True
    ).stdout
    assert (root / "docs" / "openapi.json").read_bytes() == printed


def test_the_api_serves_it(asker: Asker) -> None:
    assert asker.get("/openapi.json").content == json.loads(json.dumps(document()))


def test_every_route_is_in_it_with_its_parameters() -> None:
    assert {(path, method) for path, found in document()["paths"].items() for method in found} == {
        (route.path, route.method.lower()) for route in ROUTES
    }
    names = [operation(route)["operationId"] for route in ROUTES]
    assert len(set(names)) == len(names)
    for route in ROUTES:
        in_path = {one["name"] for one in operation(route).get("parameters", []) if one["in"] == "path"}
        assert in_path == set(route.path_parameters)


def test_what_a_query_may_be_is_said() -> None:
    route = next(route for route in ROUTES if route.name == "recommend")
    found = {one["name"]: one["schema"] for one in operation(route)["parameters"] if one["in"] == "query"}
    assert found == {
        "n": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10},
        "exclude_seen": {"type": "string", "enum": ["true", "false", "training"], "default": "true"},
        "genre": {"type": "string"},
        "min_year": {"type": "integer", "minimum": 0, "maximum": 9999},
        "explain": {"type": "boolean", "default": False},
    }


def test_what_a_body_may_be_is_said() -> None:
    schema = document()["components"]["schemas"]["NewUser"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["liked"] == {
        "type": "array",
        "items": {"type": ["integer", "string"]},
        "maxItems": 1000,
        "uniqueItems": True,
        "description": "Ids of items",
        "default": [],
    }
    assert schema["properties"]["genre"]["type"] == ["string", "null"]
    assert "required" not in schema
    assert document()["components"]["schemas"]["Pairs"]["required"] == ["pairs"]


def test_fields_that_may_be_left_out_are_not_required_and_null_is_said() -> None:
    schema = document()["components"]["schemas"]["RecommendedItem"]
    assert set(schema["properties"]) - set(schema["required"]) == {"explanation"}
    assert schema["properties"]["score"]["type"] == ["number", "null"]
    assert schema["properties"]["explanation"]["$ref"] == "#/components/schemas/Explanation"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.key))
def test_every_route_says_what_it_may_refuse(route: Route) -> None:
    statuses = set(operation(route)["responses"])
    assert {"200", "400", "403", "429", "500", "503"} <= statuses
    assert ("404" in statuses) == ("{" in route.path)
    assert ("422" in statuses) == (route.method == "POST")
    assert ("304" in statuses) == route.may_be_kept


def test_docs_name_every_route_and_every_parameter(root: Path) -> None:
    text = (root / "docs" / "api.md").read_text()
    for route in ROUTES:
        assert f"`{route.key}`" in text
        for one in operation(route).get("parameters", []):
            if one["in"] == "query":
                assert one["name"] in text
    for code in text.split("```python\n")[1:]:
        compile(code.partition("```")[0], "docs/api.md", "exec")
