"""What stands in for moto's Glue must be what moto asks of a service; and moto's own must still run nothing."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from moto import backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model

from local_aws.glue.backend import Backend, glue_backends
from local_aws.glue.responses import OPERATIONS, GlueResponse


def test_the_service_is_imported_by_its_package_and_asked_for_its_backends() -> None:
    source = inspect.getsource(backends._import_backend)
    assert 'import_module("moto." + module_name)' in source
    assert isinstance(glue_backends, BackendDict)
    package = Path(inspect.getfile(backends)).parent / "glue"
    assert (package / "__init__.py").read_text().startswith("from .models import glue_backends")
    assert "from .responses import GlueResponse" in (package / "urls.py").read_text()
    assert "GlueResponse.dispatch" in (package / "urls.py").read_text()


def test_routes_are_found_beside_the_backends_module() -> None:
    assert Backend.__module__ == "moto.glue.models"
    assert 'rstrip("models") + "urls"' in inspect.getsource(vars(BaseBackend)["_url_module"].fget)


@pytest.mark.parametrize("action", OPERATIONS)
def test_actions_are_methods_of_the_response_class(action: str) -> None:
    assert callable(getattr(GlueResponse, camelcase_to_underscores(action)))
    assert action in get_service_model("glue").operation_names
    assert "getattr(self, action)" in inspect.getsource(BaseResponse.call_action)


def test_the_modules_are_in_place_when_moto_imports_them(root: Path) -> None:
    program = (
        "from pathlib import Path; from local_aws.world import World; from local_aws import hooks\n"
        "hooks.install(World(folder=Path('.'), port=1))\n"
        "from moto.backends import get_backend; import moto.glue.urls as urls\n"
        "backend = get_backend('glue')['123456789012']['eu-west-1']\n"
        "print(type(backend).__qualname__, backend.url_bases, list(backend.flask_paths))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("Backend ")
    assert "glue" in ran.stdout


def test_motos_glue_runs_no_job() -> None:
    models = (Path(inspect.getfile(backends)).parent / "glue" / "models.py").read_text()
    assert "class FakeJobRun" in models, "moto's Glue may run jobs now: is the stand-in still needed?"
