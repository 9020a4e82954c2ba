"""Many readers of one answer: one recording, and each at its own pace."""

import collections
import socket
import threading
import time
import unittest

from hansard import MEMORY_IS_ITS_OWN, ServerTest, eventually
from mock_model import plan

READERS = 64
# What 64 readers that take nothing would have in memory, if it were kept for
# them: 128 MiB. Few tokens and long ones, as this end reads them slower than
# the server writes them.
TOKENS = [f"{i:07d} " + "x" * 1016 for i in range(2048)]
TEXT = "".join(TOKENS)


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * 4096


class ReadersTest(ServerTest):
    agent_members = {"max_output_tokens": 100000}

    def slow_socket(self, client):
        """A connection that holds little on its way: who does not read it is
        felt at once."""
        connection = client.connect()
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        raw.settimeout(60)
        raw.connect((client.host, client.port))
        connection.sock = raw
        return connection

    def test_one_recording_is_enough_for_64_readers(self):
        asked = len(self.model.requests)
        before = self.admin.metrics()
        first = self.admin.chat(plan(tokens=TOKENS, gap=0.0001))
        texts = {}
        may_read = threading.Event()
        # A third reads as fast as it can, a third slowly, and a third not at
        # all until all is over.
        client = self.server.client(self.admin.key)

        def read(number):
            slow = self.server.client(self.admin.key)
            if number % 3:
                slow.connect = lambda: self.slow_socket(client)
            stream = slow.resume(first.session, turn=first.turn)
            with stream:
                if number % 3 == 2:
                    may_read.wait(60)
                for event in stream:
                    if number % 3 == 1 and event.id and event.id % 512 < 32:
                        time.sleep(0.005)
            texts[number] = stream.text
            assert stream.finished, number

        threads = [
            threading.Thread(target=read, args=(i,)) for i in range(READERS)
        ]
        for thread in threads:
            thread.start()
        with first:
            first.read()
        # All is recorded, whoever has read it by now.
        during = resident_bytes(self.server.pid)
        after = self.admin.metrics()
        may_read.set()
        for thread in threads:
            thread.join()

        self.assertEqual(len(self.model.requests) - asked, 1)
        self.assertEqual(first.text, TEXT)
        self.assertEqual(
            collections.Counter(text == TEXT for text in texts.values()),
            {True: READERS},
        )
        types = collections.Counter(
            e["type"] for e in self.admin.recorded(first.session)
        )
        self.assertEqual(types["token_generated"], len(TOKENS))
        self.assertEqual(types["generation_completed"], 1)
        self.assertEqual(types["generation_started"], 1)

        def grown(name):
            return after[name] - before.get(name, 0)

        # A token is appended once; who comes and goes is two events more.
        self.assertLess(
            grown("hansard_appended_events_total"),
            len(TOKENS) + 2 * READERS + 20,
        )
        self.assertEqual(
            grown('hansard_tokens_total{agent="did:test:model",'
                  'kind="completion"}'),
            len(TOKENS),
        )
        print(f"server holds {during >> 20} MiB", end=" ", flush=True)
        if MEMORY_IS_ITS_OWN:
            self.assertLess(during, len(TEXT) * READERS * 3 // 4)
        self.gauges_fall_back()

    def test_slow_readers_read_the_log_and_hold_nobody_up(self):
        # More than the kernel takes for a socket (tcp_wmem: 4 MiB).
        before = self.admin.metrics()
        first = self.admin.chat(plan(tokens=TOKENS, repeat=3))
        slow = self.server.client(self.admin.key)
        slow.connect = lambda: self.slow_socket(self.admin)
        # They take their heads and no more.
        stalled = [
            slow.resume(first.session, turn=first.turn) for _ in range(2)
        ]
        began = time.monotonic()
        with first:
            first.read()
        took = time.monotonic() - began
        self.assertTrue(first.finished)
        self.assertEqual(first.text, TEXT * 3)
        name = "hansard_writers_fell_behind_total"
        eventually(
            lambda: self.admin.metrics()[name] >= before[name] + len(stalled)
        )
        for stream in stalled:
            with stream:
                stream.read()
            self.assertEqual(stream.text, TEXT * 3)
        print(f"6 MiB beside stalled readers: {took:.2f} s", end=" ")
        self.gauges_fall_back()

    def gauges_fall_back(self):
        for gauge in ("hansard_http_streams", "hansard_attached_clients",
                      "hansard_running_turns"):
            eventually(lambda name=gauge: self.admin.metrics()[name] == 0)


if __name__ == "__main__":
    unittest.main()
