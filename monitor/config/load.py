"""Read checks.yaml: the one way in, from a path to a `Config` or to all issues at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from checks.model import Kind
from incidents.sending import Channel
from monitor.config.composing import Composer
from monitor.config.config import Config, Loaded
from monitor.config.issues import Issues
from monitor.config.sources import Sources
from monitor.config.validation import Reader
from monitor.config.variables import Variables
from monitor.heap import collection_paused


def load(
    path: Path | str,
    *,
    kinds: Mapping[str, Kind] | None = None,
    channels: Mapping[str, Channel] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Loaded:
    """Read the main file and everything that it includes; never raises for what stands there.

    Parsing is pure Python over the parser's events, so it can run in a thread; a large file
    still takes the interpreter's time, for which there is `apart.load_in_process`.
    """
    with collection_paused():
        return _loaded(
            Path(path),
            _kinds() if kinds is None else kinds,
            _channels() if channels is None else channels,
            environ,
        )[0]


def load_traced(
    path: Path | str, environ: Mapping[str, str] = os.environ
) -> tuple[Loaded, Composer | None]:
    """The same with the composer, by which `origins` says where each setting was written."""
    with collection_paused():
        return _loaded(Path(path), _kinds(), _channels(), environ)


def _loaded(
    main: Path,
    kinds: Mapping[str, Kind],
    channels: Mapping[str, Channel],
    environ: Mapping[str, str],
) -> tuple[Loaded, Composer | None]:
    issues = Issues()
    variables = Variables(environ, main.absolute().parent, issues)
    sources = Sources(issues, variables)
    root = sources.gather(main.absolute(), str(main))
    config: Config | None = None
    composer: Composer | None = None
    if root is not None:
        composer = Composer(root, Reader(issues, variables), kinds, channels, variables.folder)
        config = composer.config()
    loaded = Loaded(
        None if issues else config,
        issues.sorted(sources.files),
        tuple(variables.files.hashes),
        tuple(sorted(variables.files.folders)),
        variables.files.digest(),
        sources.texts,
    )
    return loaded, composer


def _kinds() -> Mapping[str, Kind]:
    from checks.kinds import KINDS

    return KINDS


def _channels() -> Mapping[str, Channel]:
    from incidents.channels import channels

    return channels()
