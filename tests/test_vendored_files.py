"""What the pages load is what the manifest lists, byte for byte, and asks for nothing that is not there."""

import json
import re
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from fieldvisits.management.commands import vendor_static

VENDOR = vendor_static.VENDOR


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of static/vendor that may be spoiled."""
    shutil.copytree(VENDOR, tmp_path / "vendor")
    monkeypatch.setattr(vendor_static, "VENDOR", tmp_path / "vendor")
    return tmp_path / "vendor"


def test_every_file_agrees_with_the_manifest():
    call_command("vendor_static", "--check")


def test_a_changed_a_missing_and_an_unlisted_file_are_noticed(copy):
    (copy / "htmx" / "htmx.min.js").write_text("alert(1)")
    (copy / "bootstrap" / "bootstrap.min.css").unlink()
    (copy / "stranger.js").write_text("")
    with pytest.raises(CommandError) as told:
        call_command("vendor_static", "--check")
    for line in (
        "altered: htmx/htmx.min.js",
        "missing: bootstrap/bootstrap.min.css",
        "not in the manifest: stranger.js",
    ):
        assert line in str(told.value)


def test_every_library_has_its_version_and_licence():
    for name, entry in json.loads((VENDOR / "manifest.json").read_text())["libraries"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"]), name
        assert entry["licence"] in {"MIT", "Apache-2.0", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "OFL-1.1"}, (
            name
        )
        assert any("licen" in file.lower() for file in entry["files"]), name


def test_no_vendored_file_names_one_that_is_not_there():
    for sheet in VENDOR.rglob("*.css"):
        for target in re.findall(r"url\([\"']?([^)\"']+)[\"']?\)", sheet.read_text(encoding="utf-8")):
            if not target.startswith("data:"):
                assert (sheet.parent / target.split("?")[0].split("#")[0]).exists(), f"{sheet.name}: {target}"
    for file in [*VENDOR.rglob("*.js"), *VENDOR.rglob("*.css")]:
        assert "sourceMappingURL" not in file.read_text(encoding="utf-8"), file.name


def test_no_page_calls_another_site():
    calls = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""")
    root = Path(VENDOR).parents[1]
    pages = [*(root / "templates").rglob("*.html"), *(root / "static" / "css").rglob("*.css")]
    assert pages
    assert [page.name for page in pages if calls.search(page.read_text(encoding="utf-8"))] == []


class FromTheManifest(vendor_static.Command):
    """Instead of npm: packages that hold what is vendored today, with what packages have besides."""

    def install(self, pins, folder):
        self.pins = pins
        libraries = json.loads((vendor_static.VENDOR / "manifest.json").read_text())["libraries"]
        for library, entry in libraries.items():
            for name, file in entry["files"].items():
                for source in [file["from"]] if isinstance(file["from"], str) else file["from"]:
                    path = Path(folder) / "node_modules" / source
                    path.parent.mkdir(parents=True, exist_ok=True)
                    content = (vendor_static.VENDOR / library / name).read_bytes()
                    path.write_bytes(
                        content + (b"\n//# sourceMappingURL=x.map\n" if name.endswith(".js") else b"")
                    )


def test_copying_again_strips_what_is_not_vendored_and_writes_the_hashes(copy):
    (copy / "htmx" / "left-over.js").write_text("")
    command = FromTheManifest()
    call_command(command)
    assert any(pin.startswith("htmx.org@2.") for pin in command.pins)
    assert not (copy / "htmx" / "left-over.js").exists()
    assert "sourceMappingURL" not in (copy / "htmx" / "htmx.min.js").read_text(encoding="utf-8")
    call_command("vendor_static", "--check")


def test_without_npm_it_says_so(copy, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandError, match="npm"):
        call_command("vendor_static")
    call_command("vendor_static", "--check")
