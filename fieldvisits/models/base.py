"""Papers that move: one writer of their state, and the history it leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, ClassVar
from zlib import crc32

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Province, Role, User
from accounts.powers import Holding, Powers, powers_of
from accounts.text import CleanTextField, clean, too_long

from ..permissions import is_own
from ..workflow import FLOWS, Comment, Flow, State, Transition
from .acting import Acting, Action

#: Characters of a comment: the history is printed whole, and nothing in it can be taken out again.
LONGEST_COMMENT = 2000
OWN_PAPER = gettext_lazy("Nobody decides on their own paper: somebody else must do this.")


class Refused(Exception):
    """A transition that may not happen, with a sentence for the person who asked for it."""


class NotNow(Refused):
    """Allowed to this person, but the paper is not in the state for it, or something is missing."""


class Stale(Refused):
    """The paper moved since the page was shown."""


class UnknownVerb(LookupError):
    """No such verb in the paper's flow."""


class EventQuerySet(models.QuerySet):
    def of(self, *papers: Stateful):
        """The history of ``papers``, oldest first, with the names it prints."""
        about = Q(pk__in=[])
        for paper in papers:
            about |= Q(content_type=kind_of(type(paper)), object_id=paper.pk)
        return self.filter(about).select_related("actor", "on_behalf_of", "content_type").order_by("pk")

    def decided_by(self, user: User, model: type[Stateful]):
        """Ids of papers of ``model`` that ``user`` has moved: a person keeps sight of what they decided on."""
        return self.filter(content_type=kind_of(model), actor=user).values("object_id")


class Event(models.Model):
    """One move of one paper: who, in which role, on whose behalf, when, from, to, comment. Never changed or deleted.

    ``copy`` holds the paper as it read at that moment, where the table asks for it: the registered version, the approved one.
    ``cause`` is the event of the other paper that carried this one along.
    """

    content_type = models.ForeignKey(ContentType, models.PROTECT)
    object_id = models.PositiveBigIntegerField()
    paper = GenericForeignKey()
    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    verb = models.CharField(max_length=20)
    actor = models.ForeignKey(User, models.PROTECT, related_name="events")
    role = models.CharField(max_length=20, choices=Role)
    on_behalf_of = models.ForeignKey(User, models.PROTECT, null=True, related_name="events_on_behalf")
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)
    comment = CleanTextField(blank=True)
    at = models.DateTimeField()
    copy = models.JSONField(null=True)
    cause = models.ForeignKey("self", models.PROTECT, null=True, related_name="consequences")

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["content_type", "object_id"], name="fieldvisits_event_paper"),
            models.Index(fields=["actor", "content_type"], name="fieldvisits_event_actor"),
        ]
        constraints = [
            models.CheckConstraint(
                name="fieldvisits_event_not_on_own_behalf",
                condition=Q(on_behalf_of=None) | ~Q(on_behalf_of=models.F("actor")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} · {self.actor} · {date_format(timezone.localtime(self.at), 'SHORT_DATETIME_FORMAT')}"

    @property
    def flow(self) -> Flow:
        return flow_of(self.content_type.model_class())

    @property
    def transition(self) -> Transition | None:
        """The row of the table it followed; None when the table no longer has it."""
        return next(
            (
                t
                for t in self.flow.rows(self.verb)
                if self.from_state in t.sources and self.to_state == t.target
            ),
            None,
        )

    @property
    def label(self) -> str:
        """What was done, in the words of its button."""
        row = self.transition
        return str(row.label) if row else self.verb

    @property
    def departed_from(self) -> State:
        return self.flow.state(self.from_state)

    @property
    def arrived_at(self) -> State:
        return self.flow.state(self.to_state)


def flow_of(model: type[models.Model] | None) -> Flow:
    """The flow of a kind of paper."""
    return model.flow  # type: ignore[union-attr]


class Stateful(models.Model):
    """A paper with a state that only ``perform`` (and, inside it, ``follow``) writes.

    Subclasses set ``flow`` and ``state`` (with ``state_field``), and provide ``province_id``, ``department_id`` and
    ``author_id``. ``last_event`` says since when the paper has been where it is, and lets a page notice that it is stale.
    """

    flow: ClassVar[Flow]
    #: What is fetched together with the locked row, because the guards read it.
    locked_with: ClassVar[tuple[str, ...]] = ("quarter",)
    #: Whether the history of the paper tells what the copies of its events say.
    tells_copies: ClassVar[bool] = False

    last_event = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True

    # -- what subclasses say ----------------------------------------------------------------------------------------

    @property
    def author_id(self) -> int | None:
        """Whose paper it is: that person may not decide on it."""
        return None

    @property
    def authors(self) -> frozenset[int]:
        """Everybody whose own paper it is: none of them may decide on it."""
        return frozenset((self.author_id,) if self.author_id else ())

    def must_explain(self, verb: str) -> str | None:
        """The sentence that asks for a reason when ``verb`` needs one now (``Comment.EXPLAIN``)."""
        return None

    def as_copy(self) -> Any:
        """The paper as JSON, as people read it now (``keeps_copy``)."""
        return None

    def told(self, event: Event) -> str:
        """What whoever moved it by ``event`` is told: the words of the table, unless the paper knows more."""
        return str(event.transition.done) if event.transition else ""

    def copy_in_words(self, kept: Any) -> str:
        """What the history tells of a copy kept with an event (``tells_copies``)."""
        return ""

    def locks(self) -> Iterable[models.QuerySet]:
        """Rows to lock before this one, outermost first, so that everybody locks in the same order."""
        return ()

    # -- state ------------------------------------------------------------------------------------------------------

    @property
    def current(self) -> State:
        return self.flow.state(self.state)  # type: ignore[attr-defined]

    @property
    def state_tone(self) -> str:
        return self.current.tone

    @property
    def state_icon(self) -> str:
        return self.current.icon

    @property
    def holder(self) -> str:
        """On whose desk the paper lies ("đang ở ai"); empty when it is done."""
        desk = self.current.holder
        return str(getattr(self, desk)()) if desk else ""

    def desk_of_coordinator(self) -> str:
        return _("Coordinator")

    def desk_of_committee(self) -> str:
        return _("Standing Committee")

    def desk_of_results(self) -> str:
        return _("Results desk")

    def desk_of_author(self) -> str:
        return str(self.officer)  # type: ignore[attr-defined]

    def desk_of_leaders(self) -> str:
        return _("Leaders of %(department)s") % {"department": self.department}  # type: ignore[attr-defined]

    @property
    def since(self) -> date | None:
        """Since which day it has been there."""
        return timezone.localtime(self.last_event.at).date() if self.last_event else None

    @property
    def seen(self) -> int:
        """What a page posts back to prove that it showed the latest state."""
        return self.last_event_id or 0

    def fetched(self, name: str) -> list[Any] | None:
        """What a page has prefetched of the relation ``name``, so that guards need no query a row; None when it has not."""
        known = getattr(self, "_prefetched_objects_cache", {})
        return list(known[name]) if name in known else None

    def actions(self, powers: Powers, only: Collection[str] = ()) -> list[Action]:
        """What the person may do with the paper now; with the obstacle where it is not yet time.

        ``only`` narrows it to these verbs, before anything is asked of the database.
        """
        offered = []
        for row in self.flow.leaving(self.state):  # type: ignore[attr-defined]
            if (only and row.verb not in only) or not row.stands_for(self):
                continue
            holding = row.capacity(powers, self)  # type: ignore[arg-type]
            if holding is not None:
                obstacle = row.obstacle(self)
                offered.append(Action(row, holding, obstacle and str(obstacle), self.must_explain(row.verb)))
        return offered

    def fingerprint(self, name: str) -> str:
        """What a page posts back to prove which text of the column ``name`` it showed."""
        return f"{crc32(str(getattr(self, name) or '').encode()):x}"

    def refuse_overwriting(self, typed: Mapping[str, Any], was: Mapping[str, str]) -> None:
        """Stale when ``typed`` would replace what somebody else has written since the page showed it (``was``: fingerprints)."""
        for name, value in typed.items():
            if name in was and was[name] != self.fingerprint(name) and value != getattr(self, name):
                raise Stale(
                    _(
                        "Meanwhile somebody else has written here: “%(text)s”. Save again to put yours in its place."
                    )
                    % {"text": localize(getattr(self, name) or "…")}
                )

    def perform(
        self,
        verb: str,
        *,
        by: User | Powers,
        comment: str = "",
        seen: int | None = None,
        was: Mapping[str, str] | None = None,
        **typed: Any,
    ) -> Event:
        """Move the paper: the only way its state changes.

        Locks and reloads the row, checks who (PermissionDenied), whether the page was fresh (Stale), when and what must
        hold (NotNow), then writes one event, the consequences, and the new state, all or nothing. ``seen`` is the id of the
        last event the page showed (0 for none, None to skip the check); ``typed`` are the columns the table lets the
        transition set, ``was`` their fingerprints as the page showed them.
        """
        powers = by if isinstance(by, Powers) else powers_of(by)
        rows = [t for t in self.flow.rows(verb) if not t.internal]
        if not rows:
            raise UnknownVerb(verb)
        with transaction.atomic():
            self._lock()
            standing = [t for t in rows if t.stands_for(self)]
            allowed = [(t, h) for t in standing or rows if (h := t.capacity(powers, self))]  # type: ignore[arg-type]
            if not allowed:
                raise PermissionDenied(self._why_not(rows, powers))
            if seen is not None and seen != self.seen:
                raise Stale(self._who_was_first())
            row, holding = next(
                ((t, h) for t, h in allowed if t in standing and self.state in t.sources),  # type: ignore[attr-defined]
                (None, None),
            )
            if row is None or holding is None:
                raise NotNow(self._who_was_first())
            self.refuse_overwriting(typed, was or {})
            for name in typed:
                if name not in row.fields:
                    raise TypeError(f"“{verb}” does not set {name}")
                setattr(self, name, typed[name])
            obstacle = row.obstacle(self)
            if obstacle:
                raise NotNow(str(obstacle))
            return self._move(row, powers.user, holding, comment)

    def follow(
        self, verb: str, cause: Event, *, powers: Powers, holding: Holding, comment: str = ""
    ) -> Event:
        """Move along with another paper (an internal transition), inside its transaction."""
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("a paper follows another only inside its transaction")
        self._lock()
        row = next(
            (
                t
                for t in self.flow.rows(verb)
                if t.internal and self.state in t.sources and t.stands_for(self)  # type: ignore[attr-defined]
            ),
            None,
        )
        if row is None:
            raise NotNow(self._who_was_first())
        if row.decides and is_own(holding, powers, self):  # type: ignore[arg-type]
            raise PermissionDenied(OWN_PAPER)
        return self._move(row, powers.user, holding, comment, cause)

    def _lock(self) -> None:
        # no_key: whoever only refers to a locked row - an event to its actor, a day to its officer - need not wait for it,
        # or two people who act on each other's papers would wait for each other for ever
        for queryset in self.locks():
            list(queryset.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        rows = type(self)._base_manager.select_related(*self.locked_with)
        rows = rows.select_for_update(of=("self",), no_key=True)
        self.refresh_from_db(from_queryset=rows)

    def _move(
        self, row: Transition, user: User, holding: Holding, comment: str, cause: Event | None = None
    ) -> Event:
        # invisible characters alone say nothing; a line's end counts as one character, as in the browser
        comment = clean(comment.replace("\r\n", "\n"))
        if sentence := too_long(comment, LONGEST_COMMENT):
            raise NotNow(f"{_('Comment')}: {sentence}")
        explain = self.must_explain(row.verb) if row.comment is Comment.EXPLAIN else None
        if not comment and (explain or row.comment is Comment.REQUIRED):
            raise NotNow(explain or _("Write a comment: the reader needs to know why."))
        event = Event(
            content_type=kind_of(type(self)),
            object_id=self.pk,
            province_id=self.province_id,  # type: ignore[attr-defined]
            verb=row.verb,
            actor=user,
            role=holding.role,
            on_behalf_of=holding.on_behalf_of,
            from_state=self.state,
            to_state=row.target,
            comment=comment,
            at=clock.now(),
            copy=self.as_copy() if row.keeps_copy else None,
            cause=cause,
        )
        event.save(force_insert=True)
        self.state = row.target
        self.last_event = event
        if row.then:
            getattr(self, row.then)(event, Acting(Powers(user, clock.today(), (holding,)), holding))
        self.save()
        return event

    def _why_not(self, rows: list[Transition], powers: Powers) -> str:
        if any(t.is_only_barred_as_own(powers, self) for t in rows):  # type: ignore[arg-type]
            return str(OWN_PAPER)
        return _("Your role does not allow this.")

    def _who_was_first(self) -> str:
        if self.last_event is None:
            return _("This cannot be done now: the paper is in the state “%(state)s”.") % {
                "state": self.current.label
            }
        return _(
            "%(who)s already did “%(what)s” on %(when)s. The paper is now in the state “%(state)s”; please look again."
        ) % {
            "who": self.last_event.actor,
            "what": self.last_event.label,
            "when": date_format(timezone.localtime(self.last_event.at), "SHORT_DATETIME_FORMAT"),
            "state": self.current.label,
        }


class MayBeHeadsOwn(Stateful):
    """A paper with a column ``heads_own``: a head's own that no deputy decides on is put up, marked as such."""

    class Meta:
        abstract = True

    @property
    def waits_for_department(self) -> bool:
        """Whether the department's leaders decide on it, not the results desk."""
        return not self.heads_own

    def mark_as_heads_own(self, event: Event, acting: Acting) -> None:
        self.heads_own = True

    def forget_heads_own(self, event: Event, acting: Acting) -> None:
        self.heads_own = False


class OwnOfItsSender(Stateful):
    """A paper that is its sender's own, and also theirs in whose stead it was sent: none of them decides on it."""

    #: The columns that keep who sent it, and for whom they stood in.
    sender_columns: ClassVar[tuple[str, str]] = ("sent_by", "sent_for")

    class Meta:
        abstract = True

    @property
    def author_id(self) -> int | None:
        return getattr(self, f"{self.sender_columns[0]}_id")

    @property
    def authors(self) -> frozenset[int]:
        senders = (getattr(self, f"{column}_id") for column in self.sender_columns)
        return frozenset(pk for pk in senders if pk)

    def note_sender(self, acting: Acting) -> None:
        for column, person in zip(
            self.sender_columns, (acting.powers.user, acting.holding.on_behalf_of), strict=True
        ):
            setattr(self, column, person)


def state_field(flow: Flow) -> models.CharField:
    """The column ``state`` of a paper of this flow."""
    return models.CharField(
        gettext_lazy("state"),
        max_length=20,
        choices=flow.choices,
        default=flow.start,
        editable=False,
        db_index=True,
    )


def state_is_known(flow: Flow, name: str) -> models.CheckConstraint:
    """The database knows the states of the table."""
    return models.CheckConstraint(name=name, condition=Q(state__in=[s.code for s in flow.states]))


KINDS = {flow.kind: flow for flow in FLOWS}


def papers() -> dict[str, type[Stateful]]:
    """The model of each kind of paper, by the word in its addresses; whichever app it lives in."""
    return {
        model.flow.kind: model
        for model in apps.get_models()
        if issubclass(model, Stateful) and not model._meta.proxy
    }


def kind_of(model: type[Stateful]) -> ContentType:
    """How events name papers of ``model``. Asked for once and kept, for all kinds of papers together: a page shows several."""
    return ContentType.objects.get_for_models(model, *papers().values())[model]
