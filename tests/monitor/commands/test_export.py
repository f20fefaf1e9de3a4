"""`upfront export` as a person and as a script meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.commands import main
from tests.monitor.stored import lived_in, seconds, well

FILE = """version: 1
pages:
  main: {name: Acme, url: "https://status.example", languages: [en, de]}
  staff: {name: Staff only, path: /staff, access: {token: "a-token-of-some-length"}}
storage: sqlite:upfront.db
defaults: {interval: 20s, timeout: 5s}
components:
  shop: {name: Shop, checks: {api: {tcp: "shop.example:443"}}}
"""


@pytest.fixture
def lived(folder: Path) -> Path:
    """A folder with a quarter of an hour of results."""
    lived_in(folder, well, seconds(900))
    return folder


def ran(*options: str) -> Result:
    return CliRunner().invoke(main, ["export", *options])


def test_it_writes_the_public_pages_and_says_what_it_left_out(lived: Path) -> None:
    result = ran("site")
    assert result.exit_code == 0
    assert 'the page "staff" is private and left out' in result.stderr
    assert result.stdout.endswith(" written, 0 removed.\n")
    assert (lived / "site/de/index.html").is_file()
    assert not (lived / "site/staff").exists()
    # Nobody probes any more: it must not claim anything.
    assert "We cannot tell at the moment" in (lived / "site/index.html").read_text()


@pytest.mark.usefixtures("lived")
def test_a_second_time_only_what_changed_is_written() -> None:
    assert ran("site", "--compressed").exit_code == 0
    again = ran("site", "--compressed")
    assert again.exit_code == 0
    written = int(again.stdout.split(": ")[1].split(" ")[0])
    assert 0 < written < int(again.stdout.split(" files")[0])


def test_nothing_is_stored_without_a_service(folder: Path) -> None:
    result = ran("site")
    assert result.exit_code == 1
    assert "There is no database upfront.db" in result.stderr
    assert not list((folder / "site").glob("*.html"))


def test_a_folder_of_others_is_refused(lived: Path) -> None:
    (lived / "site").mkdir()
    (lived / "site" / "index.html").write_text("mine")
    result = ran("site")
    assert result.exit_code == 2
    assert "holds files that no export wrote" in result.stderr


def test_where_every_page_is_private_there_is_nothing_to_copy(lived: Path) -> None:
    (lived / "checks.yaml").write_text(
        FILE.replace("  main: {", '  main: {access: {token: "abcdefghijklmnop"}, ')
    )
    result = ran("site")
    assert result.exit_code == 2
    assert "Every page of checks.yaml is private." in result.stderr


def test_a_page_without_an_address_says_where_its_copy_leads(lived: Path) -> None:
    (lived / "checks.yaml").write_text(FILE.replace('url: "https://status.example", ', ""))
    result = ran("site")
    assert result.exit_code == 0
    assert 'the page "main" has no url: its copy links to http://127.0.0.1:8080' in result.stderr


def test_a_file_with_mistakes_is_told_with_their_places(folder: Path) -> None:
    (folder / "checks.yaml").write_text(FILE.replace("interval", "intervall"))
    result = ran("site")
    assert result.exit_code == 1
    assert "checks.yaml:6" in result.stderr
    assert not (folder / "site").exists()


def test_there_must_be_a_file(folder: Path) -> None:
    (folder / "checks.yaml").unlink()
    assert ran("site").exit_code == 2
