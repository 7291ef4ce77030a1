"""Rules that Step Functions makes for itself, to hear of the jobs that its executions wait for.

On AWS they are managed: they show in the account, and what they lead to is Step Functions' own. Here executions look
at their jobs themselves, so the rules are kept, and the permissions to make them asked for, but they deliver nothing.
"""

from __future__ import annotations

_PREFIX = "StepFunctionsGetEventsFor"
BY = "states.amazonaws.com"


def is_managed(rule_name: str) -> bool:
    """Whether the name is one of Step Functions' rules (Developer Guide, "IAM policies for integrated services")."""
    return rule_name.startswith(_PREFIX)
