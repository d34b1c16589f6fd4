"""Copy the third-party files the panel needs from node_modules to web/static/vendor.

Run after ``npm ci``: ``python -m web.build_static``. The folder is built, never committed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "web" / "static" / "vendor"

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "idiomorph/dist/idiomorph-ext.min.js": "idiomorph-ext.min.js",
}

ICONS = (
    "affiliate", "alert-triangle", "archive", "arrow-down", "arrow-left", "arrow-right", "arrow-up", "ban",
    "bell", "bell-off", "bell-ringing", "bookmark", "building", "buildings", "calendar-time", "check",
    "chevron-down", "circle-check",
    "clock", "cloud-upload", "copy", "device-desktop", "download", "edit", "eye", "file-spreadsheet", "forms",
    "grid-dots", "headset", "history", "inbox", "info-circle", "key", "keyboard", "language", "link",
    "list-details", "lock", "login", "logout", "mail", "map-pin", "microphone", "microphone-off", "moon", "notes",
    "parking", "phone", "phone-call", "phone-check", "phone-incoming", "phone-off", "player-pause", "player-play",
    "player-record", "player-skip-forward", "player-stop", "plug-connected-x", "plus", "refresh",
    "rotate-clockwise", "search", "settings", "speakerphone", "stack-2", "sun", "table-import", "trash", "user",
    "user-check", "user-off",
    "user-plus", "users", "users-group", "wifi-off", "world", "x",
)  # fmt: skip


def build(modules: Path = MODULES, vendor: Path = VENDOR) -> None:
    """Fill ``vendor`` from ``modules``. Raises FileNotFoundError naming a file that is missing."""
    vendor.mkdir(parents=True, exist_ok=True)
    for source, target in FILES.items():
        # The source map line is dropped: browsers would ask for a file that is not there.
        text = (modules / source).read_text(encoding="utf-8")
        text = re.sub(r"(/\*|//)# sourceMappingURL=\S+( \*/)?\s*$", "", text)
        (vendor / target).write_text(text, encoding="utf-8")
    (vendor / "icons.svg").write_text(_sprite(modules / "@tabler/icons/icons/outline"), encoding="utf-8")
    _bundle(modules, modules / "jssip/lib/JsSIP.js", vendor / "jssip.js")
    for package in ("jssip", "@tabler/core", "@tabler/icons", "htmx.org", "idiomorph"):
        for licence in sorted((modules / package).glob("LICENSE*")):
            shutil.copyfile(licence, vendor / f"{package.replace('/', '-').strip('@')}.LICENSE.txt")


def _bundle(modules: Path, entry: Path, target: Path) -> None:
    """One file that browsers load as a module."""
    esbuild = next(modules.glob("@esbuild/*/bin/esbuild"), modules / "@esbuild/bin/esbuild")
    flags = (
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--legal-comments=inline",
        "--log-level=error",
    )
    subprocess.run([esbuild, entry, *flags, f"--outfile={target}"], check=True)


def _sprite(folder: Path) -> str:
    symbols = []
    for name in ICONS:
        svg = (folder / f"{name}.svg").read_text(encoding="utf-8")
        body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
        shapes = re.sub(r"\s+", " ", body).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>"


def main() -> int:
    """Build, or say what is missing and what to do."""
    try:
        build()
    except FileNotFoundError as error:
        print(f"{error.filename} is missing; run 'npm ci --ignore-scripts' first.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
