"""The Standing Committee's decision as a paper: what each person reads of it, and its number."""

import pytest
from django.urls import reverse

from fieldvisits.models import OfficerPlan
from tests.factories import close_meeting, make_department_plan, make_meeting

from .test_meeting_page import HX, count_queries, decision, html, line_url, lines_of, page, paper

__all__ = ["decision", "page", "paper"]  # fixtures


@pytest.fixture
def closed(cast, decision, paper):
    """An's second line struck, the rest agreed to, Bình's plan returned; a number typed."""
    decision.decide_line(lines_of(cast.officer)[1], "strike", by=cast.member.powers, reason="Trùng hội nghị")
    plan = OfficerPlan.objects.get(officer=cast.colleague)
    decision.return_paper(plan, "Bổ sung kết quả dự kiến", by=cast.member.powers)
    decision.agree_to_rest(paper, by=cast.member.powers)
    close_meeting(decision, cast.member)
    return decision


def test_a_meeting_in_progress_leads_members_from_its_paper_to_it(cast, decision, page, sign_in):
    response = sign_in(cast.member).get(reverse("decision-detail", args=[decision.pk]))
    assert (response.status_code, response.url) == (302, page)


@pytest.mark.parametrize(
    ("who", "reads_reasons", "reads_return"),
    [
        ("member", True, True),
        ("coordinator", True, True),
        ("head", True, True),
        ("officer", True, False),
        ("colleague", False, True),
        ("other_officer", False, False),
        ("executive", True, False),
    ],
)
def test_each_reads_of_the_decision_what_they_may(cast, closed, sign_in, who, reads_reasons, reads_return):
    text = html(sign_in(cast.people[who]).get(reverse("decision-detail", args=[closed.pk])))
    assert "20/01/2026 – 21/01/2026" in text  # approved: everybody who works with plans may know
    assert ("Trùng hội nghị" in text) is reads_reasons
    assert ("Bổ sung kết quả dự kiến" in text) is reads_return


@pytest.mark.parametrize("who", ["administrator", "central", "strange_member", "stranger"])
def test_others_do_not_find_the_decision(cast, closed, sign_in, who):
    assert sign_in(cast.people[who]).get(reverse("decision-detail", args=[closed.pk])).status_code == 404


@pytest.mark.parametrize(("who", "may"), [("member", True), ("coordinator", True), ("head", False)])
def test_the_number_is_recorded_on_the_decision(cast, closed, sign_in, who, may):
    client = sign_in(cast.people[who])
    detail = reverse("decision-detail", args=[closed.pk])
    assert client.get(detail).context["may_number"] is may
    url = reverse("paper-transition", args=["decisions", closed.pk, "number"])
    response = client.post(url, {"number": "16-KL/TĐTN", "next": detail})
    assert response.status_code == (302 if may else 403)
    closed.refresh_from_db()
    assert closed.number == ("16-KL/TĐTN" if may else "15-KL/TĐTN")


@pytest.mark.parametrize("typed", ["", "\u200b", "1" * 61])
def test_a_number_nobody_can_read_is_not_recorded(cast, closed, sign_in, typed):
    url = reverse("paper-transition", args=["decisions", closed.pk, "number"])
    response = sign_in(cast.member).post(url, {"number": typed}, follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    closed.refresh_from_db()
    assert closed.number == "15-KL/TĐTN"


def test_nothing_can_be_marked_on_a_closed_decision(cast, closed, paper, page, sign_in):
    line = lines_of(cast.officer)[0]
    client = sign_in(cast.member)
    response = client.post(line_url(closed, line), {"verdict": "agree"}, follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    assert client.post(line_url(closed, line), {"verdict": "agree"}, **HX).status_code == 409
    assert sign_in(cast.coordinator).post(line_url(closed, line), {"verdict": "agree"}).status_code == 403


def test_the_decision_asks_the_same_number_of_questions_for_one_and_for_three(cast, sign_in):
    client, counts = sign_in(cast.second_member), []
    client.get(reverse("home"))  # what is asked once in a process
    for officers in ([cast.officer], [cast.other_officer, cast.coordinator, cast.results_desk]):
        paper = make_department_plan(cast, "forwarded", officers, lines=len(officers))
        decision = make_meeting(cast, paper.quarter)
        decision.agree_to_rest(paper, by=cast.member.powers)
        close_meeting(decision, cast.member)
        counts.append(count_queries(client, reverse("decision-detail", args=[decision.pk])))
    assert counts == [15, 15]
