"""The one view through which every paper moves: who, when, stale pages, bulk, and nothing typed is lost."""

from datetime import timedelta

import pytest
from django.urls import reverse

from fieldvisits.models import DepartmentPlan, Event, OfficerPlan

from ..factories import close_meeting, make_department_plan, make_meeting, make_plan


def post(client, paper, verb, **data):
    return client.post(
        reverse("paper-transition", args=[paper.flow.kind, paper.pk, verb]), data, follow=False
    )


def told(response):
    """What this very request told the person (messages wait until a page shows them)."""
    return [str(m) for m in response.wsgi_request._messages._queued_messages]


def test_it_moves_the_paper_and_goes_back_to_the_page(cast, sign_in):
    plan = make_plan(cast, state="submitted")
    response = post(sign_in(cast.head), plan, "endorse", seen=plan.seen, next="/quarters/2026/1/plans/")
    assert (response.status_code, response["Location"]) == (302, "/quarters/2026/1/plans/")
    plan.refresh_from_db()
    assert plan.state == "endorsed"
    assert len(told(response)) == 1


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_it_goes_back_only_to_our_own_pages(cast, sign_in, where):
    plan = make_plan(cast, state="submitted")
    response = post(sign_in(cast.head), plan, "endorse", next=where)
    assert response["Location"] == reverse("plan-detail", args=[plan.pk])


@pytest.mark.parametrize(
    ("who", "verb", "status"),
    [
        ("head", "endorse", 302),
        ("officer", "endorse", 403),
        ("coordinator", "endorse", 403),
        ("colleague", "endorse", 404),
        ("stranger", "endorse", 404),
        ("strange_member", "endorse", 404),
        ("administrator", "endorse", 404),
        ("central", "endorse", 404),
        ("head", "bless", 404),
        ("head", "approve", 404),
    ],
)
def test_not_yours_to_see_not_yours_to_move(cast, sign_in, who, verb, status):
    plan = make_plan(cast, state="submitted")
    assert post(sign_in(cast.people[who]), plan, verb).status_code == status
    plan.refresh_from_db()
    assert plan.state == ("endorsed" if status == 302 else "submitted")


def test_a_stranger_is_sent_to_the_sign_in_page(cast, client):
    plan = make_plan(cast, state="submitted")
    assert post(client, plan, "endorse")["Location"].startswith(reverse("account_login"))


def test_asking_with_get_changes_nothing(cast, sign_in):
    plan = make_plan(cast, state="submitted")
    assert (
        sign_in(cast.head).get(reverse("paper-transition", args=["plans", plan.pk, "endorse"])).status_code
        == 405
    )
    assert sign_in(cast.head).get(reverse("paper-transitions", args=["plans", "endorse"])).status_code == 405
    plan.refresh_from_db()
    assert plan.state == "submitted"


def test_a_stale_page_is_told_and_its_comment_kept(cast, sign_in):
    plan = make_plan(cast, state="submitted")
    shown = plan.seen
    plan.perform("endorse", by=cast.deputy)
    client = sign_in(cast.head)
    response = post(client, plan, "return", seen=shown, comment="Bổ sung kết quả dự kiến")
    assert "Phạm Văn Dũng" in told(response)[0]
    assert client.session["typed"]["comment"] == "Bổ sung kết quả dự kiến"
    page = client.get(reverse("plan-detail", args=[plan.pk])).content.decode()
    assert "Bổ sung kết quả dự kiến" in page
    assert "typed" not in client.session
    plan.refresh_from_db()
    assert plan.state == "endorsed"


def test_a_double_click_is_one_event(cast, sign_in):
    plan = make_plan(cast)
    client = sign_in(cast.officer)
    first = post(client, plan, "submit", seen=0)
    second = post(client, plan, "submit", seen=0)
    assert [len(told(first)), len(told(second))] == [1, 1]
    assert Event.objects.of(plan).count() == 1


def test_a_missing_comment_is_asked_for(cast, sign_in):
    plan = make_plan(cast, state="submitted")
    response = post(sign_in(cast.head), plan, "return", seen=plan.seen, comment="  ")
    assert len(told(response)) == 1
    plan.refresh_from_db()
    assert plan.state == "submitted"


@pytest.mark.parametrize("seen", ["", "abc", "-1", "99999999999999999999999", "１２"])
def test_nonsense_in_the_page_mark_is_harmless(cast, sign_in, seen):
    plan = make_plan(cast, state="submitted")
    assert post(sign_in(cast.head), plan, "endorse", seen=seen).status_code == 302


def test_a_comment_of_many_lines_decomposed_and_with_control_characters(cast, sign_in):
    plan = make_plan(cast, state="submitted")
    text = (
        "Đi\u0300nh ho\u0301a\x00 \r\n" * 181
    )  # 1,991 characters once it is composed and ends its lines with one
    assert post(sign_in(cast.head), plan, "return", comment=text).status_code == 302
    kept = Event.objects.of(plan).last().comment
    assert kept.startswith("Đình hóa \nĐình hóa")
    assert "\x00" not in kept


def test_a_comment_that_is_too_long_is_refused_and_kept_on_the_page(cast, sign_in, english):
    plan = make_plan(cast, state="submitted")
    client, text = sign_in(cast.head), "Bổ sung " * 25_000
    answer = post(client, plan, "return", comment=text)
    assert told(answer) == ["Comment: 199999 characters are too many: at most 2000."]
    assert client.session["typed"]["comment"] == text
    plan.refresh_from_db()
    assert plan.state == "submitted"
    assert post(client, plan, "return", comment="x" * 2000).status_code == 302
    assert Event.objects.of(plan).last().comment == "x" * 2000


def test_many_at_once_reports_each_refusal(cast, sign_in):
    plans = [
        make_plan(cast, officer, state="submitted") for officer in (cast.officer, cast.colleague, cast.head)
    ]
    chosen = [f"{plan.pk}:{plan.seen}" for plan in plans]
    plans[1].perform("endorse", by=cast.deputy)
    response = sign_in(cast.head).post(
        reverse("paper-transitions", args=["plans", "endorse"]), {"paper": chosen}
    )
    assert [OfficerPlan.objects.get(pk=p.pk).state for p in plans] == ["endorsed", "endorsed", "submitted"]
    messages = told(response)
    assert len(messages) == 3
    assert any("Trần Thị Bình" in m for m in messages)
    assert any("Lê Thị Chi" in m for m in messages)


@pytest.mark.parametrize("chosen", [[], ["x"], ["0"], ["9" * 18], [":"], ["1:2:3"]])
def test_many_at_once_with_nothing_sensible_chosen(cast, sign_in, chosen):
    response = sign_in(cast.head).post(
        reverse("paper-transitions", args=["plans", "endorse"]), {"paper": chosen}
    )
    assert response.status_code == 302


def test_many_at_once_with_a_made_up_verb(cast, sign_in):
    assert sign_in(cast.head).post(reverse("paper-transitions", args=["plans", "bless"])).status_code == 404


def test_the_coordinator_forwards_many(cast, sign_in):
    papers = [
        make_department_plan(cast, "sent", [cast.officer]),
        make_department_plan(cast, "sent", [cast.other_officer]),
    ]
    chosen = [f"{paper.pk}:{paper.seen}" for paper in papers]
    sign_in(cast.coordinator).post(
        reverse("paper-transitions", args=["department-plans", "forward"]), {"paper": chosen}
    )
    assert set(DepartmentPlan.objects.values_list("state", flat=True)) == {"forwarded"}


def test_what_is_typed_with_a_transition_is_checked_and_named(cast, sign_in):
    paper = make_department_plan(cast, "forwarded")
    decision = make_meeting(cast, paper.quarter)
    decision.agree_to_rest(paper, by=cast.member.powers)
    client = sign_in(cast.member)
    for date in ("31/02/2026", "", "04/01/2026"):
        response = post(client, decision, "close", meeting_on=date, number="", conclusion="Thống nhất")
        assert len(told(response)) == 1, date
    decision.refresh_from_db()
    assert decision.state == "draft"
    post(client, decision, "close", meeting_on="03/01/2026", number="", conclusion="Thống nhất")
    decision.refresh_from_db()
    assert (decision.state, decision.number) == ("closed", "")
    post(client, decision, "number", number="15-KL/TĐTN")
    decision.refresh_from_db()
    assert decision.number == "15-KL/TĐTN"


def test_a_plan_withdrawn_from_the_heads_sight_leads_home(cast, sign_in):
    """The page one came from may no longer be ours to see: go somewhere that is."""
    plan = make_plan(cast, state="submitted")
    decision_free = post(sign_in(cast.officer), plan, "withdraw")
    assert decision_free["Location"] == reverse("plan-detail", args=[plan.pk])


def test_the_decision_of_a_closed_meeting_cannot_be_closed_again(cast, sign_in):
    paper = make_department_plan(cast, "forwarded")
    decision = make_meeting(cast, paper.quarter)
    decision.agree_to_rest(paper, by=cast.member.powers)
    close_meeting(decision, cast.member)
    response = post(
        sign_in(cast.second_member), decision, "close", meeting_on="03/01/2026", conclusion="Khác"
    )
    assert len(told(response)) == 1
    decision.refresh_from_db()
    assert decision.conclusion == "Thống nhất kế hoạch."


#: Characters nobody sees: a zero-width space, a byte order mark, a space.
INVISIBLE = "\u200b\ufeff "


@pytest.mark.parametrize(
    ("who", "verb", "state"), [("coordinator", "suspend", "open"), ("head", "return", "submitted")]
)
def test_a_comment_nobody_can_see_is_none(cast, sign_in, who, verb, state):
    plan = make_plan(cast, state="submitted")
    paper = plan.quarter if verb == "suspend" else plan
    response = post(sign_in(cast.people[who]), paper, verb, comment=INVISIBLE)
    assert len(told(response)) == 1
    paper.refresh_from_db()
    assert paper.state == state


def test_a_delay_explained_by_nothing_visible_is_not_explained(cast, sign_in, now):
    plan = make_plan(cast)
    now.shift(timedelta(days=10))
    response = post(sign_in(cast.officer), plan, "submit", comment=INVISIBLE)
    assert len(told(response)) == 1
    plan.refresh_from_db()
    assert plan.state == "draft"


@pytest.mark.parametrize("kind", ["plans", "department-plans"])
def test_a_meeting_returns_nothing_without_a_comment_one_can_see(cast, sign_in, kind):
    paper = make_department_plan(cast, "forwarded")
    decision = make_meeting(cast, paper.quarter)
    pk = paper.pk if kind == "department-plans" else paper.officer_plans.get().pk
    response = sign_in(cast.member).post(
        reverse("meeting-return", args=[decision.pk, kind, pk]), {"comment": INVISIBLE}
    )
    assert response.status_code == 302
    assert len(told(response)) == 1
    assert not decision.returns.exists()


@pytest.mark.parametrize("chosen", ["²", "9" * 30, "9" * 5000, "\x00", "1:²", "1:" + "9" * 5000, ":", "-1"])
def test_papers_chosen_by_something_that_is_no_number_are_not_found(cast, sign_in, chosen):
    plan = make_plan(cast, state="submitted")
    response = sign_in(cast.head).post("/plans/return/", {"paper": chosen, "comment": "Bổ sung"})
    assert response.status_code == 302
    plan.refresh_from_db()
    assert plan.state == "submitted"
