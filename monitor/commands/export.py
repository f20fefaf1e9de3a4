"""`upfront export`: the public pages as files, for any file server to stand in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import click

from checks.clock import SystemClock
from incidents.ports import StorageError
from monitor.asked import FILE, loaded_of
from monitor.config.config import Config, Loaded
from monitor.export.tree import Refused, Tree
from monitor.logs import set_up_logs
from monitor.terminal.progress import progress
from statuspage.site import Page


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.argument("file", type=click.Path(path_type=Path), default=FILE)
@click.option("--follow", is_flag=True, help="Keep it up to date until asked to end.")
@click.option(
    "--compressed", is_flag=True, help="Write a .gz and a .br file beside each, as nginx takes."
)
def export(folder: Path, file: Path, *, follow: bool, compressed: bool) -> None:
    """Write the public pages, feeds, badges and API of FILE (checks.yaml) into the folder DIR.

    Any file server can hand them out when Upfront is down; docs/export.md says how. The pages
    are made from the storage that FILE names, also while the service runs; nothing there is
    changed. In DIR only files of an export are touched, and those whose content is the same
    stay. Private pages are left out.

    Exit status: 0 well, 1 when FILE has mistakes, or something cannot be read, made or written,
    2 when used wrongly, as with a folder that holds other files.
    """
    loaded = loaded_of(file)
    assert loaded.config is not None
    for remark in _remarks(loaded.config):
        click.echo(f"upfront: {remark}", err=True)
    if all(page.private for page in loaded.config.pages.values()):
        raise click.UsageError(f"Every page of {file} is private.")
    tree = Tree(folder, precompress=compressed)
    try:
        tree.open()
        failed = asyncio.run(_export(tree, file, loaded, go_on=follow))
    except Refused as error:
        raise click.UsageError(str(error)) from None
    except (StorageError, OSError) as error:
        click.echo(f"upfront: {error}", err=True)
        raise SystemExit(1) from None
    finally:
        tree.close()
    if not follow:
        click.echo(f"{tree.size:,} files: {tree.written:,} written, {tree.removed:,} removed.")
    if failed:
        click.echo(f"upfront: {failed:,} documents could not be made.", err=True)
        raise SystemExit(1)


def _remarks(config: Config) -> Iterable[str]:
    """What a reader of the copy would wonder about."""
    for page in config.pages.values():
        if page.private:
            yield f'the page "{page.id}" is private and left out'
        elif not page.url:
            yield f'the page "{page.id}" has no url: its copy links to {_own(config, page)}'


def _own(config: Config, page: Page) -> str:
    return f"http://{config.server.public}{page.path}"


async def _export(tree: Tree, file: Path, loaded: Loaded, *, go_on: bool) -> int:
    """Write it; returns how many documents could not be made."""
    from monitor.app import told  # takes a while, and mistakes are told without
    from monitor.export.exporting import Exporter, export
    from monitor.export.following import follow
    from monitor.export.service import StoredService
    from statuspage.web import made_pages

    assert loaded.config is not None
    clock = SystemClock()
    service = StoredService(told, loaded.config, clock)
    exporter = Exporter(tree, service, made_pages())
    set_up_logs()
    try:
        if go_on:
            await follow(exporter, file, loaded, clock)
            return 0
        async with progress(lambda: f"{exporter.made:,} documents"):
            await export(exporter)
        return exporter.failed
    finally:
        service.close()


COMMAND = export
