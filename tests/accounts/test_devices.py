"""When and from where a device was seen: exactly enough for the list of devices, and no write for a page that is read."""

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def client_of(cast, sign_in):
    client = sign_in(cast.officer)
    assert client.get("/units/").status_code == 200
    return client


def test_a_page_that_is_read_writes_nothing(client_of):
    with CaptureQueriesContext(connection) as queries:
        client_of.get("/units/")
    assert [q["sql"] for q in queries if not q["sql"].startswith("SELECT")] == []


def test_a_device_is_seen_again_after_five_minutes(client_of, now):
    first = UserSession.objects.get().last_seen_at
    now.shift(299)
    client_of.get("/units/")
    assert UserSession.objects.get().last_seen_at == first
    now.shift(2)
    client_of.get("/units/")
    assert (UserSession.objects.get().last_seen_at - first).total_seconds() == 301


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({"REMOTE_ADDR": "203.0.113.9"}, ("203.0.113.9", "")),
        ({"HTTP_USER_AGENT": "Trình duyệt " + "x" * 300}, ("127.0.0.1", ("Trình duyệt " + "x" * 300)[:200])),
    ],
)
def test_another_address_or_browser_is_noted_at_once(client_of, changed, kept):
    client_of.get("/units/", **changed)
    found = UserSession.objects.get()
    assert (found.ip, found.user_agent) == kept
    with CaptureQueriesContext(connection) as queries:
        client_of.get("/units/", **changed)
    assert [q["sql"] for q in queries if not q["sql"].startswith("SELECT")] == []


def test_strangers_leave_no_device(client, db):
    client.get("/accounts/login/")
    assert not UserSession.objects.exists()
