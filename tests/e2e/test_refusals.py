"""What is refused gets a real status and the one error format, and leaves
nothing behind."""

import http.client
import json
import re
import socket
import time
import unittest

from hansard import DEMO, MODEL, PATIENCE, Answer, ServerTest


class RefusalTest(ServerTest):
    flags = ("--body-limit", "64KiB", "--header-limit", "8KiB")

    def post(self, body, **options):
        return self.admin.request("POST", "/api/chat", body, **options)

    def body(self, **members):
        body = {
            "agentDid": MODEL,
            "messages": [{"role": "user", "content": "hi"}],
        }
        body.update(members)
        return {k: v for k, v in body.items() if v is not ...}

    def sessions(self):
        return len(
            self.admin.get("/api/chat/sessions", limit=200).json["sessions"]
        )

    def test_malformed_requests_name_what_is_wrong(self):
        user = {"role": "user", "content": "x"}
        cases = [
            ("not json", b"{", ""),
            ("an array", [], ""),
            ("no agent", self.body(agentDid=...), "agentDid"),
            ("a number as agent", self.body(agentDid=7), "agentDid"),
            ("no messages", self.body(messages=...), "messages"),
            ("empty messages", self.body(messages=[]), "messages"),
            ("messages as text", self.body(messages="hi"), "messages"),
            ("a message as text", self.body(messages=["hi"]), "messages[0]"),
            (
                "no role",
                self.body(messages=[{"content": "x"}]),
                "messages[0].role",
            ),
            (
                "an unknown role",
                self.body(messages=[user, {"role": "boss", "content": "x"}]),
                "messages[1].role",
            ),
            (
                "a number as content",
                self.body(messages=[{"role": "user", "content": 3}]),
                "messages[0].content",
            ),
            (
                "a bad block",
                self.body(messages=[{"role": "user", "content": [3]}]),
                "messages[0].content",
            ),
            ("a bad session", self.body(sessionId="nonsense"), "sessionId"),
            ("an unknown hint", self.body(history="some"), "history"),
            (
                "invalid UTF-8",
                json.dumps(self.body()).encode().replace(b"hi", b"\xff"),
                "",
            ),
            (
                "a member twice",
                b'{"agentDid":"a","agentDid":"b","messages":'
                b'[{"role":"user","content":"x"}]}',
                "agentDid",
            ),
            (
                "absurd depth",
                b'{"agentDid":"a","messages":' + b"[" * 5000,
                "",
            ),
        ]
        before = self.sessions()
        for name, body, member in cases:
            with self.subTest(name):
                self.assert_refused(
                    self.post(body), 400, "INVALID_REQUEST", member
                )
        self.assertEqual(self.sessions(), before)

    def test_unknown_members_are_ignored(self):
        answer = self.post(self.body(temperature=1, whatever={"x": []}))
        self.assertEqual(answer.status, 200)
        self.assertIn(b"data: [DONE]", answer.body)

    def test_without_a_valid_key_there_is_one_answer(self):
        seen = set()
        for headers in (
            {"Authorization": None},
            {"Authorization": "Bearer wrong-key-wrong-key-wrong"},
            {"Authorization": "Basic YTpi"},
            {"Authorization": "Bearer"},
            {"Authorization": None, "x-api-key": "nope"},
        ):
            with self.subTest(headers):
                answer = self.post(self.body(), headers=headers)
                body = self.assert_refused(answer, 401, "UNAUTHENTICATED")
                self.assertIn("www-authenticate", answer.headers)
                seen.add(body["error"])
        self.assertEqual(len(seen), 1)

    def test_without_a_grant_it_is_forbidden(self):
        member = self.member("nobody", grant=None)
        answer = member.chat("hi")
        self.assert_refused(answer, 403, "FORBIDDEN")
        for method, path in (
            ("POST", "/api/agents"),
            ("GET", "/api/users"),
            ("POST", "/api/users"),
        ):
            self.assert_refused(
                member.request(method, path, {} if method == "POST" else None),
                403,
                "FORBIDDEN",
            )

    def test_what_is_not_there_is_not_found(self):
        self.assert_refused(
            self.post(self.body(agentDid="did:no:body")), 404, "NOT_FOUND"
        )
        self.assert_refused(
            self.post(self.body(sessionId="sess_" + "0" * 26)),
            404,
            "NOT_FOUND",
        )
        for path in ("/nowhere", "/api", "/api/chat/", "/api/chat/sessions/x/y"):
            self.assert_refused(self.admin.get(path), 404, "NOT_FOUND")

    def test_a_wrong_method_names_the_right_ones(self):
        answer = self.admin.request("DELETE", "/api/chat")
        self.assert_refused(answer, 405, "METHOD_NOT_ALLOWED")
        self.assertIn("POST", answer.headers["allow"])

    def test_a_running_turn_is_a_conflict(self):
        with self.admin.chat("demo:long please", agent=DEMO) as stream:
            stream.until_text(1)
            body = self.assert_refused(
                self.admin.chat("me too", agent=DEMO, session=stream.session),
                409,
                "TURN_RUNNING",
            )
            self.assertEqual(body["details"].get("turnId"), stream.turn)
            stopped = self.admin.request(
                "POST", f"/api/chat/sessions/{stream.session}/stop", {}
            )
            self.assertEqual(stopped.status, 200, stopped)
            stream.read()
        self.assertTrue(stream.finished)
        self.admin.say("demo:fast 3", agent=DEMO, session=stream.session)

    def test_a_session_belongs_to_its_agent(self):
        made = self.admin.request(
            "POST",
            "/api/agents",
            {"did": "did:test:second", "name": "second", "provider": "demo"},
        )
        self.assertEqual(made.status, 201, made)
        stream = self.admin.say("first agent")
        self.assert_refused(
            self.admin.chat(
                "x", agent="did:test:second", session=stream.session
            ),
            409,
            "AGENT_MISMATCH",
        )

    def test_too_much_is_refused(self):
        long = self.body(messages=[{"role": "user", "content": "x" * 70_000}])
        self.assert_refused(self.post(long), 413)
        answer = self.admin.request(
            "GET", "/healthz", headers={"x-long": "y" * 9_000}
        )
        self.assertEqual(answer.status, 431)

    def test_another_media_type_is_refused(self):
        self.assert_refused(
            self.post(
                json.dumps(self.body()), headers={"Content-Type": "text/plain"}
            ),
            415,
        )

    def test_a_connection_serves_many_requests(self):
        connection = self.admin.connect()
        try:
            for _ in range(3):
                connection.request("GET", "/healthz")
                response = connection.getresponse()
                response.read()
                self.assertEqual(response.status, 200)
            local = connection.sock.getsockname()
            connection.request(
                "POST", "/api/chat", "{", self.admin.headers(
                    {"Content-Type": "application/json"})
            )
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.status, 400)
            connection.request("GET", "/healthz")
            self.assertEqual(connection.getresponse().status, 200)
            self.assertEqual(connection.sock.getsockname(), local)
        finally:
            connection.close()

    def test_garbage_gets_a_400_and_the_connection_closes(self):
        for garbage in (
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET\r\n\r\n",
            b"POST /api/chat HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST /api/chat HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Length: 3\r\n\r\nabc",
        ):
            with self.subTest(garbage), socket.create_connection(
                (self.server.host, self.server.port), PATIENCE
            ) as client:
                client.sendall(garbage)
                client.shutdown(socket.SHUT_WR)
                answer = b""
                while piece := client.recv(4096):
                    answer += piece
                self.assertTrue(
                    answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
                )
        self.assertEqual(self.admin.get("/healthz").status, 200)

    def test_health_readiness_and_metrics_need_no_key(self):
        nobody = self.server.client(None)
        self.assertEqual(nobody.get("/healthz").status, 200)
        self.assertEqual(nobody.get("/readyz").status, 200)
        metrics = nobody.get("/metrics")
        self.assertEqual(metrics.status, 200)
        self.assertRegex(metrics.text, r"(?m)^# TYPE hansard_\w+ ")

    def test_no_log_line_holds_content_or_a_key(self):
        secret = "the-secret-word-of-this-test"
        self.admin.say(secret)
        self.post(self.body(messages=[{"role": secret}]))
        log = "\n".join(self.server.stderr)
        self.assertNotIn(secret, log)
        self.assertNotIn(self.admin.key, self.server.log)
        for line in self.server.stderr:
            self.assertRegex(line, r"^time=\S+ level=\w+ (event|message)=")


class LoadTest(ServerTest):
    """At its limits the server says so."""

    flags = ("--sessions-max-running-turns", "2", "--max-connections", "8")

    def test_one_turn_too_many_is_told_to_come_back(self):
        with self.admin.chat("demo:long", agent=DEMO) as a, self.admin.chat(
            "demo:long", agent=DEMO
        ) as b:
            a.until_text(1)
            b.until_text(1)
            answer = self.admin.chat("one more")
            self.assert_refused(answer, 503, "OVERLOADED")
            self.assertIn("retry-after", answer.headers)
            for stream in (a, b):
                self.admin.request(
                    "POST", f"/api/chat/sessions/{stream.session}/stop", {}
                )
                stream.read()

    def test_one_connection_too_many_is_told_so(self):
        held = [
            socket.create_connection(
                (self.server.host, self.server.port), PATIENCE
            )
            for _ in range(8)
        ]
        try:
            # The server has them once each has been answered.
            for client in held:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 200"))
            answer = None
            try:
                answer = self.server.client(None).get("/healthz")
            except (ConnectionError, http.client.HTTPException):
                pass
            if answer is not None:
                self.assertIsInstance(answer, Answer)
                self.assertEqual(answer.status, 503)
        finally:
            for client in held:
                client.close()
            self.wait_for_room()

    def wait_for_room(self):
        """The server sees a closed connection a moment after it was closed;
        the next test must not meet the limit of this one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                metrics = self.server.client(None).get("/metrics").text
                # Only the connection that asks is left.
                if re.search(r"(?m)^hansard_http_connections 1$", metrics):
                    return
            except (ConnectionError, http.client.HTTPException):
                pass
        self.fail("the connections that were closed still count")


if __name__ == "__main__":
    unittest.main()
