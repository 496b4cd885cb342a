"""An address that only receives says so when it is opened by itself."""

import re

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


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/visits/1/result/", "/visits/1/"),
        ("/plans/1/submit/", "/plans/1/"),
        ("/quarters/2026/1/nudge/", "/quarters/2026/1/"),
        ("/files/1/remove/", None),
    ],
)
def test_it_leads_back_to_the_paper(cast, sign_in, path, page):
    shown = sign_in(cast.officer).get(path).content.decode()
    assert [link for link in re.findall(r'<a href="([^"]+)"', shown) if link != "/"] == (
        [page] if page else []
    )


@pytest.mark.parametrize(
    ("referer", "wanted"),
    [
        ("http://testserver/visits/1/?show=all#end", "/visits/1/%3Fshow%3Dall"),
        ("http://testserver", "/"),
        ("https://evil.example/visits/1/", "/visits/1/result/"),
        ("//evil.example/x", "/visits/1/result/"),
        ("http://testserver//evil.example/", "/visits/1/result/"),
    ],
)
def test_who_was_signed_out_comes_back_to_the_page_with_the_form(cast, client, referer, wanted):
    sent = client.post("/visits/1/result/", headers={"Referer": referer})
    assert sent.url == f"/accounts/login/?next={wanted}"


# --- what arrived -----------------------------------------------------------------------------------------------------------


def test_the_browser_is_told_which_form_arrived(cast, sign_in):
    client = sign_in(cast.officer)
    answer = client.post("/i18n/setlang/", {"language": "vi", "held": "12345"})
    assert (answer.status_code, answer.cookies["held"].value) == (302, "12345")


@pytest.mark.parametrize("number", ["", "x", "1; Path=/", "9" * 30, "¹"])
def test_no_other_word_gets_into_the_cookie(cast, sign_in, number):
    answer = sign_in(cast.officer).post("/i18n/setlang/", {"language": "vi", "held": number})
    assert "held" not in answer.cookies


def test_the_forms_of_two_tabs_do_not_displace_each_other(cast, sign_in):
    client = sign_in(cast.officer)
    for number in "1234567":
        answer = client.post("/i18n/setlang/", {"language": "vi", "held": number})
    assert answer.cookies["held"].value == "3.4.5.6.7"


@pytest.mark.parametrize("before", ["x", "1; Path=/", "9" * 30, "¹", ".", "x." * 500])
def test_what_stood_in_the_cookie_is_not_believed(cast, sign_in, before):
    client = sign_in(cast.officer)
    client.cookies["held"] = before
    answer = client.post("/i18n/setlang/", {"language": "vi", "held": "12345"})
    assert answer.cookies["held"].value == "12345"


def test_what_was_turned_away_has_not_arrived(cast, client):
    answer = client.post("/visits/1/result/", {"held": "12345"})
    assert answer.status_code == 302
    assert "held" not in answer.cookies
