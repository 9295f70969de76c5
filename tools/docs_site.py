"""A hook of mkdocs: README.md is the site's first page, and whatever pages link to outside docs/ comes along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
FIRST_PAGE = ROOT / "README.md"
# The target of a Markdown link without its fragment; a colon would make it the address of another site.
LINK = re.compile(r"(?<=\]\()[^)#:\s]+")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add README.md, the files that pages link to, the files that those link to, and so on."""
    waiting = [FIRST_PAGE, *(Path(page.abs_src_path) for page in files.documentation_pages() if page.abs_src_path)]
    while waiting:
        source = waiting.pop()
        if files.get_file_from_path(_place(source)) is None:
            files.append(File.generated(config, _place(source), abs_src_path=str(source)))
        if source.suffix == ".md":
            waiting += [path for path in _linked(source) if files.get_file_from_path(_place(path)) is None]
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links, which are relative in the repository, be relative in the site."""
    source = Path(str(page.file.abs_src_path))
    here = PurePosixPath(_place(source)).parent
    return LINK.sub(lambda link: relpath(_place((source.parent / link[0]).resolve()), here), markdown)


def _linked(page: Path) -> Iterator[Path]:
    """Files of the repository that a page links to; mkdocs itself complains of links that lead nowhere."""
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        path = (page.parent / link).resolve()
        if path.is_file() and path.is_relative_to(ROOT):
            yield path


def _place(path: Path) -> str:
    """Where a file of the repository lies in the site: the contents of docs/ at the top, all else as it is."""
    return relpath(path.as_posix(), (ROOT / "docs" if path.is_relative_to(ROOT / "docs") else ROOT).as_posix())
