"""The two models of an execution, prepared and trained side by side."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.workflow.states import STATE_OF_BRANCH, Json, Step, what_failed


@dataclass(frozen=True, kw_only=True)
class Model:
    """What tells the states of one model from those of the other.

    word: goes into the names of its states, `Train Ranking Model`. job: the JSONata expression of its part of the job,
    with `name`, `run`, `preparation` and `hyperparameters`. prefix: begins the names of its variables, for a branch may
    not assign what the machine around it does.
    """

    word: str
    job: str
    prefix: str

    def state(self, verb: str, noun: str) -> str:
        """The name of a state: `Train`, `Model`."""
        return " ".join(part for part in (verb, self.word, noun) if part)

    def variable(self, name: str) -> str:
        """The name of a variable, without the $."""
        return f"{self.prefix}_{name}"


LIKE = Model(word="", job="$job", prefix="like")
"""Says how probable a like is if the item is rated: the endpoint serves it."""
RANKING = Model(word="Ranking", job="$job.ranking", prefix="ranking")
"""Puts likes before items never seen: what a user is recommended comes from it."""


class BranchFailure(Construct):
    """Where an error within a branch goes: it ends the branch, and says in which state it was."""

    def __init__(self, scope: Construct, id_: str, *, model: Model) -> None:
        super().__init__(scope, id_)
        self.variable = model.variable("failure")
        said = f"{{'state': ${self.variable}.state, 'errorMessage': ${self.variable}.cause}}"
        self.start: sfn.State = sfn.Fail.jsonata(
            self,
            model.state("Fail", "Model"),
            error=f"{{% ${self.variable}.error %}}",
            cause=f"{{% $string({said}) %}}",
        )


class SideBySide(Construct):
    """Both branches at once; the ranking model's is passed over where the job wants none.

    Afterwards `$prepared` and `$training` are the like model's, and `$ranking` has both of the ranking model, or null.
    """

    def __init__(self, scope: Construct, id_: str, *, like: Step, ranking: Step, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        skip = sfn.Pass.jsonata(self, "Skip Ranking Model", outputs="{% null %}")
        choice = (
            sfn.Choice.jsonata(self, "Choose Models")
            .when(sfn.Condition.jsonata("{% $job.ranking != null %}"), ranking.start)
            .otherwise(skip)
        )
        state = sfn.Parallel.jsonata(self, "Prepare and Train", assign=_RESULTS)
        state.branch(sfn.Chain.start(like.start), sfn.Chain.start(choice))
        state.add_catch(on_error, errors=["States.ALL"], assign={"failure": what_failed(STATE_OF_BRANCH)})
        self.step = Step(start=state, ends=[state], permissions=[*like.permissions, *ranking.permissions])


_RESULTS: Json = {
    "prepared": "{% $states.result[0].prepared %}",
    "training": "{% $states.result[0].training %}",
    "ranking": "{% $states.result[1] %}",
}
