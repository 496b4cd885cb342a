"""Catalogues are compiled at set-up, without gettext, and hold every text a person can meet, in Vietnamese."""

import ast
import gettext
import os
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.translation.template import templatize

SOURCE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Submit"
msgstr "Nộp"

#, fuzzy
msgid "Return"
msgstr "Chưa chắc"

#~ msgid "Old"
#~ msgstr "Cũ"
"""


def test_what_is_sure_and_in_use_is_compiled(tmp_path, settings):
    folder = tmp_path / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(SOURCE, encoding="utf-8")
    settings.LOCALE_PATHS = [tmp_path]
    out = StringIO()
    call_command("compile_catalogue", stdout=out)
    assert "1 messages" in out.getvalue()
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]
    with (folder / "django.mo").open("rb") as file:
        messages = gettext.GNUTranslations(file)
    assert [messages.gettext(text) for text in ["Submit", "Return", "Old"]] == ["Nộp", "Return", "Old"]


# --- What makemessages would find, read without gettext -------------------------------------------------------------

#: A message as a catalogue knows it: context or "", text, plural or "".
Message = tuple[str, str, str]

#: Number of texts each function takes, and whether the first of them is the context.
FUNCTIONS = {"": (1, False), "n": (2, False), "p": (1, True), "np": (2, True)}
CALL = re.compile(r"\b(?:(n|p|np|)gettext|_)\(")
TEXT = re.compile(r"""\s*,?\s*u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", re.DOTALL)


def in_template(source: str) -> Iterator[Message]:
    code = templatize(source)
    for call in CALL.finditer(code):
        count, with_context = FUNCTIONS[call[1] or ""]
        texts, at = [], call.end()
        while len(texts) < count + with_context and (text := TEXT.match(code, at)):
            texts.append(ast.literal_eval(text[1]))
            at = text.end()
        if len(texts) == count + with_context:
            yield message(texts, with_context)


def in_python(source: str) -> Iterator[Message]:
    tree = ast.parse(source)
    # a function may be imported under another name, as _ mostly is
    names = {"_": "gettext"} | {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.asname
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        called = re.fullmatch(r"(n|p|np|)gettext(_lazy|_noop)?", names.get(name, name))
        if called is None:
            continue
        count, with_context = FUNCTIONS[called[1]]
        texts = [literal(argument) for argument in node.args[: count + with_context]]
        if len(texts) == count + with_context and None not in texts:
            yield message(texts, with_context)


def literal(node: ast.expr) -> str | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None  # a variable: its text is marked where it is written
    return value if isinstance(value, str) else None


def message(texts: list[str], with_context: bool) -> Message:
    context = texts.pop(0) if with_context else ""
    return context, texts[0], texts[1] if len(texts) > 1 else ""


def messages_below(folder: Path, skip: tuple[str, ...] = ()) -> dict[Message, set[str]]:
    """Every message in Python files and templates below `folder`, with the files it is in, relative to it; files
    whose relative path begins with one of `skip` are left out."""
    found: dict[Message, set[str]] = {}
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name not in ("locale", "__pycache__")]
        for name in names:
            path = Path(root, name)
            where = path.relative_to(folder).as_posix()
            if where.startswith(skip) or path.suffix not in (".py", ".html", ".txt"):
                continue
            source = path.read_text(encoding="utf-8")
            for each in in_python(source) if path.suffix == ".py" else in_template(source):
                if each[1]:
                    found.setdefault(each, set()).add(where)
    return found


@cache
def catalogue(folder: Path) -> polib.POFile:
    return polib.pofile(str(folder / "vi" / "LC_MESSAGES" / "django.po"))


OWN, LIBRARIES = (Path(folder) for folder in settings.LOCALE_PATHS)


def known(*folders: Path) -> set[Message]:
    return {
        (entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")
        for folder in folders
        for entry in catalogue(folder)
        if entry.translated() and not entry.obsolete
    }


def listed(messages: set[Message], found: dict[Message, set[str]]) -> str:
    """For the reader of a failed test."""
    return "\n".join(
        f"{sorted(found.get(each, ['?']))[0]}: {each[1]!r} {each[0]}" for each in sorted(messages)
    )


# --- The readers themselves -----------------------------------------------------------------------------------------


def test_it_reads_python_as_makemessages_does():
    source = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext_lazy as with_context
a = _("One" " and two")
b = ngettext("%(count)d day", "%(count)d days", 3) % {"count": 3}
c = with_context("quarter", "now")
d = _(variable), _(f"not {this}")
"""
    assert set(in_python(source)) == {
        ("", "One and two", ""),
        ("quarter", "now", ""),
        ("", "%(count)d day", "%(count)d days"),
    }


def test_it_reads_templates_as_makemessages_does():
    source = """{% load i18n %}
{% translate "It's one" %} {% translate 'now' context 'quarter' %} gettext("only text")
{% blocktranslate with name=user.name %}Hello {{ name }}, 50 % done{% endblocktranslate %}
{% blocktranslate count n=3 trimmed %}
  {{ n }} day
{% plural %}
  {{ n }} days
{% endblocktranslate %}
{% include "x.html" with title=_("Nothing") %} {{ _("Said") }} {{ word|default:_("None yet") }}
{# {% translate "A comment" %} #}
"""
    assert set(in_template(source)) == {
        ("", "It's one", ""),
        ("quarter", "now", ""),
        ("", "Hello %(name)s, 50 %% done", ""),
        ("", "%(n)s day", "%(n)s days"),
        ("", "Nothing", ""),
        ("", "Said", ""),
        ("", "None yet", ""),
    }


# --- Our own texts --------------------------------------------------------------------------------------------------


@cache
def own_messages() -> dict[Message, set[str]]:
    return messages_below(settings.BASE_DIR, ("var/", "static/", "node_modules/"))


def test_every_text_of_ours_is_translated():
    missing = set(own_messages()) - known(OWN)
    assert not missing, "make messages, and translate:\n" + listed(missing, own_messages())


def test_nothing_is_kept_that_the_code_no_longer_says():
    left = known(OWN) - set(own_messages())
    assert not left, "make messages, and drop:\n" + listed(left, {})


# --- Texts of libraries ---------------------------------------------------------------------------------------------

#: Parts of allauth whose texts nobody of ours meets, and why.
NOT_MET_IN_ALLAUTH = {
    "account/admin.py": "there is no admin site",
    "account/apps.py": "names of applications are shown only by an admin site",
    "account/migrations/": "names of fields are shown only by an admin site",
    "account/models.py": "names of fields are shown only by an admin site",
    "headless/": "not installed",
    "idp/": "not installed",
    "mfa/apps.py": "names of applications are shown only by an admin site",
    "mfa/migrations/": "names of fields are shown only by an admin site",
    "socialaccount/apps.py": "names of applications are shown only by an admin site",
    "socialaccount/migrations/": "names of fields are shown only by an admin site",
    "socialaccount/models.py": "names of fields are shown only by an admin site",
    "socialaccount/providers/douban/": "not installed: sign-on is by OpenID Connect",
    "socialaccount/providers/dummy/": "not installed: sign-on is by OpenID Connect",
    "socialaccount/providers/oauth/": "not installed: sign-on is by OpenID Connect",
    "socialaccount/providers/pocket/": "not installed: sign-on is by OpenID Connect",
    "templates/idp/": "not installed",
    "usersessions/apps.py": "names of applications are shown only by an admin site",
    "usersessions/migrations/": "names of fields are shown only by an admin site",
    "usersessions/models.py": "names of fields are shown only by an admin site",
}

#: Parts of Django whose texts people of ours meet: what forms say, dates, time since, pages of a list.
MET_IN_DJANGO = [
    "contrib/auth/forms.py",
    "contrib/auth/password_validation.py",
    "contrib/auth/validators.py",
    "contrib/humanize/templatetags",
    "core/paginator.py",
    "core/validators.py",
    "forms",
    "template/defaultfilters.py",
    "utils/dates.py",
    "utils/text.py",
    "utils/timesince.py",
]


def place_of(package: str) -> Path:
    return Path(find_spec(package).submodule_search_locations[0])


def test_every_text_of_the_sign_in_is_translated():
    found = messages_below(place_of("allauth"), tuple(NOT_MET_IN_ALLAUTH))
    assert len(found) > 200  # it was found where it is looked for
    missing = set(found) - known(OWN, LIBRARIES)
    assert not missing, listed(missing, found)


@pytest.mark.parametrize("package", ["crispy_forms", "crispy_bootstrap5"])
def test_every_text_of_the_forms_is_translated(package):
    found = messages_below(place_of(package), ("tests/",))
    missing = set(found) - known(OWN, LIBRARIES)
    assert not missing, listed(missing, found)


def test_every_text_of_django_that_people_meet_is_translated():
    """By Django's own Vietnamese catalogues or, where they lack it, by ours."""
    place = place_of("django")
    by_django = known(*(place / folder / "locale" for folder in ["conf", "contrib/auth", "contrib/humanize"]))
    found = {
        each: where
        for each, where in messages_below(place).items()
        if any(file.startswith(tuple(MET_IN_DJANGO)) for file in where)
    }
    assert len(found) > 100
    missing = set(found) - by_django - known(OWN, LIBRARIES)
    assert not missing, listed(missing, found)


# --- Both catalogues ------------------------------------------------------------------------------------------------

#: Of the placeholders only the site's name may be missing: it is the same as its domain, which the mails end with.
PLACEHOLDER = re.compile(r"%\((?!site_name\))\w+\)[sdr]|%[sdr]|%%|\{\w*\}")

#: Texts that are the same in both languages.
SAME_IN_BOTH = {"IPv4", "IPv6", "…", "%(truncated_text)s…"}


def texts_of(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("folder", [OWN, LIBRARIES], ids=["own", "libraries"])
def test_a_catalogue_is_sure_complete_and_exact(folder):
    entries = catalogue(folder)
    assert entries.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert entries.metadata["Content-Type"] == "text/plain; charset=UTF-8"
    problems = []
    seen = set()
    for entry in entries:
        name = (entry.msgctxt, entry.msgid)
        if entry.obsolete or entry.fuzzy or name in seen:
            problems.append(f"obsolete, fuzzy or twice: {entry.msgid!r}")
        seen.add(name)
        texts = texts_of(entry)
        if len(texts) != 1 or not texts[0].strip():
            problems.append(f"not translated: {entry.msgid!r}")
            continue
        placeholders = [sorted(PLACEHOLDER.findall(text)) for text in [entry.msgid, entry.msgid_plural]]
        if sorted(PLACEHOLDER.findall(texts[0])) not in placeholders[: 1 + bool(entry.msgid_plural)]:
            problems.append(f"other placeholders: {entry.msgid!r}")
        if any(
            entry.msgid.startswith(edge) != texts[0].startswith(edge)
            or entry.msgid.endswith(edge) != texts[0].endswith(edge)
            for edge in [" ", "\n"]
        ):
            problems.append(f"begins or ends with another space: {entry.msgid!r}")
        if texts[0] == entry.msgid and entry.msgid not in SAME_IN_BOTH:
            problems.append(f"still English: {entry.msgid!r}")
    assert not problems, "\n".join(problems)
