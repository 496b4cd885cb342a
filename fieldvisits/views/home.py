"""What everybody meets first - "Việc của tôi" - and the search in the frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.models import Delegation, Role, RoleGrant, User

from ..frame import WORKING
from ..models import Quarter, YearRule
from ..pages.desk import desk_of, my_year
from ..pages.finding import find
from ..pages.steps import Board, boards_of
from ..workflow import QuarterState

#: Most visits shown under "coming up".
MOST_VISITS = 8


@dataclass(frozen=True)
class Headline:
    """Where one is in the quarter: what comes next, when, in how many days (negative once it has passed)."""

    text: str
    day: date | None = None
    days: int = 0

    @property
    def sentence(self) -> str:
        """ "registration is due in 9 days (05/10/2026)"."""
        if self.day is None:
            return self.text
        values = {"text": self.text, "days": self.days, "day": self.day.strftime("%d/%m/%Y")}
        if self.days > 0:
            sentence = ngettext(
                "%(text)s in %(days)d day (%(day)s)", "%(text)s in %(days)d days (%(day)s)", self.days
            )
        else:
            sentence = _("%(text)s today (%(day)s)") if self.days == 0 else "%(text)s (%(day)s)"
        return sentence % values


def headline(quarter: Quarter) -> Headline:
    """The next date of the quarter: opening, registration, department plans, decision; else its last day."""
    if quarter.is_suspended:
        return Headline(quarter.why_closed())
    today = clock.today()
    if quarter.state == QuarterState.SCHEDULED:
        days = (quarter.opens_on - today).days
        text = _("registration opens") if days >= 0 else _("registration should have opened")
        return Headline(text, quarter.opens_on, days)
    dates = (
        (_("registration is due"), quarter.officer_due),
        (_("department plans are due"), quarter.department_due),
        (_("the decision is due"), quarter.committee_due),
    )
    for text, day in (*dates, (_("the quarter ends"), quarter.ends)):
        if day >= today:
            return Headline(text, day, (day - today).days)
    return Headline(_("the quarter has ended"), quarter.ends, (quarter.ends - today).days)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me, my days, the seven steps of the quarter - or what one can do here without a paper."""
    powers = request.user.powers
    if not powers.holds(*WORKING):
        return render(request, "home_other.html", _elsewhere(request))
    quarters = list(
        Quarter.objects.visible_to(request.user)
        .select_related("province", "last_event")
        .defer("last_event__copy")
        .order_by("year", "number")
    )
    if not quarters:
        return render(request, "home_other.html", _elsewhere(request))
    # read once for the page, its frame and the desk
    request.quarters, request.user.province = quarters, quarters[0].province
    quarter = request.quarter = _at_hand(quarters)
    desk = desk_of(request.user, quarters)
    owes = request.user.movement_work and powers.holds(Role.OFFICER)
    context = {
        "quarter": quarter,
        "headline": headline(quarter),
        "desk": desk,
        "also_open": [
            (q, headline(q))
            for q in desk.quarters
            if q.state == QuarterState.OPEN and q.pk != quarter.pk and q.ends >= clock.today()
        ],
        "days": my_year(request.user, quarter.rule) if owes else None,
        "boards": _boards(quarter, quarters, request.user),
        "upcoming": desk.upcoming[:MOST_VISITS],
        "delegations": delegations(request.user),
        "administers": powers.holds(Role.ADMINISTRATOR),
    }
    return render(request, "home.html", context)


def _at_hand(quarters: list[Quarter]) -> Quarter:
    """As ``Quarter.objects.at_hand``, of quarters in order: the one that runs today, else the last one begun, else the first."""
    begun = [q for q in quarters if q.starts <= clock.today()]
    return begun[-1] if begun else quarters[0]


def _boards(quarter: Quarter, quarters: list[Quarter], user: User) -> list[Board]:
    """The seven steps of the quarter, and of the one before as long as its visits, units or results leave something to do."""
    place = quarters.index(quarter)
    first, *earlier = boards_of([quarter, *quarters[place - 1 : place]], user, reminders=False)
    return [first, *(board for board in earlier if board.leaves_work)]


def delegations(user: User) -> QuerySet[Delegation]:
    """Powers one has lent or been lent, in force today."""
    mine = Delegation.objects.in_force(clock.today()).filter(Q(delegate=user) | Q(grant__user=user))
    return mine.select_related("grant__user", "grant__department", "grant__province", "delegate").order_by(
        "valid_to", "pk"
    )


def _elsewhere(request: HttpRequest) -> dict[str, object]:
    """For people without papers here - administrator, central reviewer, no role yet - and provinces without a rule."""
    user = request.user
    today = clock.today()
    administrators = RoleGrant.objects.on(today).filter(
        role=Role.ADMINISTRATOR, province=user.province_id, province__isnull=False, user__is_active=True
    )
    quarters = Quarter.objects.visible_to(user) if user.province_id else Quarter.objects.none()
    return {
        "administers": user.powers.holds(Role.ADMINISTRATOR),
        "central": user.powers.holds(Role.CENTRAL),
        "works": user.powers.holds(*WORKING),
        "has_rule": quarters.exists(),
        "year_wanted": YearRule.objects.year_wanted(user.province),
        "administrators": administrators.select_related("user").order_by("user__sort_name"),
        "delegations": delegations(user),
    }


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """People, units and papers by a few words without accents."""
    if request.user.province_id is None:
        raise Http404
    found = find(request.user, request.GET.get("q", ""))
    return render(request, "search.html", {"found": found, "search_text": found.text})
