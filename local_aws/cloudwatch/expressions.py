"""Metric math, as far as it is here: `+ - * /`, comparisons, numbers, ids, IF, FILL, and SUM, AVG, MIN, MAX, ABS.

Source: CloudWatch User Guide, "Using metric math". A value that is missing is None: where an operand is missing, so
is the result, and a division by zero has none. AWS's words that Python's grammar lacks (`AND`, `OR`, `&&`, `^`) are
refused by name with everything else.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

from local_aws.cloudwatch.errors import NotEmulated, ValidationError

Series = list[float | None]
"""A value or None for each period, the oldest first."""

_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OVER: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "MIN": min,
    "MAX": max,
    "AVG": lambda values: sum(values) / len(values),
}
_ARGUMENTS = {"IF": (2, 3), "FILL": (2, 2), "ABS": (1, 1), **dict.fromkeys(_OVER, (1, 1))}


class Expression:
    """A parsed expression. `ids`: what it refers to."""

    def __init__(self, text: str) -> None:
        """Raises NotEmulated for what AWS has and this lacks, ValidationError for what is no expression."""
        self.text = text
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except SyntaxError as error:
            raise NotEmulated(f"expression {text!r} is not emulated: {error.msg}") from error
        self._check(self._tree)
        names = (node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name))
        self.ids = frozenset(name for name in names if name not in _ARGUMENTS and name != "REPEAT")

    def value(self, known: Mapping[str, Series], length: int) -> Series:
        """The result, given the series of all `ids`. length: the number of periods."""
        return self._series(self._tree, known, length)

    def _check(self, node: ast.expr) -> None:
        match node:
            case ast.Constant(value=int() | float()) | ast.Name():
                inner: list[ast.expr] = []
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                inner = [left, right]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                inner = [operand]
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                inner = [left, right]
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _ARGUMENTS:
                inner = self._check_call(name, arguments)
            case _:
                raise NotEmulated(f"{ast.unparse(node)!r} in expression {self.text!r} is not emulated")
        for each in inner:
            self._check(each)

    def _check_call(self, name: str, arguments: list[ast.expr]) -> list[ast.expr]:
        fewest, most = _ARGUMENTS[name]
        if not fewest <= len(arguments) <= most:
            raise ValidationError(f"Error in expression {self.text!r}: {name} with {len(arguments)} arguments")
        if name == "FILL":
            return arguments[:1] if _is_repeat(arguments[1]) else arguments
        first = arguments[0]
        return first.elts if name in _OVER and isinstance(first, ast.List) else arguments

    def _series(self, node: ast.expr, known: Mapping[str, Series], length: int) -> Series:
        def of(inner: ast.expr) -> Series:
            return self._series(inner, known, length)

        match node:
            case ast.Constant(value=int() | float() as number):
                return [float(number)] * length
            case ast.Name(id=name):
                return known[name]
            case ast.UnaryOp(op=op, operand=operand):
                sign = -1 if isinstance(op, ast.USub) else 1
                return [None if value is None else sign * value for value in of(operand)]
            case ast.BinOp(left=left, op=op, right=right):
                return _paired(_BINARY[type(op)], of(left), of(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _paired(lambda a, b: float(_COMPARISONS[type(op)](a, b)), of(left), of(right))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._called(name, arguments, of, length)
        raise AssertionError(ast.dump(node))

    def _called(self, name: str, arguments: list[ast.expr], of: Callable[[ast.expr], Series], length: int) -> Series:
        first = arguments[0]
        if name in _OVER and isinstance(first, ast.List):
            rows = zip(*map(of, first.elts), strict=True) if first.elts else [()] * length
            return [_over(name, row) for row in rows]
        if name in _OVER:
            return [_over(name, of(first))] * length
        if name == "ABS":
            return [None if value is None else abs(value) for value in of(first)]
        if name == "FILL":
            return _repeated(of(first)) if _is_repeat(arguments[1]) else _filled(of(first), of(arguments[1]))
        otherwise: Series = of(arguments[2]) if len(arguments) == 3 else [None] * length
        return _chosen(of(first), of(arguments[1]), otherwise)


def _paired(combine: Callable[[float, float], float], left: Series, right: Series) -> Series:
    def at(a: float | None, b: float | None) -> float | None:
        if a is None or b is None:
            return None
        try:
            return combine(a, b)
        except ZeroDivisionError:
            return None

    return [at(a, b) for a, b in zip(left, right, strict=True)]


def _over(name: str, values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return _OVER[name](there) if there else None


def _filled(series: Series, filling: Series) -> Series:
    return [filler if value is None else value for value, filler in zip(series, filling, strict=True)]


def _repeated(series: Series) -> Series:
    last: float | None = None
    filled: Series = []
    for value in series:
        last = last if value is None else value
        filled.append(last)
    return filled


def _chosen(condition: Series, yes: Series, no: Series) -> Series:
    rows = zip(condition, yes, no, strict=True)
    return [None if asked is None else (chosen if asked else other) for asked, chosen, other in rows]


def _is_repeat(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "REPEAT"
