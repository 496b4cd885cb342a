"""The site as it is installed - gunicorn with two workers, production settings - and people who visit it by HTTP."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS = 2


class SiteError(Exception):
    """The site did not do what every visitor expects; the text says what."""


def environment(database: str, folder: Path) -> dict[str, str]:
    """The settings of an installation on ``database``, whatever the shell has set; what it writes goes to ``folder``."""
    ours = {
        "DATABASE_URL": database,
        "VAR_DIR": str(folder),
        "DEBUG": "false",
        "HTTPS": "false",  # we come from this machine, without a certificate
        "SECRET_KEY": "only-for-the-bench-0123456789-abcdefghijklmnopqrstuvwxyz",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "EMAIL_URL": "dummy://",
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **ours}


def manage(database: str, folder: Path, *arguments: str) -> None:
    """Run a command of manage.py; SiteError when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    if subprocess.run(command, cwd=ROOT, env=environment(database, folder)).returncode:
        raise SiteError(f"manage.py {arguments[0]} failed")


class Site:
    """A site that runs at ``port`` of this machine."""

    def __init__(self, name: str, port: int) -> None:
        self.name, self.port = name, port
        self.visitors: dict[str | None, Visitor] = {}

    def visitor(self, username: str | None, password: str) -> Visitor:
        """Somebody at this site, signed in by the form; None is anybody."""
        if username not in self.visitors:
            visitor = Visitor(self.port)
            if username:
                visitor.sign_in(username, password)
            self.visitors[username] = visitor
        return self.visitors[username]


@contextmanager
def serve(name: str, database: str, folder: Path) -> Iterator[Site]:
    """Start the site on ``database``, stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "fieldvisits.wsgi", "--workers", str(WORKERS)]
    command += ["--bind", f"127.0.0.1:{port}", "--keep-alive", "30", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(database, folder), start_new_session=True)
    try:
        _wait(process, port)
        yield Site(name, port)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            if Visitor(port).get("/health/").status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SiteError("gunicorn did not start")


class Answer:
    """What came back, and after how long (ms)."""

    def __init__(self, status: int, body: bytes, milliseconds: float) -> None:
        self.status, self.body, self.milliseconds = status, body, milliseconds


class Visitor:
    """A browser without pictures: one connection, its cookies."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}

    def get(self, address: str) -> Answer:
        return self._ask("GET", address)

    def sign_in(self, username: str, password: str) -> None:
        """By the form, as people do."""
        page = self.get("/accounts/login/").body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        typed = {"login": username, "password": password, "csrfmiddlewaretoken": token and token.group(1)}
        answer = self._ask("POST", "/accounts/login/", urlencode(typed))
        if answer.status != 302 or "sessionid" not in self.cookies:
            raise SiteError(f"{username} could not sign in: {answer.status}")

    def _ask(self, method: str, address: str, body: str | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        for last in (False, True):  # the server may have closed a connection that was quiet for long
            began = time.perf_counter()
            try:
                self.connection.request(method, address, body, headers)
                response = self.connection.getresponse()
                read = response.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                self.connection.close()
                if last:
                    raise
        taken = (time.perf_counter() - began) * 1000
        for header in response.headers.get_all("Set-Cookie") or ():
            name, _, rest = header.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return Answer(response.status, read, taken)
