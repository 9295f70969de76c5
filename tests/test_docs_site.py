"""The site that `make docs` builds: complete, without a link that leads nowhere, from README, docs/ and docstrings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import duv_studio.engine
from tests import ROOT

CONFIG: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))


def leaves(tree: Any) -> set[str]:
    """The pages that a nav names."""
    if isinstance(tree, str):
        return {tree}
    return set().union(*map(leaves, tree.values() if isinstance(tree, dict) else tree))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_every_document_is_in_the_menu() -> None:
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= leaves(CONFIG["nav"])


def test_links_of_the_first_page_hold_where_it_moved(site: Path) -> None:
    index = (site / "index.html").read_text("utf-8")
    assert 'href="docs/' not in index and 'src="docs/' not in index
    for target in ("install.html", "images/window-dark.png", "LICENSE", "resources/models/base-open/index.html"):
        assert f'"{target}"' in index, target
        assert (site / target).is_file(), target


def test_every_public_name_and_what_a_setting_means_is_on_the_page(site: Path) -> None:
    page = (site / "api.html").read_text("utf-8")
    for name in duv_studio.engine.__all__:
        assert f'id="duv_studio.engine.{name}"' in page, name
    assert "velocity units, at full intensity" in page  # a comment behind a field
    assert (site / "examples" / "humanize_file.py").is_file()
