"""The stream, read with the very loops that clients in the field have."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest
import urllib.request

from hansard import ADMIN_KEY, DEMO, PATIENCE, ServerTest, clean_environment

HERE = pathlib.Path(__file__).parent
QUESTION = "Summarise the key trends — naïvely, 世界, 🙂."


class ChatLoopTest(ServerTest):
    def body(self, text=QUESTION):
        return {
            "agentDid": DEMO,
            "messages": [{"role": "user", "content": text}],
        }

    def expected(self):
        """What came over the wire is what was recorded."""
        newest = self.admin.get("/api/chat/sessions", limit=1).json
        messages = self.admin.messages(newest["sessions"][0]["id"])
        self.assertEqual(messages[0]["content"], QUESTION)
        return messages[1]["content"]

    def test_the_python_loop_reads_the_answer(self):
        request = urllib.request.Request(
            self.server.url + "/api/chat",
            json.dumps(self.body()).encode(),
            {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {ADMIN_KEY}",
            },
        )
        full = ""
        finished = False
        with urllib.request.urlopen(request, timeout=PATIENCE) as res:
            self.assertEqual(res.headers.get_content_type(), "text/event-stream")
            for line in iter_lines(res):
                if line.startswith(b"data: "):
                    payload = line[6:]
                    if payload == b"[DONE]":
                        finished = True
                        break
                    chunk = json.loads(payload)["chunk"]
                    full += chunk
        self.assertTrue(finished)
        self.assertEqual(full, self.expected())
        self.assertIn(QUESTION, full)

    @unittest.skipUnless(shutil.which("node"), "needs node")
    def test_the_fetch_loop_reads_the_answer(self):
        done = subprocess.run(
            [
                "node",
                str(HERE / "fetch_loop.mjs"),
                self.server.url + "/api/chat",
                ADMIN_KEY,
                json.dumps(self.body()),
            ],
            capture_output=True,
            timeout=PATIENCE,
            env=clean_environment(),
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertEqual(done.stdout.decode(), self.expected())

    def test_curl_shows_every_event(self):
        done = subprocess.run(
            [
                "curl", "-sS", "-N", "-D", "-",
                "--max-time", str(PATIENCE),
                self.server.url + "/api/chat",
                "-H", f"x-api-key: {ADMIN_KEY}",
                "-H", "Content-Type: application/json",
                "-d", json.dumps(self.body()),
            ],
            capture_output=True,
            timeout=PATIENCE + 5,
            env=clean_environment(),
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        head, _, stream = done.stdout.decode().partition("\r\n\r\n")
        self.assertTrue(head.startswith("HTTP/1.1 200"), head)
        names = head.lower()
        for wanted in (
            "content-type: text/event-stream",
            "cache-control: no-cache, no-store, no-transform",
            "x-accel-buffering: no",
            "x-session-id: sess_",
            "x-turn-id: turn_",
        ):
            self.assertIn(wanted, names)
        lines = stream.split("\n")
        self.assertEqual(
            [line for line in lines if line][-1], "data: [DONE]"
        )
        for line in lines:
            if line.startswith("data: ") and line != "data: [DONE]":
                self.assertIsInstance(json.loads(line[6:])["chunk"], str)
            else:
                self.assertRegex(line, r"^(id: \d+|:.*|retry: \d+|data: \[DONE\]|)$")

    def test_the_stream_has_rising_ids_and_starts_before_it_ends(self):
        stream = self.admin.chat(QUESTION)
        with stream:
            stream.until_text(1)
            self.assertFalse(stream.finished)
            stream.read()
        ids = [e.id for e in stream.events if e.id is not None]
        self.assertEqual(ids, sorted(set(ids)))
        self.assertTrue(stream.finished)
        self.assertEqual(stream.chunks[-1].get("end"), "complete")


def iter_lines(response):
    """As requests' iter_lines: whole lines, as they come."""
    pending = b""
    while piece := response.read1(512):
        pending += piece
        *lines, pending = pending.split(b"\n")
        yield from lines
    if pending:
        yield pending


if __name__ == "__main__":
    unittest.main()
