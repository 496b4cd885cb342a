"""The pages of a quarter as a whole: the seven-step board, its dates, reminders, the calendar."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role

from .. import permissions
from ..forms.quarters import CalendarFilter, NudgeForm, QuarterDatesForm
from ..frame import WORKING
from ..models import Quarter, Visit
from ..models.officers import places_in
from ..pages.calendars import calendar_of
from ..pages.steps import Board, seven_steps


def quarter_for(request: HttpRequest, year: int, number: int, *roles: Role) -> Quarter:
    """The quarter of one's own province, for people who hold one of ``roles`` (any working role); 404 otherwise."""
    if not request.user.powers.holds(*(roles or WORKING)):
        raise Http404
    quarters = Quarter.objects.visible_to(request.user).select_related("province", "last_event")
    request.quarters = list(quarters.defer("last_event__copy"))  # all of them: the frame lets one choose
    chosen = [q for q in request.quarters if (q.year, q.number) == (year, number)]
    if not chosen:
        raise Http404
    request.quarter = chosen[0]
    return request.quarter


def may(request: HttpRequest, who: permissions.Predicate, quarter: Quarter) -> bool:
    """Whether the person is ``who`` to the quarter."""
    return any(True for _holding in who(request.user.powers, quarter))


@require_safe
def board(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """The seven steps of the quarter, department by department."""
    return _show(request, seven_steps(quarter_for(request, year, number), request.user))


def _show(request: HttpRequest, shown: Board, refused: NudgeForm | None = None) -> HttpResponse:
    context = {
        "board": shown,
        "quarter": shown.quarter,
        "coordinates": may(request, permissions.coordinator, shown.quarter),
        "may_edit_dates": may(request, permissions.keeper_of_dates, shown.quarter)
        and not shown.quarter.is_suspended,
        "refused": refused,
    }
    return render(request, "quarters/board.html", context, status=422 if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def dates(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """Change when registration opens and the three due dates; the coordinator or the administrator."""
    quarter = quarter_for(request, year, number, *WORKING, Role.ADMINISTRATOR)
    if not may(request, permissions.keeper_of_dates, quarter):
        raise PermissionDenied(_("Your role does not allow this."))
    back = (
        quarter.get_absolute_url()
        if request.user.powers.holds(*WORKING)
        else reverse("manage-list", args=["quarters"])
    )
    if quarter.is_suspended:
        messages.error(request, quarter.why_closed())
        return redirect(back)
    form = QuarterDatesForm(request.POST or None, instance=quarter)
    if form.is_valid():
        form.save()
        messages.success(request, _("The dates of the quarter are saved."))
        return redirect(back)
    return render(request, "quarters/dates.html", {"quarter": quarter, "form": form, "back_url": back})


@require_POST
def nudge(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """Remind the holders of a department's step, once a day at most; the coordinator."""
    quarter = quarter_for(request, year, number)
    if not may(request, permissions.coordinator, quarter):
        raise PermissionDenied(_("Your role does not allow this."))
    shown = seven_steps(quarter, request.user)
    form = NudgeForm(request.POST, board=shown, sender=request.user)
    if not form.is_valid():
        for error in form.non_field_errors():
            messages.error(request, error)
        return _show(request, shown, form)
    if form.save():
        messages.success(request, _("The reminder stands on their page now."))
    else:
        messages.warning(request, _("They have been reminded today already."))
    return redirect(quarter)


@require_safe
def calendar(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """Who is away when: officers by days, as far as one may know."""
    quarter = quarter_for(request, year, number)
    filters = CalendarFilter(request.GET, quarter=quarter)
    places = places_in(quarter, filters.chosen("department"))
    places.sort(key=lambda p: (p.department.order, p.department.name))
    people = [(p.officer, str(p.department)) for p in places]
    shown = calendar_of(
        quarter, people, Visit.objects.known_to(request.user), request.user, month=filters.chosen("month")
    )
    return render(
        request, "quarters/calendar.html", {"quarter": quarter, "filters": filters, "calendar": shown}
    )
