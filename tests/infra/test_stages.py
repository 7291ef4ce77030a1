"""A further stage is one entry in the settings, and every option of a stage is known to the checks."""

from __future__ import annotations

from dataclasses import fields

from infra.settings import STAGES, Stage
from tests.infra.options import AMOUNTS, EVERYTHING, OPTIONS, optional_settings
from tests.infra.synthesis import STACKS, Assembly


def test_a_third_stage_is_one_entry(full: Assembly) -> None:
    """It has its own names, and none of another stage's."""
    assert EVERYTHING not in STAGES
    text = b"".join(full.text(stack) for stack in STACKS).decode()
    assert f"movie-recommender-{EVERYTHING}" in text
    assert not [stage for stage in STAGES if f"movie-recommender-{stage}" in text]


def test_every_optional_setting_is_switched_on_somewhere() -> None:
    """A setting that is added belongs to tests/infra/options.py: the checks and the end-to-end test read it there."""
    assert not OPTIONS.keys() & AMOUNTS
    assert optional_settings() == OPTIONS.keys() | AMOUNTS


def test_options_are_off_unless_set() -> None:
    defaults = {setting.name: setting.default for setting in fields(Stage)}
    for stage in STAGES.values():
        assert not [name for name in OPTIONS if getattr(stage, name) != defaults[name]], stage.stage
    assert not [name for name, value in OPTIONS.items() if value == defaults[name]], "an option that changes nothing"
