"""An ending is one of eight, and the same wherever one looks: in the log, on
the wire, in the history, in the metrics. So is what it cost."""

import os
import time
import unittest

from hansard import ServerTest
from mock_model import plan

EVENTS = {
    "complete": "generation_completed",
    "length": "generation_completed",
    "tool_calls": "generation_completed",
    "content_filter": "generation_completed",
    "truncated": "generation_failed",
    "failed": "generation_failed",
    "cancelled": "generation_cancelled",
    "interrupted": "generation_interrupted",
}
USAGE = {"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33}
CALL = {"id": "call_1", "name": "f", "arguments": "{}"}


class EndingsTest(ServerTest):
    flags = ("--head-wait", "100ms", "--drain-timeout", "300ms")
    agent_members = {
        "max_attempts": 1,
        "idle_timeout": "500ms",
        "max_output_tokens": 40,
    }

    def turns_ended(self, how):
        name = f'hansard_turns_total{{end="{how}"}}'
        return self.admin.metrics().get(name, 0)

    def stopped(self, prompt):
        stream = self.admin.chat(prompt)
        stream.until_text(2)
        self.admin.stop(stream.session)
        return stream.read()

    def read(self, prompt):
        return self.admin.chat(prompt).read()

    def ended(self, end, source, stream, counted):
        """What is said of the turn of `stream`, from each side."""
        self.assertTrue(stream.finished)
        last = stream.chunks[-1]
        self.assertEqual(last["end"], end)
        self.assertEqual(last["chunk"], "")

        recorded = self.admin.recorded(stream.session)
        types = [e["type"] for e in recorded]
        self.assertEqual(
            [t for t in types if t in EVENTS.values()], [EVENTS[end]]
        )
        event = recorded[types.index(EVENTS[end])]
        data = event["data"]
        if end not in ("cancelled", "interrupted"):
            self.assertEqual(data["end"], end)
        self.assertEqual(stream.last_id, event["version"])

        message = self.admin.messages(stream.session)[-1]
        self.assertEqual(message["role"], "assistant")
        self.assertEqual(message["end"], end)
        self.assertEqual(message["content"] or "", stream.text)
        tokens = "".join(
            e["data"]["text"] for e in recorded
            if e["type"] == "token_generated"
        )
        self.assertEqual(tokens, stream.text)

        if counted is not None:
            self.assertEqual(self.turns_ended(end), counted + 1)
        usage = data["usage"]
        self.assertEqual(usage["source"], source)
        told = dict(last["usage"])
        self.assertEqual(
            told.pop("totalTokens"),
            usage["promptTokens"] + usage["completionTokens"],
        )
        self.assertEqual(told, usage)
        if source == "reported":
            self.assertEqual(usage["promptTokens"], 11)
            self.assertEqual(usage["completionTokens"], 22)
        # The same once more, from the log, and after it was sealed.
        with self.admin.resume(stream.session, turn=stream.turn) as again:
            again.read()
        self.assertEqual(again.chunks[-1], last)
        self.assertEqual(again.text, stream.text)

    def test_each_ending_is_the_same_everywhere(self):
        two = ["one", " two"]
        for end, source, how, prompt in (
            ("complete", "reported", self.read, {"usage": USAGE}),
            ("complete", "estimated", self.read, {"usage": None}),
            ("length", "reported", self.read,
             {"usage": USAGE, "finish": "length"}),
            # The turn's own cap: the model did not come to its numbers.
            ("length", "estimated", self.read,
             {"tokens": ["x"], "endless": True}),
            ("tool_calls", "reported", self.read,
             {"usage": USAGE, "tools": [CALL]}),
            ("content_filter", "reported", self.read,
             {"usage": USAGE, "finish": "content_filter"}),
            ("truncated", "estimated", self.read, {"cut": True}),
            ("failed", "estimated", self.read, {"stall": 20}),
            ("cancelled", "estimated", self.stopped,
             {"tokens": ["x"] * 30, "gap": 0.05}),
        ):
            with self.subTest(f"{end}, {source}"):
                members = {"tokens": two, **prompt}
                counted = self.turns_ended(end)
                stream = how(plan(n=os.urandom(4).hex(), **members))
                self.ended(end, source, stream, counted)

    def test_numbers_before_a_break_are_kept(self):
        # Usage in a content chunk, and then the connection is lost.
        raw = (
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Connection: close\r\n\r\n"
            'data: {"choices":[{"index":0,"delta":{"content":"a"}}],'
            '"usage":{"prompt_tokens":11,"completion_tokens":22}}\n\n'
        )
        counted = self.turns_ended("truncated")
        self.ended("truncated", "reported", self.read(plan(raw=raw)), counted)

    def test_a_failure_without_a_word_is_one_in_the_history(self):
        counted = self.turns_ended("failed")
        stream = self.read(plan(silence=0.3, status=400))
        self.assertEqual(stream.chunks[-1]["end"], "failed")
        self.assertEqual(stream.text, "")
        self.assertEqual(self.turns_ended("failed"), counted + 1)

    def test_a_drained_turn_is_interrupted_everywhere(self):
        stream = self.admin.chat(plan(tokens=["x"] * 30, gap=0.1))
        stream.until_text(2)
        self.server.signal(15)
        stream.read()
        self.assertEqual(self.server.wait(), 0)
        self.server.start()
        # What was counted went with the process.
        self.ended("interrupted", "estimated", stream, None)

    def test_a_killed_turn_is_interrupted_everywhere(self):
        stream = self.admin.chat(plan(tokens=["x"] * 30, gap=0.1))
        stream.until_text(2)
        self.server.kill()
        stream.close()
        began = time.monotonic()
        self.server.start()
        with self.admin.resume(stream.session, stream.last_id) as rest:
            rest.read()
        took = time.monotonic() - began
        print(f"told {took:.2f} s after the kill", end=" ", flush=True)
        rest.events = stream.events + rest.events
        self.ended("interrupted", "estimated", rest, None)
        # The session goes on.
        self.assertTrue(
            self.admin.say("and on", session=stream.session).finished
        )


if __name__ == "__main__":
    unittest.main()
