"""MetricDataQuery: metrics and expressions over them, read for periods that follow each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.cloudwatch import statistics
from local_aws.cloudwatch.errors import NotEmulated, ValidationError
from local_aws.cloudwatch.expressions import Expression, Series
from local_aws.metrics import Metric, Metrics

Query = Mapping[str, Any]
"""As the API has it."""


@dataclass(frozen=True)
class Periods:
    """`number` periods of `length_s` seconds, one after the other, from `start_s` (Unix time)."""

    start_s: float
    length_s: float
    number: int

    @property
    def starts_s(self) -> list[float]:
        """When each begins."""
        return [self.start_s + at * self.length_s for at in range(self.number)]


@dataclass(frozen=True)
class Source:
    """One region's data points."""

    metrics: Metrics
    region: str

    def read(self, stat: Query, periods: Periods) -> Series:
        """The values of a MetricStat, one for each period; its own Period does not matter here."""
        metric = metric_of(stat["Metric"])
        end_s = periods.start_s + periods.number * periods.length_s
        samples = self.metrics.between(self.region, metric, periods.start_s, end_s)
        held: list[list[Any]] = [[] for _ in range(periods.number)]
        for sample in samples:
            if stat.get("Unit") in (None, sample.unit):
                # Rounding may put the very last instant into a period after the last.
                at = min(int((sample.at_s - periods.start_s) / periods.length_s), periods.number - 1)
                held[at].append(sample)
        return [statistics.value_of(stat["Stat"], of_period) for of_period in held]


class Queries:
    """Queries that have been checked; each id's series can be asked for."""

    def __init__(self, queries: Sequence[Query]) -> None:
        """Raises ValidationError and NotEmulated."""
        self.by_id = {query["Id"]: query for query in queries}
        if len(self.by_id) < len(queries):
            raise ValidationError("The values for parameter id in MetricDataQueries are not unique.")
        self._expressions: dict[str, Expression] = {}
        for query in queries:
            self._check(query)
        for name in self._expressions:
            self.stats(name)

    def stats(self, name: str) -> list[Query]:
        """Every MetricStat that an id's series is made of. Raises ValidationError for a circle or an unknown id."""
        return list(self._stats(name, ()))

    def series(self, name: str, source: Source, periods: Periods) -> Series:
        """The series of an id."""
        expression = self._expressions.get(name)
        if expression is None:
            return source.read(self.by_id[name]["MetricStat"], periods)
        known = {inner: self.series(inner, source, periods) for inner in expression.ids}
        return expression.value(known, periods.number)

    def period(self, name: str) -> int:
        """The period of an id's series, in seconds on AWS. Raises NotEmulated when its metrics differ in it."""
        lengths = {int(stat["Period"]) for stat in self.stats(name)} or {int(self.by_id[name].get("Period") or 0)}
        (first, *others) = sorted(lengths)
        if others:
            raise NotEmulated(f"{name}: an expression over metrics of several periods is not emulated: {lengths}")
        if first < 1:
            raise ValidationError(f"{name}: Period must not be null")
        return first

    def _check(self, query: Query) -> None:
        name, stat, expression = query["Id"], query.get("MetricStat"), query.get("Expression")
        if (stat is None) == (expression is None):
            raise ValidationError(f"Exactly one of MetricStat and Expression must be given for {name}")
        if query.get("AccountId"):
            raise NotEmulated("AccountId is not emulated: there is one account")
        if stat is not None:
            statistics.check(stat["Stat"])
            check_period(int(stat["Period"]))
            return
        self._expressions[name] = Expression(str(expression))

    def _stats(self, name: str, through: tuple[str, ...]) -> Iterable[Query]:
        if name in through:
            raise ValidationError(f"Circular reference in expressions: {' -> '.join((*through, name))}")
        if name not in self.by_id:
            raise ValidationError(f"Undefined variable {name!r} in the expression of {through[-1]}")
        if name not in self._expressions:
            yield self.by_id[name]["MetricStat"]
            return
        for inner in sorted(self._expressions[name].ids):
            yield from self._stats(inner, (*through, name))


def metric_of(description: Mapping[str, Any]) -> Metric:
    """The Metric of a request: Namespace, MetricName, Dimensions. Raises ValidationError."""
    if not description.get("Namespace") or not description.get("MetricName"):
        raise ValidationError("The parameters Namespace and MetricName are required.")
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in description.get("Dimensions") or ()}
    return Metric.of(description["Namespace"], description["MetricName"], dimensions)


def check_period(seconds: int) -> None:
    """Raises ValidationError unless it is 1, 5, 10, 20, 30 or a multiple of 60 (MetricStat's documentation)."""
    if seconds not in (1, 5, 10, 20, 30) and (seconds < 60 or seconds % 60):
        raise ValidationError(f"The value {seconds} for parameter Period is not valid: 1, 5, 10, 20, 30 or n x 60")
