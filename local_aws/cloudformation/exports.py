"""Values one stack offers to the others of its region."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.cloudformation.errors import ResourceFailed, TemplateError
from local_aws.cloudformation.stack import Output, Stack


class Exports:
    """A view of the stacks: nothing is kept twice."""

    def __init__(self, stacks: Mapping[str, Stack]) -> None:
        self._stacks = stacks

    def all(self) -> list[tuple[Stack, Output]]:
        """Every export with the stack that makes it."""
        return [
            (stack, output)
            for stack in list(self._stacks.values())
            if stack.deleted is None
            for output in stack.outputs.values()
            if output.export is not None
        ]

    def value(self, name: str) -> str:
        """Raises TemplateError when nothing is exported under the name."""
        for _, output in self.all():
            if output.export == name:
                return output.value
        raise TemplateError(f"No export named {name} found.")

    def importers(self, name: str) -> list[str]:
        """Names of the stacks that use the export."""
        return [stack.name for stack in list(self._stacks.values()) if stack.deleted is None and name in stack.imports]

    def check(self, stack: Stack, outputs: Mapping[str, Output]) -> None:
        """Raises ResourceFailed when the outputs take another's export name or change one that is in use."""
        offered = {output.export: output.value for output in outputs.values() if output.export is not None}
        for owner, output in self.all():
            name = output.export
            if name is None:
                continue
            if owner is not stack and name in offered:
                raise ResourceFailed(f"Export with name {name} is already exported by stack {owner.name}")
            if owner is stack and offered.get(name) != output.value and self.importers(name):
                verb = "update" if name in offered else "delete"
                users = ", ".join(self.importers(name))
                raise ResourceFailed(f"Cannot {verb} export {name} as it is in use by {users}")

    def in_use(self, stack: Stack) -> str | None:
        """Why the stack cannot be deleted: the first of its exports that another stack uses."""
        for owner, output in self.all():
            users = self.importers(output.export or "") if owner is stack else []
            if users:
                return f"Export {output.export} cannot be deleted as it is in use by {' and '.join(users)}"
        return None
