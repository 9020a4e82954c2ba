"""However often a stream is cut, and wherever: the pieces, joined, are the
stream."""

import os
import random
import threading
import unittest

from hansard import Answer, Event, ServerTest
from mock_model import plan

# How often a reader of a large answer is cut at least.
CUTS = 10
# Text that a careless cut would break: more bytes than characters, quotes,
# line ends, what looks like framing.
SMALL = ["é", "\n\n", "data: ", '"', "\\", "😀", "[DONE]", "a", " ", "漢字", "\r", "z"]


def large_tokens(rng, size=1 << 20):
    tokens = []
    while size > 0:
        token = rng.choice(SMALL) * rng.randint(1, 40)
        tokens.append(token)
        size -= len(token.encode())
    return tokens


def events_in(raw):
    """The whole events in the bytes of a stream that was cut."""
    events = [Event(b.decode().split("\n")) for b in raw.split(b"\n\n")[:-1]]
    return [e for e in events if e.data is not None]


class CutReader:
    """A client whose connection breaks after so many bytes, again and again,
    and who resumes from the last id that it has."""

    def __init__(self, client, session, turn, cuts):
        self.client = client
        self.session = session
        self.turn = turn
        self.cuts = cuts
        self.text = ""
        self.last = None
        self.end = None
        self.done = False
        self.connections = 0

    def read(self, first=None):
        """To the end, by way of a stream that is open, and of others."""
        stream = first or self.connect()
        patience = 0
        while True:
            self.connections += 1
            before = self.last
            with stream:
                # An event may be longer than the cut: then nothing comes of it.
                stream.read_bytes(self.cuts() << patience)
            self.take(stream.events)
            if self.done:
                return self
            patience = patience + 1 if self.last == before else 0
            stream = self.connect()

    def connect(self):
        stream = self.client.resume(
            self.session,
            self.last,
            # From the very start, the turn has to be named.
            turn=self.turn if self.last is None else None,
            query=self.connections % 2 == 0,
        )
        if isinstance(stream, Answer):
            raise AssertionError(f"resume after {self.last}: {stream}")
        return stream

    def take(self, events):
        for event in events:
            if event.done:
                self.done = True
                continue
            if self.done:
                raise AssertionError("more after [DONE]")
            if event.id is not None:
                if self.last is not None and event.id <= self.last:
                    raise AssertionError(f"id {event.id} after {self.last}")
                self.last = event.id
            self.text += event.json["chunk"]
            if "end" in event.json:
                self.end = event.json["end"]
        # With the ending and without [DONE] there is nothing to resume.
        self.done = self.done or self.end is not None


class CutsTest(ServerTest):
    agent_members = {"max_output_tokens": 100000}

    def setUp(self):
        self.seed = int(
            os.environ.get("E2E_SEED", int.from_bytes(os.urandom(4), "big"))
        )
        self.rng = random.Random(self.seed)
        print(f"E2E_SEED={self.seed}", end=" ", flush=True)

    def read_all_at_once(self, readers):
        """Each reader on a thread of its own; the first fault is raised."""
        faults = []

        def run(reader, first):
            try:
                reader.read(first)
            except Exception as e:  # pylint: disable=broad-except
                faults.append(e)

        threads = [
            threading.Thread(target=run, args=pair) for pair in readers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]

    def test_every_byte_of_a_recorded_stream_is_a_place_to_go_on(self):
        whole = self.admin.say(plan(tokens=SMALL))
        text = "".join(SMALL)
        self.assertEqual(whole.text, text)
        rests = {}
        for cut in range(len(whole.raw) + 1):
            seen = events_in(whole.raw[:cut])
            ids = [e.id for e in seen if e.id is not None]
            if any(not e.done and "end" in e.json for e in seen):
                break
            last = ids[-1] if ids else None
            if last not in rests:
                stream = self.admin.resume(whole.session, last)
                with stream:
                    rests[last] = stream.read()
            had = "".join(e.json["chunk"] for e in seen if not e.done)
            self.assertEqual(had + rests[last].text, text, f"cut at {cut}")
            self.assertTrue(rests[last].finished)
        self.assertGreater(len(rests), len(SMALL) // 2)

    def test_every_version_of_a_recorded_stream_is_a_place_to_go_on(self):
        # A catch-up puts many tokens in one event; a cursor may lie between.
        whole = self.admin.say(plan(tokens=SMALL))
        at = {}
        text = ""
        for event in self.admin.recorded(whole.session):
            if event["type"] == "token_generated":
                text += event["data"]["text"]
            at[event["version"]] = text
        end = whole.last_id
        for version in range(0, end):
            with self.admin.resume(whole.session, version) as rest:
                rest.read()
            self.assertEqual(at.get(version, "") + rest.text, "".join(SMALL))
            self.assertTrue(rest.finished)

    def test_every_place_of_a_running_stream_is_one_to_go_on_from(self):
        tokens = [f"{i}{t}" for i, t in enumerate(SMALL * 3)]
        first = self.admin.chat(plan(tokens=tokens, gap=0.02))
        readers = []
        # One byte of a stream more, each; and one that is cut all the time.
        for count in range(1, 1500, 60):
            cuts = iter([count])
            reader = CutReader(
                self.admin, first.session, first.turn,
                lambda cuts=cuts: next(cuts, 1 << 30),
            )
            readers.append((reader, None))
        often = CutReader(self.admin, first.session, first.turn, lambda: 150)
        readers.append((often, first))
        self.read_all_at_once(readers)
        for reader, _ in readers:
            self.assertEqual(reader.text, "".join(tokens))
            self.assertEqual(reader.end, "complete")
        self.assertGreater(often.connections, 10)

    def test_a_megabyte_survives_random_cuts_while_it_runs_and_after(self):
        tokens = large_tokens(self.rng)
        text = "".join(tokens)
        first = self.admin.chat(plan(tokens=tokens))

        def random_cuts():
            # So many of them early that no reader gets through with fewer.
            rng = random.Random(self.rng.getrandbits(64))
            early = [rng.randrange(1 << 8, 1 << 15) for _ in range(CUTS)]
            cuts = iter(early)
            return lambda: next(cuts, 0) or int(2 ** rng.uniform(8, 18))

        live = [
            (CutReader(self.admin, first.session, first.turn, random_cuts()),
             first if i == 0 else None)
            for i in range(4)
        ]
        self.read_all_at_once(live)
        after = [
            (CutReader(self.admin, first.session, first.turn, random_cuts()),
             None)
            for _ in range(4)
        ]
        self.read_all_at_once(after)
        for reader, _ in live + after:
            self.assertEqual(len(reader.text), len(text))
            self.assertEqual(reader.text, text)
            self.assertEqual(reader.end, "complete")
        for reader, _ in after:
            self.assertGreater(reader.connections, CUTS)
        # Not a write for each token: one event carries many.
        with self.admin.resume(first.session, turn=first.turn) as again:
            again.read()
        self.assertEqual(again.text, text)
        self.assertLess(len(again.events), len(tokens) // 4)


if __name__ == "__main__":
    unittest.main()
