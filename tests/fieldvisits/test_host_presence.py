"""Which days a host unit confirms after a visit: what it ticks itself, and who sees it when."""

from datetime import date

import pytest

from fieldvisits.models import HostLink, VisitDay

from ..factories import make_notice, make_result, make_visit
from .test_host_links import feedback

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def visit(cast):
    return make_visit(cast)  # 20 and 21 January 2026


@pytest.fixture
def link(cast, visit):
    return HostLink.objects.issue(make_notice(cast, visit), "feedback", by=cast.head.powers)


@pytest.fixture
def unit(client):
    """Somebody at the unit: no account, English for comparing sentences."""
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.parametrize(
    ("days", "more", "said"),
    [
        ([], {}, None),
        (["2026-01-20"], {}, [True, False]),
        ([], {"all_days": "on"}, [True, True]),
        (["2026-01-20"], {"all_days": "on"}, [True, True]),
        ([], {"nobody": "on"}, [False, False]),
        (["2026-01-20"], {"nobody": "on"}, None),
        ([], {"all_days": "on", "nobody": "on"}, None),
    ],
)
def test_what_is_confirmed_the_unit_has_said_itself(cast, link, visit, unit, now, days, more, said):
    now.move_to("2026-01-22T10:00:00+07:00")
    response = unit.post(link.path, feedback(visit, days, **more))
    confirmed = list(VisitDay.objects.order_by("date").values_list("confirmed", flat=True))
    if said is None:
        assert (response.status_code, confirmed) == (422, [None, None])
        form = next(block.form for block in response.context["blocks"] if block.is_typed)
        assert list(form.errors) == ["days"]
        assert form["text"].value() == "Rất tốt"
    else:
        assert (response.status_code, confirmed) == (302, said)


def test_the_officer_sees_what_the_unit_says_of_each_day_before_reporting(
    cast, link, visit, unit, now, sign_in, english
):
    now.move_to("2026-01-22T10:00:00+07:00")
    client = sign_in(cast.officer)
    pages = (f"/visits/{visit.pk}/", make_result(cast, visit).get_absolute_url())
    for page in pages:
        assert "confirmed by the unit" not in client.get(page).content.decode()
    unit.post(link.path, feedback(visit, ["2026-01-21"]))
    for page in pages:
        text = client.get(page).content.decode()
        assert (text.count("not confirmed by the unit"), text.count("confirmed by the unit")) == (1, 2)
    visit.result.perform("submit", by=cast.officer)
    text = client.get(pages[0]).content.decode()
    assert (text.count("not confirmed by the unit"), text.count("confirmed by the unit")) == (1, 2)


def test_a_visit_of_one_day_has_no_box_for_all_days(cast, unit, now):
    visit = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    link = HostLink.objects.issue(make_notice(cast, visit), "feedback", by=cast.head.powers)
    now.move_to("2026-02-11T10:00:00+07:00")
    page = unit.get(link.path).content.decode()
    assert ("Nobody came on any of these days" in page, "On all of these days" in page) == (True, False)
    assert unit.post(link.path, feedback(visit, [], all_days="on")).status_code == 422
    assert VisitDay.objects.get(visit=visit).confirmed is None
