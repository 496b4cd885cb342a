"""Step 5: what a host unit was told of one visit, what has become of that, and what the unit said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User

from ..models import Answer, Change, HostNotice, NoticeAnswer, NoticeLine, Visit, VisitDay
from ..models.visits import dates_text


def became_of(line: NoticeLine) -> str:
    """What has become of an announced visit, in a few words; empty while it is as announced."""
    if line.change != Change.MOVED:
        return str(Change(line.change).label) if line.change else ""
    days = dates_text(line.visit.starts, line.visit.ends)
    if line.visit.quarter_id == line.notice.quarter_id:
        return _("now %(days)s") % {"days": days}
    return _("now %(days)s, in %(quarter)s") % {"days": days, "quarter": line.visit.quarter}


@dataclass(frozen=True)
class Confirmed:
    """What a unit has said of the ``of`` days of visits that have begun: the officer was there, or was not."""

    yes: int
    no: int
    of: int

    @classmethod
    def among(cls, days: Iterable[VisitDay]) -> Confirmed:
        said = [day.confirmed for day in days]
        return cls(said.count(True), said.count(False), len(said))

    @property
    def text(self) -> str:
        return ngettext(
            "The unit has confirmed %(yes)d of %(of)d day.",
            "The unit has confirmed %(yes)d of %(of)d days.",
            self.of,
        ) % {"yes": self.yes, "of": self.of}

    @property
    def denied_text(self) -> str:
        """The days on which it says nobody was there; empty when there are none."""
        if not self.no:
            return ""
        said = ngettext(
            "On %(count)d day the officer was not there, says the unit.",
            "On %(count)d days the officer was not there, says the unit.",
            self.no,
        )
        return said % {"count": self.no}


@dataclass(frozen=True)
class Told:
    """The line that tells the unit of a visit, and what the unit said last; the ``answer`` may be about earlier days."""

    line: NoticeLine
    answer: NoticeAnswer | None

    @property
    def answered_days(self) -> str:
        """The days the answer was about, where the visit is on others now."""
        if self.answer is None:
            return ""
        about, visit = self.answer.line, self.line.visit
        return about.dates_text if (about.starts, about.ends) != (visit.starts, visit.ends) else ""

    @property
    def has_proposed_days(self) -> bool:
        """Whether the visit is on the days that the unit asked for."""
        said, visit = self.answer, self.line.visit
        asked = said is not None and said.answer == Answer.OTHER_DATE
        return asked and (said.starts, said.ends) == (visit.starts, visit.ends)

    @property
    def asks_for_other_days(self) -> bool:
        return self.line.asks_for_other_days


def told_of(visit: Visit, user: User) -> Told | None:
    """What the unit was told of ``visit`` by a notice in force, where ``user`` may see that; two queries."""
    lines = NoticeLine.objects.filter(
        visit=visit, notice__superseded=False, notice__in=HostNotice.objects.visible_to(user)
    )
    line = lines.select_related("notice").order_by("-pk").first()
    if line is None:
        return None
    line.visit = visit
    said = NoticeAnswer.objects.filter(
        line__visit=visit,
        line__notice__unit=line.notice.unit_id,
        line__notice__department=line.notice.department_id,
    )
    return Told(line, said.select_related("line").order_by("-pk").first())
