"""kill -9 of the real program in a loop, while clients stream.

Each round starts the server on the same data folder, lets clients chat and
resume, and kills it at a random instant. Then, from the log alone:

  - positions and versions have no gap, and what was there stays as it was;
  - every token that a client saw is recorded, at the version it was shown with;
  - what is recorded of an answer is a prefix of what the model sent;
  - a turn that a client got a head for, or an end, is recorded so;
  - the stored projections equal a rebuild (`hansard rebuild --check`).

The model's answer is a function of the prompt. A run is a function of its seed,
but for the scheduler: the seed decides prompts, pauses and kills.

    python3 crash_test.py --seconds 30 [--seed N] [--clients N]
"""

import argparse
import os
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

# pylint: disable=wrong-import-position
from hansard import MODEL, Answer, Server, agent_table, run  # noqa: E402
from mock_model import MockModel, answer_to  # noqa: E402


class Fault(Exception):
    """A promise that was broken."""


class Seen:
    """What a client saw of one turn: over one stream, or several."""

    def __init__(self, session, turn, prompt):
        self.session = session
        self.turn = turn
        self.prompt = prompt
        # (version of the event before, its own version, text)
        self.pieces = []
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
        if chunk["chunk"]:
            self.pieces.append((self.last, event.id, chunk["chunk"]))
        if "end" in chunk:
            self.end = (event.id, chunk["end"])
        self.last = event.id


class Talker(threading.Thread):
    """One client: chats in its sessions until the server is gone."""

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
        mine = [
            s
            for s in self.ledger.turns.values()
            if s.client == self.number and s.end is None
        ]
        for seen in mine[-2:]:
            headers = {}
            if seen.last is not None:
                headers["Last-Event-ID"] = str(seen.last)
            stream = self.server.admin.open_stream(
                "GET",
                f"/api/chat/sessions/{seen.session}/stream?turn={seen.turn}",
                headers=headers,
            )
            if isinstance(stream, Answer):
                if stream.status not in (204, 503):
                    raise Fault(f"resume of {seen.turn}: {stream}")
                continue
            with stream:
                for event in stream:
                    seen.take(event)

    def chat_once(self):
        sessions = self.ledger.sessions[self.number]
        session = None
        if sessions and self.rng.random() < 0.6:
            session = self.rng.choice(sessions)
        prompt = f"client {self.number}: {self.rng.getrandbits(64):x}"
        stream = self.server.admin.chat(prompt, session=session)
        if isinstance(stream, Answer):
            # A turn of before the kill may not have been closed for us to see
            # yet, and a server that has just been started may be busy.
            if stream.status not in (409, 503):
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
            for event in stream:
                seen.take(event)
                if self.rng.random() < 0.002:
                    return  # goes away in the middle


class Ledger:
    """All that clients saw, over all rounds."""

    def __init__(self, clients):
        self.lock = threading.Lock()
        self.turns = {}
        self.sessions = [[] for _ in range(clients)]

    def begin(self, client, session, turn, prompt):
        with self.lock:
            seen = Seen(session, turn, prompt)
            seen.client = client
            if turn in self.turns:
                raise Fault(f"{turn} was given out twice")
            self.turns[turn] = seen
            return seen


class Record:
    """The log, read on from where the last look ended."""

    def __init__(self):
        self.position = 0
        # stream: [(type, data)], the version is the index + 1.
        self.streams = {}

    def read_on(self, server):
        for event in server.events("--from", str(self.position + 1)):
            if event["position"] != self.position + 1:
                raise Fault(
                    f"position {event['position']} follows {self.position}"
                )
            self.position = event["position"]
            stream = self.streams.setdefault(event["stream"], [])
            if event["version"] != len(stream) + 1:
                raise Fault(
                    f"{event['stream']}: version {event['version']} "
                    f"follows {len(stream)}"
                )
            stream.append((event["type"], event["data"]))

    def check_unchanged(self, server):
        """What was read before is still what a read from the start gives."""
        again = Record()
        again.read_on(server)
        if again.streams != self.streams:
            raise Fault("the log reads differently than before")

    def turns(self):
        """turn: (session, prompt, [(version, text)], ending or None)."""
        found = {}
        for stream, events in self.streams.items():
            current = None
            for version, (kind, data) in enumerate(events, 1):
                if kind == "messages_received":
                    prompt = data["messages"][-1]["content"]
                    current = [stream, prompt, [], None]
                    found[data["turnId"]] = current
                elif kind == "token_generated":
                    if current[3]:
                        raise Fault(f"{stream}: a token after the end")
                    current[2].append((version, data["text"]))
                elif kind in (
                    "generation_completed",
                    "generation_failed",
                    "generation_cancelled",
                    "generation_interrupted",
                ):
                    current[3] = (version, kind)
        return found


ENDINGS = {
    "complete": "generation_completed",
    "interrupted": "generation_interrupted",
    "failed": "generation_failed",
    "truncated": "generation_failed",
    "cancelled": "generation_cancelled",
}


def check_turns(ledger, record):
    recorded = record.turns()
    for turn, (session, prompt, tokens, _) in recorded.items():
        sent = answer_to(prompt)
        if [text for _, text in tokens] != sent[: len(tokens)]:
            raise Fault(f"{turn} of {session}: recorded what was never sent")
    for turn, seen in ledger.turns.items():
        if turn not in recorded:
            raise Fault(f"{turn} was acknowledged and is not recorded")
        session, prompt, tokens, end = recorded[turn]
        if session != seen.session or prompt != seen.prompt:
            raise Fault(f"{turn}: recorded in another place: {session}")
        for before, version, text in seen.pieces:
            # A client that catches up gets several tokens in one event.
            there = "".join(
                t
                for v, t in tokens
                if v <= version and (before is None or v > before)
            )
            if there != text:
                raise Fault(
                    f"{turn}: version {version} was shown as {text!r} and is "
                    f"recorded as {there!r}"
                )
        if seen.end and (
            not end or end != (seen.end[0], ENDINGS.get(seen.end[1], end[1]))
        ):
            raise Fault(f"{turn}: ended for its client as {seen.end}: {end}")


def check_projections(server):
    code, out, err = run("rebuild", "--check", "--storage-path", server.data)
    if code != 0:
        raise Fault(f"projections differ: {out}{err}")


def check_history(server, record, rng):
    """A few sessions as the restarted server shows them."""
    turns = record.turns()
    sessions = [s for s in record.streams if s.startswith("sess_")]
    for session in rng.sample(sessions, min(3, len(sessions))):
        shown = server.admin.messages(session)
        wanted = []
        for _, (where, prompt, tokens, _) in turns.items():
            if where == session:
                wanted.append(prompt)
                wanted.append("".join(text for _, text in tokens))
        # A turn that was cut before its first token has no answer to show.
        texts = [m["content"] or "" for m in shown]
        if [t for t in texts if t] != [t for t in wanted if t]:
            raise Fault(f"{session} shows {texts} for {wanted}")


def round_of(server, ledger, record, rng, clients):
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
    server.kill()
    for talker in talkers:
        talker.join()
    for talker in talkers:
        if talker.fault:
            raise talker.fault
    record.read_on(server)
    check_turns(ledger, record)
    check_projections(server)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    seed = options.seed
    if seed is None:
        seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    model = MockModel(gap=0.002)
    server = Server(agent_table(MODEL, model.base_url, "m"), agent=MODEL)
    ledger = Ledger(options.clients)
    record = Record()
    rounds = 0
    deadline = time.monotonic() + options.seconds
    try:
        while time.monotonic() < deadline:
            server.stdout.clear()
            server.stderr.clear()
            round_of(server, ledger, record, rng, options.clients)
            rounds += 1
        server.start()
        code = server.stop()
        if code != 0:
            raise Fault(f"the last run ended with {code}")
        record.read_on(server)
        record.check_unchanged(server)
        check_turns(ledger, record)
        open_turns = [t for t, r in record.turns().items() if not r[3]]
        if open_turns:
            raise Fault(f"never closed: {open_turns}")
    except Exception:
        print(f"seed {seed}, round {rounds + 1}; the server said:")
        print("\n".join((server.stdout + server.stderr)[-30:]))
        raise
    finally:
        server.remove()
        model.close()
    tokens = sum(len(s.pieces) for s in ledger.turns.values())
    print(
        f"{rounds} kills, {len(ledger.turns)} turns, {tokens} pieces seen, "
        f"{record.position} events recorded: nothing lost, nothing invented"
    )
    if not tokens:
        raise Fault("no client saw anything")


if __name__ == "__main__":
    main()
