"""The same paper open in two windows: the later one is asked, with the words of the other before its eyes."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from fieldvisits.models import FollowUp, Recommendation
from tests.factories import (
    make_annual_report,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_visit,
)

pytestmark = pytest.mark.usefixtures("english")
HX = {"headers": {"HX-Request": "true"}}


@pytest.fixture(autouse=True)
def _later(now):
    now.move_to(datetime(2026, 2, 13, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))


@pytest.fixture
def noted(cast):
    return Recommendation.objects.note(
        make_result(cast),
        by=cast.officer.powers,
        text="Bổ sung kinh phí",
        addressee="unit",
        department=cast.movement,
        due=date(2026, 3, 31),
    )


def row(noted, **more):
    """What the row posts, unchanged."""
    return {
        "revision": noted.revision,
        "text": noted.text,
        "addressee": noted.addressee,
        "addressee_name": noted.addressee_name,
        "due": noted.due.strftime("%d/%m/%Y"),
        "department": noted.department_id,
    } | more


def test_the_texts_of_a_result_come_with_what_is_stored(cast, sign_in):
    result = make_result(cast)
    served = result.revision
    result.write(by=cast.officer.powers, days=[date(2026, 1, 20)], difficulties="Cửa sổ hai")
    answer = sign_in(cast.officer).post(
        reverse("result-write", args=[result.pk]), {"revision": served, "difficulties": "Cửa sổ một"}, **HX
    )
    assert answer.status_code == 409
    stored = answer.json()["stored"]
    assert (stored["difficulties"], stored["activity"]) == ("Cửa sổ hai", result.activity)
    assert stored["days"] == ["2026-01-20"]


def test_what_could_be_kept_beside_a_refused_field_is_told(cast, sign_in):
    result = make_result(cast)
    typed = {"revision": result.revision, "difficulties": "Mưa lũ", "activity": "x" * 8001}
    answer = sign_in(cast.officer).post(reverse("result-write", args=[result.pk]), typed, **HX)
    assert answer.status_code == 422
    assert answer.json()["stored"]["difficulties"] == "Mưa lũ"
    assert answer.json()["stored"]["activity"] == result.activity


def test_a_recommendation_is_not_overwritten_unseen(cast, noted, sign_in):
    client, url = sign_in(cast.officer), reverse("recommendation-save", args=[noted.pk])
    old = row(noted, text="Cửa sổ một")
    first = client.post(url, row(noted, text="Cửa sổ hai"), **HX)
    noted.refresh_from_db()
    assert (first.status_code, first.json()["revision"]) == (200, noted.revision)
    answer = client.post(url, old, **HX)
    assert answer.status_code == 409
    assert "another window" in answer.json()["message"]
    assert answer.json()["revision"] == noted.revision
    kept = {name: str(value) for name, value in row(noted).items() if name != "revision"}
    assert answer.json()["stored"] == kept
    plain = client.post(url, old)
    assert plain.status_code == 409
    assert "Cửa sổ một" in plain.content.decode()
    assert "Cửa sổ hai" in plain.content.decode()
    assert (
        f'form="recommendation-form-{noted.pk}" name="over" value="{noted.revision}"'
        in plain.content.decode()
    )
    noted.refresh_from_db()
    assert noted.text == "Cửa sổ hai"
    assert client.post(url, old | {"over": noted.revision}, **HX).status_code == 200  # seen, it is meant
    noted.refresh_from_db()
    assert noted.text == "Cửa sổ một"


def test_the_same_words_twice_are_no_conflict(cast, noted, sign_in):
    client, url = sign_in(cast.officer), reverse("recommendation-save", args=[noted.pk])
    typed = row(noted, text="Cửa sổ một")
    assert client.post(url, typed, **HX).status_code == 200
    assert client.post(url, typed, **HX).status_code == 200  # the answer was lost on the way


def test_a_row_shows_its_day_as_it_is_typed(cast, noted, sign_in):
    page = sign_in(cast.officer).get(noted.result.get_absolute_url()).content.decode()
    assert 'name="due" value="31/03/2026"' in page
    assert f'name="revision" value="{noted.revision}"' in page


def test_what_was_found_of_an_earlier_recommendation_is_not_overwritten_unseen(cast, sign_in):
    earlier = make_recommendation(cast, state="open")
    later = make_result(cast, make_visit(cast, cast.colleague, date(2026, 2, 10)))
    client, url = sign_in(cast.colleague), reverse("follow-up-save", args=[later.pk, earlier.pk])
    first = client.post(url, {"revision": "0", "found": "begun", "text": "Cửa sổ hai"}, **HX)
    record = FollowUp.objects.get()
    assert (first.status_code, first.json()["revision"]) == (200, record.revision)
    for old in ({"found": "settled", "text": "Cửa sổ một"}, {"found": "", "text": ""}):
        answer = client.post(url, old | {"revision": "0"}, **HX)
        assert answer.status_code == 409
        assert answer.json()["revision"] == record.revision
        assert answer.json()["stored"] == {"found": "begun", "text": "Cửa sổ hai"}
    plain = client.post(url, {"revision": "0", "found": "settled", "text": "Cửa sổ một"})
    assert plain.status_code == 409
    assert "Cửa sổ hai" in plain.content.decode()
    meant = {"revision": "0", "found": "settled", "text": "Cửa sổ một", "over": record.revision}
    assert client.post(url, meant, **HX).status_code == 200
    assert FollowUp.objects.get().text == "Cửa sổ một"


def test_the_texts_of_reports_come_with_what_is_stored(cast, sign_in):
    report = make_quarter_report(cast)
    served = report.revision
    report.write(by=cast.officer.powers, self_assessment="Cửa sổ hai")
    url, client = reverse("quarter-report-write", args=[report.pk]), sign_in(cast.officer)
    typed = {"revision": served, "self_assessment": "Cửa sổ một"}
    answer = client.post(url, typed, **HX)
    assert answer.status_code == 409
    assert answer.json()["stored"] == {name: getattr(report, name) for name in report.texts}
    plain = client.post(url, typed).content.decode()
    assert "<dd>Cửa sổ hai</dd>" in plain
    assert "Cửa sổ một" in plain


def test_the_texts_of_the_annual_report_come_with_what_is_stored(cast, sign_in):
    report = make_annual_report(cast)
    report.write(by=cast.results_desk.powers, situation="Người kia viết")
    url, typed = reverse("annual-report-write", args=[report.pk]), {"situation": "Tôi viết", "revision": "1"}
    client = sign_in(cast.coordinator)
    assert client.post(url, typed, **HX).json()["stored"]["situation"] == "Người kia viết"
    assert "Người kia viết" in client.post(url, typed).content.decode()
