"""The meeting's pages (step 3): who gets in, what a click changes, what is kept of what was typed."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fieldvisits.models import Decision, HostUnit, OfficerPlan, Visit
from tests.factories import (
    make_department_plan,
    make_line,
    make_meeting,
    make_plan,
    make_quarter,
    make_unit,
)

HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def paper(cast):
    """Ban Phong trào before the committee: An and Bình with two lines each."""
    return make_department_plan(cast, "forwarded", [cast.officer, cast.colleague], lines=2)


@pytest.fixture
def decision(cast, paper):
    return make_meeting(cast, paper.quarter)


@pytest.fixture
def page(paper):
    return paper.quarter.url("meeting")


def lines_of(officer):
    return list(Visit.objects.filter(officer=officer).order_by("starts"))


def line_url(decision, line):
    return reverse("meeting-line", args=[decision.pk, line.pk])


def html(response):
    return response.content.decode()


# --- Before the meeting ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("member", 200),
        ("second_member", 200),
        ("coordinator", 403),
        ("officer", 403),
        ("head", 403),
        ("executive", 403),
        ("administrator", 404),
        ("central", 404),
    ],
)
def test_only_members_of_the_committee_get_in(cast, page, sign_in, who, status):
    assert sign_in(cast.people[who]).get(page).status_code == status
    assert sign_in(cast.people[who]).post(page).status_code == (302 if status == 200 else status)


def test_another_provinces_quarter_is_not_there(cast, sign_in):
    there = make_quarter(cast, number=2, there=True)
    assert Decision.objects.count() == 0
    response = sign_in(cast.strange_member).get(there.url("meeting"))
    assert response.status_code == 200
    assert "Ban Phong trào" in html(response)


def test_before_the_meeting_it_says_what_is_there_and_what_is_missing(cast, paper, page, sign_in):
    response = sign_in(cast.member).get(page)
    waiting = response.context["waiting"]
    assert [(p.department.name, p.plan_count, p.line_count) for p in waiting.papers] == [
        ("Ban Phong trào", 2, 4)
    ]
    assert [(a.department.name, a.plan) for a in waiting.absent] == [("Ban Xây dựng Đoàn", None)]
    assert waiting.closed == []


def test_without_a_plan_the_meeting_cannot_be_started_and_it_says_why(cast, sign_in):
    quarter = make_quarter(cast)
    response = sign_in(cast.member).get(quarter.url("meeting"))
    assert response.context["waiting"].why_not
    assert "disabled" in html(response)
    sign_in(cast.member).post(quarter.url("meeting"), follow=True)
    assert Decision.objects.count() == 0


def test_starting_makes_one_meeting_for_everybody(cast, page, sign_in):
    sign_in(cast.member).post(page)
    sign_in(cast.second_member).post(page)
    assert Decision.objects.get().opened_by == cast.member


# --- Marking lines -------------------------------------------------------------------------------------------------------


def test_a_click_marks_one_line_and_answers_with_it_and_the_counts(cast, decision, sign_in):
    line = lines_of(cast.officer)[0]
    response = sign_in(cast.member).post(
        line_url(decision, line), {"verdict": "agree", "seen": line.plan.seen}, **HX
    )
    assert response.status_code == 200
    mark = decision.marks.get()
    assert (mark.visit, mark.verdict, mark.decided_by) == (line, "agree", cast.member)
    text = html(response)
    assert f'id="line-{line.pk}"' in text
    assert f'id="line-{lines_of(cast.officer)[1].pk}"' not in text
    for part in ("progress", "tally", "close-button", "rest", "reasons"):
        assert f'id="{part}" ' in text
    assert response.context["screen"].tally == {
        "agreed": 1,
        "amended": 0,
        "struck": 0,
        "left": 3,
        "returned": 0,
    }


def test_without_scripts_marking_goes_back_to_the_line(cast, decision, paper, page, sign_in):
    line = lines_of(cast.officer)[0]
    response = sign_in(cast.member).post(
        line_url(decision, line), {"verdict": "agree", "seen": line.plan.seen}
    )
    assert response.status_code == 302
    assert response.url == f"{page}?department={paper.pk}#line-{line.pk}"
    assert decision.marks.count() == 1


def test_amending_shows_old_and_new_side_by_side(cast, decision, sign_in):
    line, other = lines_of(cast.officer)[0], make_unit(cast, "Huyện đoàn Võ Nhai")
    typed = {
        "verdict": "amend",
        "starts": "03/02/2026",
        "ends": "05/02/2026",
        "unit": other.pk,
        "reason": "Lùi hai tuần",
        "seen": line.plan.seen,
    }
    response = sign_in(cast.member).post(line_url(decision, line), typed, **HX)
    mark = decision.marks.get()
    assert (mark.starts, mark.ends, mark.unit) == (date(2026, 2, 3), date(2026, 2, 5), other)
    text = html(response)
    assert "20/01/2026 – 21/01/2026" in text
    assert "03/02/2026 – 05/02/2026" in text
    assert "Lùi hai tuần" in text


def test_a_mark_is_taken_back(cast, decision, sign_in):
    line = lines_of(cast.officer)[0]
    mark = decision.decide_line(line, "agree", by=cast.second_member.powers)
    sign_in(cast.member).post(line_url(decision, line), {"verdict": "clear", "seen": mark.revision})
    assert decision.marks.count() == 0


@pytest.mark.parametrize("hx", [{}, HX])
def test_who_was_faster_is_said_and_the_typed_reason_kept(cast, decision, sign_in, hx):
    line = lines_of(cast.officer)[0]
    decision.decide_line(line, "agree", by=cast.second_member.powers)
    typed = {"verdict": "strike", "reason": "Trùng hội nghị", "seen": line.plan.seen}
    response = sign_in(cast.member).post(line_url(decision, line), typed, **hx)
    assert response.status_code == 409
    text = html(response)
    assert "Ngô Văn Nam" in text
    assert 'value="Trùng hội nghị"' in text
    assert decision.marks.get().verdict == "agree"


@pytest.mark.parametrize("hx", [{}, HX])
@pytest.mark.parametrize(
    "typed",
    [
        {"verdict": "strike", "reason": ""},
        {"verdict": "strike", "reason": "x" * 10_000},
        {"verdict": "strike", "reason": "a\x00b"},
        {"verdict": "amend", "starts": "31/02/2026", "ends": "01/03/2026", "unit": "1", "reason": "Đổi"},
        {"verdict": "amend", "starts": "05/02/2026", "ends": "03/02/2026", "unit": "UNIT", "reason": "Đổi"},
        {"verdict": "amend", "starts": "05/02/2026", "ends": "06/02/2026", "unit": "x\x00", "reason": "Đổi"},
        {"verdict": "amend", "starts": "05/02/2026", "ends": "06/02/2026", "unit": "9" * 30, "reason": "Đổi"},
        {"verdict": "amend", "starts": "05/02/2026", "ends": "06/02/2026", "unit": "THERE", "reason": "Đổi"},
        {"verdict": "made-up"},
        {},
    ],
)
def test_what_cannot_be_understood_comes_back_as_typed_with_a_reason(cast, decision, sign_in, typed, hx):
    line = lines_of(cast.officer)[0]
    units = {"UNIT": line.unit_id, "THERE": make_unit(cast, "Vĩnh Yên", there=True).pk}
    typed = {name: units.get(value, value) for name, value in typed.items()}
    response = sign_in(cast.member).post(line_url(decision, line), typed | {"seen": line.plan.seen}, **hx)
    assert response.status_code == 422
    assert 'class="problem' in html(response)
    assert typed.get("starts", "") in html(response)
    assert decision.marks.count() == 0


def test_decomposed_vietnamese_is_kept_composed(cast, decision, sign_in):
    line = lines_of(cast.officer)[0]
    typed = {"verdict": "strike", "reason": "Tru\u0300ng hội nghị", "seen": line.plan.seen}
    sign_in(cast.member).post(line_url(decision, line), typed)
    assert decision.marks.get().reason == "Trùng hội nghị"


def test_the_form_for_changes_opens_with_and_without_scripts(cast, decision, paper, page, sign_in):
    line = lines_of(cast.officer)[0]
    client = sign_in(cast.member)
    part = client.get(line_url(decision, line), **HX)
    assert 'class="amend-form"' in html(part)
    assert 'value="20/01/2026"' in html(part)
    whole = client.get(line_url(decision, line), follow=True)
    assert whole.redirect_chain[0][0] == f"{page}?department={paper.pk}&amend={line.pk}"
    assert html(whole).count('class="amend-form"') == 1


def test_a_line_at_a_vanished_unit_says_why_it_cannot_be_agreed_to(cast, decision, sign_in):
    HostUnit.objects.update(valid_to=date(2026, 1, 20))
    line = lines_of(cast.officer)[0]
    response = sign_in(cast.member).post(
        line_url(decision, line), {"verdict": "agree", "seen": line.plan.seen}, **HX
    )
    assert response.status_code == 422
    assert "20/01/2026" in html(response)


@pytest.mark.parametrize(
    ("who", "status"),
    [("coordinator", 404), ("officer", 404), ("head", 404), ("strange_member", 404), ("central", 404)],
)
def test_a_meeting_in_preparation_is_the_committees_only(cast, decision, paper, sign_in, who, status):
    client, line = sign_in(cast.people[who]), lines_of(cast.officer)[0]
    assert client.get(reverse("decision-detail", args=[decision.pk])).status_code == status
    for url in (
        line_url(decision, line),
        reverse("meeting-rest", args=[decision.pk, paper.pk]),
        reverse("meeting-return", args=[decision.pk, "department-plans", paper.pk]),
        reverse("meeting-record", args=[decision.pk]),
    ):
        assert client.post(url, {"verdict": "agree", "comment": "x"}).status_code == status
    assert decision.marks.count() + decision.returns.count() == 0


def test_own_lines_are_refused_on_every_path_and_say_who_decides(cast, sign_in):
    own = make_department_plan(cast, "forwarded", [cast.member, cast.other_officer])
    decision = make_meeting(cast, own.quarter)
    client, line = sign_in(cast.member), lines_of(cast.member)[0]
    plan = OfficerPlan.objects.get(officer=cast.member)
    text = html(client.get(own.quarter.url("meeting")))
    assert text.count('class="line-barred') == 1
    assert client.post(line_url(decision, line), {"verdict": "agree"}).status_code == 403
    for kind, paper in (("plans", plan), ("department-plans", own)):
        url = reverse("meeting-return", args=[decision.pk, kind, paper.pk])
        assert client.post(url, {"comment": "Làm lại"}).status_code == 403
        assert client.post(url, {"take_back": "1"}).status_code == 403
    client.post(reverse("meeting-rest", args=[decision.pk, own.pk]))
    assert [m.officer for m in decision.marks.all()] == [cast.other_officer]
    screen = client.get(own.quarter.url("meeting")).context["screen"]
    assert screen.own == {own.pk}


def test_agreeing_to_the_rest_says_how_many_and_what_was_left(cast, sign_in):
    own = make_department_plan(cast, "forwarded", [cast.member, cast.other_officer], lines=2)
    decision = make_meeting(cast, own.quarter)
    second = lines_of(cast.other_officer)[1]
    gone = make_unit(cast, "Huyện đoàn Phú Bình", valid_to=date(2026, 1, 10))
    Visit.objects.filter(pk=second.pk).update(unit=gone)
    response = sign_in(cast.member).post(reverse("meeting-rest", args=[decision.pk, own.pk]), follow=True)
    told = [(m.level_tag, str(m)) for m in response.context["messages"]]
    assert [level for level, _text in told] == ["success", "warning", "warning"]
    assert ["1" in told[0][1], "2" in told[1][1], "1" in told[2][1]] == [True] * 3


# --- Returning ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["plans", "department-plans"])
def test_a_paper_is_marked_for_return_with_a_comment_and_taken_back(cast, decision, paper, sign_in, kind):
    target = paper if kind == "department-plans" else OfficerPlan.objects.get(officer=cast.officer)
    url = reverse("meeting-return", args=[decision.pk, kind, target.pk])
    client = sign_in(cast.member)
    response = client.post(url, {"comment": "Bổ sung kết quả"}, follow=True)
    assert "Bổ sung kết quả" in html(response)
    assert decision.returns.get().decided_by == cast.member
    assert response.context["screen"].tally["returned"] == 1
    client.post(url, {"take_back": "1"})
    assert decision.returns.count() == 0


def test_a_return_without_a_comment_is_refused_in_words(cast, decision, paper, sign_in):
    url = reverse("meeting-return", args=[decision.pk, "department-plans", paper.pk])
    response = sign_in(cast.member).post(url, {"comment": "  "}, follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    long = sign_in(cast.member).post(url, {"comment": "y" * 1001}, follow=True)
    assert "y" * 1001 in html(long)
    assert decision.returns.count() == 0


def test_only_plans_are_returned_here(cast, decision, paper, sign_in):
    line = lines_of(cast.officer)[0]
    url = reverse("meeting-return", args=[decision.pk, "visits", line.pk])
    assert sign_in(cast.member).post(url, {"comment": "x"}).status_code == 404


# --- The record, and the end -----------------------------------------------------------------------------------------------------


def test_the_record_is_saved_while_it_is_typed(cast, decision, sign_in):
    url = reverse("meeting-record", args=[decision.pk])
    client = sign_in(cast.member)
    assert client.post(url, {"meeting_on": "03/01/2026"}, **HX).status_code == 200
    assert client.post(url, {"conclusion": "Thống nhất"}, **HX).status_code == 200
    decision.refresh_from_db()
    assert (decision.meeting_on, decision.conclusion) == (date(2026, 1, 3), "Thống nhất")


@pytest.mark.parametrize("typed", [{"meeting_on": "31/02/2026"}, {"number": "1" * 61}, {"number": "1\x00"}])
def test_a_record_that_cannot_be_kept_is_refused_in_words(cast, decision, sign_in, typed):
    url = reverse("meeting-record", args=[decision.pk])
    part = sign_in(cast.member).post(url, typed, **HX)
    assert part.status_code == 422
    assert 'class="problem"' in html(part)
    whole = sign_in(cast.member).post(url, typed, follow=True)
    assert [m.level_tag for m in whole.context["messages"]] == ["error"]
    assert next(iter(typed.values())).replace("\x00", "") in html(whole).replace("\x00", "")


def test_two_members_writing_the_record_do_not_overwrite_each_other(cast, decision, sign_in):
    url = reverse("meeting-record", args=[decision.pk])
    was = decision.fingerprint("conclusion")
    decision.note_record({"conclusion": "Của người khác"}, by=cast.second_member.powers)
    response = sign_in(cast.member).post(url, {"conclusion": "Của tôi", "was_conclusion": was}, **HX)
    assert response.status_code == 409
    assert "Của người khác" in html(response)
    decision.refresh_from_db()
    assert decision.conclusion == "Của người khác"


def test_the_end_waits_with_its_reason_in_words_until_all_is_decided(cast, decision, paper, page, sign_in):
    client = sign_in(cast.member)
    assert client.get(page).context["screen"].why_not
    decision.decide_line(lines_of(cast.officer)[0], "agree", by=cast.member.powers)
    assert "Ban Phong trào" in client.get(page).context["screen"].why_not
    client.post(reverse("meeting-rest", args=[decision.pk, paper.pk]))
    response = client.get(page)
    assert response.context["screen"].why_not == ""
    assert "Ban Phong trào" in response.context["screen"].consequences


def test_what_was_typed_of_a_refused_record_comes_back(cast, decision, paper, page, sign_in):
    decision.agree_to_rest(paper, by=cast.member.powers)
    url = reverse("paper-transition", args=["decisions", decision.pk, "close"])
    typed = {"meeting_on": "30/02/2026", "number": "15-KL", "conclusion": "Thống nhất", "next": page}
    response = sign_in(cast.member).post(url, typed, follow=True)
    assert response.context["messages"]
    for text in ("30/02/2026", "15-KL", "Thống nhất"):
        assert text in html(response)
    decision.refresh_from_db()
    assert decision.state == "draft"


def test_ending_the_meeting_leads_to_the_decision(cast, decision, paper, sign_in):
    amended, struck = lines_of(cast.officer)
    other = make_unit(cast, "Huyện đoàn Võ Nhai")
    decision.decide_line(
        amended,
        "amend",
        by=cast.second_member.powers,
        reason="Lùi",
        starts=date(2026, 2, 3),
        ends=date(2026, 2, 4),
        unit=other,
    )
    decision.decide_line(struck, "strike", by=cast.second_member.powers, reason="Trùng hội nghị")
    decision.agree_to_rest(paper, by=cast.member.powers)
    decision.note_record({"conclusion": "Thống nhất", "meeting_on": date(2026, 1, 3)}, by=cast.member.powers)
    url = reverse("paper-transition", args=["decisions", decision.pk, "close"])
    detail = reverse("decision-detail", args=[decision.pk])
    response = sign_in(cast.member).post(url, {"next": detail, "seen": "0"}, follow=True)
    assert response.redirect_chain == [(detail, 302)]
    text = html(response)
    for part in (
        "20/01/2026 – 21/01/2026",
        "03/02/2026 – 04/02/2026",
        "Huyện đoàn Võ Nhai",
        "Trùng hội nghị",
    ):
        assert part in text
    assert "BAN CHẤP HÀNH TỈNH THÁI NGUYÊN" in text
    assert "TM. BAN THƯỜNG VỤ TỈNH ĐOÀN" in text
    assert [
        (name, [str(o) for o, _m in officers]) for name, officers in response.context["minutes"].departments
    ] == [("Ban Phong trào", ["Nguyễn Văn An", "Trần Thị Bình"])]
    back = sign_in(cast.member).get(paper.quarter.url("meeting"))
    assert back.context["waiting"].closed == [decision]


# --- Always the same number of queries -------------------------------------------------------------------------------------------------


def count_queries(client, url):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_pages_ask_the_same_number_of_questions_for_one_and_for_three(cast, sign_in):
    client = sign_in(cast.second_member)
    quarter = make_quarter(cast)
    make_department_plan(cast, "forwarded", [cast.officer], lines=1)
    page = quarter.url("meeting")
    client.get(page)
    before_one = count_queries(client, page)
    decision = make_meeting(cast, quarter)
    meeting_one = count_queries(client, page)

    decision.perform("cancel", by=cast.member)
    make_department_plan(cast, "forwarded", [cast.other_officer, cast.results_desk], lines=3)
    plan = make_plan(cast, cast.colleague, quarter, "draft", lines=2)
    make_line(plan, make_unit(cast, "Huyện đoàn Võ Nhai"), days=3)
    plan.perform("submit", by=cast.colleague)
    plan.perform("endorse", by=cast.head)
    supplement = type(plan.quarter.department_plans.first()).objects.open_for(quarter, cast.movement)
    supplement.save()
    supplement.perform("send", by=cast.head, comment="Bổ sung", met_on=date(2026, 1, 3))
    supplement.perform("forward", by=cast.coordinator)
    before_three = count_queries(client, page)
    decision = make_meeting(cast, quarter)
    other = quarter.department_plans.get(department=cast.building)
    assert len(client.get(page).context["screen"].table) == 3
    meeting_three = count_queries(client, f"{page}?department={other.pk}")
    for line in lines_of(cast.other_officer):
        decision.decide_line(line, "strike", by=cast.member.powers, reason=f"Lý do {line.pk}")
    meeting_marked = count_queries(client, f"{page}?department={other.pk}")
    assert (before_one, meeting_one) == (before_three, meeting_three) == (12, 24)
    assert meeting_marked == meeting_three


def test_ending_the_meeting_does_not_overwrite_what_another_member_wrote_meanwhile(
    cast, decision, paper, sign_in
):
    decision.agree_to_rest(paper, by=cast.member.powers)
    shown = {f"was_{name}": decision.fingerprint(name) for name in ("meeting_on", "number", "conclusion")}
    typed = {"meeting_on": "03/01/2026", "number": "", "conclusion": "Thống nhất.", "seen": decision.seen}
    decision.note_record({"conclusion": "Thống nhất, trừ tuần Tết."}, by=cast.second_member.powers)
    close = reverse("paper-transition", args=["decisions", decision.pk, "close"])
    client = sign_in(cast.member)
    page = client.post(close, typed | shown, follow=True)
    decision.refresh_from_db()
    assert (decision.state, decision.conclusion) == ("draft", "Thống nhất, trừ tuần Tết.")
    text = html(page)
    assert "Thống nhất, trừ tuần Tết." in text
    assert ">\nThống nhất.</textarea>" in text
    again = dict(re.findall(r'name="(was_\w+)" id="[\w-]+" value="(\w*)"', text))
    client.post(close, typed | again)
    decision.refresh_from_db()
    assert (decision.state, decision.conclusion) == ("closed", "Thống nhất.")


def test_agreeing_to_the_rest_is_about_the_plan_the_page_showed(cast, decision, paper, sign_in):
    shown = paper.seen
    paper.perform("recall", by=cast.coordinator)
    paper.perform("forward", by=cast.coordinator)
    rest = reverse("meeting-rest", args=[decision.pk, paper.pk])
    client = sign_in(cast.member)
    client.post(rest, {"seen": shown})
    assert decision.marks.count() == 0
    text = html(client.get(paper.quarter.url("meeting")))
    assert f'name="seen" value="{paper.seen}"' in text
    client.post(rest, {"seen": paper.seen})
    assert decision.marks.count() > 0
