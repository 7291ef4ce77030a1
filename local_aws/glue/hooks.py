"""Where this package meets moto: its Glue is taken out whole, as its job runs are fakes, and it needs a parser besides.

What takes its place keeps what moto asks of a service; tests/local_aws/glue/test_moto_contract.py says what that is.
"""

from __future__ import annotations

import sys
from types import ModuleType

from local_aws.glue.backend import Backend, glue_backends
from local_aws.glue.responses import GlueResponse
from local_aws.world import World


def install(world: World) -> None:
    """Stand in for moto's modules of Glue; call before the first request, which is when moto imports them."""
    Backend.world = world
    _replace("moto.glue.models", GlueBackend=Backend, glue_backends=glue_backends)
    _replace("moto.glue.responses", GlueResponse=GlueResponse)


def _replace(name: str, **contents: object) -> None:
    module = ModuleType(name, doc=f"{__name__} put this here.")
    vars(module).update(contents)
    sys.modules[name] = module
