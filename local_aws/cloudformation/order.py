"""The order in which things that depend on each other are made."""

from __future__ import annotations

import graphlib
from collections.abc import Mapping

from local_aws.cloudformation.errors import TemplateError


def ordered(dependencies: Mapping[str, frozenset[str]]) -> list[str]:
    """Every name after what it depends on, otherwise in the order given. Raises TemplateError naming a cycle."""
    place = {name: index for index, name in enumerate(dependencies)}
    sorter = graphlib.TopologicalSorter({name: before & place.keys() for name, before in dependencies.items()})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        raise TemplateError(f"Circular dependency between resources: [{', '.join(error.args[1][1:])}]") from None
    names: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place.__getitem__)
        names += ready
        sorter.done(*ready)
    return names
