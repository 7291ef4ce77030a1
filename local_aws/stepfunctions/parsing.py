"""moto's parser, made safe for several threads and for names in any alphabet."""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from typing import Any

from moto.stepfunctions.parser.asl.antlr.runtime.ASLParser import ASLParser
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from local_aws.stepfunctions import jsonata
from local_aws.stepfunctions.replacing import MotoChanged, replace_method

_parse_string_jsonata = Preprocessor.visitString_jsonata
_parse_comparison = Preprocessor.visitChoice_rule_comparison_variable
_open_scope = Preprocessor._open_query_language_scope
_parsing = threading.Lock()


class MalformedDefinition(Exception):
    """The parser's own words about a definition it cannot read."""


@lru_cache(maxsize=64)
def parse(definition: str) -> Any:
    """moto's program for a definition; it holds no state of an execution, so executions share it.

    Raises MalformedDefinition.
    """
    canonical = json.dumps(json.loads(definition), ensure_ascii=False)
    try:
        with _parsing:
            return AmazonStateLanguageParser.parse(canonical)[0]
    except Exception as error:  # moto's parser raises whatever its visitor trips over
        raise MalformedDefinition(str(error) or type(error).__name__) from error


def _own_scopes(self: Any) -> None:
    """moto keeps the stack of query languages on the class: a refused definition would change the next one's."""
    self._query_language_per_scope = []


def _open_own_scope(self: Any, parse_tree: Any) -> None:
    """Without a QueryLanguage of its own, a state has the whole machine's, not that of the Map or Parallel it is in.

    As ValidateStateMachineDefinition was seen to judge (floci issue 2968).
    """
    outer = self._query_language_per_scope
    self._query_language_per_scope = outer[:1]
    _open_scope(self, parse_tree)
    self._query_language_per_scope = [*outer, self._query_language_per_scope[-1]]


def _comparison(self: Any, ctx: Any) -> Any:
    """moto drops the Assign of a rule that compares a Variable; AWS runs it (LocalStack's base_assign_in_choice)."""
    rule: Any = _parse_comparison(self, ctx)
    if rule.assign is None:
        parts = (self.visit(child) for child in ctx.children)
        rule.assign = next((part for part in parts if isinstance(part, AssignDecl)), None)
    return rule


def _text(parser_rule_context: Any) -> str | None:
    """The string a token stands for; moto only takes the quotes off and leaves the escapes in."""
    text = parser_rule_context.getText()
    if text == "null":
        return None
    return str(json.loads(text)) if text.startswith('"') else str(text)


def _with_field(self: Any, ctx: Any) -> Any:
    """An expression that knows its field, for error messages, and that compiles."""
    expression: Any = _parse_string_jsonata(self, ctx=ctx)
    expression.field = _field(ctx)
    try:
        jsonata.check(expression.expression)
    except jsonata.JsonataError as error:
        raise ValueError(f"INVALID_JSONATA_EXPRESSION: {error} at /{expression.field}") from error
    return expression


def _field(context: Any) -> str:
    """Where in its state: `Arguments/Tags[0]/Value`, `Choices[1]/Condition`."""
    steps: list[str] = []
    node, parent = context, context.parentCtx
    while parent is not None and not isinstance(parent, ASLParser.State_declContext):
        words = [child.getText() if not child.getChildCount() else "" for child in parent.children]
        if "[" in words[:3]:
            steps.append(f"[{words[: parent.children.index(node)].count(',')}]")
        key = parent.children[0].getText() if words[1:2] == [":"] else None
        if key is not None:
            steps.append(f"/{json.loads(key)}")
        node, parent = parent, parent.parentCtx
    return "".join(reversed(steps)).removeprefix("/")


def install() -> None:
    """Replace the parser's shared stack, its strings and its expressions."""
    if "_query_language_per_scope" not in Preprocessor.__dict__ or "__init__" in Preprocessor.__dict__:
        raise MotoChanged("Preprocessor._query_language_per_scope")
    Preprocessor.__init__ = _own_scopes  # type: ignore[method-assign]
    replace_method(Preprocessor, "_inner_string_of", staticmethod(_text))
    replace_method(Preprocessor, "visitString_jsonata", _with_field)
    replace_method(Preprocessor, "visitChoice_rule_comparison_variable", _comparison)
    replace_method(Preprocessor, "_open_query_language_scope", _open_own_scope)
