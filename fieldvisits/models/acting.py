"""Who acts on a paper: what they are offered, and in which capacity they act."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.powers import Holding, Powers

from ..workflow import Comment, Transition


@dataclass(frozen=True)
class Action:
    """A transition as offered to a person on a paper: a button, or the sentence that says why not yet."""

    transition: Transition
    holding: Holding
    obstacle: str | None
    explain: str | None

    @property
    def verb(self) -> str:
        return self.transition.verb

    @property
    def takes_comment(self) -> bool:
        return self.needs_comment or self.transition.comment is Comment.OPTIONAL

    @property
    def needs_comment(self) -> bool:
        return self.transition.comment is Comment.REQUIRED or bool(self.explain)


@dataclass(frozen=True)
class Acting:
    """Who acts, narrowed to the capacity in which they act: handed to the consequences of a transition."""

    powers: Powers
    holding: Holding
