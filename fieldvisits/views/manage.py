"""The administration of a province: four views for every kind of thing in ``administration.py``, and a few words more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.models import Department, Province, Role, User

from ..administration import GROUPS, KINDS, Kind
from ..forms.people import AccessForm
from ..models import Holiday
from ..upkeep import changes_of, gaps, why_not_delete
from .papers import back_to

PER_PAGE = 25
#: Lines of a table on the page of one thing.
PART = 20


def administered(request: HttpRequest) -> Province:
    """The province the person administers; 403 for everybody else, central reviewers among them."""
    province = request.user.province
    if province is None or province.pk not in request.user.powers.provinces(Role.ADMINISTRATOR):
        raise PermissionDenied(_("Only the administrator of the province may open these pages."))
    return province


def kind_of(request: HttpRequest, what: str) -> tuple[Kind, Province]:
    """The kind of thing an address names (404 if there is none) and whose: checked in this order, roles first."""
    province = administered(request)
    if what not in KINDS:
        raise Http404
    return KINDS[what], province


def crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [(_("Administration"), reverse("manage")), *more]


def index(request: HttpRequest) -> HttpResponse:
    """Everything an administrator keeps, and what is still missing today."""
    province = administered(request)

    def counted(slug: str) -> tuple[Kind, int]:
        return KINDS[slug], KINDS[slug].find(province, everything=False).count()

    columns = [[(title, [counted(slug) for slug in slugs]) for title, slugs in column] for column in GROUPS]
    context = {"columns": columns, "gaps": gaps(province), "province": province}
    return render(request, "manage/index.html", context)


def listing(request: HttpRequest, what: str) -> HttpResponse:
    """The things of one kind: those that matter now or all of them, found by words without accents."""
    kind, province = kind_of(request, what)
    text, everything = request.GET.get("q", ""), "all" in request.GET
    page = Paginator(kind.find(province, text, everything), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "kind": kind,
        "page": page,
        "rows": kind.table(page),
        "text": text[:100],
        "everything": everything,
        "year": clock.today().year,
        "breadcrumbs": crumbs((kind.many, None)),
    }
    return render(request, "manage/list.html", context)


def _hold(province_id: int) -> None:
    """Let one change at a time through. Whoever only refers to the province - an event of a paper decided on meanwhile - does not
    wait (``no_key``): a change of a rule in turn waits for the officers whose days it counts again."""
    Province.objects.select_for_update(no_key=True).get(pk=province_id)


def saved(form: BaseForm, request: HttpRequest) -> bool:
    """Save what is right, wholly or not at all. One change at a time in a province, so that two never contradict."""
    if not form.is_bound:
        return False
    try:
        with transaction.atomic():
            _hold(request.user.province_id)
            sound = form.is_valid()
            if sound:
                form.save()
            else:
                transaction.set_rollback(True)
    except IntegrityError:
        form.add_error(None, _("This contradicts something entered a moment ago. Nothing was saved."))
        sound = False
    if sound:
        form.finish(request)  # letters go out once everything is written
    return sound


def add(request: HttpRequest, what: str) -> HttpResponse:
    """Enter a new thing; the address may name what is known already (``?user=7``)."""
    kind, _province = kind_of(request, what)
    if kind.form is None:
        raise Http404
    typed = request.POST if request.method == "POST" else None
    form = kind.form(typed, initial=request.GET.dict(), by=request.user)
    if saved(form, request):
        messages.success(request, _("Saved: %(thing)s.") % {"thing": form.instance})
        return back_to(request, kind.address(form.instance))
    return show(request, kind, form, kind.new)


def change(request: HttpRequest, what: str, pk: int) -> HttpResponse:
    """Read and change one thing, with what belongs to it and who changed it."""
    kind, province = kind_of(request, what)
    thing = get_object_or_404(kind.rows(province), pk=pk)
    if kind.form is None:
        return redirect(kind.address(thing))
    title = str(thing)
    form = kind.form(request.POST if request.method == "POST" else None, instance=thing, by=request.user)
    if saved(form, request):
        messages.success(request, _("Saved: %(thing)s.") % {"thing": thing})
        return back_to(request, kind.address(thing))
    return show(request, kind, form, title, **around(kind, thing, province, request.path))


def around(kind: Kind, thing: Any, province: Province, path: str) -> dict[str, Any]:
    """What stands beside the form of a thing: the tables of what belongs to it, its history, its other buttons."""
    parts = []
    for slug, name, title in kind.parts:
        part = KINDS[slug]
        things = list(part.find(province).filter(**{name: thing.pk})[: PART + 1])
        known = {name: thing.pk} if name in part.form.base_fields else {}
        new = f"{part.add_url}?{urlencode(known | {'next': path})}"
        parts.append(
            (part, title, part.table(things[:PART], name), part.without(name), new, len(things) > PART)
        )
    return {
        "thing": thing,
        "thing_url": kind.address(thing),
        "parts": parts,
        "changes": changes_of(thing),
        "may_end": kind.end and not thing.is_over,
        "access": AccessForm(person=thing) if isinstance(thing, User) else None,
        "former_names": thing.former_names.order_by("-last_day") if isinstance(thing, Department) else (),
    }


def show(request: HttpRequest, kind: Kind, form: BaseForm, title: str, **more: Any) -> HttpResponse:
    """The form of one thing, with everything typed still in it."""
    back = request.POST.get("next") or request.GET.get("next", "")
    context = {
        "kind": kind,
        "form": form,
        "title": title,
        "next": back,
        "breadcrumbs": crumbs((kind.many, kind.list_url), (title, None)),
    }
    return render(request, "manage/form.html", context | more)


@require_POST
def delete(request: HttpRequest, what: str, pk: int) -> HttpResponse:
    """Take away what was entered by mistake; what something refers to stays, with a sentence saying what."""
    kind, province = kind_of(request, what)
    thing = get_object_or_404(kind.rows(province), pk=pk)
    name = str(thing)
    with transaction.atomic():
        _hold(province.pk)
        obstacle = _why_not_delete(kind, thing, request.user)
        if not obstacle:
            thing.delete()
    if obstacle:
        messages.error(request, f"{name}: {obstacle}")
        return redirect(kind.address(thing))
    messages.success(request, _("Deleted: %(thing)s.") % {"thing": name})
    return back_to(request, kind.list_url)


def _why_not_delete(kind: Kind, thing: Any, user: User) -> str:
    own_role = kind.slug == "roles" and thing.user_id == user.pk and thing.role == Role.ADMINISTRATOR
    if own_role or thing == user:
        return _("You cannot lock yourself out. Another administrator can.")
    return why_not_delete(thing, kind.own) if kind.deletable else _("This cannot be deleted.")


@require_POST
def end(request: HttpRequest, what: str, pk: int) -> HttpResponse:
    """End a thing at once, where its kind can be ended early."""
    kind, province = kind_of(request, what)
    thing = get_object_or_404(kind.rows(province), pk=pk)
    if kind.end is None:
        raise Http404
    if thing.is_over:
        messages.info(request, _("It was over already."))
    else:
        kind.end(thing)
        messages.success(request, _("Ended: %(thing)s.") % {"thing": thing})
    return redirect(kind.address(thing))


@require_POST
def give_access(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a person the link to choose a password, or set a temporary one."""
    kind, province = kind_of(request, "people")
    person = get_object_or_404(kind.rows(province), pk=pk)
    form = AccessForm(request.POST, person=person)
    if form.is_valid():
        form.give(request)
        return redirect(kind.address(person))
    more = around(kind, person, province, kind.address(person)) | {"access": form}
    return show(request, kind, kind.form(instance=person, by=request.user), str(person), **more)


@require_POST
def seed_holidays(request: HttpRequest) -> HttpResponse:
    """Enter the public holidays of a year as the package knows them; those entered by hand stay."""
    province = administered(request)
    year = request.POST.get("year", "")
    if year.isascii() and year.isdigit() and 2010 <= int(year[:9]) <= 2100:
        Holiday.objects.seed(province, int(year))
        messages.success(request, _("The public holidays of %(year)s are entered.") % {"year": year})
    else:
        messages.error(request, _("Give a year between 2010 and 2100."))
    return redirect("manage-list", what="holidays")
