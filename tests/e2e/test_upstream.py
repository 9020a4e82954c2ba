"""A model server behind an agent, in its good and bad moments."""

import unittest

from hansard import ServerTest
from mock_model import answer_to, plan


class UpstreamTest(ServerTest):
    agent_members = {
        "system_prompt": "You are a mock.",
        "api_key_env": "E2E_MODEL_KEY",
        "first_token_timeout": "700ms",
        "idle_timeout": "700ms",
        "max_attempts": 3,
        "headers": {"X-Team": "blue"},
        "parameters": {"temperature": 0.25},
    }
    # Early failures get a status however slow the machine is.
    flags = ("--head-wait", "30s")
    env = {"E2E_MODEL_KEY": "key-of-the-mock"}

    def types(self, session):
        return [e["type"] for e in self.admin.recorded(session)]

    def test_the_answer_is_the_models_token_by_token(self):
        stream = self.admin.say("tell me")
        self.assertEqual(
            [c["chunk"] for c in stream.chunks if c["chunk"]],
            answer_to("tell me"),
        )
        end = stream.chunks[-1]
        self.assertEqual(end["end"], "complete")
        self.assertEqual(end["usage"]["promptTokens"], 7)
        self.assertEqual(
            end["usage"]["completionTokens"], len(answer_to("tell me"))
        )

    def test_the_model_is_asked_as_configured(self):
        self.admin.say("as configured")
        headers, request = self.model.requests[-1]
        self.assertEqual(headers["Authorization"], "Bearer key-of-the-mock")
        self.assertEqual(headers["X-Team"], "blue")
        self.assertEqual(request["model"], "mock-1")
        self.assertEqual(request["temperature"], 0.25)
        self.assertIs(request["stream"], True)
        self.assertIs(request["stream_options"]["include_usage"], True)
        self.assertEqual(
            request["messages"],
            [
                {"role": "system", "content": "You are a mock."},
                {"role": "user", "content": "as configured"},
            ],
        )

    def test_the_model_gets_the_whole_history(self):
        first = self.admin.say("first")
        self.admin.say("second", session=first.session)
        self.assertEqual(
            [m["content"] for m in self.model.requests[-1][1]["messages"]],
            ["You are a mock.", "first", first.text, "second"],
        )

    def test_a_failure_before_the_first_token_is_a_status(self):
        for asked, status, code in (
            (plan(status=400), 502, "UPSTREAM_FAILED"),
            (plan(status=401), 502, "UPSTREAM_FAILED"),
            (plan(status=500, n=1), 502, "UPSTREAM_FAILED"),
            (plan(silence=3), 504, "UPSTREAM_TIMED_OUT"),
        ):
            with self.subTest(asked):
                answer = self.admin.chat(asked)
                self.assert_refused(answer, status, code)
                session = answer.headers["x-session-id"]
                self.assertIn("generation_failed", self.types(session))

    def test_no_model_server_is_a_503(self):
        # A port that was free a moment ago, and that nobody listens on.
        made = self.admin.request(
            "POST",
            "/api/agents",
            {
                "did": "did:test:nowhere",
                "name": "nowhere",
                "provider": "openai-compatible",
                "baseUrl": "http://127.0.0.1:1/v1",
                "model": "m",
                "maxAttempts": 1,
            },
        )
        self.assertEqual(made.status, 201, made)
        self.assert_refused(
            self.admin.chat("hello", agent="did:test:nowhere"),
            503,
            "UPSTREAM_UNAVAILABLE",
        )

    def test_retryable_failures_are_retried_and_recorded(self):
        for asked in (
            plan(status=503, times=2),
            plan(status=429, times=2, retry_after=0),
            plan(refuse=2),
        ):
            with self.subTest(asked):
                before = len(self.model.requests)
                stream = self.admin.say(asked)
                self.assertEqual(stream.text, "".join(answer_to(asked)))
                self.assertEqual(len(self.model.requests) - before, 3)
                types = self.types(stream.session)
                failed = types.count("generation_attempt_failed")
                self.assertEqual(types.count("generation_started"), failed + 1)
                # A connection of the pool that turns out to be closed is
                # replaced without an attempt of its own.
                self.assertIn(failed, (1, 2) if "refuse" in asked else (2,))

    def test_after_the_first_token_nothing_is_retried(self):
        before = len(self.model.requests)
        asked = plan(tokens=["one", " two"], cut=True)
        stream = self.admin.say(asked)
        self.assertEqual(len(self.model.requests) - before, 1)
        self.assertEqual(stream.text, "one two")
        self.assertEqual(
            [e["code"] for e in stream.errors()], ["UPSTREAM_TRUNCATED"]
        )
        self.assertEqual(stream.chunks[-1]["end"], "truncated")
        last = self.admin.messages(stream.session)[-1]
        self.assertEqual(last["content"], "one two")
        self.admin.say("and on", session=stream.session)

    def test_a_model_that_stalls_is_reported(self):
        stream = self.admin.say(plan(tokens=["a"], stall=3))
        self.assertEqual(stream.text, "a")
        self.assertEqual(len(stream.errors()), 1)

    def test_tool_calls_ride_beside_the_chunk(self):
        call = {
            "id": "call_1",
            "name": "weather",
            "arguments": '{"city": "Paris"}',
        }
        stream = self.admin.say(plan(tokens=["look: "], tools=[call]))
        calls = [c["toolCall"] for c in stream.chunks if "toolCall" in c]
        self.assertEqual(len(calls), 1)
        self.assertEqual(calls[0]["id"], "call_1")
        self.assertEqual(
            calls[0]["function"],
            {"name": "weather", "arguments": '{"city": "Paris"}'},
        )
        self.assertEqual(stream.chunks[-1]["end"], "tool_calls")
        # The tool's answer goes on with the turn's session.
        follow = self.admin.say(
            None,
            session=stream.session,
            messages=[
                {
                    "role": "tool",
                    "tool_call_id": "call_1",
                    "name": "weather",
                    "content": "rain",
                }
            ],
        )
        sent = self.model.requests[-1][1]["messages"]
        self.assertEqual(sent[-1]["tool_call_id"], "call_1")
        self.assertEqual(sent[-2]["tool_calls"][0]["id"], "call_1")
        self.assertTrue(follow.finished)

    def test_reasoning_and_endings_are_told(self):
        stream = self.admin.say(
            plan(reasoning=["hm, ", "so"], tokens=["x"], finish="length")
        )
        self.assertEqual(stream.text, "x")
        self.assertEqual(
            "".join(c.get("reasoning", "") for c in stream.chunks), "hm, so"
        )
        self.assertEqual(stream.chunks[-1]["end"], "length")

    def test_a_slow_model_gets_a_head_and_pings_first(self):
        self.server.restart(["--head-wait", "50ms", "--ping-interval", "100ms"])
        try:
            stream = self.admin.say(plan(silence=0.5, tokens=["late"]))
            self.assertEqual(stream.text, "late")
            self.assertIn(b": ping\n", stream.raw)
            # Too late for a status: the failure comes in-band.
            failed = self.admin.say(plan(silence=0.3, status=400))
            self.assertEqual(
                [e["code"] for e in failed.errors()], ["UPSTREAM_FAILED"]
            )
        finally:
            self.server.restart()


class FallbackTest(ServerTest):
    agent_members = {
        "fallback_models": ["mock-2", "mock-3"],
        "max_attempts": 1,
    }

    def test_fallback_models_are_tried_in_order(self):
        asked = plan(status=500, only="mock-1")
        stream = self.admin.say(asked)
        self.assertEqual(stream.text, "".join(answer_to(asked)))
        started = [
            e["data"]["model"]
            for e in self.admin.recorded(stream.session)
            if e["type"] == "generation_started"
        ]
        self.assertEqual(started, ["mock-1", "mock-2"])

    def test_all_of_them_failing_is_a_failure(self):
        self.assert_refused(
            self.admin.chat(plan(status=500)), 502, "UPSTREAM_FAILED"
        )


class StrictHistoryTest(ServerTest):
    agent_members = {"history": "strict"}

    def test_a_contradicting_history_is_refused(self):
        first = self.admin.say("one")
        body = [
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "never said"},
            {"role": "user", "content": "two"},
        ]
        self.assert_refused(
            self.admin.chat(None, session=first.session, messages=body),
            409,
            "HISTORY_CONFLICT",
        )
        self.assertEqual(len(self.admin.messages(first.session)), 2)


if __name__ == "__main__":
    unittest.main()
