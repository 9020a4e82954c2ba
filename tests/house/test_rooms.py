"""The house keeps its rooms apart: what a room's include path shows it is what
its folder's CMakeLists.txt allows, and an include of anything else does not
compile."""

import functools
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["HOUSE_BUILD"])
COMPILER = os.environ["HOUSE_COMPILER"]
LAYERS = ["events", "storage", "projections", "actors", "http", "tools"]


class Room:
    def __init__(self, folder, name, words):
        self.folder, self.name = folder, name
        self.id = f"{folder.name}/{name}"
        self.path = f"{folder.path}/{name}"
        self.pure = "PURE" in words
        self.headers = listed(words, "HEADERS")
        self.uses = listed(words, "USES") or []
        self.ground = listed(words, "GROUND")
        if self.ground is None:
            self.ground = folder.ground
        target = "hansard_" + self.id.replace("/", "_")
        self.view = BUILD / "view" / target

    def seen(self):
        """Its own name and those of the rooms that it may include."""
        out = {self.name}
        for used in self.uses:
            out |= self.folder.rooms[used].seen()
        return out


class Folder:
    def __init__(self, name, path, ground):
        self.name, self.path, self.ground = name, path, ground
        self.rooms = {}


def listed(words, key):
    """The words behind a keyword of hansard_room; None: it is not there."""
    keys = {"PURE", "PCH", "USES", "SOURCES", "DEPS", "HEADERS", "GROUND"}
    if key not in words:
        return None
    out = []
    for word in words[words.index(key) + 1:]:
        if word in keys:
            break
        out.append(word)
    return out


@functools.cache
def folders():
    out = []
    for layer in LAYERS:
        path = "tools/hansard" if layer == "tools" else layer
        text = (SOURCE / path / "CMakeLists.txt").read_text()
        text = re.sub(r"#.*", "", text)
        begun = re.search(r"hansard_folder\(([^)]*)\)", text).group(1).split()
        folder = Folder(layer, path, begun[begun.index("GROUND") + 1:])
        for call in re.findall(r"hansard_room\(([^)]*)\)", text):
            words = call.split()
            folder.rooms[words[0]] = Room(folder, words[0], words[1:])
        out.append(folder)
    return out


def rooms():
    return [room for folder in folders() for room in folder.rooms.values()]


def headers_of(room):
    """The headers of a room, without those of rooms inside of it."""
    inner = {r.path for r in rooms()}
    found = (SOURCE / room.path).rglob("*.hpp")
    return {
        str(h.relative_to(SOURCE)) for h in found
        if str(h.parent.relative_to(SOURCE)) == room.path
        or str(h.parent.relative_to(SOURCE)) not in inner}


def shown(room):
    """The headers of its own folder that a room's include path shows."""
    out = set()
    top = room.view / room.folder.path
    for at, _, files in os.walk(top, followlinks=True):
        for name in files:
            if name.endswith(".hpp"):
                out.add(os.path.relpath(os.path.join(at, name), room.view))
    return out


def compiles(room, include):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "try.cpp")
        source.write_text(f"#include {include}\n")
        done = subprocess.run(
            [COMPILER, "-std=c++20", "-fsyntax-only", "-Wfatal-errors",
             f"-I{room.view}",
             str(source)], capture_output=True, text=True, check=False)
        return done.returncode == 0, done.stderr


class Rooms(unittest.TestCase):
    def test_a_room_sees_what_its_folder_allows_and_nothing_else(self):
        self.assertGreater(len(rooms()), 30)
        for room in rooms():
            allowed = {f"{room.folder.path}/{h}" for h in room.ground}
            for name in room.seen():
                other = room.folder.rooms[name]
                names = headers_of(other)
                if other.headers and other is not room:
                    names = {f"{other.path}/{h}" for h in other.headers}
                allowed |= names
            with self.subTest(room=room.id):
                self.assertEqual(shown(room) - allowed, set())

    def test_a_room_sees_no_layer_above_its_own(self):
        for room in rooms():
            above = LAYERS[LAYERS.index(room.folder.name) + 1:]
            with self.subTest(room=room.id):
                self.assertEqual(
                    [a for a in above if (room.view / a).exists()], [])

    def test_rooms_have_no_cycle(self):
        for folder in folders():
            for room in folder.rooms.values():
                for name in room.seen() - {room.name}:
                    self.assertNotIn(
                        room.name, folder.rooms[name].seen(), room.id)

    def test_an_include_up_or_sideways_does_not_compile(self):
        tried = 0
        for folder in folders():
            for room in folder.rooms.values():
                shut = sorted(set(folder.rooms) - room.seen())
                for name in shut[:2]:
                    header = min(headers_of(folder.rooms[name]), default=None)
                    if header is None:
                        continue
                    tried += 1
                    good, said = compiles(room, f'"{header}"')
                    with self.subTest(room=room.id, header=header):
                        self.assertFalse(good)
                        self.assertIn("No such file", said)
        self.assertGreater(tried, 30)

    def test_an_include_down_compiles(self):
        for folder in folders():
            room = list(folder.rooms.values())[-1]
            header = "events/error.hpp"
            with self.subTest(room=room.id):
                good, said = compiles(room, f'"{header}"')
                self.assertTrue(good, said)

    def test_a_pure_room_compiles_no_actors_and_no_sockets(self):
        pure = [room for room in rooms() if room.pure]
        self.assertGreater(len(pure), 10)
        for room in pure:
            for header in ("<caf/actor.hpp>", "<boost/asio/io_context.hpp>"):
                with self.subTest(room=room.id, header=header):
                    good, said = compiles(room, header)
                    self.assertFalse(good)
                    self.assertIn("This room is pure", said)


if __name__ == "__main__":
    unittest.main()
