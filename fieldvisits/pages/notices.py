"""What the pages about letters to host units show (step 5). Read whole, with a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Department, Role, User

from ..models import (
    Answer,
    HostFeedback,
    HostLink,
    HostNotice,
    HostUnit,
    NoticeAnswer,
    NoticeLine,
    Purpose,
    Quarter,
    Visit,
)
from .told import Confirmed, became_of

#: Roles that read every letter of the province.
DESKS = (Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)


@dataclass(frozen=True)
class Stand:
    """How a letter stands: a tone and an icon, a word, and what comes next in a sentence."""

    key: str
    tone: str
    icon: str
    label: str
    next: str = ""


def stand_of(
    notice: HostNotice | None,
    lines: Iterable[NoticeLine],
    missing: Iterable[Visit],
    *,
    replaces: bool = False,
    heard: bool = False,
) -> Stand:
    """How the letter to a unit stands.

    ``missing``: approved visits no letter announces as they are; ``replaces``: it was written in place of one the unit knows;
    ``heard``: the unit knows this one. What presses is about visits ahead: nobody talks about days that are over.
    """
    if notice is None:
        return Stand("none", "draft", "circle", _("Not composed"), _("Compose the notice."))
    if notice.withdrawn_on:
        return Stand("withdrawn", "history", "x-circle", _("Withdrawn"))
    if notice.superseded:
        return Stand("superseded", "history", "clock-history", _("Replaced by a newer notice"))
    lines, today = list(lines), clock.today()
    missing = list(missing)
    if nobody_comes(lines, missing):
        said = _("Nobody comes as announced any more: withdraw the notice, which the unit does not know of.")
        if replaces or heard:
            said = _("Nobody comes as announced any more: tell the unit, then withdraw the notice.")
        return Stand("off", "returned", "arrow-repeat", _("Out of date"), said)
    if missing or gone(lines, today):
        said = _("A visit has changed or come: compose the notice anew.")
        return Stand("outdated", "returned", "arrow-repeat", _("Out of date"), said)
    standing = [line for line in lines if not line.is_changed]
    ahead = [line for line in standing if line.ends >= today]
    answers, pressing = [line.answer for line in standing], [line.answer for line in ahead]
    if Answer.REFUSED in pressing:
        said = _("Talk to the unit; the officer moves or cancels the visit.")
        return Stand("refused", "refused", "x-circle", _("Refused"), said)
    if Answer.OTHER_DATE in pressing:
        said = _("The officer asks for the change of days.")
        return Stand("other_date", "waiting", "calendar2-x", _("Another date"), said)
    if notice.sent_on is None and ((replaces and ahead) or any(not line.answer for line in ahead)):
        said = _("Send it, then record how it went out.")
        return Stand("composed", "planned", "file-earmark-text", _("Composed, not sent"), said)
    asked = pressing or answers
    if asked and all(answer == Answer.AGREED for answer in asked):
        return Stand("agreed", "approved", "check-circle", _("Agreed"))
    if not ahead:
        if any(answers):
            label = _("Answered") if all(answers) else _("Answered in part")
            return Stand("over", "history", "clock-history", label)
        label = _("Sent, not answered") if notice.sent_on else _("Never sent")
        return Stand("over", "history", "clock-history", label)
    if any(answers):
        said = _("Ask the unit about the visits it has not answered to.")
        return Stand("partly", "waiting", "hourglass-split", _("Answered in part"), said)
    said = _("Sent on %(day)s. Call the unit if no answer comes.") % {
        "day": notice.sent_on.strftime("%d/%m/%Y")
    }
    return Stand("sent", "waiting", "send", _("Sent, no answer yet"), said)


def gone(lines: Iterable[NoticeLine], since: date) -> list[NoticeLine]:
    """Those of ``lines`` that are no longer as announced and were not over before ``since``."""
    return [line for line in lines if line.is_changed and line.ends >= since]


def nobody_comes(lines: Iterable[NoticeLine], missing: Iterable[Visit]) -> bool:
    """Whether the unit still waits for a visit of the letter, and none to it is ahead any more."""
    lines, today = list(lines), clock.today()
    coming = any(line.ends >= today for line in lines if not line.is_changed)
    return bool(gone(lines, today)) and not coming and all(visit.is_over for visit in missing)


@dataclass
class Entry:
    """A visit in a unit's row: as announced, changed since, or new."""

    visit: Visit
    line: NoticeLine | None

    @property
    def is_new(self) -> bool:
        return self.line is None

    @property
    def is_gone(self) -> bool:
        return self.line is not None and self.line.is_changed

    @property
    def became(self) -> str:
        return became_of(self.line) if self.line else ""

    @property
    def dates_text(self) -> str:
        return self.line.dates_text if self.line else self.visit.dates_text


@dataclass
class UnitRow:
    """A unit, who goes there in the quarter, and how its letter stands."""

    unit: HostUnit
    notice: HostNotice | None = None
    entries: list[Entry] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Approved visits there."""
        return sum(not entry.is_gone for entry in self.entries)

    @cached_property
    def stand(self) -> Stand:
        lines = [entry.line for entry in self.entries if entry.line]
        missing = [entry.visit for entry in self.entries if entry.is_new]
        if self.notice is None:
            return stand_of(None, lines, missing)
        replaces, heard = self.notice.replaces, self.notice.heard  # type: ignore[attr-defined]
        return stand_of(self.notice, lines, missing, replaces=replaces, heard=heard)

    @property
    def is_to_compose(self) -> bool:
        return self.stand.key in ("none", "outdated")

    @property
    def next(self) -> str:
        """What comes next, in a sentence: the letter's own next step, else the unit's word afterwards."""
        if self.confirmed is None:
            return self.stand.next or _("Nothing to do before the visit.")
        return self.confirmed.text

    @cached_property
    def confirmed(self) -> Confirmed | None:
        """What the unit says of the days that are over, once nothing presses before the visits."""
        if self.stand.key not in ("agreed", "over"):
            return None
        begun = [entry.visit for entry in self.entries if not entry.is_gone and entry.visit.has_begun]
        days = [day for visit in begun for day in visit.days.all()]
        return Confirmed.among(days) if days else None

    @property
    def first(self) -> tuple:
        return min((entry.visit.starts, entry.visit.pk) for entry in self.entries)


@dataclass(frozen=True)
class NoticeBoard:
    """The units a department goes to in a quarter."""

    rows: list[UnitRow]
    leads: bool

    @property
    def to_compose(self) -> list[UnitRow]:
        return [row for row in self.rows if row.is_to_compose]

    @property
    def replaces_any(self) -> bool:
        """Whether composing all of them puts a notice in force out of it."""
        return any(row.notice for row in self.to_compose)

    @property
    def tiles(self) -> list[tuple[str, int, bool]]:
        """(word, how many units, whether somebody has to act) along the way of a letter."""
        keys = [row.stand.key for row in self.rows]

        def count(*wanted: str) -> int:
            return sum(key in wanted for key in keys)

        return [
            (_("Units"), len(keys), False),
            (_("To compose"), count("none", "outdated", "off"), True),
            (_("To send"), count("composed"), True),
            (_("Waiting for an answer"), count("sent", "partly"), False),
            (_("Another date or refused"), count("other_date", "refused"), True),
            (_("Agreed"), count("agreed"), False),
        ]


def _lines() -> Prefetch:
    lines = NoticeLine.objects.select_related("visit__officer", "visit__unit", "visit__quarter")
    return Prefetch("lines", lines.prefetch_related("visit__days").order_by("starts", "pk"))


def leads(user: User, department: Department) -> bool:
    """Whether the person leads the department."""
    return department.pk in user.powers.departments(Role.HEAD, Role.DEPUTY)


def notice_board(quarter: Quarter, department: Department, user: User) -> NoticeBoard | None:
    """The letters of a department one may see, and - for its leaders and the desks - the visits no letter announces; None for
    people to whom nothing of it is open."""
    leading = leads(user, department)
    all_open = leading or department.province_id in user.powers.provinces(*DESKS)
    notices = (
        HostNotice.objects.visible_to(user)
        .filter(quarter=quarter, department=department, superseded=False)
        .with_replaced()
    )
    rows: dict[int, UnitRow] = {}
    for notice in notices.select_related("unit").prefetch_related(_lines()):
        row = rows[notice.unit_id] = UnitRow(notice.unit, notice)
        for line in notice.lines.all():
            line.notice = notice
            row.entries.append(Entry(line.visit, line))
    if not all_open and not rows:
        return None
    if all_open:
        for visit in HostNotice.objects.unannounced(quarter, department):
            row = rows.setdefault(visit.unit_id, UnitRow(visit.unit))
            row.entries.append(Entry(visit, None))
    for row in rows.values():
        row.entries.sort(key=lambda entry: (entry.visit.starts, entry.visit.pk))
    return NoticeBoard(sorted(rows.values(), key=lambda row: row.first), leading)


@dataclass
class LineView:
    """A visit of a letter, what the unit said to it, newest first, and its word afterwards."""

    line: NoticeLine
    answers: list[NoticeAnswer]
    feedback: HostFeedback | None
    form: object | None = None

    @property
    def last(self) -> NoticeAnswer | None:
        return self.answers[0] if self.answers else None

    @property
    def asks_for_other_days(self) -> NoticeAnswer | None:
        """The answer that asks for other days, while nothing has come of it."""
        return self.last if self.line.asks_for_other_days else None

    @property
    def became(self) -> str:
        return became_of(self.line)

    @property
    def confirmed(self) -> Confirmed:
        return Confirmed.among(self.line.visit.days.all())


@dataclass(frozen=True)
class LinkView:
    """A purpose and the link in force for it, if any; ``address`` and ``code`` (a QR code as a data address) for leaders only."""

    purpose: str
    label: str
    hint: str
    link: HostLink | None
    address: str = ""
    code: str = ""


class NoticeSheet:
    """One letter with everything around it."""

    def __init__(self, notice: HostNotice, user: User) -> None:
        self.notice, self.user = notice, user
        self.leads = leads(user, notice.department)
        self.may_write = self.leads and not notice.superseded

    @cached_property
    def lines(self) -> list[LineView]:
        notice = self.notice
        lines = list(
            notice.lines.select_related("visit__officer", "visit__unit", "visit__quarter", "visit__plan")
            .prefetch_related("visit__companions", "visit__days")
            .order_by("starts", "pk")
        )
        for line in lines:
            line.notice = notice
        visits = [line.visit_id for line in lines]
        said: dict[int, list[NoticeAnswer]] = {}
        answers = NoticeAnswer.objects.filter(
            line__visit__in=visits,
            line__notice__unit=notice.unit_id,
            line__notice__department=notice.department_id,
        ).select_related("recorded_by", "line")
        for answer in answers.order_by("-pk"):
            said.setdefault(answer.line.visit_id, []).append(answer)
        feedback = {
            word.visit_id: word
            for word in HostFeedback.objects.visible_to(self.user).filter(visit__in=visits)
        }
        return [LineView(line, said.get(line.visit_id, []), feedback.get(line.visit_id)) for line in lines]

    @cached_property
    def _plain(self) -> list[NoticeLine]:
        return [view.line for view in self.lines]

    @cached_property
    def nobody_comes(self) -> bool:
        """Whether the letter has nothing to announce any more; also once it was withdrawn for that."""
        if self.notice.superseded:
            return self.notice.withdrawn_on is not None
        return nobody_comes(self._plain, self.missing)

    @cached_property
    def letter(self) -> list[NoticeLine]:
        """What it announces: nothing that has changed since, unless it is kept as it was beside the one that replaced it."""
        if self.nobody_comes:
            return []
        lines = self.notice.letter_lines(self._plain)
        return lines if self.notice.superseded else [line for line in lines if not line.is_changed]

    @cached_property
    def taken_back(self) -> list[LineView]:
        """What the unit is told of changes: of visits that were ahead when it was told, else is told today."""
        lines = gone(self._plain, self.notice.withdrawn_on or clock.today())
        if not lines and not self.letter:  # all is over: the paper still has to say something
            lines = [line for line in self._plain if line.is_changed]
        return [view for view in self.lines if view.line in lines]

    @cached_property
    def replaced(self) -> HostNotice | None:
        """The letter the unit knows in whose place this one was written."""
        return self.notice.replaced

    @cached_property
    def missing(self) -> list[Visit]:
        """Approved visits to the unit that no letter announces as they are."""
        found = HostNotice.objects.unannounced(self.notice.quarter, self.notice.department)
        return list(found.filter(unit=self.notice.unit_id))

    @cached_property
    def stand(self) -> Stand:
        replaces = self.replaced is not None
        return stand_of(self.notice, self._plain, self.missing, replaces=replaces, heard=self._heard)

    @property
    def _heard(self) -> bool:
        said = (answer.line.notice_id for view in self.lines for answer in view.answers)
        return self.notice.sent_on is not None or self.notice.pk in said

    @property
    def may_compose(self) -> bool:
        return self.may_write and self.stand.key == "outdated"

    @property
    def may_withdraw(self) -> bool:
        return self.may_write and self.stand.key == "off"

    @property
    def lacks_phone(self) -> bool:
        """Whether the unit could not call anybody, and the letter has not gone out."""
        notice = self.notice
        return self.may_write and not notice.contact_phone and notice.sent_on is None

    @cached_property
    def links(self) -> list[HostLink]:
        return list(self.notice.links.filter(revoked_at=None).select_related("issued_by"))

    def link_for(self, purpose: str) -> HostLink | None:
        return next((link for link in self.links if link.purpose == purpose), None)

    @cached_property
    def successor(self) -> HostNotice | None:
        """The letter that followed this one, the one in force first."""
        notice = self.notice
        if not notice.superseded:
            return None
        later = HostNotice.objects.filter(
            quarter=notice.quarter_id,
            department=notice.department_id,
            unit=notice.unit_id,
            pk__gt=notice.pk,
        )
        return later.order_by("superseded", "-pk").first()


HINTS = {
    Purpose.ANSWER: lambda: _(
        "The unit agrees, asks for other days or refuses; valid until the end of the last visit."
    ),
    Purpose.FEEDBACK: lambda: _(
        "After the visit the unit confirms the days and leaves feedback; valid for three weeks after the last visit."
    ),
}
