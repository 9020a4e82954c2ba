"""Runs the real program for tests: starts it on a free port and a temporary
data folder, talks HTTP to it, and ends it by its own process id.

Python's standard library alone. The program is named by E2E_PROGRAM.
"""

import contextlib
import http.client
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from mock_model import MockModel

ADMIN = "did:hansard:admin"
ADMIN_KEY = "e2e-admin-key-0123456789abcdef"
DEMO = "did:hansard:demo"
MODEL = "did:test:model"

# Sanitized builds on a busy machine are slow; nothing waits this long unless
# it is broken.
PATIENCE = 60

# A sanitizer keeps freed memory to find its late users: how much the process
# holds says nothing of the program then.
MEMORY_IS_ITS_OWN = not os.environ.get("E2E_SANITIZED")


def program():
    built = pathlib.Path(__file__).parents[2] / "build" / "dev" / "hansard"
    return os.environ.get("E2E_PROGRAM", str(built))


def clean_environment(extra=None):
    """The environment without settings of the one who runs the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((
            ("HANSARD_", "OPENAI_", "NEXTAUTH_", "AUTH_")
        ))
    }
    kept.update(extra or {})
    return kept


def run(*arguments, env=None, timeout=PATIENCE):
    """Runs the program to its end: (exit code, stdout, stderr)."""
    done = subprocess.run(
        [program(), *map(str, arguments)],
        env=clean_environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stdout, done.stderr


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:500]!r}>"


class Event:
    """One event of an SSE stream."""

    def __init__(self, lines):
        self.id = None
        data = []
        self.comments = []
        for line in lines:
            if line.startswith("id: "):
                self.id = int(line[4:])
            elif line.startswith("data: "):
                data.append(line[6:])
            elif line.startswith(":"):
                self.comments.append(line[1:].strip())
        self.data = "\n".join(data) if data else None

    @property
    def done(self):
        return self.data == "[DONE]"

    @property
    def json(self):
        return json.loads(self.data)


class Stream:
    """An SSE response, read as it comes; the bytes are kept in `raw`."""

    def __init__(self, connection, response):
        self.connection = connection
        self.response = response
        self.status = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.raw = b""
        self.pending = b""
        self.events = []

    @property
    def session(self):
        return self.headers["x-session-id"]

    @property
    def turn(self):
        return self.headers["x-turn-id"]

    def __iter__(self):
        """The events from where the last loop was left."""
        while True:
            while b"\n\n" in self.pending:
                block, self.pending = self.pending.split(b"\n\n", 1)
                event = Event(block.decode().split("\n"))
                if event.data is not None:
                    self.events.append(event)
                    yield event
            piece = self.response.read1(65536)
            if not piece:
                return
            self.raw += piece
            self.pending += piece

    def read(self):
        """Reads to the end, and gives itself."""
        for _ in self:
            pass
        self.close()
        return self

    def read_bytes(self, count):
        """Reads so many bytes of the body, or to its end; the events that are
        whole by then are in `events`. True: it has ended."""
        while len(self.raw) < count:
            piece = self.response.read1(min(65536, count - len(self.raw)))
            if not piece:
                return True
            self.raw += piece
            self.pending += piece
            while b"\n\n" in self.pending:
                block, self.pending = self.pending.split(b"\n\n", 1)
                event = Event(block.decode().split("\n"))
                if event.data is not None:
                    self.events.append(event)
        return False

    def until_text(self, count):
        """Reads until `count` events with text came."""
        seen = 0
        for event in self:
            if not event.done and event.json["chunk"]:
                seen += 1
                if seen >= count:
                    return self
        raise AssertionError(f"only {seen} chunks came: {self.raw[-500:]!r}")

    @property
    def chunks(self):
        return [e.json for e in self.events if not e.done]

    @property
    def text(self):
        return "".join(chunk["chunk"] for chunk in self.chunks)

    @property
    def last_id(self):
        ids = [e.id for e in self.events if e.id is not None]
        return ids[-1] if ids else None

    @property
    def finished(self):
        return bool(self.events) and self.events[-1].done

    def errors(self):
        return [c["error"] for c in self.chunks if "error" in c]

    def close(self):
        """Goes away in the middle: the server sees the socket close."""
        with contextlib.suppress(OSError):
            if self.connection.sock:
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.response.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Client:
    """A caller of the API: where the server is, and a key."""

    def __init__(self, host, port, key, agent=DEMO):
        self.host = host
        self.port = port
        self.key = key
        self.agent = agent

    def connect(self):
        return http.client.HTTPConnection(
            self.host, self.port, timeout=PATIENCE
        )

    def headers(self, extra=None):
        headers = {}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        headers.update(extra or {})
        return {k: v for k, v in headers.items() if v is not None}

    def request(self, method, path, body=None, headers=None):
        headers = self.headers(headers)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response, response.read())

    def get(self, path, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self.request("GET", path)

    def open_stream(self, method, path, body=None, headers=None):
        """A Stream, or an Answer where the server refused."""
        headers = self.headers(headers)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            if not isinstance(body, (bytes, str)):
                body = json.dumps(body)
        connection = self.connect()
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        kind = response.getheader("Content-Type") or ""
        if response.status == 200 and kind.startswith("text/event-stream"):
            return Stream(connection, response)
        with contextlib.closing(connection):
            return Answer(response, response.read())

    def chat(self, text, agent=None, session=None, messages=None, **members):
        body = {
            "agentDid": agent or self.agent,
            "messages": messages or [{"role": "user", "content": text}],
            **members,
        }
        if session:
            body["sessionId"] = session
        return self.open_stream("POST", "/api/chat", body)

    def resume(self, session, after=None, turn=None, query=False):
        """The stream of a session's turn behind version `after`: a Stream, or
        an Answer. `query`: the version goes in the URL, not in a header."""
        path = f"/api/chat/sessions/{session}/stream"
        members = {}
        headers = {}
        if turn:
            members["turn"] = turn
        if after is not None and query:
            members["startingAfter"] = str(after)
        elif after is not None:
            headers["Last-Event-ID"] = str(after)
        if members:
            path += "?" + urllib.parse.urlencode(members)
        return self.open_stream("GET", path, headers=headers)

    def stop(self, session, turn=None):
        body = {"turnId": turn} if turn else {}
        path = f"/api/chat/sessions/{session}/stop"
        return self.request("POST", path, body)

    def metrics(self):
        """The metrics: {'name{label="x"}': value}."""
        values = {}
        for line in self.get("/metrics").text.splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def say(self, text, **options):
        """Chats to the end and gives the whole stream."""
        stream = self.chat(text, **options)
        if isinstance(stream, Answer):
            raise AssertionError(f"refused: {stream}")
        with stream:
            stream.read()
        if not stream.finished:
            raise AssertionError(f"no [DONE]: {stream.raw[-500:]!r}")
        return stream

    def messages(self, session):
        answer = self.get(f"/api/chat/sessions/{session}/messages")
        if answer.status != 200:
            raise AssertionError(f"messages: {answer}")
        return answer.json["messages"]

    def recorded(self, session):
        """The session's events, from its NDJSON."""
        answer = self.get(f"/api/chat/sessions/{session}/events")
        if answer.status != 200:
            raise AssertionError(f"events: {answer}")
        return [json.loads(line) for line in answer.text.splitlines()]


def toml(value):
    """A TOML value; strings, numbers and lists are JSON's."""
    if isinstance(value, dict):
        members = (f"{json.dumps(k)} = {toml(v)}" for k, v in value.items())
        return "{ " + ", ".join(members) + " }"
    return json.dumps(value)


def agent_table(did, base_url, model, **members):
    lines = [
        "[[agents]]",
        f"did = {toml(did)}",
        'provider = "openai-compatible"',
        f"base_url = {toml(base_url)}",
        f"model = {toml(model)}",
    ]
    for key, value in members.items():
        lines.append(f"{key} = {toml(value)}")
    return "\n".join(lines) + "\n"


DEMO_TABLE = f'[[agents]]\ndid = "{DEMO}"\nprovider = "demo"\n'


class Server:
    """One run after another of the program over one data folder."""

    def __init__(
        self, config="", flags=(), env=None, admin_key=ADMIN_KEY, agent=DEMO
    ):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hansard-e2e-"))
        self.data = self.folder / "data"
        self.config = self.folder / "hansard.toml"
        self.config.write_text(config)
        self.flags = list(flags)
        self.env = dict(env or {})
        if admin_key:
            self.env["HANSARD_ADMIN_KEY"] = admin_key
        self.agent = agent
        self.process = None
        self.stdout = []
        self.stderr = []
        self.url = None
        self.admin = None

    def launch(self, flags=()):
        """Starts it and waits for nothing; gives the queue of its lines."""
        assert self.process is None
        # The program's own Popen: it is ended by this handle alone.
        self.process = subprocess.Popen(
            [
                program(),
                "serve",
                "--config",
                str(self.config),
                "--listen",
                "127.0.0.1:0",
                "--storage-path",
                str(self.data),
                *self.flags,
                *flags,
            ],
            env=clean_environment(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        lines = queue.Queue()
        self.readers = [
            threading.Thread(target=self._pump, args=(pipe, kept, lines))
            for pipe, kept in (
                (self.process.stdout, self.stdout),
                (self.process.stderr, self.stderr),
            )
        ]
        for reader in self.readers:
            reader.start()
        return lines

    def start(self, flags=()):
        lines = self.launch(flags)
        deadline = time.monotonic() + PATIENCE
        ended = 0
        while ended < 2:
            try:
                line = lines.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                break
            if line is None:
                ended += 1
            elif line.startswith("listening on "):
                self.url = line.removeprefix("listening on ").strip()
                where = urllib.parse.urlsplit(self.url)
                self.host, self.port = where.hostname, where.port
                self.admin = Client(
                    self.host, self.port, ADMIN_KEY, self.agent
                )
                return self
        self.kill()
        raise AssertionError("the server did not start:\n" + self.log)

    @staticmethod
    def _pump(pipe, kept, lines):
        for line in iter(pipe.readline, b""):
            text = line.decode(errors="replace").rstrip("\n")
            kept.append(text)
            lines.put(text)
        pipe.close()
        lines.put(None)

    @property
    def log(self):
        return "\n".join(self.stdout + self.stderr)

    @property
    def pid(self):
        return self.process.pid

    def client(self, key):
        return Client(self.host, self.port, key, self.admin.agent)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=PATIENCE):
        """Waits for the end that something has begun; the exit code."""
        code = self.process.wait(timeout)
        for reader in self.readers:
            reader.join(PATIENCE)
        self.process = None
        return code

    def kill(self):
        """kill -9; the data stays for the next start()."""
        self.process.kill()
        return self.wait()

    def stop(self):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def restart(self, flags=()):
        code = self.stop()
        assert code == 0, f"exit code {code}\n{self.log}"
        return self.start(flags)

    def remove(self):
        if self.process:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def events(self, *arguments):
        """`hansard events` over the data folder, no server running."""
        code, out, err = run(
            "events", "--storage-path", self.data, *arguments
        )
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]


class ServerTest(unittest.TestCase):
    """Tests that share one server and one mock model server behind its agent.

    `flags` and `env` are the server's, `agent_members` the agent's.
    """

    flags = ()
    env = {}
    agent_members = {}
    config = ""

    @classmethod
    def setUpClass(cls):
        cls.model = MockModel()
        cls.addClassCleanup(cls.model.close)
        config = (
            cls.config
            + DEMO_TABLE
            + agent_table(
                MODEL, cls.model.base_url, "mock-1", **cls.agent_members
            )
        )
        cls.server = Server(config, cls.flags, cls.env, agent=MODEL)
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        # A crash or a sanitizer's report shows in how the program ends.
        code = cls.server.stop()
        if code != 0:
            raise AssertionError(f"exit code {code}\n{cls.server.log}")

    @property
    def admin(self):
        return self.server.admin

    def member(self, name, grant="*", **grant_members):
        """A new user with a key, and a grant unless told otherwise."""
        did = f"did:test:{name}-{os.urandom(4).hex()}"
        made = self.admin.request("POST", "/api/users", {"did": did})
        self.assertEqual(made.status, 201, made)
        issued = self.admin.request("POST", f"/api/users/{did}/keys", {})
        self.assertEqual(issued.status, 201, issued)
        if grant:
            granted = self.admin.request(
                "POST",
                f"/api/users/{did}/grants",
                {"agentDid": grant, **grant_members},
            )
            self.assertEqual(granted.status, 201, granted)
        client = self.server.client(issued.json["key"])
        client.did = did
        return client

    def assert_refused(self, answer, status, code=None, says=None):
        """The one error format, with this status."""
        self.assertIsInstance(answer, Answer, "it was not refused")
        self.assertEqual(answer.status, status, answer)
        body = answer.json
        self.assertEqual(
            set(body),
            {
                "error",
                "code",
                "statusCode",
                "details",
                "requestId",
                "timestamp",
            },
        )
        self.assertEqual(body["statusCode"], status)
        self.assertTrue(body["error"])
        self.assertTrue(body["requestId"])
        self.assertRegex(
            body["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
        )
        if code:
            self.assertEqual(body["code"], code, answer)
        if says:
            self.assertIn(says, body["error"])
        return body


class OwnServerTest(ServerTest):
    """Tests that share the mock model server; each starts a server itself."""

    @classmethod
    def setUpClass(cls):
        cls.model = MockModel()
        cls.addClassCleanup(cls.model.close)

    @classmethod
    def tearDownClass(cls):
        pass


def eventually(check, patience=PATIENCE, pause=0.02):
    """Polls until `check()` is true; for what no event announces."""
    deadline = time.monotonic() + patience
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("it did not come to pass")
        time.sleep(pause)
