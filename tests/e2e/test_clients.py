"""Clients that do not behave. Whatever they do, the server goes on, and nothing
of them stays behind."""

import concurrent.futures
import contextlib
import json
import os
import socket
import struct
import threading
import time
import unittest

from hansard import MEMORY_IS_ITS_OWN, MODEL, ServerTest, eventually
from mock_model import answer_to, plan

STALLED = 100
# Seconds; the server's flags below.
HEADER_TIMEOUT = 1
BODY_TIMEOUT = 1


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise AssertionError("no VmRSS")


class ClientsTest(ServerTest):
    flags = (
        "--header-timeout", f"{HEADER_TIMEOUT}s",
        "--body-timeout", f"{BODY_TIMEOUT}s",
    )
    agent_members = {"max_output_tokens": 100000}

    def open(self, receive_buffer=None):
        raw = socket.socket()
        self.addCleanup(raw.close)
        if receive_buffer:
            raw.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer
            )
        raw.settimeout(30)
        raw.connect((self.server.host, self.server.port))
        return raw

    def request(self, prompt, session=None, path="/api/chat"):
        """(head, body) of a chat, as bytes."""
        members = {
            "agentDid": MODEL,
            "messages": [{"role": "user", "content": prompt}],
        }
        if session:
            members["sessionId"] = session
        body = json.dumps(members).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {self.admin.key}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        return head, body

    @staticmethod
    def reset(raw):
        """Closes so that the server sees a reset, not an end."""
        raw.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        raw.close()

    @staticmethod
    def read_until(raw, what, most=1 << 22):
        got = b""
        while what not in got and len(got) < most:
            piece = raw.recv(65536)
            if not piece:
                break
            got += piece
        return got

    @staticmethod
    def read_to_end(raw):
        got = b""
        with contextlib.suppress(ConnectionError):
            while piece := raw.recv(65536):
                got += piece
        return got

    def healthy(self, streams=0):
        """A normal chat works, and nobody is left."""
        self.assertEqual(self.admin.get("/readyz").status, 200)
        prompt = f"are you well? {os.urandom(4).hex()}"
        self.assertEqual(
            self.admin.say(prompt).text, "".join(answer_to(prompt))
        )
        for gauge in ("hansard_http_streams", "hansard_attached_clients",
                      "hansard_running_turns"):
            eventually(
                lambda name=gauge: self.admin.metrics()[name] <= streams
            )
        # The one that asks is one.
        eventually(
            lambda: self.admin.metrics()["hansard_http_connections"]
            <= 1 + streams
        )

    # What a client does is one of these; how it leaves, one of those.

    def before_the_head(self, raw):
        pass

    def in_the_head(self, raw):
        raw.sendall(self.request("never")[0][:40])

    def behind_the_head(self, raw):
        raw.sendall(self.request("never")[0])

    def in_the_body(self, raw):
        head, body = self.request("never")
        raw.sendall(head + body[:10])

    def before_the_response(self, raw):
        prompt = plan(tokens=["a", "b"], silence=0.3, n=os.urandom(4).hex())
        head, body = self.request(prompt)
        raw.sendall(head + body)

    def behind_the_response_head(self, raw):
        prompt = plan(tokens=["a", "b"], silence=1.3, n=os.urandom(4).hex())
        head, body = self.request(prompt)
        raw.sendall(head + body)
        self.read_until(raw, b"\r\n\r\n")

    def in_the_stream(self, raw):
        prompt = plan(tokens=["x"] * 200, gap=0.005, n=os.urandom(4).hex())
        head, body = self.request(prompt)
        raw.sendall(head + body)
        self.read_until(raw, b'"x"')

    def in_the_stream_with_much_unread(self, raw):
        # More than the kernel takes for a socket (tcp_wmem: 4 MiB).
        prompt = plan(tokens=["y" * 4000], repeat=1100, n=os.urandom(4).hex())
        head, body = self.request(prompt)
        raw.sendall(head + body)
        self.read_until(raw, b"yyy", 1000)

    def at_the_end(self, raw):
        head, body = self.request(f"short {os.urandom(4).hex()}")
        raw.sendall(head + body)
        self.read_until(raw, b"[DONE]")

    def between_two_requests(self, raw):
        head, body = self.request(f"short {os.urandom(4).hex()}")
        raw.sendall(head + body)
        self.read_until(raw, b"0\r\n\r\n")
        raw.sendall(head[:30])

    phases = (
        before_the_head, in_the_head, behind_the_head, in_the_body,
        before_the_response, behind_the_response_head, in_the_stream,
        in_the_stream_with_much_unread, at_the_end, between_two_requests,
    )

    def three_leave(self, phase, leave):
        """Three clients at once: most of a phase is to wait."""

        def one(raw):
            phase(self, raw)
            leave(raw)

        with concurrent.futures.ThreadPoolExecutor(3) as threads:
            list(threads.map(one, [self.open() for _ in range(3)]))

    def test_a_reset_in_any_phase_leaves_nothing(self):
        for phase in self.phases:
            with self.subTest(phase.__name__):
                self.three_leave(phase, self.reset)
                self.healthy()

    def test_an_end_in_any_phase_leaves_nothing(self):
        for phase in self.phases:
            with self.subTest(phase.__name__):
                self.three_leave(phase, socket.socket.close)
                self.healthy()

    def test_a_half_close_in_any_phase_ends_the_connection(self):
        for phase in self.phases:
            with self.subTest(phase.__name__):
                raw = self.open()
                phase(self, raw)
                raw.shutdown(socket.SHUT_WR)
                began = time.monotonic()
                self.read_to_end(raw)
                self.assertLess(time.monotonic() - began, 10)
                raw.close()
                self.healthy()

    def test_who_leaves_is_no_failure_of_the_model(self):
        # on_disconnect = continue: the turns go on to their own ends.
        before = len(self.model.requests)
        sessions = []
        for leave in (self.reset, socket.socket.close):
            for phase in (self.in_the_stream, self.before_the_response):
                raw = self.open()
                phase(raw)
                leave(raw)
        self.healthy()
        self.assertEqual(len(self.model.requests) - before, 5)
        listed = self.admin.get("/api/chat/sessions", limit=5).json
        sessions = [s["id"] for s in listed["sessions"]]
        for session in sessions:
            types = [e["type"] for e in self.admin.recorded(session)]
            self.assertIn("generation_completed", types)
            self.assertNotIn("generation_failed", types)
            self.assertNotIn("generation_attempt_failed", types)
            self.assertEqual(types.count("generation_started"), 1)

    def drip(self, raw, data, seconds):
        """A byte at a time, until the server has had enough; how long."""
        began = time.monotonic()
        with contextlib.suppress(OSError):
            for i in range(len(data)):
                raw.sendall(data[i:i + 1])
                time.sleep(seconds / 20)
                if time.monotonic() - began > 30:
                    self.fail("nobody minded")
        return time.monotonic() - began

    def test_a_head_that_drips_in_is_given_up(self):
        raw = self.open()
        head, _ = self.request("never")
        took = self.drip(raw, head + b"x" * 1000, HEADER_TIMEOUT)
        self.assertLess(took, HEADER_TIMEOUT * 5)
        answer = self.read_to_end(raw)
        self.assertTrue(
            answer == b"" or answer.startswith(b"HTTP/1.1 408"), answer
        )
        raw.close()
        self.healthy()

    def test_a_body_that_drips_in_is_given_up(self):
        raw = self.open()
        head, body = self.request("never " + "x" * 1000)
        raw.sendall(head)
        took = self.drip(raw, body, BODY_TIMEOUT)
        self.assertLess(took, BODY_TIMEOUT * 5)
        answer = self.read_to_end(raw)
        self.assertTrue(
            answer == b"" or answer.startswith(b"HTTP/1.1 408"), answer
        )
        raw.close()
        self.healthy()

    def test_many_that_drip_do_not_hold_the_others_up(self):
        head, _ = self.request("never")
        dripping = [self.open() for _ in range(200)]
        for raw in dripping:
            raw.sendall(head[:20])
        began = time.monotonic()
        self.admin.say("hello beside them")
        self.assertLess(time.monotonic() - began, 10)
        for raw in dripping:
            self.assertIn(b" 408 ", self.read_to_end(raw)[:20])
            raw.close()
        self.healthy()

    def test_pipelined_chats_are_answered_in_order(self):
        raw = self.open()
        prompts = [f"pipelined {i} {os.urandom(4).hex()}" for i in range(5)]
        raw.sendall(b"".join(b"".join(self.request(p)) for p in prompts))
        got = b""
        while got.count(b"data: [DONE]") < len(prompts):
            piece = raw.recv(65536)
            self.assertTrue(piece, "it ended early")
            got += piece
        raw.close()
        at = -1
        for prompt in prompts:
            first = answer_to(prompt)[0].encode()
            found = got.find(first, at + 1)
            self.assertGreater(found, at, prompt)
            at = found
        self.healthy()

    def test_a_pipeline_that_nobody_reads_is_bounded(self):
        raw = self.open(receive_buffer=4096)
        # Long answers: few of them fill what the kernel takes for a socket.
        head, body = self.request(
            plan(tokens=["p" * 4000], repeat=100, n=os.urandom(4).hex())
        )
        one = head + body
        raw.settimeout(2)
        sent = 0
        with contextlib.suppress(TimeoutError, ConnectionError):
            while sent < 64 << 20:
                sent += raw.send(one * 100)
        # The rest stayed in the socket.
        self.assertLess(sent, 64 << 20)
        self.reset(raw)
        self.healthy()

    def test_clients_that_never_read_cost_no_memory(self):
        # More than the kernel takes for a socket (tcp_wmem: 4 MiB).
        prompt = plan(tokens=["z" * 4000], repeat=2500, n=os.urandom(4).hex())
        whole = self.admin.say(prompt)
        self.assertEqual(len(whole.text), 10_000_000)
        path = (
            f"GET /api/chat/sessions/{whole.session}/stream"
            f"?turn={whole.turn} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {self.admin.key}\r\n\r\n"
        ).encode()

        def stalled():
            raw = self.open(receive_buffer=4096)
            raw.sendall(path)
            return raw

        # The first ones fill what is kept for reuse.
        held = [stalled() for _ in range(STALLED // 4)]
        self.wait_for_streams(len(held))
        before = resident_kib(self.server.pid)
        held += [stalled() for _ in range(STALLED)]
        self.wait_for_streams(len(held))
        time.sleep(0.5)
        after = resident_kib(self.server.pid)
        each = (after - before) / STALLED
        print(
            f"{STALLED} stalled readers of 10 MB: {before >> 10} MiB, then "
            f"{after >> 10} MiB, {each:.0f} KiB each", end=" ", flush=True,
        )
        # 64 KiB and a batch, twice: framed, and not yet framed.
        if MEMORY_IS_ITS_OWN:
            self.assertLess(each, 512)
        began = time.monotonic()
        self.admin.say("hello beside them")
        self.assertLess(time.monotonic() - began, 10)
        for raw in held:
            raw.close()
        self.healthy()

    def wait_for_streams(self, count):
        eventually(
            lambda: self.admin.metrics()["hansard_http_streams"] == count
        )

    def test_all_of_it_at_once(self):
        def misbehave(number):
            # Five each: all phases, four times.
            for i in range(5):
                phase = self.phases[(number + i) % len(self.phases)]
                raw = self.open()
                with contextlib.suppress(OSError):
                    phase(self, raw)
                    if (number + i) % 2:
                        self.reset(raw)
                    else:
                        raw.close()

        threads = [
            threading.Thread(target=misbehave, args=(n,)) for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for i in range(10):
            self.admin.say(f"in the middle of it {i}")
        for thread in threads:
            thread.join()
        self.healthy()


if __name__ == "__main__":
    unittest.main()
