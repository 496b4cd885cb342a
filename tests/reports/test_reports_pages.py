"""Reports as pages: a part at a time, a few page numbers however many there are, a fixed number of queries, nothing of nothing."""

import re

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fieldvisits.templatetags.pages import pages_around
from reports.definitions import REPORTS
from tests.factories import make_quarter


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (1, [1, 2, "…", 60]),
        (30, [1, "…", 29, 30, 31, "…", 60]),
        (60, [1, "…", 59, 60]),
    ],
)
def test_sixty_pages_are_offered_by_a_few_numbers(number, shown):
    assert list(pages_around(Paginator(range(600), 10).page(number))) == shown


def test_few_pages_are_all_offered():
    assert list(pages_around(Paginator(range(30), 10).page(2))) == [1, 2, 3]


def test_the_page_says_which_rows_it_shows_and_sums_all_of_them(reported_year, sign_in, english, monkeypatch):
    """Ten officers, three to a page: the last page shows one, and below it stands the sum of ten."""
    monkeypatch.setattr("reports.base.PAGE", 3)
    client = sign_in(reported_year.cast.member)
    html = client.get(f"{reverse('report', args=['officers'])}?year=2026&page=4").content.decode()
    assert "Rows 10–10 of 10" in html
    assert 'aria-current="page">4</a>' in html
    foot = re.search(r"<tfoot>.*</tfoot>", html, re.DOTALL)[0]
    assert ">600</td>" in foot  # ten officers owe 60 days each


def test_all_rows_can_be_shown_on_one_page(reported_year, sign_in, english, monkeypatch):
    monkeypatch.setattr("reports.base.PAGE", 3)
    client = sign_in(reported_year.cast.member)
    address = f"{reverse('report', args=['officers'])}?year=2026&sort=-accepted"
    part = client.get(address)
    assert part.context["page"].paginator.num_pages == 4
    link = re.search(r'href="([^"]+)">Show all rows', part.content.decode())[1].replace("&amp;", "&")
    whole = client.get(reverse("report", args=["officers"]) + link)
    assert len(whole.context["lines"]) == 10
    assert whole.context["report"].asked.sort == "-accepted"
    assert "Show all rows" not in whole.content.decode()
    # what is too long for one page is not offered whole, nor shown so where it is asked for by hand
    monkeypatch.setattr("reports.base.MOST", 7)
    monkeypatch.setattr("reports.views.tables.MOST", 7)
    assert "Show all rows" not in client.get(address).content.decode()
    assert len(client.get(address + "&page=all").context["lines"]) == 3


def test_without_a_year_it_is_the_year_at_hand_and_the_choice_says_so(cast, sign_in):
    """A rule of next year is there already; nobody has asked for it."""
    make_quarter(cast)
    make_quarter(cast, 2027, opened=False)
    response = sign_in(cast.member).get(reverse("report", args=["officers"]))
    html = response.content.decode()
    assert response.context["rule"].year == 2026
    assert '<option value="2026" selected>2026</option>' in html
    assert '<option value="2027">2027</option>' in html


def test_an_empty_answer_says_how_to_go_on(reported_year, sign_in, english):
    response = sign_in(reported_year.cast.member).get(
        f"{reverse('report', args=['officers'])}?year=2026&status=exempt"
    )
    html = response.content.decode()
    assert response.context["lines"] == []
    assert "No row matches" in html
    assert 'href="/reports/officers/?year=2026"' in html


def test_a_report_that_does_not_exist_is_not_found(cast, sign_in):
    client = sign_in(cast.member)
    for name in ("report", "report-workbook"):
        assert client.get(reverse(name, args=["nothing"])).status_code == 404


#: Queries of each page, whatever the number of its rows.
QUERIES = {
    "adhoc": 15,
    "before-after": 11,
    "carried-out": 10,
    "coverage": 13,
    "days": 13,
    "departments": 16,
    "feedback": 13,
    "groups": 11,
    "levels": 13,
    "officers": 14,
    "papers": 20,
    "recommendations": 12,
    "timeliness": 22,
    "visits": 12,
}


def test_the_number_of_queries_does_not_grow(reported_year, sign_in):
    client = sign_in(reported_year.cast.member)

    def queries(slug):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("report", args=[slug]), {"year": 2026}).status_code == 200
        return len(captured)

    queries("officers")  # the device is noted once
    few = {slug: queries(slug) for slug in REPORTS}
    reported_year.grow()
    reported_year.grow()
    assert {slug: queries(slug) for slug in REPORTS} == few == QUERIES
    assert max(QUERIES.values()) <= 25


@pytest.mark.parametrize("slug", sorted(REPORTS))
def test_a_year_in_which_nothing_happened_is_empty_and_says_so(cast, sign_in, slug):
    """No number is made of nothing: units and officers may stand there, without a day."""
    make_quarter(cast)
    response = sign_in(cast.member).get(reverse("report", args=[slug]), {"year": 2026})
    assert response.status_code == 200
    assert response.context["lines"] or 'class="empty"' in response.content.decode()
