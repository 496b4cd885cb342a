"""Front-end libraries: copy them again from their npm packages, or check the copies.

``static/vendor/manifest.json`` is the only list: library, version, licence and, for each
file, where it comes from in ``node_modules`` and its SHA-256. To take a newer version, change
the version there, run ``manage.py vendor_static`` and read the diff.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

VENDOR = Path(__file__).resolve().parents[3] / "static" / "vendor"
MANIFEST = "manifest.json"

# Named in the packages' files but not copied: the static files storage stops on such a name.
SOURCE_MAP = re.compile(rb"\s*(?://[#@] sourceMappingURL=\S+|/\*[#@] sourceMappingURL=.*?\*/)\s*")
OLD_FONT = re.compile(rb""",\s*url\((["']?)[^)"']+\.(?:woff|ttf|eot)(?:[?#][^)"']*)?\1\)\s*format\([^)]*\)""")
LOCAL_URL = re.compile(rb"url\(([\"']?)\./")


def clean(name: str, content: bytes) -> bytes:
    """Return the content of a vendored file without references to files that are not vendored."""
    if name.endswith((".js", ".css")):
        content = SOURCE_MAP.sub(b"\n", content)
    if name.endswith(".css"):
        content = LOCAL_URL.sub(rb"url(\1", OLD_FONT.sub(b"", content))
    return content


def sha256(content: bytes) -> str:
    """Return the SHA-256 of the content in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class Command(BaseCommand):
    """Redo or check ``static/vendor``."""

    help = "Copy the front-end libraries from their npm packages, or check the copies (--check)."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; fail when a file is altered, missing or not in the manifest",
        )

    def handle(self, *args, check: bool = False, **options):
        libraries = json.loads((VENDOR / MANIFEST).read_text(encoding="utf-8"))["libraries"]
        if check:
            self.check_files(libraries)
        else:
            self.copy_files(libraries)

    def check_files(self, libraries: dict):
        """Compare every file under ``static/vendor`` with the manifest."""
        listed = {
            f"{library}/{name}": file["sha256"]
            for library, entry in libraries.items()
            for name, file in entry["files"].items()
        }
        present = {path.relative_to(VENDOR).as_posix(): path for path in VENDOR.rglob("*") if path.is_file()}
        present.pop(MANIFEST)
        problems = [f"missing: {name}" for name in sorted(listed.keys() - present.keys())]
        problems += [f"not in the manifest: {name}" for name in sorted(present.keys() - listed.keys())]
        problems += [
            f"altered: {name}"
            for name in sorted(listed.keys() & present.keys())
            if sha256(present[name].read_bytes()) != listed[name]
        ]
        if problems:
            raise CommandError("Vendored files differ from the manifest:\n  " + "\n  ".join(problems))
        self.stdout.write(f"{len(listed)} vendored files agree with the manifest.")

    def copy_files(self, libraries: dict):
        """Install the pinned packages in a temporary folder and copy the listed files from it."""
        pins = [
            f"{package}@{version}"
            for entry in libraries.values()
            for package, version in {entry["package"]: entry["version"], **entry.get("with", {})}.items()
        ]
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "package.json").write_text('{"private": true}')
            self.install(pins, folder)
            contents = {
                (library, name): self.read(Path(folder) / "node_modules", name, file["from"])
                for library, entry in libraries.items()
                for name, file in entry["files"].items()
            }
        # Only now, with everything at hand, is the old copy replaced.
        for library in VENDOR.iterdir():
            if library.is_dir():
                shutil.rmtree(library)
        changed = 0
        for (library, name), content in contents.items():
            path = VENDOR / library / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            file = libraries[library]["files"][name]
            if file.get("sha256") != sha256(content):
                changed += 1
                self.stdout.write(f"changed: {library}/{name}")
            file["sha256"] = sha256(content)
        text = json.dumps({"libraries": libraries}, indent=2, ensure_ascii=False) + "\n"
        (VENDOR / MANIFEST).write_text(text, encoding="utf-8")
        self.stdout.write(f"{len(contents)} files copied, {changed} changed.")

    def install(self, pins: list[str], folder: str):
        """Run npm without the packages' own scripts."""
        npm = shutil.which("npm")
        if npm is None:
            raise CommandError("npm is needed to copy the libraries again; --check does without.")
        command = [npm, "install", "--ignore-scripts", "--save-exact", "--no-audit", "--no-fund", *pins]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if result.returncode:
            raise CommandError(f"npm could not install {', '.join(pins)}:\n{result.stderr}")

    def read(self, packages: Path, name: str, sources: str | list[str]) -> bytes:
        """Return one file for the site; several sources are joined."""
        sources = [sources] if isinstance(sources, str) else sources
        try:
            parts = [(packages / source).read_bytes() for source in sources]
        except FileNotFoundError as error:
            raise CommandError(f"{name}: the package no longer has {error.filename}") from error
        return clean(name, b"\n".join(parts))
