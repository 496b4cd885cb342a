"""Catalogues are compiled at set-up, without gettext."""

import gettext
from io import StringIO

from django.core.management import call_command

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
