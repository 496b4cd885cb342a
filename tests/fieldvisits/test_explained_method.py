"""An address that only receives says so when it is opened by itself."""

import pytest


@pytest.mark.parametrize(
    "path", ["/visits/1/result/", "/plans/1/submit/", "/files/1/remove/", "/quarters/2026/1/nudge/"]
)
def test_it_says_that_nothing_was_sent_and_leads_home(cast, sign_in, path):
    response = sign_in(cast.officer).get(path)
    page = response.content.decode()
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "<h1>Chưa gửi được gì</h1>" in page
    assert 'href="/"' in page


def test_who_signs_in_again_after_sending_something_is_told_that_it_was_not_saved(cast, client, sign_in):
    sent = client.post("/visits/1/result/")
    assert (sent.status_code, sent.url) == (302, "/accounts/login/?next=/visits/1/result/")
    page = sign_in(cast.officer).get("/visits/1/result/").content.decode()
    assert "chưa được lưu" in page


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"X-Requested-With": "fetch"}])
def test_a_part_of_a_page_gets_no_page(cast, sign_in, headers):
    response = sign_in(cast.officer).get("/visits/1/result/", headers=headers)
    assert (response.status_code, response.content) == (405, b"")


def test_what_is_no_get_is_answered_shortly(cast, sign_in):
    response = sign_in(cast.officer).delete("/search/")
    assert (response.status_code, response.content) == (405, b"")
