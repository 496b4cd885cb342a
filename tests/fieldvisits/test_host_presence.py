"""Which days a host unit confirms after a visit: what it ticks itself, and who sees it when."""

from datetime import date

import pytest

from fieldvisits.models import HostFeedback, HostLink, NotNow, Visit, VisitDay, confirm_presence

from ..factories import make_change, make_notice, make_result, make_visit
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


@pytest.fixture
def later(cast, visit):
    """A second visit to the same unit: 26 and 27 January 2026."""
    return make_visit(cast, cast.colleague, first=date(2026, 1, 26), unit=visit.unit)


@pytest.fixture
def both(cast, visit, later):
    """A link for the notice of both visits."""
    return HostLink.objects.issue(make_notice(cast, visit), "feedback", by=cast.head.powers)


def test_what_is_typed_on_one_visit_survives_the_sending_of_another(cast, visit, later, both, unit, now):
    now.move_to("2026-01-28T10:00:00+07:00")
    half = {
        f"visit-{later.pk}-text": "Đoàn xã cần thêm tài liệu",
        f"visit-{later.pk}-given_by": "Hoa, Bí thư",
    }
    response = unit.post(both.path, feedback(visit, ["2026-01-20"]) | half)
    assert (response.status_code, visit.feedback.text) == (422, "Rất tốt")
    assert not HostFeedback.objects.filter(visit=later).exists()
    [typed] = [block for block in response.context["blocks"] if block.is_typed]
    assert (typed.visit.pk, typed.form["text"].value()) == (later.pk, "Đoàn xã cần thêm tài liệu")


@pytest.mark.parametrize("button", ["the first", "the second", ""])
def test_all_that_is_filled_in_goes_with_one_button(cast, visit, later, both, unit, now, button):
    now.move_to("2026-01-28T10:00:00+07:00")
    posted = feedback(visit, ["2026-01-20"]) | feedback(later, ["2026-01-27"])
    posted["visit"] = {"the first": visit.pk, "the second": later.pk, "": ""}[button]
    assert unit.post(both.path, posted).status_code == 302
    days = VisitDay.objects.filter(confirmed=True).order_by("date").values_list("date", flat=True)
    assert list(days) == [date(2026, 1, 20), date(2026, 1, 27)]


def test_a_visit_that_was_not_touched_is_not_asked_for(cast, visit, later, both, unit, now):
    now.move_to("2026-01-28T10:00:00+07:00")
    untouched = {f"visit-{later.pk}-text": "", f"visit-{later.pk}-given_by": ""}
    assert unit.post(both.path, feedback(visit, ["2026-01-20"]) | untouched).status_code == 302
    answer = unit.post(both.path, untouched | {"visit": ""})
    assert answer.status_code == 422
    assert "Nothing has been filled in yet." in answer.content.decode()


def test_a_unit_the_visit_no_longer_goes_to_confirms_nothing(cast, link, visit, now):
    change = make_change(cast, visit, "forwarded", starts=visit.starts, ends=visit.ends)
    change.perform("grant", by=cast.member)
    now.move_to("2026-01-23T09:00:00+07:00")
    marks = ("told_in_time", "knew_the_unit", "helped_prepare", "reviewed_after", "was_useful")
    with pytest.raises(NotNow):
        confirm_presence(
            link,
            Visit.objects.get(pk=visit.pk),
            [date(2026, 1, 20)],
            given_by="Bí thư",
            **dict.fromkeys(marks, 3),
        )
    assert set(VisitDay.objects.values_list("confirmed", flat=True)) == {None}
