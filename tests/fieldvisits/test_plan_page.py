"""Step 1 in the browser's terms: what is posted to a plan's page, what the database holds then, what the page says."""

import json
import re
import unicodedata
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, Role, RoleGrant
from fieldvisits.models import (
    Event,
    LineDecision,
    OfficerPlan,
    Remark,
    UnitAssignment,
    Visit,
    VisitDay,
)

from ..factories import make_department_plan, make_line, make_plan, make_quarter, make_unit

HTMX = {"HX-Request": "true"}


@pytest.fixture
def english(client):
    """Sentences are compared in English, whatever the catalogue says today."""
    from django.conf import settings

    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def me(cast, sign_in, english):
    return sign_in(cast.officer)


@pytest.fixture
def plan(cast):
    return make_plan(cast)


@pytest.fixture
def line(plan):
    return plan.lines.get()


def typed(line, **more):
    """What the browser posts for a line that was not touched, with ``more`` typed over it."""
    values = {
        "starts": line.starts.strftime("%d/%m/%Y") if line.starts else "",
        "ends": line.ends.strftime("%d/%m/%Y") if line.ends else "",
        "unit": line.unit_id or "",
        "group": line.group or "",
        "content": line.content,
        "expected": line.expected,
        "companions": [person.pk for person in line.companions.all()],
        "note": line.note,
        "revision": line.revision,
    }
    return values | more


def save(client, line, headers=HTMX, **more):
    return client.post(reverse("line-save", args=[line.pk]), typed(line, **more), headers=headers)


def page(client, plan):
    response = client.get(reverse("plan-detail", args=[plan.pk]))
    assert response.status_code == 200
    return response.content.decode()


# --- starting ---------------------------------------------------------------------------------------------------------------


def test_one_is_invited_to_start(cast, me):
    quarter = make_quarter(cast)
    response = me.get(quarter.url("plan-mine"))
    assert "Start my plan" in response.content.decode()
    assert OfficerPlan.objects.count() == 0


def test_starting_twice_is_starting_once(cast, me):
    quarter = make_quarter(cast)
    first, second = me.post(quarter.url("plan-mine")), me.post(quarter.url("plan-mine"))
    plan = OfficerPlan.objects.get()
    assert (plan.officer, plan.state) == (cast.officer, "draft")
    assert first.url == second.url == me.get(quarter.url("plan-mine")).url == plan.get_absolute_url()


def test_who_has_no_plan_is_told_why(cast, sign_in, english):
    quarter = make_quarter(cast)
    client = sign_in(cast.driver)
    assert "Start my plan" not in client.get(quarter.url("plan-mine")).content.decode()
    response = client.post(quarter.url("plan-mine"), follow=True)
    assert "outside the quota" in response.content.decode()
    assert OfficerPlan.objects.count() == 0


def test_a_quarter_that_is_not_open_says_so(cast, me):
    quarter = make_quarter(cast, number=2, opened=False)
    response = me.post(quarter.url("plan-mine"), follow=True)
    assert "not open yet" in response.content.decode()
    assert OfficerPlan.objects.count() == 0


# --- saving a line ----------------------------------------------------------------------------------------------------------


def test_a_line_saves_what_was_typed(cast, me, plan, line):
    unit = make_unit(cast, "Huyện đoàn Võ Nhai")
    response = save(
        me,
        line,
        starts="05/02/2026",
        ends="07/02/2026",
        unit=unit.pk,
        group="3",
        content="Kiểm tra công tác Đoàn",
        expected="Biên bản",
        companions=[cast.colleague.pk, cast.other_officer.pk],
        note="Đi xe cơ quan",
    )
    assert response.status_code == 200
    line.refresh_from_db()
    assert (line.starts, line.ends, line.unit, line.group) == (date(2026, 2, 5), date(2026, 2, 7), unit, 3)
    assert (line.content, line.expected, line.note) == (
        "Kiểm tra công tác Đoàn",
        "Biên bản",
        "Đi xe cơ quan",
    )
    assert set(line.companions.all()) == {cast.colleague, cast.other_officer}
    assert (line.revision, line.unparsed) == (1, {})
    assert [day.date.day for day in VisitDay.objects.filter(visit=line).order_by("date")] == [5, 6, 7]


def test_the_answer_leaves_the_fields_alone(me, line):
    text = save(me, line, content="Khác").content.decode()
    assert "<textarea" not in text
    assert re.findall(r'<input(?! type="hidden")', text) == []
    assert f'id="revision-{line.pk}" name="revision" value="1" hx-swap-oob="true"' in text
    assert "<b>2</b> days" in text


def test_saving_what_is_stored_changes_nothing(me, line):
    assert save(me, line).status_code == 200
    line.refresh_from_db()
    assert line.revision == 0


def test_without_htmx_it_goes_back_to_the_line(me, plan, line):
    response = save(me, line, headers={}, content="Khác")
    assert response.url == f"{plan.get_absolute_url()}#line-{line.pk}"
    line.refresh_from_db()
    assert line.content == "Khác"


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("starts", "31/02/2026", "“31/02/2026” is not a day"),
        ("ends", "mai", "“mai” is not a day"),
        ("starts", "31/12/2025", "31/12/2025 is not in quarter I/2026 (01/01/2026 – 31/03/2026)"),
        ("ends", "01/04/2026", "01/04/2026 is not in quarter I/2026"),
        ("ends", "01/01/2026", "The visit cannot end before it starts"),
        ("group", "9", "Choose one of the four content groups"),
        ("unit", "999999", "There is no such unit"),
        ("unit", "x", "There is no such unit"),
        ("companions", "999999", "no colleague of yours"),
        ("note", "n" * 301, "301 characters are too many: at most 300"),
        ("content", "c" * 10_000, "10000 characters are too many: at most 500"),
    ],
)
def test_what_cannot_be_understood_is_kept_as_typed(me, plan, line, field, text, message):
    response = save(me, line, **{field: text})
    assert response.status_code == 200
    assert message in response.content.decode()
    line.refresh_from_db()
    assert line.unparsed == {field: text}
    assert line.content == ("" if field == "content" else "Khảo sát, nắm tình hình chi đoàn")
    shown = page(me, plan)
    assert message in shown
    if field not in ("group", "unit", "companions"):
        assert text in shown
    assert 'disabled aria-describedby="why-not"' in shown
    assert me.post(reverse("paper-transition", args=["plans", plan.pk, "submit"])).status_code == 302
    plan.refresh_from_db()
    assert plan.state == "draft"


def test_a_wrong_date_takes_its_days_away_and_a_right_one_brings_them_back(me, line):
    save(me, line, ends="31/02/2026")
    assert VisitDay.objects.count() == 0
    line.refresh_from_db()
    save(me, line, ends="21/01/2026")
    line.refresh_from_db()
    assert line.unparsed == {}
    assert VisitDay.objects.count() == 2


def test_a_unit_that_does_not_exist_on_the_days_is_kept_and_named(cast, me, plan, line):
    old = make_unit(cast, "Huyện đoàn cũ", valid_to=date(2026, 1, 20))
    old.successors.add(make_unit(cast, "Xã đoàn mới"))
    text = save(me, line, unit=old.pk).content.decode()
    assert "Huyện đoàn cũ existed only until 20/01/2026." in text
    assert "Its successor: Xã đoàn mới." in text
    line.refresh_from_db()
    assert (line.unit, line.unparsed) == (None, {"unit": str(old.pk)})
    save(me, line, unit=old.pk, starts="19/01/2026", ends="20/01/2026")
    line.refresh_from_db()
    assert (line.unit, line.unparsed) == (old, {})


def test_units_and_people_of_another_province_do_not_exist(cast, me, line):
    strange = make_unit(cast, "Huyện đoàn Tam Đảo", there=True)
    response = save(me, line, unit=strange.pk, companions=[cast.stranger.pk, cast.colleague.pk])
    assert "Tam Đảo" not in response.content.decode()
    assert "Trịnh Văn Sơn" not in response.content.decode()
    line.refresh_from_db()
    assert line.unit is None
    assert list(line.companions.all()) == [cast.colleague]


def test_one_does_not_go_along_with_oneself(cast, me, line):
    save(me, line, companions=[cast.officer.pk])
    line.refresh_from_db()
    assert list(line.companions.all()) == []
    assert line.unparsed == {"companions": str(cast.officer.pk)}


def test_vietnamese_is_stored_composed_and_without_control_characters(me, line):
    save(me, line, content=unicodedata.normalize("NFD", "Định\x00 Hóa"), note="a\r\nb")
    line.refresh_from_db()
    assert line.content == "Định Hóa"
    assert line.note == "a\nb"


def test_a_text_far_too_long_is_refused_and_stays_in_the_field(me, line):
    response = save(me, line, content="c" * 20_001, note="Ghi chú khác")
    assert response.status_code == 422
    assert "far too long" in response.content.decode()
    plain = save(me, line, headers={}, content="c" * 20_001, note="Ghi chú khác")
    assert plain.status_code == 422
    assert "c" * 20_001 in plain.content.decode()
    assert "Ghi chú khác" in plain.content.decode()
    line.refresh_from_db()
    assert (line.revision, line.note) == (0, "")


def test_a_second_window_does_not_overwrite_the_first(me, plan, line):
    save(me, line, content="Cửa sổ thứ nhất")
    response = save(me, line, content="Cửa sổ thứ hai")
    text = response.content.decode()
    assert response.status_code == 409
    assert "changed in another window" in text
    assert "Cửa sổ thứ nhất" in text
    line.refresh_from_db()
    assert (line.content, line.revision) == ("Cửa sổ thứ nhất", 1)


def test_without_htmx_both_texts_of_a_conflict_are_shown(me, plan, line):
    save(me, line, content="Cửa sổ thứ nhất")
    response = save(me, line, headers={}, content="Cửa sổ thứ hai")
    assert response.status_code == 409
    text = response.content.decode()
    assert "<dd>Cửa sổ thứ nhất</dd>" in text
    assert ">Cửa sổ thứ hai</textarea>" in text


def test_what_i_typed_can_be_kept_over_what_is_stored(me, line):
    save(me, line, content="Cửa sổ thứ nhất")
    assert save(me, line, content="Cửa sổ thứ hai", over=1).status_code == 200
    line.refresh_from_db()
    assert (line.content, line.revision) == ("Cửa sổ thứ hai", 2)


def test_a_save_whose_answer_was_lost_may_be_repeated(me, line):
    save(me, line, content="Đã đến nơi")
    assert save(me, line, content="Đã đến nơi").status_code == 200
    line.refresh_from_db()
    assert line.revision == 1


def test_a_plan_sent_meanwhile_is_not_changed(cast, me, plan, line):
    plan.perform("submit", by=cast.officer)
    response = save(me, line, content="Muộn rồi")
    assert response.status_code == 409
    assert "cannot be changed" in response.content.decode()
    plain = save(me, line, headers={}, content="Muộn rồi")
    assert (plain.status_code, "Muộn rồi" in plain.content.decode()) == (409, True)
    line.refresh_from_db()
    assert line.content == "Khảo sát, nắm tình hình chi đoàn"


@pytest.mark.parametrize("name", ["line-save", "line-duplicate", "line-remove"])
def test_lines_of_somebody_else(cast, sign_in, line, name):
    url = reverse(name, args=[line.pk])
    for person, state, expected in [
        (cast.colleague, "draft", 404),
        (cast.head, "draft", 404),
        (cast.strange_head, "draft", 404),
        (cast.administrator, "draft", 404),
        (cast.head, "submitted", 403),
        (cast.colleague, "submitted", 404),
    ]:
        if state == "submitted" and line.plan.state == "draft":
            line.plan.perform("submit", by=cast.officer)
        assert sign_in(person).post(url, typed(line, content="x")).status_code == expected, person
    assert Visit.objects.get().content != "x"
    assert sign_in(cast.officer).get(url).status_code == 405


# --- lines come and go ------------------------------------------------------------------------------------------------------


def test_a_line_is_added_and_never_two_empty_ones(me, plan, line):
    url = reverse("line-add", args=[plan.pk])
    response = me.post(url, {"known": line.pk}, headers=HTMX)
    new = plan.lines.exclude(pk=line.pk).get()
    text = response.content.decode()
    assert f'id="line-{new.pk}"' in text
    assert f'id="line-{line.pk}"' not in text
    assert json.loads(response.headers["HX-Trigger-After-Settle"]) == {"plan:focus": {"line": new.pk}}
    again = me.post(url, {"known": new.pk}, headers=HTMX)
    assert f'id="line-{new.pk}"' not in again.content.decode()
    assert me.post(url).url == f"{plan.get_absolute_url()}#line-{new.pk}"
    assert plan.lines.count() == 2


def test_a_full_plan_takes_no_more(me, plan, line):
    for n in range(59):
        plan.add_line(content=f"Việc {n}")
    response = me.post(reverse("line-add", args=[plan.pk]), {"known": line.pk}, headers=HTMX)
    assert response.status_code == 409
    assert "at most 60 lines" in response.content.decode()
    assert me.post(reverse("line-add", args=[plan.pk])).url == plan.get_absolute_url()
    assert plan.lines.count() == 60


def test_a_line_is_duplicated_once_by_a_double_click(cast, me, plan, line):
    line.companions.add(cast.colleague)
    url = reverse("line-duplicate", args=[line.pk])
    first = me.post(url, {"known": line.pk}, headers=HTMX)
    second = me.post(url, {"known": line.pk}, headers=HTMX)
    assert (first.status_code, second.status_code) == (200, 409)
    new = plan.lines.exclude(pk=line.pk).get()
    assert (new.starts, new.ends, new.unit, new.content) == (line.starts, line.ends, line.unit, line.content)
    assert list(new.companions.all()) == [cast.colleague]
    assert new.days.count() == 2
    assert me.post(url).url == f"{plan.get_absolute_url()}#line-{plan.lines.latest('pk').pk}"
    assert plan.lines.count() == 3


def test_a_removed_line_comes_back_whole(cast, me, plan, line):
    line.companions.add(cast.colleague)
    line.unparsed = {"ends": "31/02/2026"}
    line.save()
    Remark.objects.create(visit=line, author=cast.head, role="head", text="Nêu rõ xã", at="2026-01-03T09:00Z")
    text = me.post(reverse("line-remove", args=[line.pk]), headers=HTMX).content.decode()
    assert f'<div id="line-{line.pk}" hx-swap-oob="delete">' in text
    assert "Undo" in text
    assert (Visit.objects.count(), VisitDay.objects.count(), Remark.objects.count()) == (0, 0, 0)
    assert "Undo" in page(me, plan)
    text = me.post(
        reverse("line-add", args=[plan.pk]), {"undo": 1, "known": 0}, headers=HTMX
    ).content.decode()
    assert f'id="line-{line.pk}"' in text
    back = Visit.objects.get()
    assert (back.pk, back.content, back.unparsed) == (line.pk, line.content, {"ends": "31/02/2026"})
    assert list(back.companions.all()) == [cast.colleague]
    assert (back.days.count(), Remark.objects.get().text) == (2, "Nêu rõ xã")
    assert "Undo" not in page(me, plan)


def test_without_htmx_removing_and_undoing_work_too(me, plan, line):
    assert me.post(reverse("line-remove", args=[line.pk])).url == plan.get_absolute_url() + "#lines"
    assert Visit.objects.count() == 0
    assert "No line yet" in page(me, plan)
    me.post(reverse("line-add", args=[plan.pk]), {"undo": 1})
    assert Visit.objects.get().pk == line.pk
    text = me.post(reverse("line-add", args=[plan.pk]), {"undo": 1}, follow=True).content.decode()
    assert "There is no removed line to bring back." in text


def test_a_removed_line_does_not_come_back_into_a_sent_plan(cast, me, plan, line):
    make_line(plan, line.unit, date(2026, 2, 2))
    me.post(reverse("line-remove", args=[line.pk]))
    plan.refresh_from_db()
    plan.perform("submit", by=cast.officer)
    response = me.post(reverse("line-add", args=[plan.pk]), {"undo": 1}, follow=True)
    assert "cannot be changed" in response.content.decode()
    assert plan.lines.count() == 1


def test_lines_of_an_earlier_quarter_are_copied_once(cast, me, plan, line):
    quarter = make_quarter(cast, number=2)
    later = OfficerPlan.objects.start(cast.officer, quarter)
    url = reverse("lines-copy", args=[later.pk])
    response = me.post(url, {"plan": plan.pk, "known": 0}, headers=HTMX)
    new = later.lines.get()
    assert f'id="line-{new.pk}"' in response.content.decode()
    assert "1 line has been copied" in response.content.decode()
    assert (new.starts, new.ends) == (date(2026, 4, 21), date(2026, 4, 22))  # Tuesday stays Tuesday
    assert me.post(url, {"plan": plan.pk, "known": 0}, headers=HTMX).status_code == 409
    assert later.lines.count() == 1


@pytest.mark.parametrize("wanted", ["", "x", "999999", "own"])
def test_copying_from_nowhere_is_refused(me, plan, wanted):
    wanted = plan.pk if wanted == "own" else wanted
    response = me.post(reverse("lines-copy", args=[plan.pk]), {"plan": wanted}, follow=True)
    assert "Choose the quarter to copy from." in response.content.decode()
    assert plan.lines.count() == 1


# --- the page while typing ---------------------------------------------------------------------------------------------------


def test_totals_and_calendar_follow_the_lines(cast, me, plan, line):
    text = save(me, line, ends="24/01/2026").content.decode()
    assert "This quarter <b>5</b> days" in text
    assert "still missing <b>55</b> of 60" in text
    assert text.count('class="line-1"') == 5


def test_hints_come_from_what_the_officer_may_know(cast, me, plan, line):
    make_plan(cast, cast.colleague)  # a draft: nobody may know of it
    assert "Trần Thị Bình (" not in page(me, plan)
    paper = make_department_plan(cast, "approved", [cast.colleague])
    assert paper.state == "approved"
    assert "Also going there: Trần Thị Bình (20/01 – 21/01)" in page(me, plan)
    UnitAssignment.objects.create(unit=line.unit, officer=cast.officer, valid_from=date(2026, 1, 1))
    assert "A unit assigned to you." in page(me, plan)


def test_the_department_that_is_away_is_counted_without_names(cast, me, plan, line):
    Membership.objects.filter(department=cast.movement, user__in=[cast.head, cast.deputy]).delete()
    assert "Up to 1 of the department&#x27;s 2 officers are away" in page(me, plan)
    make_plan(cast, cast.colleague, state="submitted")
    text = page(me, plan)
    assert "Up to 2 of the department&#x27;s 2 officers are away" in text
    assert "Trần Thị Bình (" not in text


def test_an_empty_plan_says_why_it_cannot_be_sent(cast, me):
    plan = make_plan(cast, lines=0)
    text = page(me, plan)
    assert "No line yet" in text
    assert "The plan has no line yet. Add at least one visit." in text


def test_what_is_missing_is_named_with_a_link(me, plan, line):
    make_line(plan, None, date(2026, 2, 3))
    other = plan.lines.latest("pk")
    text = page(me, plan)
    assert f'<a class="problem" href="#line-{other.pk}">Choose the host unit.</a>' in text
    assert "Complete the lines named above first." in text


def test_it_is_sent_from_its_page(cast, me, plan):
    text = page(me, plan)
    assert "Reason of the delay" not in text
    me.post(
        reverse("paper-transition", args=["plans", plan.pk, "submit"]),
        {"seen": re.search(r'name="seen" value="(\d+)"', text)[1], "next": plan.get_absolute_url()},
    )
    plan.refresh_from_db()
    assert (plan.state, plan.late, plan.submitted_on) == ("submitted", False, date(2026, 1, 3))


def test_after_the_due_date_a_reason_is_asked_for(cast, me, plan, now):
    now.move_to("2026-01-06T09:00:00+07:00")
    assert "The due date 05/01/2026 has passed: give the reason of the delay." in page(me, plan)
    url = reverse("paper-transition", args=["plans", plan.pk, "submit"])
    me.post(url, {"seen": 0})
    plan.refresh_from_db()
    assert plan.state == "draft"
    me.post(url, {"seen": 0, "comment": "Đi học"})
    plan.refresh_from_db()
    assert (plan.state, plan.late, plan.late_reason) == ("submitted", True, "Đi học")
    assert "Reason: Đi học" in page(me, plan)


def test_a_returned_plan_shows_what_was_said_where(cast, me, plan, line):
    make_line(plan, line.unit, date(2026, 2, 3))
    plan.perform("submit", by=cast.officer)
    line.refresh_from_db()
    line.perform("strike", by=cast.head, comment="Trùng với ban khác")
    Remark.objects.create(visit=line, author=cast.head, role="head", text="Nêu rõ xã", at="2026-01-03T09:00Z")
    plan.refresh_from_db()
    plan.perform("return", by=cast.head, comment="Bổ sung kết quả dự kiến")
    text = page(me, plan)
    assert "Bổ sung kết quả dự kiến" in text
    assert "Trùng với ban khác" in text
    assert "Nêu rõ xã" in text
    assert f'id="form-{line.pk}"' not in text
    me.post(reverse("paper-transition", args=["visits", line.pk, "propose_again"]), {"seen": 0})
    line.refresh_from_db()
    assert line.state == "struck"  # the page was stale: it did not show the strike
    me.post(reverse("paper-transition", args=["visits", line.pk, "propose_again"]), {"seen": line.seen})
    line.refresh_from_db()
    assert line.state == "planned"
    assert f'id="form-{line.pk}"' in page(me, plan)


def test_a_struck_line_is_not_typed_over(cast, me, plan, line):
    plan.perform("submit", by=cast.officer)
    line.perform("strike", by=cast.head, comment="Trùng")
    plan.refresh_from_db()
    plan.perform("return", by=cast.head, comment="Bổ sung")
    assert save(me, line, content="Khác").status_code == 409
    line.refresh_from_db()
    assert line.content == "Khảo sát, nắm tình hình chi đoàn"
    me.post(reverse("line-remove", args=[line.pk]))
    assert plan.lines.count() == 0


def test_in_a_suspended_quarter_the_draft_is_read_only(cast, me, plan, line):
    plan.quarter.perform("suspend", by=cast.coordinator, comment="Dịch bệnh")
    text = page(me, plan)
    assert "Dịch bệnh" in text
    assert "line-form" not in text
    assert save(me, line, content="x").status_code == 409


# --- the paper --------------------------------------------------------------------------------------------------------------


def test_after_sending_it_is_the_paper(cast, me):
    plan = make_plan(cast, state="submitted")
    text = page(me, plan)
    assert "line-form" not in text
    assert "Leaders of Ban Phong trào" in text
    assert "Khảo sát, nắm tình hình chi đoàn" in text
    assert "Withdraw" in text
    assert "remark-" not in text


def test_leaders_find_what_they_may_do_and_where_to_comment(cast, sign_in, english):
    plan = make_plan(cast, state="submitted")
    line = plan.lines.get()
    for person, comments, strikes in [
        (cast.head, True, True),
        (cast.coordinator, True, False),
        (cast.member, True, False),
        (cast.results_desk, False, False),
    ]:
        sign_in(person)
        text = page(english, plan)
        assert (reverse("remark-add", args=[line.pk]) in text) == comments, person
        assert (reverse("paper-transition", args=["visits", line.pk, "strike"]) in text) == strikes, person


@pytest.mark.parametrize(
    ("who", "state", "expected"),
    [
        ("colleague", "draft", 404),
        ("head", "draft", 404),
        ("officer", "draft", 200),
        ("head", "submitted", 200),
        ("colleague", "submitted", 404),
        ("executive", "submitted", 404),
        ("strange_head", "submitted", 404),
        ("administrator", "submitted", 404),
        ("central", "submitted", 404),
    ],
)
def test_who_reads_a_plan(cast, sign_in, who, state, expected):
    plan = make_plan(cast, state=state)
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("plan-detail", args=[plan.pk])).status_code == expected


def test_an_approved_plan_reads_as_registered_and_as_approved(cast, me):
    from fieldvisits.models import OfficerPlan, Verdict

    from ..factories import close_meeting, make_meeting

    paper = make_department_plan(cast, "forwarded", lines=3)
    plan = OfficerPlan.objects.get(department_plan=paper)
    other = make_unit(cast, "Huyện đoàn Đại Từ")
    meeting = make_meeting(cast, paper.quarter)
    first, second, third = plan.lines.in_order()
    meeting.decide_line(first, Verdict.AGREE, by=cast.member.powers)
    meeting.decide_line(
        second,
        Verdict.AMEND,
        by=cast.member.powers,
        reason="Trùng hội nghị",
        starts=date(2026, 2, 9),
        ends=date(2026, 2, 10),
        unit=other,
    )
    meeting.decide_line(third, Verdict.STRIKE, by=cast.member.powers, reason="Chưa cần thiết")
    close_meeting(meeting, cast.member)
    text = page(me, plan)
    assert (
        "registered: 27/01/2026 – 28/01/2026, Huyện đoàn Định Hóa → "
        "approved: 09/02/2026 – 10/02/2026, Huyện đoàn Đại Từ" in text
    )
    assert "Chưa cần thiết" in text
    assert "As registered" in text
    assert "As approved" in text
    assert Event.objects.of(plan).filter(verb="approve").get().copy[2]["unit_name"] == "Huyện đoàn Đại Từ"
    assert LineDecision.objects.count() == 3


def test_the_printed_form_is_vietnamese_in_any_language(cast, me):
    text = page(me, make_plan(cast, state="submitted"))
    assert "ĐOÀN TNCS HỒ CHÍ MINH" in text
    assert "BAN CHẤP HÀNH TỈNH THÁI NGUYÊN" in text
    assert "NGƯỜI ĐĂNG KÝ" in text


# --- the list ----------------------------------------------------------------------------------------------------------------


def test_the_list_shows_plans_one_may_read_by_given_name(cast, sign_in, english):
    make_plan(cast, cast.colleague, state="submitted")
    make_plan(cast, cast.officer, state="submitted")
    make_plan(cast, cast.deputy)
    make_plan(cast, cast.other_officer, state="submitted")
    url = make_quarter(cast).url("plan-list")

    def names(person, **filters):
        text = sign_in(person).get(url, filters).content.decode()
        return re.findall(r'class="plan-link" href="[^"]+">([^<]+)<', text)

    assert names(cast.coordinator) == ["Đỗ Thị Giang", "Nguyễn Văn An", "Trần Thị Bình"]
    assert names(cast.head) == ["Nguyễn Văn An", "Trần Thị Bình"]
    assert names(cast.officer) == ["Nguyễn Văn An"]
    assert names(cast.deputy) == ["Nguyễn Văn An", "Trần Thị Bình", "Phạm Văn Dũng"]
    assert names(cast.deputy, state="draft") == ["Phạm Văn Dũng"]
    assert names(cast.coordinator, department=cast.building.pk) == ["Đỗ Thị Giang"]
    assert names(cast.coordinator, department="x", state="\x00") == []
    assert names(cast.executive) == []
    assert sign_in(cast.stranger).get(url).status_code == 404


def test_the_list_leads_on(cast, sign_in, english):
    quarter = make_quarter(cast)
    url = quarter.url("plan-list")
    assert "Start my plan" in sign_in(cast.officer).get(url).content.decode()
    text = sign_in(cast.head).get(url).content.decode()
    assert reverse("department-board", args=[2026, 1, cast.movement.pk]) in text
    assert quarter.url("department-plan-list") not in text
    assert quarter.url("department-plan-list") in sign_in(cast.coordinator).get(url).content.decode()
    assert "No plan to read yet" in sign_in(cast.executive).get(url).content.decode()


# --- the picker ---------------------------------------------------------------------------------------------------------------


def offered(client, **asked):
    response = client.get(reverse("unit-search"), asked)
    assert response.status_code == 200
    return [(item["text"], item["note"]) for item in response.json()["results"]]


def test_units_are_found_without_accents_and_only_when_valid(cast, me):
    quarter = make_quarter(cast)
    make_unit(cast, "Huyện đoàn Định Hóa", valid_to=date(2026, 1, 20))
    make_unit(cast, "Xã đoàn Định Hóa", level="commune", valid_from=date(2026, 1, 21))
    make_unit(cast, "Định Hóa của tỉnh khác", there=True)
    assert offered(me, q="dinh hoa") == [("Huyện đoàn Định Hóa", "District union")]
    assert offered(me, q="dinh hoa", starts="22/01/2026", ends="23/01/2026") == [
        ("Xã đoàn Định Hóa", "Commune, ward or special-zone union")
    ]
    assert offered(me, q="dinh hoa", starts="20/01/2026", ends="21/01/2026") == []
    assert offered(me, q="dinh hoa", quarter=quarter.pk) == [("Huyện đoàn Định Hóa", "District union")]
    assert offered(me, q="\x00", starts="31/02/2026", ends="mai", quarter="x" * 10_000) != []
    assert offered(me, q="d" * 10_000) == []


def test_with_nothing_typed_ones_own_units_come_first(cast, me):
    last = make_unit(cast, "Huyện đoàn An Bình")
    visited = make_unit(cast, "Huyện đoàn Võ Nhai")
    departments = make_unit(cast, "Huyện đoàn Phú Bình")
    mine = make_unit(cast, "Huyện đoàn Đại Từ")
    UnitAssignment.objects.create(unit=mine, officer=cast.officer, valid_from=date(2026, 1, 1))
    UnitAssignment.objects.create(unit=departments, department=cast.movement, valid_from=date(2026, 1, 1))
    UnitAssignment.objects.create(unit=last, officer=cast.colleague, valid_from=date(2026, 1, 1))
    make_line(make_plan(cast, lines=0), visited, date(2026, 1, 12))
    assert offered(me) == [
        ("Huyện đoàn Đại Từ", "District union · assigned to you"),
        ("Huyện đoàn Phú Bình", "District union · assigned to your department"),
        ("Huyện đoàn Võ Nhai", "District union · your last visit 12/01/2026"),
        ("Huyện đoàn An Bình", "District union"),
    ]
    assert [name for name, _note in offered(me, q="huyen")] == sorted(
        ["Huyện đoàn Đại Từ", "Huyện đoàn Phú Bình", "Huyện đoàn Võ Nhai", "Huyện đoàn An Bình"],
        key=lambda name: name.replace("Đ", "D"),
    )


def test_who_has_no_province_is_offered_nothing(cast, sign_in, english):
    make_unit(cast)
    assert offered(sign_in(cast.central)) == []


# --- what it costs ------------------------------------------------------------------------------------------------------------


def count(client, url, method="get", **post):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.post(url, post, headers=HTMX) if method == "post" else client.get(url)
    assert response.status_code == 200
    return len(queries)


def fill(cast, plan, unit, lines):
    for n in range(plan.lines.count(), lines):
        line = make_line(plan, unit, date(2026, 1, 12 + 7 * n))
        line.companions.add(cast.other_officer)
        Remark.objects.create(
            visit=line, author=cast.head, role="head", text="Rõ hơn", at="2026-01-03T09:00Z"
        )


def test_the_page_and_a_save_cost_the_same_for_one_and_three_lines(cast, me):
    unit = make_unit(cast, "Cũ", valid_to=date(2026, 1, 5))
    unit.successors.add(make_unit(cast, "Mới"))
    plan = make_plan(cast, lines=0)
    url = reverse("plan-detail", args=[plan.pk])
    costs = []
    for lines in (1, 3):
        fill(cast, plan, unit, lines)
        line = plan.lines.earliest("pk")
        me.get(url)
        post = typed(line, content=f"Lần {lines}")
        costs.append((count(me, url), count(me, reverse("line-save", args=[line.pk]), "post", **post)))
    assert costs[0] == costs[1]


def test_the_paper_costs_the_same_for_one_and_three_lines(cast, sign_in, english):
    costs = []
    for officer, lines in [(cast.officer, 1), (cast.colleague, 3)]:
        plan = make_plan(cast, officer, lines=0)
        fill(cast, plan, make_unit(cast), lines)
        plan.perform("submit", by=officer)
        url = reverse("plan-detail", args=[plan.pk])
        sign_in(cast.head)
        english.get(url)
        costs.append(count(english, url))
    assert costs[0] == costs[1]


def test_the_list_costs_the_same_for_one_and_three_plans(cast, sign_in, english):
    url = make_quarter(cast).url("plan-list")
    make_plan(cast, cast.officer, state="submitted")
    client = sign_in(cast.coordinator)
    client.get(url)
    one = count(client, url)
    make_plan(cast, cast.colleague, state="submitted", lines=3)
    make_plan(cast, cast.other_officer, state="endorsed")
    assert count(client, url) == one


def test_a_role_that_has_ended_ends_the_typing(cast, me, plan, line):
    RoleGrant.objects.filter(user=cast.officer, role=Role.OFFICER).update(valid_to=date(2026, 1, 2))
    assert save(me, line, content="x").status_code == 403
    assert "line-form" not in page(me, plan)
