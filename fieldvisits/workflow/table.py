"""What a row of the process table is. The rows stand beside this module, in the order of the seven steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.utils.functional import Promise

from accounts.powers import Holding, Powers

from .. import permissions as who
from ..permissions import Owned, Predicate

Text = str | Promise
#: A guard answers with a sentence for people when it is not yet time: a function of the paper, or the name of its method.
Guard = Callable[[Any], Text | None] | str


class Comment(Enum):
    """Whether a transition takes a comment."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"
    #: Required when the paper says so (``paper.must_explain(verb)`` answers with the sentence that asks for it).
    EXPLAIN = "explain"


@dataclass(frozen=True)
class State:
    """A state as people see it. ``holder`` says on whose desk the paper lies (a method name of the paper), or nothing."""

    code: str
    label: Text
    tone: str
    icon: str
    holder: str = ""


@dataclass(frozen=True)
class Transition:
    """One row of the table."""

    verb: str
    label: Text
    sources: tuple[str, ...]
    target: str
    who: tuple[Predicate, ...] = ()
    step: int = 0
    needs: tuple[Guard, ...] = ()
    comment: Comment = Comment.NONE
    decides: bool = False
    then: str = ""
    tone: str = "secondary"
    done: Text = ""
    confirm: Text = ""
    #: Columns of the paper that are typed together with the transition and saved by it.
    fields: tuple[str, ...] = ()
    #: Whether the event keeps a copy of the paper as it read at that moment.
    keeps_copy: bool = False
    internal: bool = False
    #: The row stands only for papers whose method or column of this name says so: two rows of one verb may part here.
    applies: str = ""

    def capacities(self, powers: Powers, paper: Owned) -> Iterator[Holding]:
        """In which capacities the person may do this to the paper; nobody decides on their own paper."""
        for predicate in self.who:
            for holding in predicate(powers, paper):
                if not (self.decides and who.is_own(holding, powers, paper)):
                    yield holding

    def capacity(self, powers: Powers, paper: Owned) -> Holding | None:
        return next(self.capacities(powers, paper), None)

    def is_only_barred_as_own(self, powers: Powers, paper: Owned) -> bool:
        """Whether the person could do this, were the paper not their own."""
        return self.decides and any(True for predicate in self.who for _h in predicate(powers, paper))

    def obstacle(self, paper: Any) -> Text | None:
        """The first guard's sentence that says why it is not yet time, if any."""
        return next((sentence for guard in self.needs if (sentence := _ask(guard, paper))), None)

    def stands_for(self, paper: Any) -> bool:
        """Whether the row is in the table at all for this paper (``applies``)."""
        if not self.applies:
            return True
        said = getattr(paper, self.applies)
        return bool(said() if callable(said) else said)


@dataclass(frozen=True)
class Flow:
    """States and transitions of one kind of paper; ``kind`` is also the word in its addresses."""

    kind: str
    name: Text
    states: tuple[State, ...]
    transitions: tuple[Transition, ...] = field(default=())

    @property
    def start(self) -> str:
        return self.states[0].code

    @property
    def choices(self) -> list[tuple[str, Text]]:
        return [(s.code, s.label) for s in self.states]

    def state(self, code: str) -> State:
        return next(s for s in self.states if s.code == code)

    def rows(self, verb: str) -> list[Transition]:
        """Every row with this verb; empty for a made-up verb."""
        return [t for t in self.transitions if t.verb == verb]

    def leaving(self, state: str) -> list[Transition]:
        """Rows that start in ``state``, with a button."""
        return [t for t in self.transitions if state in t.sources and not t.internal]


def _ask(guard: Guard, paper: Any) -> Text | None:
    return getattr(paper, guard)() if isinstance(guard, str) else guard(paper)
