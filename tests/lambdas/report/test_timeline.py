"""When the states ran: dates, names, and what is no time."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import tostring

import pytest

from lambdas.logic.report.documents import MalformedDocument
from lambdas.logic.report.timeline import timeline_plot
from tests.lambdas.report.elements import column, drawing


@pytest.mark.parametrize("states", [None, []])
def test_no_states_no_plot(states: Any) -> None:
    assert timeline_plot(states) is None


def test_states_may_be_dated() -> None:
    states = [
        {"name": "Late", "entered": "2026-01-31T12:00:02.500Z", "seconds": 1.0, "status": "FAILED"},
        {"name": "Early", "entered": "2026-01-31T13:00:00+01:00", "seconds": 2.0, "status": "SUCCEEDED"},
    ]
    plot = timeline_plot(states)
    assert plot is not None
    assert column(plot.element(), "entered after, seconds") == ["2.5000", "0.0000"]
    assert "(failed)" in "".join(drawing(plot.element()).itertext())


@pytest.mark.parametrize("entered", [None, "yesterday", [1]])
def test_a_state_without_a_time_is_named(entered: Any) -> None:
    with pytest.raises(MalformedDocument, match=r"states\[0\]\.entered .*, expected seconds, or a time as 2026"):
        timeline_plot([{"name": "A", "entered": entered, "seconds": 1.0, "status": "SUCCEEDED"}])


def test_names_of_states_are_text_whatever_they_hold() -> None:
    name = "七 $x_1$ </script><script>\x1b"
    plot = timeline_plot([{"name": name, "entered": 0, "seconds": 1.0, "status": "SUCCEEDED"}])
    assert plot is not None
    assert "七 $x_1$ </script><script>\ufffd" in "".join(drawing(plot.element()).itertext())
    assert "<script>" not in tostring(plot.element(), encoding="unicode", method="html")


def test_a_long_name_is_whole_in_the_table_and_cut_in_the_drawing() -> None:
    plot = timeline_plot([{"name": "N" * 80, "entered": 0, "seconds": 1.0, "status": "SUCCEEDED"}])
    assert plot is not None
    assert column(plot.element(), "state") == ["N" * 80]
    assert f"{'N' * 39}…  1.0 s" in "".join(drawing(plot.element()).itertext())
