"""Data tests of JSONPath Choice rules: a Variable against a literal, or against what a path leads to.

moto's own let a missing Variable be unequal to everything, exchange the sides when the right one is a workflow
variable, read timestamps of whole seconds in UTC only, and match strings as if they were file names.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringContextPath, StringJsonPath
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_func import (
    ComparisonFuncStringVariableSample,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_variable import ComparisonVariable
from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from local_aws.stepfunctions.failures import RUNTIME, failure
from local_aws.stepfunctions.replacing import replace_method
from local_aws.stepfunctions.timestamps import moment_of


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


# Each kind's value, None when it is of another type.
_READ: dict[str, Callable[[object], Any]] = {
    "Boolean": _boolean,
    "Numeric": _number,
    "String": _string,
    "Timestamp": moment_of,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
}


def is_operand(name: str, operand: object) -> bool:
    """Whether a definition may compare by this operator with this operand."""
    if name.endswith("Path"):
        return isinstance(operand, str) and operand.startswith("$")
    if name.startswith("Is"):
        return isinstance(operand, bool)
    return _READ[_kind(name)](operand) is not None


def holds(name: str, value: object, operand: Any) -> bool:
    """Whether the comparison holds; never for a value of another type than the operator's."""
    if name == "IsNull":
        return (value is None) is operand
    if name.startswith("Is"):
        return (_READ[name.removeprefix("Is")](value) is not None) is operand
    if name == "StringMatches":
        return isinstance(value, str) and _pattern(operand).fullmatch(value) is not None
    kind = _kind(name)
    left, right = (_READ[kind](side) for side in (value, operand))
    return left is not None and _COMPARE[name.removeprefix(kind).removesuffix("Path")](left, right)


def _kind(name: str) -> str:
    return next(kind for kind in _READ if name.startswith(kind))


def _pattern(wildcards: str) -> re.Pattern[str]:
    r"""A star is any characters, `\*` a star and `\\` a backslash."""
    words = re.findall(r"\\[\\*]|.", wildcards, re.DOTALL)
    return re.compile("".join(".*" if word == "*" else re.escape(word[-1]) for word in words), re.DOTALL)


def _test(self: Any, env: Any) -> None:
    """Only IsPresent may ask for what is not there: on AWS everything else fails the execution."""
    name = self.comparison_function.operator_type.name
    self.variable.eval(env)
    value = env.stack.pop()
    is_present = not isinstance(value, NoSuchVariable)
    if name == "IsPresent":
        env.stack.append(is_present is self.comparison_function.value)
    elif not is_present:
        raise _invalid_path(env, self.variable.string_sampler)
    else:
        env.stack.append(holds(name, value, _operand(self.comparison_function, env)))


def _operand(function: Any, env: Any) -> Any:
    """The right side, of the operator's type. Raises the failure of a path that leads to nothing or to another type."""
    name, path = function.operator_type.name, function.value
    if not name.endswith("Path"):
        return path
    if isinstance(function, ComparisonFuncStringVariableSample):
        sampler: Any = function.string_variable_sample
    else:
        sampler = StringContextPath(path) if path.startswith("$$") else StringJsonPath(path)
    try:
        sampler.eval(env=env)
    except (NoSuchJsonPathError, FailureEventException) as error:
        raise _invalid_path(env, sampler) from error
    operand = env.stack.pop()
    if _READ[_kind(name)](operand) is None:
        raise _invalid_path(env, sampler)
    return operand


def _invalid_path(env: Any, sampler: Any) -> FailureEventException:
    """The words of executions on AWS, as many bug reports quote them."""
    path = getattr(sampler, "context_object_path", sampler.literal_value)
    return failure(
        env,
        error=RUNTIME,
        cause=f"Invalid path '{path}': The choice state's condition path references an invalid value.",
        event_type=HistoryEventType.ExecutionFailed,
    )


def install() -> None:
    """Replace moto's comparison."""
    replace_method(ComparisonVariable, "_eval_body", _test)
