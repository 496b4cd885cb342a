"""What every paper's page shows: what one may do with it, and what happened to it."""

from typing import Any

from django import template
from django.urls import reverse

from ..models import Event, Stateful
from ..models.base import kind_of

register = template.Library()


@register.inclusion_tag("includes/_actions.html", takes_context=True)
def actions(context: dict[str, Any], paper: Stateful, only: str = "", small: bool = False) -> dict[str, Any]:
    """The buttons the person may press on ``paper`` (those in ``only``, comma-separated, when given).

    One that may not be pressed yet stands there disabled with its reason in words.
    """
    request = context["request"]
    offered = paper.actions(request.user.powers, only.split(",") if only else ())
    return {
        "actions": sorted(offered, key=lambda a: a.transition.tone != "primary"),
        "paper": paper,
        "kind": paper.flow.kind,
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "small": small,
        # a page shown in answer to a POST says where it really stands
        "here": context.get("here") or request.get_full_path(),
    }


@register.simple_tag(takes_context=True)
def typed_comment(context: dict[str, Any], paper: Stateful, verb: str) -> str:
    """A comment typed a moment ago whose transition was refused: shown once more, then forgotten."""
    session = context["request"].session
    typed = session.get("typed")
    if typed and typed["for"] == f"{paper.flow.kind}/{paper.pk}/{verb}":
        del session["typed"]
        return typed["comment"]
    return ""


@register.inclusion_tag("includes/_history.html")
def history(*papers: Stateful) -> dict[str, Any]:
    """What happened to the papers: who, in which role, on whose behalf, when, from, to, what the paper tells of its copy, comment."""
    events = Event.objects.of(*papers)
    told = {(kind_of(type(paper)), paper.pk): paper for paper in papers if paper.tells_copies}
    if not told:
        return {"events": events.defer("copy")}
    for event in events:
        paper = told.get((event.content_type, event.object_id))
        event.copied = paper.copy_in_words(event.copy) if paper and event.copy else ""
    return {"events": events}


@register.simple_tag
def transition_url(paper: Stateful, verb: str) -> str:
    """The address a transition is posted to."""
    return reverse("paper-transition", args=[paper.flow.kind, paper.pk, verb])


@register.simple_tag
def bulk_url(kind: str, verb: str) -> str:
    """The address a transition of many papers is posted to."""
    return reverse("paper-transitions", args=[kind, verb])
