"""S3's browser uploads: the key and the signature of the request are fields of its form.

Source: Amazon S3 API reference, "POST Object".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.request import Request


def is_post_form(environ: Mapping[str, Any]) -> bool:
    """Whether the request uploads an object by a form. With a query (`?delete`) it does something else."""
    content_type = environ.get("CONTENT_TYPE", "").lower()
    is_form = environ["REQUEST_METHOD"] == "POST" and content_type.startswith("multipart/form-data")
    return is_form and not environ.get("QUERY_STRING") and "HTTP_AUTHORIZATION" not in environ


def credential_fields(request: Request) -> dict[str, str]:
    """What signs the form, by field names in lower case, which are those of a presigned URL's query."""
    return {name.lower(): value for name, value in request.form.items()}


def put_parameters(request: Request) -> dict[str, Any]:
    """The form as the parameters of the PutObject that it stands for, but for its bucket."""
    fields = {"Key": "key", "Tagging": "tagging", "ACL": "acl"}
    return {name: request.form[field] for name, field in fields.items() if field in request.form}
