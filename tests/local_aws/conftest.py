"""What tests of the local AWS import by this name; the fixtures are those of all tests."""

from __future__ import annotations

from tests.local_server import REGION, LocalAws

__all__ = ["REGION", "LocalAws"]
