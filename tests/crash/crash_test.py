"""kill -9 of the real program in a loop, while dozens of clients stream.

Each round starts the server on the same data folder, lets clients chat, leave,
resume, watch each other's answers and stop them, and ends it at a random
instant: mostly with SIGKILL, now and then with SIGTERM, sometimes before it is
up. Then, from the log alone:

  - positions and versions have no gap, and what was there stays as it was;
  - every token that a client saw is recorded, at the version it was shown with,
    and between any two things that it saw nothing is missing;
  - what is recorded of an answer is a prefix of what the model sent;
  - a turn that a client got a head for, an end, or a stop for is recorded so;
  - no turn has two endings, and after a restart each has one;
  - the stored projections equal a rebuild (`hansard rebuild --check`).

Where the server is asked to go (SIGTERM), it tells each client so in its
stream: no stream breaks off.

The model's answer is a function of the prompt. A run is a function of its seed,
but for the scheduler: the seed decides prompts, pauses and ends.

    python3 crash_test.py --seconds 30 [--seed N] [--clients N]
"""

import argparse
import array
import collections
import functools
import http.client
import itertools
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

# pylint: disable=wrong-import-position
from hansard import (  # noqa: E402
    MODEL,
    Answer,
    Server,
    agent_table,
    clean_environment,
    program,
    run,
)
from mock_model import MockModel, answer_to  # noqa: E402

# Statuses of a server that is busy, or on its way out or in. A turn of before
# the kill may not have been closed for us to see yet: 409.
NOT_NOW = (409, 503)


class Fault(Exception):
    """A promise that was broken."""


class Seen:
    """What a client saw of one turn: over one stream, or several."""

    def __init__(self, client, session, turn, prompt):
        self.client = client
        self.session = session
        self.turn = turn
        # None: somebody else asked.
        self.prompt = prompt
        # (version, text) of each event; those that were compared with the
        # log are counted and let go.
        self.pieces = []
        self.compared = 0
        # Tokens of the turn up to there.
        self.at = 0
        self.last = None
        self.end = None

    def take(self, event):
        if event.done:
            return
        chunk = event.json
        if event.id is None:
            # An error that is no event of the session.
            return
        if self.last is not None and event.id <= self.last:
            raise Fault(f"{self.turn}: id {event.id} after {self.last}")
        # Also without text: then nothing of the text may lie between.
        self.pieces.append((event.id, chunk["chunk"]))
        if "end" in chunk:
            self.end = (event.id, chunk["end"])
        self.last = event.id


class Talker(threading.Thread):
    """One client: chats, watches, stops, until the server is gone."""

    def __init__(self, number, rng, server, ledger):
        super().__init__()
        self.number = number
        self.rng = rng
        self.server = server
        self.ledger = ledger
        self.fault = None

    def run(self):
        try:
            self.resume_some()
            while True:
                if self.rng.random() < 0.15:
                    self.watch_another()
                else:
                    self.chat_once()
        except Fault as e:
            self.fault = e
        except OSError:
            pass
        except Exception as e:  # pylint: disable=broad-except
            # http.client has its own errors for a connection that breaks off.
            if type(e).__module__ != "http.client":
                self.fault = e

    def resume_some(self):
        """Goes on with what the last kill cut off."""
        for seen in self.ledger.unfinished(self.number):
            self.go_on(seen)

    def go_on(self, seen):
        """Resumes a stream, by one of the ways to say where."""
        stream = self.server.admin.resume(
            seen.session,
            seen.last,
            turn=seen.turn,
            query=self.rng.random() < 0.5,
        )
        if isinstance(stream, Answer):
            if stream.status == 204 and seen.end:
                return
            if stream.status not in (204, *NOT_NOW):
                raise Fault(f"resume of {seen.turn}: {stream}")
            return
        self.ledger.count("reconnects")
        self.read(seen, stream)

    def read(self, seen, stream):
        """Reads to the end, or leaves somewhere; who leaves may come back."""
        self.ledger.touch(seen)
        leaves = self.rng.random() < 0.3
        left_after = self.rng.randint(1, 60) if leaves else None
        stops = seen.prompt and self.rng.random() < 0.08
        self.ledger.count("streams")
        with stream:
            try:
                events = 0
                for event in stream:
                    seen.take(event)
                    events += 1
                    if stops and events == 3:
                        self.stop(seen)
                    if events == left_after:
                        break
                else:
                    left_after = None
            except (OSError, http.client.HTTPException):
                left_after = None
                if not self.ledger.draining:
                    raise
            if not left_after and not stream.finished and self.ledger.draining:
                raise Fault(f"{seen.turn}: broken off by a drain")
        if left_after and self.rng.random() < 0.7:
            self.go_on(seen)

    def stop(self, seen):
        try:
            answer = self.server.admin.stop(seen.session, seen.turn)
        except (OSError, http.client.HTTPException):
            # The server takes no connections any more; the stream may go on.
            return
        if answer.status != 200:
            if answer.status not in NOT_NOW:
                raise Fault(f"stop of {seen.turn}: {answer}")
            return
        if answer.json["turnId"]:
            self.ledger.count("stops")
            self.ledger.stopped.add(seen.turn)

    def watch_another(self):
        """Follows the answer that somebody else asked for, from its start."""
        asked = self.ledger.any_turn(self.rng)
        if not asked:
            return
        seen = self.ledger.begin_watch(self.number, asked)
        stream = self.server.admin.resume(seen.session, turn=seen.turn)
        if isinstance(stream, Answer):
            if stream.status not in (204, *NOT_NOW):
                raise Fault(f"watch of {seen.turn}: {stream}")
            time.sleep(0.01)
            return
        self.ledger.count("watchers")
        self.read(seen, stream)

    def chat_once(self):
        sessions = self.ledger.sessions[self.number]
        session = None
        if sessions and self.rng.random() < 0.6:
            session = self.rng.choice(sessions)
        prompt = f"client {self.number}: {self.rng.getrandbits(64):x}"
        stream = self.server.admin.chat(prompt, session=session)
        if isinstance(stream, Answer):
            if stream.status not in NOT_NOW:
                raise Fault(f"chat: {stream}")
            time.sleep(0.01)
            return
        with stream:
            if session is None:
                sessions.append(stream.session)
            elif stream.session != session:
                raise Fault(f"{session} became {stream.session}")
            seen = self.ledger.begin(
                self.number, stream.session, stream.turn, prompt
            )
            self.read(seen, stream)


class Ledger:
    """All that clients saw, over all rounds."""

    def __init__(self, clients):
        self.lock = threading.Lock()
        self.turns = {}
        # Of which something was seen since the last look at the log.
        self.touched = set()
        # Turns whose stop was acknowledged.
        self.stopped = set()
        self.sessions = [[] for _ in range(clients)]
        self.counts = collections.Counter()
        # Streams of this round must not break off.
        self.draining = False

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def touch(self, seen):
        with self.lock:
            self.touched.add(seen)

    def begin(self, client, session, turn, prompt):
        with self.lock:
            seen = Seen(client, session, turn, prompt)
            if turn in self.turns:
                raise Fault(f"{turn} was given out twice")
            self.turns[turn] = seen
            return seen

    def begin_watch(self, client, asked):
        return Seen(client, asked.session, asked.turn, None)

    def newest(self, count):
        with self.lock:
            return list(itertools.islice(reversed(self.turns.values()), count))

    def any_turn(self, rng):
        """One of the newest: some run, some have ended."""
        turns = self.newest(60)
        return rng.choice(turns) if turns else None

    def unfinished(self, client):
        """The last two of a client whose end it has not seen."""
        mine = (
            s for s in self.newest(2000)
            if s.client == client and s.end is None
        )
        return list(itertools.islice(mine, 2))

    def take_touched(self):
        with self.lock:
            seen, self.touched = self.touched, set()
            return seen


class Turn:
    """A turn as it is recorded: a prefix of what the model said, by the
    versions of its tokens."""

    def __init__(self, session, prompt):
        self.session = session
        self.prompt = prompt
        self.versions = array.array("Q")
        self.end = None

    def words(self):
        return words_of(self.prompt)[: len(self.versions)]


@functools.lru_cache(maxsize=4096)
def words_of(prompt):
    return answer_to(prompt)


def events_of(server, *arguments):
    """`hansard events`, an event at a time."""
    with subprocess.Popen(
        [program(), "events", "--storage-path", str(server.data), *arguments],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as process:
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode != 0:
        raise Fault(f"hansard events ended with {process.returncode}")


class Record:
    """The log, read on from where the last look ended."""

    def __init__(self):
        self.position = 0
        # stream: [events, a hash of them all]
        self.streams = {}
        self.turns = {}
        # stream: its newest turn
        self.newest = {}

    def read_on(self, server):
        for event in events_of(server, "--from", str(self.position + 1)):
            if event["position"] != self.position + 1:
                raise Fault(
                    f"position {event['position']} follows {self.position}"
                )
            self.position = event["position"]
            stream = self.streams.setdefault(event["stream"], [0, 0])
            if event["version"] != stream[0] + 1:
                raise Fault(
                    f"{event['stream']}: version {event['version']} "
                    f"follows {stream[0]}"
                )
            stream[0] += 1
            stream[1] = hash(
                (stream[1], event["type"], json.dumps(event["data"]))
            )
            self.take(event)

    def take(self, event):
        stream, kind, data = event["stream"], event["type"], event["data"]
        turn = self.newest.get(stream)
        if kind == "messages_received":
            if data["turnId"] in self.turns:
                raise Fault(f"{data['turnId']} begins twice")
            prompt = data["messages"][-1]["content"]
            turn = self.turns[data["turnId"]] = Turn(stream, prompt)
            self.newest[stream] = turn
        elif kind == "token_generated":
            at = len(turn.versions)
            words = words_of(turn.prompt)
            if turn.end:
                raise Fault(f"{stream}: a token after the end")
            if at >= len(words) or data["text"] != words[at]:
                raise Fault(f"{stream}: recorded what was never sent")
            turn.versions.append(event["version"])
        elif kind in ENDINGS.values():
            if turn.end:
                raise Fault(f"{stream}: a turn ends twice")
            turn.end = (event["version"], kind)

    def check_unchanged(self, server):
        """What was read before is still what a read from the start gives."""
        again = Record()
        again.read_on(server)
        if again.streams != self.streams:
            raise Fault("the log reads differently than before")


ENDINGS = {
    "complete": "generation_completed",
    "interrupted": "generation_interrupted",
    "failed": "generation_failed",
    "truncated": "generation_failed",
    "cancelled": "generation_cancelled",
}


def check_turns(ledger, record):
    for seen in ledger.take_touched():
        check_seen(seen, record.turns.get(seen.turn))
    for turn in ledger.stopped:
        end = record.turns[turn].end
        if not end or end[1] != "generation_cancelled":
            raise Fault(f"{turn}: its stop was acknowledged, and it is {end}")


def check_seen(seen, turn):
    if not turn:
        raise Fault(f"{seen.turn} was acknowledged and is not recorded")
    if turn.session != seen.session or seen.prompt not in (None, turn.prompt):
        raise Fault(f"{seen.turn}: recorded elsewhere: {turn.session}")
    words = turn.words()
    # From one event to the next, and so from the first to the last.
    for version, text in seen.pieces:
        # A client that catches up gets several tokens in one event.
        begin = seen.at
        while (
            seen.at < len(words) and turn.versions[seen.at] <= version
        ):
            seen.at += 1
        if "".join(words[begin:seen.at]) != text:
            raise Fault(
                f"{seen.turn}: version {version} was shown as {text!r} and is "
                f"recorded as {words[begin:seen.at]!r}"
            )
    seen.compared += len(seen.pieces)
    seen.pieces.clear()
    if seen.end:
        version, how = seen.end
        if turn.end != (version, ENDINGS[how]):
            raise Fault(
                f"{seen.turn}: ended for its client as {seen.end}: {turn.end}"
            )


def check_projections(server):
    code, out, err = run("rebuild", "--check", "--storage-path", server.data)
    if code != 0:
        raise Fault(f"projections differ: {out}{err}")


def check_history(server, record, rng):
    """A few sessions as the restarted server shows them."""
    sessions = list(record.newest)
    chosen = set(rng.sample(sessions, min(3, len(sessions))))
    wanted = {session: [] for session in chosen}
    for turn in record.turns.values():
        if turn.session in chosen:
            wanted[turn.session] += [turn.prompt, "".join(turn.words())]
    for session in chosen:
        shown = server.admin.messages(session)
        # A turn that was cut before its first token has no answer to show.
        texts = [m["content"] for m in shown if m["content"]]
        if texts != [t for t in wanted[session] if t]:
            raise Fault(f"{session} shows {texts} for {wanted[session]}")


def begin_and_kill(server, rng):
    """Starts it, and kills it on its way up."""
    server.launch()
    time.sleep(0.2 * rng.random())
    server.kill()


def round_of(server, ledger, record, rng, clients):
    if rng.random() < 0.1:
        begin_and_kill(server, rng)
        ledger.count("kills")
    server.start()
    if record.position:
        check_history(server, record, rng)
    talkers = [
        Talker(i, random.Random(rng.getrandbits(64)), server, ledger)
        for i in range(clients)
    ]
    for talker in talkers:
        talker.start()
    time.sleep(rng.choice((0.05, 0.3, 0.8, 1.5)) * rng.random())
    if rng.random() < 0.15:
        ledger.draining = True
        code = server.stop()
        if code != 0:
            raise Fault(f"it was asked to go, and ended with {code}")
        ledger.count("drains")
    else:
        server.kill()
        ledger.count("kills")
    for talker in talkers:
        talker.join()
    ledger.draining = False
    for talker in talkers:
        if talker.fault:
            raise talker.fault
    record.read_on(server)
    check_turns(ledger, record)
    # Of the whole log, and so of each round before: now and then is enough.
    ledger.counts["rounds"] += 1
    if ledger.counts["rounds"] % 20 == 1:
        check_projections(server)


def last_look(server, ledger, record):
    server.start()
    code = server.stop()
    if code != 0:
        raise Fault(f"the last run ended with {code}")
    record.read_on(server)
    record.check_unchanged(server)
    check_turns(ledger, record)
    check_projections(server)
    open_turns = [t for t, r in record.turns.items() if not r.end]
    if open_turns:
        raise Fault(f"never closed: {open_turns}")


def summary(ledger, record, violations):
    counts = ledger.counts
    endings = collections.Counter(
        turn.end[1].removeprefix("generation_")
        for turn in record.turns.values() if turn.end
    )
    tokens = sum(len(turn.versions) for turn in record.turns.values())
    told = ", ".join(f"{n} {how}" for how, n in sorted(endings.items()))
    return (
        f"{counts['kills']} kills, {counts['drains']} drains, "
        f"{len(ledger.turns)} turns ({told}), {counts['streams']} streams, "
        f"{counts['reconnects']} reconnects, {counts['watchers']} watchers, "
        f"{counts['stops']} stops, {tokens} tokens, {record.position} events "
        f"recorded: {violations} violations"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    seed = options.seed
    if seed is None:
        seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    model = MockModel(gap=0.002)
    server = Server(
        agent_table(MODEL, model.base_url, "m"),
        flags=("--drain-timeout", "300ms"),
        agent=MODEL,
    )
    ledger = Ledger(options.clients)
    record = Record()
    deadline = time.monotonic() + options.seconds
    told = time.monotonic()
    try:
        while time.monotonic() < deadline:
            server.stdout.clear()
            server.stderr.clear()
            round_of(server, ledger, record, rng, options.clients)
            if time.monotonic() - told > 60:
                told = time.monotonic()
                print(summary(ledger, record, 0), flush=True)
        last_look(server, ledger, record)
    except Exception:
        print(f"seed {seed}, round {ledger.counts['rounds'] + 1}; the server "
              "said:")
        print("\n".join((server.stdout + server.stderr)[-30:]))
        if server.process:
            server.kill()
        kept = pathlib.Path(f"/var/tmp/hansard-crash-{seed}")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(server.folder, kept)
        print(f"the data folder is in {kept}")
        print(summary(ledger, record, 1), flush=True)
        raise
    finally:
        server.remove()
        model.close()
    print(summary(ledger, record, 0))
    if not any(s.compared for s in ledger.turns.values()):
        raise Fault("no client saw anything")


if __name__ == "__main__":
    main()
