"""A form whose proof of origin (CSRF) is missing or old: refused, and never as if a role were missing."""

import pytest
from django.test import Client

from tests.cast import PASSWORD


@pytest.fixture
def strict(cast):
    """Signed in, on a site that looks at the proof as the real one does."""
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    client.post(
        "/accounts/login/", {"login": "an", "password": PASSWORD, "csrfmiddlewaretoken": token(client)}
    )
    return client


def token(client):
    return client.cookies["csrftoken"].value


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"X-Requested-With": "fetch"}])
def test_a_part_of_a_page_is_answered_as_without_a_session(strict, headers):
    response = strict.post("/i18n/setlang/", headers=headers)
    assert (response.status_code, response.content) == (401, b"")


def test_a_whole_page_is_told_that_nothing_was_saved(strict):
    response = strict.post("/i18n/setlang/")
    assert response.status_code == 403
    assert "403_csrf.html" in [template.name for template in response.templates]


def test_the_header_with_todays_proof_is_enough(strict):
    """Signing in changes the proof; a page that was open before then sends the new one, from the cookie."""
    response = strict.post("/i18n/setlang/", {"language": "en"}, headers={"X-CSRFToken": token(strict)})
    assert response.status_code in (204, 302)
