"""The page of a visit: where it stands, which button whoever looks finds, what is refused without losing a word."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldvisits.models import HostUnit, Visit
from fieldvisits.pages.visits import shown_as, stage_of, with_stages

from ..factories import (
    make_adhoc,
    make_change,
    make_notice,
    make_plan,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def visit(cast):
    """20-21 January 2026; its result is due on 31 January."""
    return make_visit(cast)


def page_of(visit):
    return f"/visits/{visit.pk}/"


def closed(cast, visit, now):
    now.move_to("2026-01-22T09:00:00+07:00")
    visit.perform("close", by=cast.officer, variance="weather", comment="Mưa lũ, đường sạt lở")


def granted(cast, visit, now):
    make_change(cast, visit, "granted", kind="cancel", starts=None, ends=None, unit=None)


# what happened, the day on which one looks → stage, its note, whether it is red, in which lists it stands besides "all"
STAGES = [
    ("nothing", "2026-01-19", lambda c, v, n: None, "ahead", "", False, {"", "ahead"}),
    ("begun", "2026-01-20", lambda c, v, n: None, "begun", "", False, {""}),
    ("last day", "2026-01-21", lambda c, v, n: None, "begun", "", False, {""}),
    ("over", "2026-01-22", lambda c, v, n: None, "owed", "due 31/01/2026", False, {"", "owed"}),
    ("on the due day", "2026-01-31", lambda c, v, n: None, "owed", "due 31/01/2026", False, {"", "owed"}),
    ("late", "2026-02-02", lambda c, v, n: None, "owed", "due 31/01/2026, 2 days late", True, {"", "owed"}),
    (
        "written",
        "2026-01-22",
        lambda c, v, n: make_result(c, v),
        "owed",
        "due 31/01/2026",
        False,
        {"", "owed"},
    ),
    (
        "returned",
        "2026-02-02",
        lambda c, v, n: make_result(c, v, "returned"),
        "owed",
        "due 31/01/2026, 2 days late",
        True,
        {"", "owed"},
    ),
    (
        "reported",
        "2026-01-25",
        lambda c, v, n: make_result(c, v, "submitted"),
        "reported",
        "",
        False,
        {"", "reported"},
    ),
    (
        "accepted",
        "2026-01-25",
        lambda c, v, n: make_result(c, v, "accepted"),
        "accepted",
        "2 days counted",
        False,
        {"", "accepted"},
    ),
    (
        "asked to be changed",
        "2026-01-05",
        lambda c, v, n: make_change(c, v),
        "change",
        "now with Leaders of Ban Phong trào",
        False,
        {"", "ahead", "change"},
    ),
    ("closed", "2026-01-22", closed, "not_done", "Weather, natural disaster", False, {"not_done"}),
    ("cancelled", "2026-01-22", granted, "cancelled", "", False, {"cancelled"}),
]


@pytest.mark.parametrize(
    ("what", "day", "happened", "code", "note", "late", "lists"), STAGES, ids=[row[0] for row in STAGES]
)
def test_where_a_visit_stands(cast, visit, now, what, day, happened, code, note, late, lists):
    happened(cast, visit, now)
    now.move_to(f"{day}T09:00:00+07:00")
    stage = stage_of(with_stages(Visit.objects.all()).get())
    assert (stage.code, stage.note, stage.is_late) == (code, note, late)
    shows = ["", "ahead", "change", "adhoc", "owed", "reported", "accepted", "not_done", "cancelled"]
    assert {show for show in shows if shown_as(show, cast.head).exists()} == lists


def test_an_ad_hoc_visit_stands_where_its_request_stands(cast):
    make_adhoc(cast)
    assert stage_of(with_stages(Visit.objects.all()).get()).note == "now with Leaders of Ban Phong trào"
    assert shown_as("adhoc", cast.head).exists()


@pytest.mark.parametrize("show", ["ahead", "change", "adhoc", "owed", "reported", "accepted", "not_done"])
def test_how_far_a_colleagues_visit_has_come_is_not_told(cast, visit, now, sign_in, show):
    make_result(cast, visit, "accepted")
    now.move_to("2026-02-20T09:00:00+07:00")
    client = sign_in(cast.colleague)
    assert client.get("/quarters/2026/1/visits/", {"show": show}).context["page"].paginator.count == 0
    page = client.get("/quarters/2026/1/visits/").content.decode()
    assert "Nguyễn Văn An" in page
    assert "bi-check2-all" not in page


# the day on which they look, who → buttons found
BUTTONS = [
    ("2026-01-19", "officer", {"Ask for a change"}),
    ("2026-01-20", "officer", {"Write the result", "Ask for a change", "Close as not carried out"}),
    ("2026-01-20", "head", {"Close as not carried out"}),
    ("2026-01-20", "deputy", {"Close as not carried out"}),
    ("2026-01-20", "coordinator", set()),
    ("2026-01-20", "member", set()),
    ("2026-01-19", "head", set()),
]
ALL_BUTTONS = {
    "Write the result",
    "Ask for a change",
    "Close as not carried out",
    "It was carried out after all",
}


@pytest.mark.parametrize(("day", "who", "buttons"), BUTTONS)
def test_who_finds_which_button(cast, visit, now, sign_in, english, day, who, buttons):
    now.move_to(f"{day}T09:00:00+07:00")
    page = sign_in(getattr(cast, who)).get(page_of(visit)).content.decode()
    assert {button for button in ALL_BUTTONS if button in page} == buttons


def test_the_result_is_started_from_the_page(cast, visit, now, sign_in, english):
    now.move_to("2026-01-20T09:00:00+07:00")
    page = sign_in(cast.officer).get(page_of(visit)).content.decode()
    assert f'method="post" action="/visits/{visit.pk}/result/"' in page


def test_whoever_may_decide_on_a_change_finds_old_and_new_and_the_buttons(cast, visit, sign_in, english):
    make_change(cast, visit, "forwarded")
    page = sign_in(cast.member).get(page_of(visit)).content.decode()
    for shown in (
        "20/01/2026 – 21/01/2026",
        "<mark>27/01/2026 – 28/01/2026</mark>",
        "<mark>Huyện đoàn Võ Nhai</mark>",
        "because the unit changes",
        "Đặng Thị Minh, Ngô Văn Nam",
        "/changes/",
    ):
        assert shown in page
    assert "grant/" not in sign_in(cast.officer).get(page_of(visit)).content.decode()


def test_the_version_approved_before_stays_readable(cast, visit, sign_in, english):
    make_change(cast, visit, "granted")
    sheet = sign_in(cast.officer).get(page_of(visit)).context["sheet"]
    version = sheet.versions[0]
    assert (version.dates, version.days, version.unit) == (
        "20/01/2026 – 21/01/2026",
        2,
        "Huyện đoàn Định Hóa",
    )


def test_a_refused_closing_keeps_what_was_typed(cast, visit, now, sign_in, english):
    now.move_to("2026-01-22T09:00:00+07:00")
    client = sign_in(cast.officer)
    typed = {"comment": "Mưa lũ, đường sạt lở", "variance": "", "next": page_of(visit)}
    page = client.post(f"/visits/{visit.pk}/close/", typed, follow=True).content.decode()
    assert "Choose why the visit was not carried out." in page
    assert "Mưa lũ, đường sạt lở</textarea>" in page
    typed |= {"comment": "", "variance": "weather"}
    page = client.post(f"/visits/{visit.pk}/close/", typed, follow=True).content.decode()
    assert '<option value="weather" selected>' in page
    client.post(f"/visits/{visit.pk}/close/", typed | {"comment": "Mưa lũ"})
    visit.refresh_from_db()
    assert (visit.state, visit.variance) == ("not_done", "weather")
    page = client.get(page_of(visit)).content.decode()
    assert "Weather, natural disaster" in page
    assert "It was carried out after all" in page


def test_a_made_up_reason_is_refused(cast, visit, now, sign_in, english):
    now.move_to("2026-01-22T09:00:00+07:00")
    for variance in ("x", "\x00", "a" * 10_240):
        sign_in(cast.officer).post(f"/visits/{visit.pk}/close/", {"comment": "Mưa", "variance": variance})
        visit.refresh_from_db()
        assert visit.state == "approved"


@pytest.mark.parametrize("who", ["officer", "head", "coordinator", "results_desk", "member", "executive"])
def test_readers_read_what_it_is_for(cast, visit, sign_in, who):
    assert (
        "Khảo sát, nắm tình hình chi đoàn" in sign_in(getattr(cast, who)).get(page_of(visit)).content.decode()
    )


@pytest.mark.parametrize("who", ["colleague", "other_officer", "other_head"])
def test_others_of_the_province_read_who_when_where_and_no_word_more(cast, visit, sign_in, who):
    make_recommendation(cast, make_result(cast, visit), "open", text="KIẾN NGHỊ RIÊNG")
    page = sign_in(getattr(cast, who)).get(page_of(visit)).content.decode()
    for known in ("Nguyễn Văn An", "20/01/2026 – 21/01/2026", "Huyện đoàn Định Hóa"):
        assert known in page
    for hidden in ("Khảo sát, nắm", "Báo cáo khảo sát", "120 đoàn viên", "KIẾN NGHỊ RIÊNG"):
        assert hidden not in page


@pytest.mark.parametrize("who", ["stranger", "strange_head", "strange_member", "administrator", "central"])
def test_for_everybody_else_it_is_not_there(cast, visit, sign_in, who):
    assert sign_in(getattr(cast, who)).get(page_of(visit)).status_code == 404


def test_a_line_that_is_not_decided_on_is_read_in_its_plan(cast, sign_in):
    plan = make_plan(cast, state="submitted")
    line = plan.lines.get()
    response = sign_in(cast.head).get(page_of(line))
    assert response.url == f"/plans/{plan.pk}/#line-{line.pk}"


def test_the_plan_leads_to_the_page_of_each_approved_line(cast, visit, sign_in):
    page = sign_in(cast.officer).get(f"/plans/{visit.plan_id}/").content.decode()
    assert f'href="/visits/{visit.pk}/"' in page


def test_what_is_still_open_at_the_unit_and_what_it_answered_stand_on_the_page(
    cast, visit, now, sign_in, english
):
    later = make_visit(cast, cast.colleague, date(2026, 2, 10))
    made = make_recommendation(cast, make_result(cast, visit), "open", text="Bổ sung kinh phí")
    notice = make_notice(cast, later)
    line = notice.lines.get(visit=later)
    said = notice.record_answer(
        line,
        "other_date",
        by=cast.head.powers,
        how="phone",
        starts=date(2026, 2, 12),
        ends=date(2026, 2, 13),
        text="Trùng đại hội",
    )
    page = sign_in(cast.colleague).get(page_of(later)).content.decode()
    for shown in (
        f'href="/recommendations/{made.pk}/"',
        "Bổ sung kinh phí",
        "12/02/2026 – 13/02/2026",
        "Trùng đại hội",
        f'href="/visits/{later.pk}/change/?answer={said.pk}"',
        f'href="/units/{later.unit_id}/"',
    ):
        assert shown in page


def test_what_a_visit_recommended_itself_is_open_on_its_page_as_on_the_units(cast, visit, sign_in):
    made = make_recommendation(cast, make_result(cast, visit), "open")
    client = sign_in(cast.officer)
    for page in (page_of(visit), f"/units/{visit.unit_id}/"):
        assert f'href="/recommendations/{made.pk}/"' in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("recorded", "named", "shown"),
    [
        (("", ""), ("", ""), ["No contact person is known."]),
        (("", ""), ("Lý Thị Sen", "0987 654 321"), ["Lý Thị Sen", 'href="tel:0987654321"']),
        (("", "0912 000 111"), ("", ""), ['href="tel:0912000111"']),
        (("Hoàng Văn Thái", ""), ("Lý Thị Sen", "0987 654 321"), ["Hoàng Văn Thái", 'href="tel:0987654321"']),
    ],
)
def test_whom_to_call_at_the_unit(cast, visit, sign_in, english, recorded, named, shown):
    visit.unit.contact_name, visit.unit.contact_phone = recorded
    visit.unit.save()
    notice = make_notice(cast, visit)
    name, phone = named
    notice.record_answer(
        notice.lines.get(), "agreed", by=cast.head.powers, how="phone", contact_name=name, contact_phone=phone
    )
    text = sign_in(cast.officer).get(page_of(visit)).content.decode()
    assert [words for words in shown if words not in text] == []
    assert ("No contact person is known." in text) is (shown == ["No contact person is known."])


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_often_for_one_request_as_for_three(
    cast, visit, number, now, sign_in, django_assert_num_queries
):
    for _n in range(number - 1):
        make_change(cast, visit, "refused")
    make_unit(cast, "Huyện đoàn Võ Nhai")
    make_change(cast, visit, "forwarded", unit=HostUnit.objects.get(name="Huyện đoàn Võ Nhai"))
    client = sign_in(cast.member)
    client.get(page_of(visit))
    with django_assert_num_queries(17):
        client.get(page_of(visit))


def test_a_page_with_everything_on_it_asks_no_more_than_25_times(cast, visit, now, sign_in):
    """Decided, announced, answered, with a result returned once, a recommendation, and a change asked for before it."""
    make_unit(cast, "Huyện đoàn Võ Nhai")
    make_change(cast, visit, "forwarded", unit=HostUnit.objects.get(name="Huyện đoàn Võ Nhai")).perform(
        "refuse", by=cast.member, comment="Giữ nguyên"
    )
    notice = make_notice(cast, visit)
    notice.record_answer(notice.lines.get(), "agreed", by=cast.head.powers, how="phone")
    now.move_to(f"{visit.ends:%Y-%m-%d}T17:00:00+07:00")
    make_recommendation(cast, make_result(cast, visit, "submitted"), "open")
    visit.quarter.rule.sub_quotas.create(level="district", days=30)
    counts = {}
    for who in ("officer", "head", "results_desk", "member", "colleague"):
        client = sign_in(getattr(cast, who))
        client.get(page_of(visit))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page_of(visit)).status_code == 200
        counts[who] = len(queries)
    assert max(counts.values()) <= 25, counts
