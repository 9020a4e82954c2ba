"""Model servers that do not behave: what a client sees of it, what is recorded,
and that the server is none the worse for it."""

import json
import os
import random
import threading
import time
import unittest

from hansard import Answer, ServerTest, eventually
from mock_model import answer_to, plan

HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    "Connection: close\r\n\r\n"
)


def delta(text):
    return 'data: {"choices":[{"index":0,"delta":{"content":%s}}]}\n\n' % (
        json.dumps(text)
    )


STOP = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
DONE = "data: [DONE]\n\n"


class FaultsTest(ServerTest):
    """One attempt a turn: what happens is what is recorded."""

    flags = ("--head-wait", "30s")
    agent_members = {
        "max_attempts": 1,
        "first_token_timeout": "500ms",
        "idle_timeout": "500ms",
        "max_turn": "3s",
        "max_output_tokens": 3000,
    }

    def end_of(self, prompt):
        """(text, end) as the client saw it; both as they are recorded."""
        answer = self.admin.chat(prompt)
        if isinstance(answer, Answer):
            self.assertIn(answer.status, (502, 503, 504), answer)
            session, text = answer.headers["x-session-id"], ""
            end = None
        else:
            with answer:
                answer.read()
            self.assertTrue(answer.finished, answer.raw[-300:])
            session, text = answer.session, answer.text
            end = answer.chunks[-1]["end"]
        recorded = self.admin.recorded(session)
        tokens = "".join(
            e["data"]["text"] for e in recorded
            if e["type"] == "token_generated"
        )
        self.assertEqual(tokens, text)
        endings = [
            e for e in recorded
            if e["type"].startswith("generation_")
            and e["type"] not in ("generation_started",
                                  "generation_attempt_failed")
        ]
        self.assertEqual(len(endings), 1)
        shown = self.admin.messages(session)[-1]
        if shown["role"] == "assistant":
            self.assertEqual(shown["content"] or "", text)
            if end:
                self.assertEqual(shown["end"], end)
        return text, end or endings[0]["data"]["end"]

    def test_the_tolerances_hold_from_end_to_end(self):
        usage = '"usage":{"prompt_tokens":3,"completion_tokens":2}'
        whole = delta("Hello") + delta(" world") + STOP + DONE
        for name, raw in {
            "plain": HEAD + whole,
            "no space behind the colon": HEAD + whole.replace(": {", ":{"),
            "CRLF": HEAD + whole.replace("\n", "\r\n"),
            "comments": HEAD + ": hi\n\n" + whole.replace(
                "data", ": x\ndata"),
            "null content": HEAD + delta(None) + whole,
            "no [DONE]": HEAD + whole.replace(DONE, ""),
            "usage in the last chunk": HEAD + whole.replace(
                '"finish_reason":"stop"}]', '"finish_reason":"stop"}],'
                + usage),
            "obfuscation": HEAD + whole.replace(
                '{"choices"', '{"obfuscation":"abc","choices"'),
            "no stream at all":
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                "Connection: close\r\n\r\n"
                '{"choices":[{"index":0,"message":{"role":"assistant",'
                '"content":"Hello world"},"finish_reason":"stop"}],%s}'
                % usage,
            "chunked":
                HEAD.replace("Connection: close",
                             "Transfer-Encoding: chunked")
                + f"{len(whole):x}\r\n{whole}\r\n0\r\n\r\n",
        }.items():
            with self.subTest(name):
                self.assertEqual(
                    self.end_of(plan(raw=raw)), ("Hello world", "complete")
                )

    def test_reasoning_goes_beside_the_answer(self):
        for name in ("reasoning_content", "reasoning"):
            raw = (
                HEAD
                + delta("hm").replace('"content"', f'"{name}"')
                + delta("Hello") + STOP + DONE
            )
            stream = self.admin.say(plan(raw=raw))
            self.assertEqual(stream.text, "Hello")
            self.assertEqual(
                "".join(c.get("reasoning", "") for c in stream.chunks), "hm"
            )

    def test_a_status_of_200_may_still_be_an_error(self):
        raw = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            'Connection: close\r\n\r\n{"error":{"message":"no credit"}}'
        )
        answer = self.admin.chat(plan(raw=raw))
        self.assert_refused(answer, 502, "UPSTREAM_FAILED", "no credit")

    def test_a_reset_at_any_byte_keeps_what_came(self):
        tokens = [f"t{i}é " for i in range(8)]
        whole = "".join(tokens)
        seen = set()
        # The head is 150 bytes, an event about 190: each phase of each is met.
        for cut in range(0, 2400, 23):
            text, end = self.end_of(
                plan(tokens=tokens, reset_after=cut, gap=0.0005)
            )
            self.assertTrue(whole.startswith(text), text)
            self.assertEqual("".join(tokens[: text.count(" ")]), text)
            self.assertIn(end, ("truncated", "failed", "complete"))
            if text and text != whole:
                self.assertEqual(end, "truncated", cut)
            seen.add(text)
        self.assertGreater(len(seen), 5)

    def test_stalls_are_given_up_in_time(self):
        for what, text, end in (
            (plan(silence=20), "", "failed"),
            (plan(raw="", then="stall"), "", "failed"),
            (plan(raw=HEAD[:30], then="stall"), "", "failed"),
            (plan(raw=HEAD, then="stall"), "", "failed"),
            (plan(raw=HEAD + delta("a")[:20], then="stall"), "", "failed"),
            (plan(raw=HEAD + delta("a"), then="stall"), "a", "failed"),
            # All was said: the end of the connection is no matter.
            (plan(raw=HEAD + delta("a") + STOP, then="stall"), "a",
             "complete"),
        ):
            with self.subTest(what):
                began = time.monotonic()
                self.assertEqual(self.end_of(what), (text, end))
                self.assertLess(time.monotonic() - began, 10)

    def test_long_lines_and_garbage_are_failures(self):
        for what in (
            plan(raw=HEAD + "data: " + "x" * (3 << 20)),
            plan(raw=HEAD + "x" * (3 << 20)),
            plan(raw="HTTP/1.1 200 OK\r\nX: " + "y" * (1 << 20)),
            plan(raw="\x00\x01\x02" * 1000),
            plan(raw="SSH-2.0-OpenSSH_9.2\r\n"),
            plan(raw=HEAD + "data: {\n\n"),
            plan(raw=HEAD + "data: " + "[" * 10000 + "\n\n"),
        ):
            with self.subTest(what[:60]):
                text, end = self.end_of(what)
                self.assertEqual(text, "")
                self.assertIn(end, ("failed", "truncated"))
        # A line of a megabyte that is one token, and right.
        long = "z" * 900_000
        self.assertEqual(
            self.end_of(plan(raw=HEAD + delta(long) + STOP + DONE)),
            (long, "complete"),
        )

    def test_random_bytes_are_never_a_crash(self):
        seed = int(
            os.environ.get("E2E_SEED", int.from_bytes(os.urandom(4), "big"))
        )
        print(f"E2E_SEED={seed}", end=" ", flush=True)
        rng = random.Random(seed)
        good = HEAD + delta("Hello") + delta(" world") + STOP + DONE
        for _ in range(60):
            raw = list(good)
            for _ in range(rng.randint(1, 12)):
                raw[rng.randrange(len(raw))] = chr(rng.randrange(128))
            self.end_of(plan(raw="".join(raw), then=rng.choice(
                ("close", "reset"))))
        self.assertEqual(self.admin.get("/readyz").status, 200)

    def test_an_endless_answer_has_an_end(self):
        stream = self.admin.say(plan(tokens=["x"] * 50, endless=True))
        self.assertEqual(stream.chunks[-1]["end"], "length")
        self.assertEqual(stream.text, "x" * 3000)
        # By time, where it is slow.
        began = time.monotonic()
        prompt = plan(tokens=["y"], endless=True, gap=0.05)
        stream = self.admin.say(prompt)
        self.assertLess(time.monotonic() - began, 15)
        self.assertNotEqual(stream.chunks[-1]["end"], "complete")
        self.assertLess(len(stream.text), 200)
        eventually(lambda: prompt in [p for p, _ in self.model.closed])


class StormTest(ServerTest):
    """Attempts are many, and they are bounded."""

    flags = ("--head-wait", "30s")
    agent_members = {
        "max_attempts": 3,
        "fallback_models": ["mock-2"],
        "first_token_timeout": "1s",
    }

    def test_storms_of_refusals_pass(self):
        outcomes = []
        before = len(self.model.requests)

        def ask(number):
            status = (429, 500, 502, 503, 529)[number % 5]
            # Half of them are let through in the end.
            prompt = plan(
                status=status, n=number, retry_after=0,
                times=2 if number % 2 else 1000,
            )
            answer = self.admin.chat(prompt)
            if isinstance(answer, Answer):
                outcomes.append((number % 2, answer.status))
            else:
                with answer:
                    answer.read()
                outcomes.append((number % 2, answer.text))
                self.assertEqual(answer.text, "".join(answer_to(prompt)))

        threads = [
            threading.Thread(target=ask, args=(n,)) for n in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(outcomes), 40)
        for passes, got in outcomes:
            if passes:
                self.assertIsInstance(got, str)
            else:
                self.assertIn(got, (502, 503, 504))
        # Attempts, and those of the fallback: no more.
        self.assertLessEqual(len(self.model.requests) - before, 40 * 6)
        self.assertEqual(
            self.admin.say("after the storm").text,
            "".join(answer_to("after the storm")),
        )
        eventually(lambda: self.admin.metrics()["hansard_running_turns"] == 0)

    def test_who_leaves_causes_no_attempt(self):
        """Leaving is not failing: no retry, no fallback, nobody's fault."""
        before = len(self.model.requests)
        sessions = []
        for i in range(8):
            stream = self.admin.chat(
                plan(tokens=["x"] * 30, gap=0.01, n=i)
            )
            stream.until_text(1 + i % 3)
            sessions.append(stream.session)
            stream.close()
        eventually(lambda: self.admin.metrics()["hansard_running_turns"] == 0)
        self.assertEqual(len(self.model.requests) - before, 8)
        for session in sessions:
            types = [e["type"] for e in self.admin.recorded(session)]
            self.assertEqual(types.count("generation_started"), 1)
            self.assertNotIn("generation_attempt_failed", types)
            self.assertNotIn("generation_failed", types)
            self.assertIn("generation_completed", types)


class LeavingTest(ServerTest):
    """on_disconnect = cancel: still no failure of the model."""

    agent_members = {
        "on_disconnect": "cancel",
        "disconnect_grace": "200ms",
        "max_attempts": 3,
        "fallback_models": ["mock-2"],
    }

    def test_a_turn_that_nobody_waits_for_is_cancelled(self):
        before = len(self.model.requests)
        prompt = plan(tokens=["x"], endless=True, gap=0.01)
        stream = self.admin.chat(prompt)
        stream.until_text(2)
        stream.close()
        eventually(lambda: prompt in [p for p, _ in self.model.closed])
        eventually(lambda: self.admin.metrics()["hansard_running_turns"] == 0)
        self.assertEqual(len(self.model.requests) - before, 1)
        types = [e["type"] for e in self.admin.recorded(stream.session)]
        self.assertIn("generation_cancelled", types)
        self.assertNotIn("generation_attempt_failed", types)
        self.assertNotIn("generation_failed", types)
        failed = [
            name for name, value in self.admin.metrics().items()
            if name.startswith("hansard_turns_total")
            and ("failed" in name or "truncated" in name) and value > 0
        ]
        self.assertEqual(failed, [])

    def test_who_comes_back_in_time_keeps_it(self):
        stream = self.admin.chat(plan(tokens=["x"] * 60, gap=0.01))
        stream.until_text(2)
        stream.close()
        with self.admin.resume(stream.session, stream.last_id) as rest:
            rest.read()
        self.assertEqual(rest.chunks[-1]["end"], "complete")
        self.assertEqual(stream.text + rest.text, "x" * 60)


if __name__ == "__main__":
    unittest.main()
