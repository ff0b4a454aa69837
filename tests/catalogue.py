"""The Korean message catalogue: a command that brings it up to date with the templates in the code.

    python tests/catalogue.py            (or: make catalogue)

Extracts every template of `Message("...", ...)`, every method of a `Certificate("...")` and every text of the command line,
`_("...")`, in sig_checker/, carries the translations over into sig_checker/locale/ko/LC_MESSAGES/sig_checker.po, adds new
templates without a translation, drops those that are gone, and compiles the .mo beside it. What has no translation is listed,
and the exit status is 1: translate it in the .po and run the command again. The same code and translations give the same
bytes, so neither file holds a date.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

__all__ = ["CATALOGUE", "compiled", "extracted", "translations", "updated", "written"]

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "sig_checker" / "locale" / "ko" / "LC_MESSAGES" / "sig_checker.po"


class _Undated(Catalog):
    """A catalogue whose header says nothing of when and by whom it was written."""

    def _get_mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "sig-checker"),
            ("Language", "ko"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", "nplurals=1; plural=0;\n"),
        ]

    def _set_mime_headers(self, _: Iterable[tuple[str, str]]) -> None:
        pass

    mime_headers = property(_get_mime_headers, _set_mime_headers)


def extracted() -> dict[str, list[str]]:
    """Template -> the files in which it stands, in the order of the files and of the lines in them."""
    found: dict[str, list[str]] = {}
    keywords: dict[str, Any] = dict.fromkeys(("Message", "Certificate", "_"))
    for name, _, template, _, _ in extract_from_dir(ROOT / "sig_checker", keywords=keywords):
        file = f"sig_checker/{Path(name).as_posix()}"
        if file not in found.setdefault(str(template), []):
            found[str(template)].append(file)
    return found


def translations(text: bytes) -> dict[str, str]:
    """Template -> translation in a .po file, where it has one that nobody marked as fuzzy."""
    return {str(m.id): str(m.string) for m in read_po(io.BytesIO(text)) if m.id and m.string and not m.fuzzy}


def updated(templates: dict[str, list[str]], known: dict[str, str]) -> Catalog:
    """The catalogue of `templates` with what is known of their translations."""
    catalogue = _Undated(locale="ko", header_comment="# The messages of sig-checker in Korean.", fuzzy=False)
    for template, files in templates.items():
        catalogue.add(template, known.get(template, ""), locations=[(file, 0) for file in files])
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The bytes of the .po file. Lines of code are left out: they would change with every commit."""
    out = io.BytesIO()
    write_po(out, catalogue, width=0, include_lineno=False)
    return out.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """The bytes of the .mo file."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> int:
    known = translations(CATALOGUE.read_bytes()) if CATALOGUE.exists() else {}
    templates = extracted()
    catalogue = updated(templates, known)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_bytes(written(catalogue))
    CATALOGUE.with_suffix(".mo").write_bytes(compiled(catalogue))
    missing = [template for template in templates if template not in known]
    for template in missing:
        print(f"no translation: {template!r}", file=sys.stderr)
    for template in known.keys() - templates.keys():
        print(f"dropped: {template!r}", file=sys.stderr)
    print(f"{len(templates)} messages, {len(templates) - len(missing)} of them in Korean")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
