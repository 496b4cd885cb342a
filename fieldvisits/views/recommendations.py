"""The register of recommendations."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..forms.recommendations import AssignForm, shown_day
from ..models import Recommendation, VisitResult
from ..pages.recommendations import register_for
from ..workflow import RecommendationState
from .papers import typed_before


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """What visits have recommended, with what became of it."""
    context = {
        "register": register_for(request.user, request.GET),
        "breadcrumbs": [(_("Recommendations"), "")],
    }
    return render(request, "recommendations/list.html", context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One recommendation: from which visit, to whom, in whose charge, what later visits found, what was answered."""
    found = Recommendation.objects.visible_to(request.user).select_related(
        "unit",
        "department",
        "owner",
        "last_event",
        "result__visit__unit",
        "result__visit__officer",
        "result__visit__department",
        "result__visit__quarter__province",
    )
    recommendation = get_object_or_404(found, pk=pk)
    request.quarter = recommendation.quarter
    records = recommendation.follow_ups.readable(request.user)
    form = None
    if recommendation.actions(request.user.powers, ("assign",)):
        initial = {
            "department": recommendation.department_id,
            "owner": recommendation.owner_id,
            "due": shown_day(recommendation.due),
        } | typed_before(request, recommendation, "assign")
        form = AssignForm(initial=initial, recommendation=recommendation)
    context = {
        "recommendation": recommendation,
        "is_noted": recommendation.state == RecommendationState.NOTED,
        "reads_result": VisitResult.objects.visible_to(request.user)
        .filter(pk=recommendation.result_id)
        .exists(),
        "records": records.select_related("result__visit__officer").order_by("result__visit__starts", "pk"),
        "form": form,
        "breadcrumbs": [
            (_("Recommendations"), reverse("recommendation-list")),
            (str(recommendation.unit), ""),
        ],
    }
    return render(request, "recommendations/detail.html", context)
