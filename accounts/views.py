"""One's own account, the card of a colleague, and lending one's role for a dated period."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, Prefetch, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure
from django.views.decorators.http import require_POST

from . import clock
from .forms import DelegationForm, lendable
from .middleware import is_part
from .models import Delegation, Province, Role, RoleGrant, User


def account(request: HttpRequest) -> HttpResponse:
    """One's name, post, departments and roles with their dates, and what is lent and borrowed."""
    today = clock.today()
    grants = list(request.user.grants.select_related("department", "province"))
    grants.sort(key=lambda g: (not g.holds_on(today), g.role == Role.OFFICER, -g.valid_from.toordinal()))
    delegations = Delegation.objects.visible_to(request.user).order_by("-valid_from", "-pk")
    return render(
        request,
        "accounts/account_detail.html",
        {
            "memberships": request.user.memberships.select_related("department").order_by("-valid_from"),
            "grants": grants,
            "given": [d for d in delegations if d.grant.user_id == request.user.pk],
            "received": [d for d in delegations if d.delegate_id == request.user.pk],
            "may_lend": lendable(request.user.grants).exists(),
            "today": today,
        },
    )


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What everybody in the province may know of a colleague: post, departments, how to reach them, roles of today."""
    today = clock.today()
    lent = Delegation.objects.in_force(today).select_related("delegate")
    officer_last = Case(When(role=Role.OFFICER, then=1), default=0)
    roles = RoleGrant.objects.on(today).select_related("department").order_by(officer_last, "role", "pk")
    people = User.objects.visible_to(request.user).prefetch_related(
        Prefetch("grants", roles.prefetch_related(Prefetch("delegations", lent, "lent")), "roles"),
    )
    whom = get_object_or_404(people, pk=pk)
    return render(
        request,
        "accounts/person_detail.html",
        {
            "person": whom,
            "memberships": whom.memberships.select_related("department").order_by("-valid_from"),
            "today": today,
            "breadcrumbs": [(_("My work"), reverse("home")), (str(whom), None)],
        },
    )


def delegation_add(request: HttpRequest) -> HttpResponse:
    """Let a colleague act for oneself from one day to another."""
    if not lendable(request.user.grants).exists():
        raise PermissionDenied(_("You hold no role that somebody else could exercise for you."))
    form = DelegationForm(
        request.POST if request.method == "POST" else None, grants=request.user.grants.all()
    )
    if form.is_bound:
        with transaction.atomic():
            # one at a time in a province: two clicks must not lend one role twice
            Province.objects.select_for_update().get(pk=request.user.province_id)
            if form.is_valid():
                messages.success(request, _("%(name)s stands in for you.") % {"name": form.save().delegate})
                return redirect("account-detail")
    breadcrumbs = [(_("My account"), reverse("account-detail")), (_("Name a stand-in"), None)]
    return render(request, "accounts/delegation_form.html", {"form": form, "breadcrumbs": breadcrumbs})


@require_POST
def delegation_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a delegation early, at once; only whoever lent the role."""
    delegation = get_object_or_404(Delegation.objects.visible_to(request.user), pk=pk)
    if delegation.grant.user_id != request.user.pk:
        raise PermissionDenied(_("Only whoever named a stand-in can end it."))
    if delegation.is_over:
        messages.info(request, _("It was over already."))
    else:
        delegation.end()
        messages.success(request, _("%(name)s no longer stands in for you.") % {"name": delegation.delegate})
    return redirect("account-detail")


def proof_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What was posted does not prove that a page of this site sent it (CSRF).

    A part of a page gets 401, as from a session that has ended: its cookies went with that session, and signing in again in
    another window brings new ones. So it is never mistaken for a role that is missing (403).
    """
    return HttpResponse(status=401) if is_part(request) else csrf_failure(request, reason)
