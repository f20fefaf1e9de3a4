"""A change of content is noticed however it comes about, and nothing else is."""

import asyncio
import contextlib
from datetime import timedelta

import pytest

from monitor.config.apart import begin_loading, load_in_process, pack, unpack
from monitor.config.load import load
from monitor.config.reload import Watcher

FILE = "version: 1\ncomponents:\n  shop: {checks: {api: {tcp: 'shop.example:443'}}}\n"
OTHER = FILE.replace("443", "444")
POLL = timedelta(milliseconds=100)


@contextlib.asynccontextmanager
async def watching(path):
    watcher = Watcher(path, load(path), poll=POLL)
    changes = watcher.changes()
    task = asyncio.create_task(anext(changes))
    await asyncio.sleep(0)
    try:
        yield watcher, task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await changes.aclose()


async def changed(task):
    async with asyncio.timeout(20):
        return await task


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "checks.yaml"
    path.write_text(FILE)
    return path


def port(loaded):
    return loaded.config.checks["shop/api"].options.address.port


async def test_a_written_file_is_read_again(file):
    async with watching(file) as (_, change):
        file.write_text(OTHER)
        assert port(await changed(change)) == 444


async def test_a_replaced_file_is_read_again(file, tmp_path):
    async with watching(file) as (_, change):
        new = tmp_path / "checks.yaml.new"
        new.write_text(OTHER)
        new.rename(file)
        assert port(await changed(change)) == 444


async def test_a_swapped_symlink_as_kubernetes_does_it_is_read_again(tmp_path):
    for version, text in (("v1", FILE), ("v2", OTHER)):
        (tmp_path / version).mkdir()
        (tmp_path / version / "checks.yaml").write_text(text)
    (tmp_path / "data").symlink_to("v1")
    (tmp_path / "checks.yaml").symlink_to("data/checks.yaml")
    async with watching(tmp_path / "checks.yaml") as (_, change):
        (tmp_path / "data.new").symlink_to("v2")
        (tmp_path / "data.new").rename(tmp_path / "data")
        assert port(await changed(change)) == 444


async def test_an_included_file_and_a_new_one_for_its_glob_count(tmp_path):
    (tmp_path / "parts").mkdir()
    main = tmp_path / "checks.yaml"
    main.write_text("version: 1\ninclude: parts/*.yaml\ncomponents: {}\n")
    async with watching(main) as (_, change):
        (tmp_path / "parts" / "shop.yaml").write_text("components: {shop: {}}\n")
        assert "shop" in (await changed(change)).config.policy.components


async def test_a_secret_file_counts(tmp_path):
    key = tmp_path / "key"
    key.write_text("one\n")
    main = tmp_path / "checks.yaml"
    main.write_text("version: 1\nsecret_key: ${file:key}\ncomponents: {}\n")
    async with watching(main) as (_, change):
        key.write_text("two\n")
        assert (await changed(change)).config.secret_key == "two"


async def test_a_file_with_mistakes_comes_through_with_its_issues(file):
    async with watching(file) as (_, change):
        file.write_text(FILE.replace("tcp", "tpc"))
        loaded = await changed(change)
        assert loaded.config is None
        assert 'unknown key "tpc"' in loaded.mistakes[0].message


async def test_a_touched_file_is_no_change_but_a_nudge_reads_it(file):
    async with watching(file) as (watcher, change):
        file.write_text(FILE)
        done, _ = await asyncio.wait([change], timeout=0.5)
        assert not done
        watcher.nudge()
        assert port(await changed(change)) == 443


async def test_a_deleted_file_is_an_issue_and_its_return_is_seen(file):
    watcher = Watcher(file, load(file), poll=POLL)
    changes = watcher.changes()
    async with asyncio.timeout(20):
        file.unlink()
        assert (await anext(changes)).config is None
        file.write_text(OTHER)
        assert port(await anext(changes)) == 444
    await changes.aclose()


def test_a_configuration_survives_the_way_between_processes(file):
    loaded = load(file)
    assert unpack(pack(loaded)) == loaded


async def test_another_process_comes_to_the_same(file, monkeypatch):
    monkeypatch.setenv("UPFRONT_SAMPLE", "s3cret")
    file.write_text(FILE + "secret_key: ${env:UPFRONT_SAMPLE}\n")
    loaded = await load_in_process(file)
    assert loaded == load(file)
    assert loaded.config.secret_key == "s3cret"
    assert "s3cret" not in repr(loaded.config)


async def test_what_was_begun_in_another_process_comes_to_the_same(file):
    loaded = await asyncio.to_thread(begin_loading(file))
    assert loaded == load(file)


async def test_a_process_that_ends_without_an_answer_is_told(tmp_path):
    nothing = tmp_path / "\0"
    with pytest.raises((RuntimeError, ValueError)):
        await load_in_process(nothing)
