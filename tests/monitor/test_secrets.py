"""The instance key: configured, or made once beside the database."""

from pathlib import Path

import pytest

from monitor.secrets import KeyUnusable, instance_keys


def test_a_key_is_made_on_first_start_for_its_owner_only(tmp_path: Path):
    keys = instance_keys(None, tmp_path / "new" / "upfront.db")
    path = tmp_path / "new" / "secret_key"
    assert len(keys) == 1
    assert len(keys[0]) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["secret_key"]


def test_the_key_that_was_made_stays(tmp_path: Path):
    database = tmp_path / "upfront.db"
    assert instance_keys(None, database) == instance_keys(None, database)


def test_two_instances_have_different_keys(tmp_path: Path):
    assert instance_keys(None, tmp_path / "a" / "x.db") != instance_keys(None, tmp_path / "b" / "x")


def test_a_configured_key_is_used_and_none_is_made(tmp_path: Path):
    assert instance_keys("k" * 20, tmp_path / "upfront.db") == (b"k" * 20,)
    assert not list(tmp_path.iterdir())


def test_keys_are_replaced_by_adding_a_line(tmp_path: Path):
    keys = instance_keys(f"{'a' * 20}\n{'b' * 20}\n", tmp_path / "upfront.db")
    assert keys == (b"a" * 20, b"b" * 20)


@pytest.mark.parametrize("text", ["", "\n", "short", f"{'a' * 20}\nshort"])
def test_a_key_that_anyone_could_guess_is_refused_without_being_told(text: str, tmp_path: Path):
    with pytest.raises(KeyUnusable, match="at least 16") as caught:
        instance_keys(text, tmp_path / "upfront.db")
    assert "short" not in str(caught.value)


def test_a_key_file_that_was_cut_short_is_refused(tmp_path: Path):
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(KeyUnusable, match="secret_key"):
        instance_keys(None, tmp_path / "upfront.db")


def test_a_key_that_cannot_be_kept_says_so(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyUnusable, match="cannot be used"):
        instance_keys(None, tmp_path / "file" / "upfront.db")
