"""What is sent to the program can not write into its log."""

import json
import socket
import unittest

from hansard import MODEL, ServerTest, eventually
from mock_model import plan

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
FORGED = "level=info event=forged"
HOSTILE = [
    f"a\r\n{FORGED}",
    f"a\n{FORGED}",
    "\x1b[2Ja",
    "a\x00b",
    "a\x7f\x08b",
    f"a\x9b2J {FORGED}",
    f"a\u2028{FORGED}",
    f"\u202e{FORGED}",
    f'a" {FORGED} x="',
    f'a\\" {FORGED} x=\\"',
]
# As they are sent: these, and bytes that are no UTF-8.
BYTES = [text.encode() for text in HOSTILE] + [b"a\xff\xfe\xc0\xaf\xed\xa0\x80"]


class LogInjectionTest(ServerTest):
    flags = ("--log-format", "text", "--head-wait", "30s")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.server.admin.key

    def raw(self, bytes_):
        """Sends what no client library would, and waits for the answer."""
        where = (self.server.host, self.server.port)
        with socket.create_connection(where, 20) as link:
            link.sendall(bytes_)
            link.shutdown(socket.SHUT_WR)
            while link.recv(65536):
                pass

    def attack(self):
        for text in BYTES:
            for line in (
                b"GET /" + text + b" HTTP/1.1\r\n",
                b"GET" + text + b" / HTTP/1.1\r\n",
            ):
                self.raw(line + b"Host: h\r\n\r\n")
            escaped = b"".join(b"%%%02x" % byte for byte in text)
            self.raw(
                b"GET /api/agents/" + escaped + b" HTTP/1.1\r\nHost: h\r\n"
                b"x-api-key: " + self.key.encode() + b"\r\n\r\n"
            )
            for name in (b"User-Agent", b"X-Request-Id", b"traceparent",
                         b"x-api-key", b"Host", b"Cookie", b"Origin",
                         b"Idempotency-Key", b"X-Forwarded-For"):
                self.raw(
                    b"GET /api/users/me HTTP/1.1\r\nHost: h\r\n"
                    + name + b": " + text + b"\r\n\r\n"
                )
        admin = self.server.admin
        stream = admin.say("hello")
        for text in HOSTILE:
            admin.request(
                "POST", "/api/users", {"did": text, "displayName": text}
            )
            admin.request(
                "POST", "/api/agents",
                {"did": text, "name": text, "provider": text, "model": text},
            )
            admin.request(
                "PATCH", f"/api/chat/sessions/{stream.session}",
                {"title": text},
            )
            # The upstream's words, in its error.
            failed = admin.chat(
                plan(
                    status=400,
                    body=json.dumps({"error": {"message": text}}),
                )
            )
            self.assertNotEqual(failed.status, 200)
        admin.request("GET", "/healthz", headers={"X-Request-Id": "the-last"})
        eventually(lambda: any("the-last" in x for x in self.server.stderr))

    def check(self, lines):
        self.assertGreater(len(lines), 100)
        for line in lines:
            for c in line:
                self.assertTrue(c >= " " and c != "\x7f", repr(line))
                self.assertFalse("\x80" <= c < "\xa0", repr(line))
                self.assertNotIn(c, "\u2028\u2029\u202e", repr(line))

    def test_lines_are_records_in_text(self):
        self.server.restart(["--log-format", "text"])
        begun = len(self.server.stderr)
        self.attack()
        lines = self.server.stderr[begun:]
        self.check(lines)
        for line in lines:
            self.assertRegex(line, r"^time=\S+ level=[a-z]+ ")
            # Outside of quotes nothing is forged.
            outside, quoted, escaped = "", False, False
            for c in line:
                if quoted and not escaped and c == "\\":
                    escaped = True
                    continue
                if c == '"' and not escaped:
                    quoted = not quoted
                elif not quoted:
                    outside += c
                escaped = False
            self.assertFalse(quoted, line)
            self.assertNotIn("event=forged", outside, line)

    def test_lines_are_records_in_json(self):
        self.server.restart(["--log-format", "json"])
        begun = len(self.server.stderr)
        self.attack()
        lines = self.server.stderr[begun:]
        self.check(lines)
        known = {"time", "level", "event", "message", "method", "route",
                 "status", "ms", "request_id", "principal", "session",
                 "trace", "span", "reason", "code", "url", "version",
                 "storage_path", "count", "hint", "changed"}
        for line in lines:
            record = json.loads(line)
            self.assertLessEqual(set(record), known, line)
            self.assertNotEqual(record.get("event"), "forged", line)

    def test_a_trace_is_kept_from_the_caller_to_the_model(self):
        admin = self.server.admin
        answer = admin.open_stream(
            "POST",
            "/api/chat",
            {
                "agentDid": MODEL,
                "messages": [{"role": "user", "content": "traced"}],
            },
            {"traceparent": f"00-{TRACE}-{PARENT}-01",
             "X-Request-Id": "traced-request"},
        ).read()
        self.assertTrue(answer.finished)
        headers, _ = self.model.requests[-1]
        version, trace, span, flags = headers["traceparent"].split("-")
        self.assertEqual((version, trace, flags), ("00", TRACE, "01"))
        self.assertNotEqual(span, PARENT)
        eventually(
            lambda: any("traced-request" in x for x in self.server.stderr)
        )
        line = next(x for x in self.server.stderr if "traced-request" in x)
        self.assertIn(TRACE, line)
        self.assertNotIn(span, line)
        self.assertNotIn(PARENT, line)


if __name__ == "__main__":
    unittest.main()
