"""`${env:NAME}`, `${file:PATH}` and `${each:NAME}` in scalar values."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.config.files import Files
from monitor.config.issues import Issues
from monitor.config.nodes import Scalar
from monitor.config.scalars import Missing, Plain, Secret
from monitor.config.suggestions import did_you_mean

_NONE: Mapping[str, str] = {}
_PART = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
LARGEST_SECRET_BYTES = 2**20


@dataclass(slots=True)
class Variables:
    """What variables stand for: the environment, files, and what a for_each binds.

    Through `files` a change of a file is a change of the configuration.
    """

    environ: Mapping[str, str]
    folder: Path
    issues: Issues
    files: Files = field(default_factory=Files)

    def value(self, scalar: Scalar, each: Mapping[str, str] = _NONE) -> str:
        """The scalar's value: Plain when unquoted, Secret when one went into it."""
        text = scalar.text
        if "${" not in text:
            return Plain(text) if scalar.plain else text
        secret = missing = False

        def replaced(match: re.Match[str]) -> str:
            nonlocal secret, missing
            if match[0] == "$${":
                return "${"
            if not match[2]:
                self.issues.add(scalar, '"${" is not closed by "}"', "a literal ${ is written $${")
                missing = True
                return ""
            prefix, _, name = match[1].partition(":")
            secret = secret or prefix in ("env", "file")
            value = self._lookup(scalar, prefix, name, each)
            missing = missing or value is None
            if value and prefix != "each":
                self.issues.secrets[value] = match[0]
            return value or ""

        found = _PART.sub(replaced, text)
        if missing:
            return Missing(found)
        return Secret(found, text) if secret else found

    def _lookup(
        self, scalar: Scalar, prefix: str, name: str, each: Mapping[str, str]
    ) -> str | None:
        match prefix:
            case "env" if _NAME.fullmatch(name):
                return self._environment(scalar, name)
            case "file" if name:
                return self._file(scalar, name)
            case "each":
                return self._each(scalar, name, each)
        if prefix in ("env", "file"):
            self.issues.add(scalar, f'"${{{prefix}:{name}}}" has no usable name')
            return None
        self.issues.add(
            scalar,
            f'unknown variable "${{{prefix}{":" + name if name else ""}}}"',
            self._meant(prefix),
        )
        return None

    def _meant(self, prefix: str) -> str:
        if prefix in self.environ or (_NAME.fullmatch(prefix) and prefix.isupper()):
            return f"from the environment: ${{env:{prefix}}}; a literal ${{ is written $${{"
        return "there are ${env:NAME}, ${file:PATH} and, under a for_each, ${each:NAME}"

    def _environment(self, scalar: Scalar, name: str) -> str | None:
        found = self.environ.get(name)
        if found is None:
            near = did_you_mean(name, (known for known in self.environ if len(known) > 3))
            self.issues.add(scalar, f'the environment has no "{name}"{near}')
        return found

    def _file(self, scalar: Scalar, name: str) -> str | None:
        path = self.folder / name
        try:
            data = self.files.read(path, LARGEST_SECRET_BYTES)
            if len(data) > LARGEST_SECRET_BYTES:
                self.issues.add(scalar, f'"{name}" is larger than 1 MB')
                return None
            return _without_newline(data.decode())
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "it cannot be opened"
            self.issues.add(scalar, f'"{name}" cannot be read: {reason}')
        except ValueError:
            self.issues.add(scalar, f'"{name}" is not UTF-8 text')
        return None

    def _each(self, scalar: Scalar, name: str, each: Mapping[str, str]) -> str | None:
        if name in each:
            return each[name]
        if each:
            self.issues.add(scalar, f'for_each has no "{name}"{did_you_mean(name, each)}')
        else:
            self.issues.add(scalar, f'"${{each:{name}}}" stands under no for_each')
        return None


def _without_newline(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
