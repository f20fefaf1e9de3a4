"""The main file and all that it includes, merged into one tree."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass, field
from pathlib import Path

from monitor.config.files import is_file, read_text
from monitor.config.issues import Issues
from monitor.config.nodes import Entry, Items, Map, Place, Scalar, Unreadable, is_null, kind_of
from monitor.config.parsing import parse
from monitor.config.scalars import Missing
from monitor.config.schema import INCLUDED_KEYS
from monitor.config.suggestions import did_you_mean, listing
from monitor.config.variables import Variables

MERGED_KEYS = ("components", "groups", "templates", "routes")


@dataclass(slots=True)
class Sources:
    """Reads files in the order in which they are included.

    `files` maps what issues call a file to its path, `texts` to what stands in it.
    """

    issues: Issues
    variables: Variables
    files: dict[str, Path] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    entered: dict[str, Scalar] = field(default_factory=dict)
    """The entry by which each file was included."""

    def gather(self, path: Path, name: str) -> Map | None:
        """The main file's map with everything included merged into it."""
        main = self._read(path, name)
        if main is not None:
            self._include(main, main, (name,))
        return main

    def _read(self, path: Path, name: str) -> Map | None:
        self.files[name] = path
        try:
            text = read_text(path, name, self.variables.files)
            self.texts[name] = text
            document = parse(text, name)
        except Unreadable as error:
            self.issues.broke(name, error.place, error.message, error.hint)
            return None
        for second, first in document.duplicates:
            where = f"line {first.place.line}"
            self.issues.add(
                second, f'"{second.text}" stands here for the second time, first in {where}'
            )
        root = document.root
        if is_null(root):
            return Map({}, Place(name, 1, 1))
        if not isinstance(root, Map):
            self.issues.broke(
                name, root.place, f"the file holds {kind_of(root)}", "a map is due: version: 1 …"
            )
            return None
        return root

    def _include(self, main: Map, parent: Map, ring: tuple[str, ...]) -> None:
        node = parent.get("include")
        items = node.items if isinstance(node, Items) else [node] if node else []
        for item in items:
            if isinstance(item, Scalar):
                for path, name in self._matches(item, ring):
                    self.entered[name] = item
                    self._merge_file(main, path, name, ring)
            else:
                self.issues.add(item, f"a path is due, not {kind_of(item)}")

    def _matches(self, item: Scalar, ring: tuple[str, ...]) -> list[tuple[Path, str]]:
        """Files that an entry names, but for those that are read already."""
        written = self.variables.value(item)
        if isinstance(written, Missing):
            return []
        parent = ring[-1]
        folder = self.files[parent].parent
        if glob.has_magic(written):
            self.variables.files.folders.add((folder / written).parent)
            # Path.glob refuses absolute patterns.
            found = sorted(glob.glob(written, root_dir=folder, recursive=True))  # noqa: PTH207
            return [one for one in self._named(parent, found) if not self._known(one[0])]
        path, name = self._named(parent, [written])[0]
        entered = next((one for one in ring if _same(self.files[one], path)), None)
        if entered:
            self._cycle(item, ring, entered)
        elif not is_file(path):
            self.issues.add(item, f'there is no file "{written}"', self._near(folder, written))
        elif not self._known(path):
            return [(path, name)]
        return []

    def _named(self, parent: str, written: list[str]) -> list[tuple[Path, str]]:
        folder, shown = self.files[parent].parent, os.path.dirname(parent)  # noqa: PTH120
        return [(folder / one, os.path.normpath(os.path.join(shown, one))) for one in written]  # noqa: PTH118

    def _known(self, path: Path) -> bool:
        return not is_file(path) or any(_same(path, known) for known in self.files.values())

    def _cycle(self, item: Scalar, ring: tuple[str, ...], entered: str) -> None:
        names = [*ring[ring.index(entered) :], entered]
        at = self.entered[names[1]] if len(names) > 2 else item
        self.issues.add(at, f"include goes in a ring: {' -> '.join(names)}")

    def _near(self, folder: Path, written: str) -> str:
        wanted = folder / written
        if not wanted.parent.is_dir():
            return f"there is no folder {wanted.parent}"
        names = [one.name for one in wanted.parent.iterdir()]
        return did_you_mean(wanted.name, names).removeprefix(", ")

    def _merge_file(self, main: Map, path: Path, name: str, ring: tuple[str, ...]) -> None:
        if self._known(path):
            return
        root = self._read(path, name)
        if root is None:
            return
        for key, entry in root.entries.items():
            if key in MERGED_KEYS:
                self._merge(main, key, entry)
            elif key == "version":
                self._same_version(main, entry)
            elif key not in INCLUDED_KEYS:
                near = did_you_mean(key, INCLUDED_KEYS)
                self.issues.add(
                    entry.key,
                    f'"{key}" has no place in an included file{near}',
                    f"there are {listing(INCLUDED_KEYS)}",
                )
        self._include(main, root, (*ring, name))

    def _same_version(self, main: Map, entry: Entry) -> None:
        ours = main.get("version")
        theirs = entry.value
        if isinstance(ours, Scalar) and isinstance(theirs, Scalar) and ours.text != theirs.text:
            self.issues.add(
                theirs, f'version {theirs.text}, while "{ours.place.file}" is version {ours.text}'
            )

    def _merge(self, main: Map, key: str, entry: Entry) -> None:
        if is_null(entry.value):
            return
        if not isinstance(entry.value, Map):
            self.issues.add(entry.value, f"a map is due, not {kind_of(entry.value)}")
            return
        merged = main.entries.get(key)
        if merged is None or not isinstance(merged.value, Map):
            if merged is None or is_null(merged.value):
                main.entries[key] = Entry(
                    entry.key, Map(dict(entry.value.entries), entry.value.place)
                )
            return
        for name, one in entry.value.entries.items():
            first = merged.value.entries.setdefault(name, one)
            if first is not one:
                self.issues.add(
                    one.key, f'"{name}" stands here for the second time, first at {first.key.place}'
                )


def _same(one: Path, other: Path) -> bool:
    return one == other or one.resolve() == other.resolve()
