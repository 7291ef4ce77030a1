"""What a field of a request or an answer may hold, said once: it is read, checked and documented by these rules."""

from __future__ import annotations

import dataclasses
import enum
import types
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

Id = int | str
"""Of a user or an item: a whole number or text, as the dataset has them."""


class Absent(enum.Enum):
    """A field that is left out, which is something else than null."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """In `Annotated[type, Rule(...)]`: what the type alone does not say, in JSON Schema's words.

    choices: the name of a list that is only known with the data ("genres"); letters' case does not count in it.
    """

    description: str = ""
    minimum: int | None = None
    maximum: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    is_unique: bool = False
    choices: str | None = None


NO_RULE: Final = Rule()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model. kind: its type without `Annotated` and without `Absent`."""

    name: str
    kind: Any
    rule: Rule
    default: Any
    may_be_absent: bool

    @property
    def is_required(self) -> bool:
        """Of a request: it has no default. Of an answer: it is never left out."""
        return self.default is MISSING


@cache
def fields_of(model: type) -> tuple[Field, ...]:
    """The fields of a dataclass, in their order."""
    hints = get_type_hints(model, include_extras=True)
    return tuple(_field(field.name, hints[field.name], _default(field)) for field in fields(model))


def split(hint: Any) -> tuple[Any, Rule]:
    """A type and its rule."""
    if get_origin(hint) is Annotated:
        kind, *extras = get_args(hint)
        return kind, next((extra for extra in extras if isinstance(extra, Rule)), NO_RULE)
    return hint, NO_RULE


@cache
def arms(kind: Any) -> tuple[Any, ...]:
    """The types of a union, or the one type."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


@cache
def members(kind: Any) -> tuple[Any, ...] | None:
    """The values of a `Literal`; None of other types."""
    return get_args(kind) if get_origin(kind) is Literal else None


@cache
def element(kind: Any) -> tuple[Any, Rule] | None:
    """The type and the rule of a list's elements; None of other types."""
    return split(get_args(kind)[0]) if get_origin(kind) is list else None


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _field(name: str, hint: Any, default: Any) -> Field:
    kind, rule = split(hint)
    kept = tuple(arm for arm in arms(kind) if arm is not Absent)
    if len(kept) == len(arms(kind)):
        return Field(name, kind, rule, default, may_be_absent=False)
    return Field(name, Union[kept], rule, default, may_be_absent=True)  # noqa: UP007 - of types only known here
