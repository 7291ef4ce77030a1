"""Sixteen float32 at once, as a type that compiled code can load, store and calculate with.

Left to itself the compiler cannot know that two arrays do not overlap: it checks before each of the short loops over
factors, which takes as long as the loop. Here a load is a load. Sixteen lanes are one AVX-512 register, and two or four
of what else there is: LLVM divides them. Nothing is left open about order and rounding, so every machine and every
compilation calculates the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir  # type: ignore[import-untyped]
from numba import extending
from numba.core import cgutils, types

LANES: Final = 16
# Its own type says that the context is to be given when it is called.
_intrinsic: Final[Any] = extending.intrinsic
_FLOAT: Final = ir.FloatType()
_VECTOR: Final = ir.VectorType(_FLOAT, LANES)
_WHOLES: Final = ir.VectorType(ir.IntType(32), LANES)
_FLOAT_BYTES: Final = 4
# Of llvm.prefetch: to be written, to be kept in every cache, data.
_PREFETCH: Final = [ir.IntType(32)(1), ir.IntType(32)(3), ir.IntType(32)(1)]


class _Vector(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Float32x{LANES}")


_vector: Final = _Vector()


@extending.register_model(_Vector)
class _Model(extending.models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]


@_intrinsic
def load(_context, array, at):  # type: ignore[no-untyped-def]
    """The lanes ``array[at : at + LANES]`` of a flat float32 array."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = address(context, builder, array, arguments)
        return builder.load(builder.bitcast(pointer, _VECTOR.as_pointer()), align=_FLOAT_BYTES)

    return _vector(array, types.intp), generate


@_intrinsic
def store(_context, array, at, lanes):  # type: ignore[no-untyped-def]
    """Write the lanes to ``array[at : at + LANES]``."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = address(context, builder, array, arguments)
        builder.store(arguments[2], builder.bitcast(pointer, _VECTOR.as_pointer()), align=_FLOAT_BYTES)
        return context.get_dummy_value()

    return types.void(array, types.intp, _vector), generate


@_intrinsic
def prefetch(_context, array, at):  # type: ignore[no-untyped-def]
    """Ask for the cache line of ``array[at]``, soon to be read and written."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.bitcast(address(context, builder, array, arguments), ir.IntType(8).as_pointer())
        _call(builder, "llvm.prefetch.p0", [pointer, *_PREFETCH], ir.VoidType())
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@_intrinsic
def spread(_context, number):  # type: ignore[no-untyped-def]
    """All lanes equal to a float32."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, arguments[0], ir.IntType(32)(0))
        return builder.shuffle_vector(first, undefined, ir.Constant(_WHOLES, [0] * LANES))

    return _vector(types.float32), generate


@_intrinsic
def total(_context, lanes):  # type: ignore[no-untyped-def]
    """The sum of the lanes: halves are added to each other until one number is left."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        (lanes,) = arguments
        undefined, count = ir.Constant(_VECTOR, ir.Undefined), LANES // 2
        while count:
            upper = ir.Constant(_WHOLES, [count + lane if lane < count else 0 for lane in range(LANES)])
            lanes = builder.fadd(lanes, builder.shuffle_vector(lanes, undefined, upper))
            count //= 2
        return builder.extract_element(lanes, ir.IntType(32)(0))

    return types.float32(_vector), generate


@_intrinsic
def fma(_context, one, other, addend):  # type: ignore[no-untyped-def]
    """one · other + addend, rounded once."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _call(builder, f"llvm.fma.v{LANES}f32", arguments, _VECTOR)

    return _vector(_vector, _vector, _vector), generate


@_intrinsic
def root(_context, lanes):  # type: ignore[no-untyped-def]
    """The square root of each lane."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _call(builder, f"llvm.sqrt.v{LANES}f32", arguments, _VECTOR)

    return _vector(_vector), generate


@_intrinsic
def nearest(_context, lanes):  # type: ignore[no-untyped-def]
    """The whole number nearest to each lane, the even one of two."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _call(builder, f"llvm.roundeven.v{LANES}f32", arguments, _VECTOR)

    return _vector(_vector), generate


@_intrinsic
def power_of_two(_context, lanes):  # type: ignore[no-untyped-def]
    """2 to the power of each lane, a whole number from −126 to 127: its bits are those of the exponent."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        whole = builder.fptosi(arguments[0], _WHOLES)
        bias, shift = (ir.Constant(_WHOLES, [bits] * LANES) for bits in (127, 23))
        return builder.bitcast(builder.shl(builder.add(whole, bias), shift), _VECTOR)

    return _vector(_vector), generate


@_intrinsic
def clamp(_context, lanes, limit):  # type: ignore[no-untyped-def]
    """Each lane, but at most as far from 0 as the limit's; NaN stays NaN."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        lanes, limit = arguments
        below = builder.fneg(limit)
        lanes = builder.select(builder.fcmp_ordered(">", lanes, limit), limit, lanes)
        return builder.select(builder.fcmp_ordered("<", lanes, below), below, lanes)

    return _vector(_vector, _vector), generate


def address(context: Any, builder: Any, array: Any, arguments: Any) -> Any:
    """For an intrinsic whose first arguments are an array of that type and a place in it: the pointer to there."""
    data = context.make_array(array)(context, builder, arguments[0]).data
    return builder.gep(data, [arguments[1]], inbounds=True)


def _call(builder: Any, name: str, arguments: Any, result: Any) -> Any:
    """Call one of LLVM's intrinsics, which a module may declare but once."""
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    declared = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
    return builder.call(declared, arguments)


def _define(operation: Callable[[Any, Any], Any], instruction: str) -> None:
    @_intrinsic
    def apply(_context, one, other):  # type: ignore[no-untyped-def]
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return getattr(builder, instruction)(*arguments)

        return _vector(_vector, _vector), generate

    @extending.overload(operation)
    def lane_by_lane(one, other):  # type: ignore[no-untyped-def]
        are_lanes = isinstance(one, _Vector) and isinstance(other, _Vector)
        return (lambda one, other: apply(one, other)) if are_lanes else None  # noqa: PLW0108 - numba wants a function


for _operation, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_operation, _instruction)
