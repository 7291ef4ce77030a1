"""Rules of composite alarms: `ALARM(name) AND NOT (OK("other name") OR INSUFFICIENT_DATA(arn))`, TRUE, FALSE.

Source: PutCompositeAlarm's AlarmRule and the User Guide's "Create a composite alarm". AT_LEAST is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from local_aws.cloudwatch.alarms import ALARM, INSUFFICIENT_DATA, OK
from local_aws.cloudwatch.errors import NotEmulated, ValidationError

StateOf = Callable[[str], str]
"""The state of the alarm of a name."""
Condition = Callable[[StateOf], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<word>AND|OR|NOT|TRUE|FALSE)\b"
    r"|(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<double>[^\"]+)\"|'(?P<single>[^']+)'|(?P<bare>[^\s()\"']+))\s*\)"
    r"|(?P<bracket>[()]))"
)
_BAD = "AlarmRule must not contain leading or trailing whitespace or be null, and must be a rule: at {place!r}"


class Rule:
    """A parsed rule. `children`: the names of the alarms it is about, in their order."""

    def __init__(self, text: str) -> None:
        """Raises ValidationError for what is no rule, NotEmulated for what AWS has and this lacks."""
        if re.search(r"\bAT_LEAST\s*\(", text):
            raise NotEmulated("AT_LEAST in a composite alarm's rule is not emulated")
        self.children: list[str] = []
        self._tokens = list(_tokens(text))[::-1]
        self._condition = self._alternatives()
        if self._tokens:
            raise ValidationError(_BAD.format(place=self._tokens[-1]))

    def is_met(self, state_of: StateOf) -> bool:
        """Whether the alarms' states fulfil the rule."""
        return self._condition(state_of)

    def _alternatives(self) -> Condition:
        return self._joined("OR", lambda: self._joined("AND", self._negated, all), any)

    def _joined(
        self, word: str, operand: Callable[[], Condition], combine: Callable[[Iterator[bool]], bool]
    ) -> Condition:
        parts = [operand()]
        while self._tokens and self._tokens[-1] == (word, ""):
            self._tokens.pop()
            parts.append(operand())
        return parts[0] if len(parts) == 1 else lambda state_of: combine(part(state_of) for part in parts)

    def _negated(self) -> Condition:
        kind, name = self._tokens.pop() if self._tokens else ("the end", "")
        match kind:
            case "NOT":
                inner = self._negated()
                return lambda state_of: not inner(state_of)
            case "TRUE" | "FALSE":
                return lambda _: kind == "TRUE"
            case "(":
                condition = self._alternatives()
                if not self._tokens or self._tokens.pop() != (")", ""):
                    raise ValidationError(_BAD.format(place="a bracket that is not closed"))
                return condition
            case _ if name:
                if name not in self.children:
                    self.children.append(name)
                return lambda state_of: state_of(name) == kind
        raise ValidationError(_BAD.format(place=kind))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(word or bracket, ""), and (state, alarm's name) for a condition; an ARN stands for its alarm's name."""
    at, text = 0, text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValidationError(_BAD.format(place=text[at : at + 40]))
        at = found.end()
        if found["state"] in (ALARM, OK, INSUFFICIENT_DATA):
            name = found["double"] or found["single"] or found["bare"]
            yield found["state"], name.partition(":alarm:")[2] or name if name.startswith("arn:") else name
        else:
            yield found["word"] or found["bracket"], ""
