"""What is too large is not read."""

import pytest
from django.conf import settings
from django.test.client import ClientHandler, RequestFactory

MB = 1024 * 1024


class Body:
    """What is sent; knows whether anybody read it."""

    was_read = False

    def read(self, *size):
        self.was_read = True
        return b""

    readline = read


def ask(length, method="POST", path="/accounts/login/", language="en", **headers):
    """The answer of the site with its whole middleware, CSRF check included; its ``sent`` is the body."""
    headers["HTTP_COOKIE"] = f"django_language={language}; csrftoken={'a' * 32}"
    environ = RequestFactory()._base_environ(REQUEST_METHOD=method, PATH_INFO=path, **headers)
    sent = Body()
    environ |= {"CONTENT_TYPE": "multipart/form-data; boundary=x", "wsgi.input": sent}
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    response = ClientHandler(enforce_csrf_checks=True)(environ)
    response.sent = sent
    return response


@pytest.mark.parametrize("length", [str(200 * MB), str(25 * MB + 1), "9" * 5000])
@pytest.mark.parametrize("path", ["/accounts/login/", "/", "/no/such/page/", "/results/1/files/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
def test_too_much_is_answered_with_a_page_and_not_read(length, path, method):
    response = ask(length, method, path)
    assert (response.status_code, response.sent.was_read) == (413, False)
    text = response.content.decode()
    assert "More than 25 MB were sent at once. Nothing was saved." in text
    assert "<h1>Too much at once</h1>" in text
    assert "default-src" in response["Content-Security-Policy"]


@pytest.mark.parametrize("header", [{"HTTP_HX_REQUEST": "true"}, {"HTTP_X_REQUESTED_WITH": "fetch"}])
def test_a_part_of_a_page_gets_the_sentence_alone(header):
    response = ask(str(200 * MB), **header)
    assert (response.status_code, response["Content-Type"]) == (413, "text/plain; charset=utf-8")
    assert (
        response.content.decode()
        == "More than 25 MB were sent at once. Nothing was saved. Send fewer or smaller files."
    )


def test_the_page_is_in_the_language_of_the_person():
    assert (
        ask(str(200 * MB))["Content-Language"],
        ask(str(200 * MB), language="vi")["Content-Language"],
    ) == (
        "en",
        "vi",
    )


@pytest.mark.parametrize("length", ["-1", "many", "1_000", "0x10", "1e9", "+5", "5, 5", "\u0661", "²"])
def test_a_length_that_is_no_number_is_not_understood_and_nothing_is_read(length):
    response = ask(length)
    assert (response.status_code, response.sent.was_read) == (400, False)
    assert "<h1>The request was not understood</h1>" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("length", [None, "", "0", "000"])
def test_no_length_means_no_body(length):
    """Also for a body sent in chunks, whose length nobody knows: the form is empty, so the CSRF check refuses it."""
    response = ask(length)
    assert (response.status_code, response.sent.was_read) == (403, False)
    assert ask(length, "GET").status_code == 200


@pytest.mark.django_db
def test_exactly_as_much_as_allowed_is_read():
    response = ask(str(25 * MB))
    assert (response.status_code, response.sent.was_read) == (
        403,
        True,
    )  # read, and no CSRF token found in it


def test_the_limit_stands_before_whatever_reads_what_was_posted():
    order = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]
    assert order.index("LocaleMiddleware") < order.index("bounded_body") < order.index("CsrfViewMiddleware")


def test_uploads_come_in_below_the_sites_own_folder():
    assert settings.FILE_UPLOAD_TEMP_DIR.parent == settings.MEDIA_ROOT.parent == settings.VAR_DIR
    assert settings.FILE_UPLOAD_TEMP_DIR.is_dir()
