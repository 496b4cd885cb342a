"""What `make test` does: every stage in turn, then a summary whose last line says whether all is well.

python -m tests.run [sqlite] [postgres] [browser]    (all three without arguments)

A stage that could not run counts as failed; nothing is skipped in silence.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
COVERED = 95  # per cent of lines and branches, of our three apps
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


@dataclass
class Result:
    stage: str
    passed: bool
    text: str
    seconds: float = 0.0


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        print(f"No such stage: {', '.join(unknown)}. There are: {', '.join(STAGES)}.")
        return 2
    (ROOT / "var").mkdir(exist_ok=True)
    # so that the server is stopped on the way out, also when started in the background, where Ctrl-C is ignored
    for number in [signal.SIGINT, signal.SIGTERM]:
        signal.signal(number, signal.default_int_handler)
    results: list[Result] = []
    for name in names or STAGES:
        print(f"\n=== {name} ===", flush=True)
        started = time.monotonic()
        for result in STAGES[name]():
            result.seconds = time.monotonic() - started
            started = time.monotonic()
            results.append(result)
    print("\n=== summary ===")
    for result in results:
        verdict = "passed" if result.passed else "FAILED"
        print(f"{verdict}  {result.stage:<22} {result.seconds:6.0f} s  {result.text}")
    passed = all(result.passed for result in results)
    print("ALL STAGES PASSED" if passed else "NOT ALL STAGES PASSED")
    return 0 if passed else 1


def sqlite() -> list[Result]:
    tests = run_pytest(
        "tests on SQLite", ["-n", "auto", "--dist", "loadgroup", "--cov", "--cov-report="], database=None
    )
    print(f"\n--- coverage with branches, our three apps, at least {COVERED} % ---", flush=True)
    report = subprocess.run(
        [
            sys.executable,
            "-m",
            "coverage",
            "report",
            "--include=accounts/*,fieldvisits/*,reports/*",
            f"--fail-under={COVERED}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    print(report.stdout + report.stderr, flush=True)
    total = next(
        (line.split()[-1] for line in report.stdout.splitlines() if line.startswith("TOTAL")), "none"
    )
    return [tests, Result("coverage", report.returncode == 0, f"{total} of at least {COVERED}%")]


def on_postgres() -> list[Result]:
    name = "tests on PostgreSQL"
    try:
        with postgres.server() as url:
            return [run_pytest(name, ["-n", "auto", "--dist", "loadgroup"], database=url)]
    except postgres.NoPostgresError as error:
        return [Result(name, False, f"NO POSTGRESQL, NOTHING WAS TESTED ON IT: {error}")]


def browser() -> list[Result]:
    name = "browser walks"
    chromium = find_chromium()
    if not chromium:
        walks = sorted(path.name for path in (ROOT / "tests").rglob("browser/test_*.py"))
        return [
            Result(name, False, f"NO CHROMIUM, THESE WALKS DID NOT RUN: {', '.join(walks).upper() or 'ALL'}")
        ]
    return [run_pytest(name, ["-m", "browser", "-n", "auto"], database=None, CHROMIUM=chromium)]


STAGES: dict[str, Callable[[], list[Result]]] = {
    "sqlite": sqlite,
    "postgres": on_postgres,
    "browser": browser,
}


def run_pytest(name: str, arguments: list[str], *, database: str | None, **extra: str) -> Result:
    """Run pytest on the database (None: SQLite in a file); its output goes through, its last line is the result."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ["DATABASE_URL", "DEBUG", "HTTPS", "LOG_LEVEL"]
    }
    environment |= {"DJANGO_ALLOW_ASYNC_UNSAFE": "true", "PYTHONUNBUFFERED": "1", **extra}
    if database:
        environment["DATABASE_URL"] = database
    last = ""
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "--durations=5", "--color=no", *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            for line in process.stdout or []:
                print(line, end="", flush=True)
                last = line.strip() or last
        except BaseException:  # interrupted: leaving the block would wait for the tests to end
            process.terminate()
            raise
    return Result(name, process.returncode == 0, last.strip("= "))


def find_chromium() -> str | None:
    """The browser's path; Debian's package is installed first where it is missing and may be."""
    for attempt in ["as it is", "after installing"]:
        if found := next(filter(None, map(shutil.which, BROWSERS)), None):
            return found
        if attempt == "as it is" and os.geteuid() == 0 and shutil.which("apt-get"):
            print("Installing chromium ...", flush=True)
            for command in [
                ["update", "-qq"],
                ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
            ]:
                subprocess.run(
                    ["apt-get", *command],
                    env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
    return None


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        print("\nINTERRUPTED: NOT ALL STAGES RAN")
        status = 130
    sys.exit(status)
