"""The house keeps its shape: who may import whom, one writer of a paper's state, no drawers for odds and ends."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ["accounts", "fieldvisits", "reports"]  # each may import itself and those before it
COMPOSE_THE_SITE = {"fieldvisits/settings.py", "fieldvisits/urls.py", "fieldvisits/wsgi.py"}
ONE_WRITER = "fieldvisits/models/base.py"


def modules(*folders):
    """{path from the root: parsed module} of our own code, without migrations."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in name:
                found[name] = ast.parse(path.read_text(encoding="utf-8"), filename=name)
    return found


def test_there_is_something_to_look_at():
    assert modules(*APPS).keys() >= COMPOSE_THE_SITE


@pytest.mark.parametrize("app", APPS)
def test_imports_point_one_way(app):
    later = APPS[APPS.index(app) + 1 :]
    wrong = [
        f"{name}:{node.lineno} reaches for {target}"
        for name, tree in modules(app).items()
        if name not in COMPOSE_THE_SITE
        for node, target in reached_for(tree)
        if target.split(".")[0] in later
    ]
    assert wrong == []


def reached_for(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node, node.module
        elif (
            # a model by its label, as in ForeignKey("fieldvisits.Visit")
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[a-z]+\.[A-Z]\w+", node.value)
        ):
            yield node, node.value


def test_only_one_module_writes_the_state_of_a_paper():
    writers = [
        f"{name}:{node.lineno}"
        for name, tree in modules(*APPS).items()
        if name != ONE_WRITER
        for node in ast.walk(tree)
        if writes_state(node)
    ]
    assert writers == []


def writes_state(node):
    match node:
        case ast.Assign(targets=targets):
            written = [part for target in targets for part in ast.walk(target)]
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            written = [target]
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="state"), _]):
            return True
        case ast.Call(func=ast.Attribute(attr="update"), keywords=keywords):
            return any(keyword.arg == "state" for keyword in keywords)
        case _:
            return False
    return any(isinstance(part, ast.Attribute) and part.attr == "state" for part in written)


@pytest.mark.parametrize(
    "source",
    [
        "plan.state = 'x'",
        "a, plan.state = 1, 2",
        "plan.state += 'x'",
        "setattr(p, 'state', 1)",
        "q.update(state=1)",
    ],
)
def test_every_way_to_write_a_state_is_seen(source):
    assert any(writes_state(node) for node in ast.walk(ast.parse(source)))


def test_reading_a_state_is_not_writing():
    assert not any(writes_state(node) for node in ast.walk(ast.parse("x = plan.state; q.filter(state=1)")))


def test_no_model_has_a_default_order():
    """An order nobody asked for costs a sort in every query and hides where the order matters."""
    ordered = [
        f"{name}:{statement.lineno}"
        for name, tree in modules(*APPS).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == "Meta"
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "ordering" for target in statement.targets)
    ]
    assert ordered == []


def test_no_drawer_for_odds_and_ends():
    names = {"utils", "services", "helpers", "constants", "signals"}
    assert [name for name in modules(*APPS, "tests") if names & set(Path(name).with_suffix("").parts)] == []


def test_no_module_is_longer_than_500_lines():
    long = {
        name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in modules(*APPS, "tests")
    }
    assert {name: lines for name, lines in long.items() if lines > 500} == {}


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_says_why(file):
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("-r ")]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+  # \S.*", line)] == []
