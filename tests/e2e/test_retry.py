"""Requests that are sent again, and messages that meet a running turn."""

import os
import threading
import time
import unittest

from hansard import MODEL, Answer, ServerTest, eventually
from mock_model import answer_to, plan

SLOW = [f"t{i} " for i in range(200)]


def key():
    return os.urandom(16).hex()


class RetryTest(ServerTest):
    def send(self, client, text, key_text, session=None, **members):
        body = {
            "agentDid": MODEL,
            "messages": [{"role": "user", "content": text}],
            **members,
        }
        if session:
            body["sessionId"] = session
        return client.open_stream(
            "POST", "/api/chat", body, {"Idempotency-Key": key_text}
        )

    def requests(self, text):
        """How often the model was asked this."""
        return sum(
            1
            for _, request in self.model.requests
            if request["messages"][-1]["content"] == text
        )

    def whole(self, stream):
        self.assertNotIsInstance(stream, Answer, stream)
        with stream:
            stream.read()
        self.assertTrue(stream.finished)
        return stream

    def test_a_retry_while_the_turn_runs_gets_it_from_its_start(self):
        k, text = key(), plan(tokens=SLOW, gap=0.005)
        first = self.send(self.admin, text, k)
        first.until_text(20)
        first.close()
        again = self.whole(self.send(self.admin, text, k))
        self.assertEqual(again.text, "".join(SLOW))
        self.assertEqual(again.turn, first.turn)
        self.assertEqual(again.session, first.session)
        self.assertEqual(
            again.response.getheader("Idempotent-Replayed"), "true"
        )
        self.assertEqual(self.requests(text), 1)

    def test_a_retry_after_the_end_gets_the_recorded_turn(self):
        k, text = key(), "tell me " + key()
        first = self.whole(self.send(self.admin, text, k))
        again = self.whole(self.send(self.admin, text, k))
        self.assertEqual(again.text, first.text)
        self.assertEqual(again.turn, first.turn)
        self.assertEqual(self.requests(text), 1)
        history = self.admin.messages(first.session)
        self.assertEqual(len(history), 2)

    def test_a_failed_turn_is_replayed_as_the_failure_it_was(self):
        k, text = key(), plan(status=400)
        first = self.send(self.admin, text, k)
        again = self.send(self.admin, text, k)
        self.assertIsInstance(first, Answer)
        self.assertIsInstance(again, Answer)
        self.assertEqual(first.status, again.status)
        self.assertEqual(first.json["code"], again.json["code"])
        self.assertEqual(self.requests(text), 1)

    def test_another_body_with_the_key_is_refused(self):
        k = key()
        self.whole(self.send(self.admin, "one " + k, k))
        self.assert_refused(
            self.send(self.admin, "two " + k, k), 422, "IDEMPOTENCY_CONFLICT"
        )

    def test_a_key_is_its_callers_own(self):
        k = key()
        mine = self.whole(self.send(self.admin, "mine " + k, k))
        ann = self.member("ann")
        hers = self.whole(self.send(ann, "hers " + k, k))
        self.assertNotEqual(mine.session, hers.session)

    def test_ten_at_the_same_instant_are_one_turn(self):
        k, text = key(), plan(tokens=SLOW[:50], gap=0.005)
        streams = [None] * 10
        barrier = threading.Barrier(len(streams))

        def one(i):
            barrier.wait()
            streams[i] = self.whole(self.send(self.admin, text, k))

        threads = [
            threading.Thread(target=one, args=(i,))
            for i in range(len(streams))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len({s.turn for s in streams}), 1)
        self.assertEqual({s.text for s in streams}, {"".join(SLOW[:50])})
        self.assertEqual(self.requests(text), 1)
        replayed = [
            s.response.getheader("Idempotent-Replayed") for s in streams
        ]
        self.assertEqual(replayed.count("true"), 9)

    def test_a_key_holds_over_a_crash(self):
        k, text = key(), plan(tokens=["x"] * 5000, gap=0.005)
        first = self.send(self.admin, text, k)
        first.until_text(5)
        self.server.kill()
        seen = first.text
        first.close()
        self.server.start()
        again = self.whole(self.send(self.admin, text, k))
        self.assertEqual(again.turn, first.turn)
        self.assertEqual(again.chunks[-1]["end"], "interrupted")
        self.assertTrue(again.text.startswith(seen))
        self.assertEqual(self.requests(text), 1)


class BusyTest(ServerTest):
    def begin(self):
        stream = self.admin.chat(plan(tokens=["x"] * 2000, gap=0.005))
        stream.until_text(2)
        return stream

    def session(self, stream):
        return self.admin.get(f"/api/chat/sessions/{stream.session}").json

    def say(self, text, session, busy):
        """Sends in another thread: (thread, [answer])."""
        got = []

        def send():
            answer = self.admin.chat(text, session=session, onBusy=busy)
            if not isinstance(answer, Answer):
                with answer:
                    answer.read()
            got.append(answer)

        thread = threading.Thread(target=send)
        thread.start()
        return thread, got

    def test_by_default_it_is_refused_and_told_when_to_come_back(self):
        with self.begin() as stream:
            busy = self.admin.chat("two", session=stream.session)
            self.assert_refused(busy, 409, "TURN_RUNNING")
            self.assertEqual(busy.json["details"]["turnId"], stream.turn)
            self.assertGreaterEqual(int(busy.headers["retry-after"]), 1)
            self.admin.stop(stream.session)

    def test_a_queued_message_is_answered_after_the_running_turn(self):
        with self.begin() as stream:
            thread, got = self.say("two", stream.session, "queue")
            eventually(
                lambda: len(self.session(stream)["queuedTurns"]) == 1
            )
            self.assertEqual(self.session(stream)["runningTurn"], stream.turn)
            self.admin.stop(stream.session)
            thread.join()
        self.assertEqual(got[0].text, "".join(answer_to("two")))
        state = self.session(stream)
        self.assertEqual(state["queuedTurns"], [])
        self.assertNotIn("runningTurn", state)
        roles = [m["role"] for m in self.admin.messages(stream.session)]
        self.assertEqual(roles, ["user", "assistant", "user", "assistant"])

    def test_the_queue_is_bounded(self):
        with self.begin() as stream:
            waiting = [
                self.say(f"more {i}", stream.session, "queue")
                for i in range(8)
            ]
            eventually(
                lambda: len(self.session(stream)["queuedTurns"]) == 8
            )
            self.assert_refused(
                self.admin.chat(
                    "too many", session=stream.session, onBusy="queue"
                ),
                409,
                "TURN_RUNNING",
            )
            self.admin.stop(stream.session)
            for thread, _ in waiting:
                thread.join()
        for _, got in waiting:
            self.assertTrue(got[0].finished)
        self.assertEqual(len(self.admin.messages(stream.session)), 18)

    def test_an_interruption_stops_the_turn_and_is_answered(self):
        with self.begin() as stream:
            began = time.monotonic()
            thread, got = self.say("stop that", stream.session, "interrupt")
            stream.read()
            thread.join()
            self.assertLess(time.monotonic() - began, 9)
        self.assertEqual(stream.chunks[-1]["end"], "cancelled")
        self.assertEqual(got[0].text, "".join(answer_to("stop that")))
        ends = [
            m.get("end") for m in self.admin.messages(stream.session)
        ]
        self.assertEqual(ends, [None, "cancelled", None, "complete"])


class ReplaceTest(ServerTest):
    def talk(self):
        first = self.admin.say("one")
        second = self.admin.say("two", session=first.session)
        return first, second

    def texts(self, session, **query):
        answer = self.admin.get(
            f"/api/chat/sessions/{session}/messages", **query
        )
        self.assertEqual(answer.status, 200, answer)
        return [m["content"] for m in answer.json["messages"]], answer.json

    def test_an_edited_message_makes_a_branch_and_the_old_one_is_kept(self):
        first, second = self.talk()
        before, _ = self.texts(first.session)
        self.admin.say(
            "zwei", session=first.session, replaceFrom=2
        )
        now, whole = self.texts(first.session)
        self.assertEqual(now[:2], before[:2])
        self.assertEqual(now[2:], ["zwei", "".join(answer_to("zwei"))])
        self.assertEqual(
            whole["branches"],
            [
                {
                    "branch": second.turn,
                    "messageCount": 4,
                    "keptMessages": 2,
                }
            ],
        )
        old, _ = self.texts(first.session, branch=second.turn)
        self.assertEqual(old, before)
        # The model saw the new branch alone.
        seen = self.model.requests[-1][1]["messages"]
        self.assertEqual([m["content"] for m in seen], now[:3])

    def test_an_answer_is_regenerated_by_its_turn(self):
        first, second = self.talk()
        body = {
            "agentDid": MODEL,
            "sessionId": first.session,
            "replaceFrom": second.turn,
        }
        with self.admin.open_stream("POST", "/api/chat", body) as stream:
            stream.read()
        self.assertTrue(stream.finished)
        now, whole = self.texts(first.session)
        self.assertEqual(len(now), 4)
        self.assertEqual(now[2], "two")
        self.assertEqual(whole["messages"][3]["turnId"], stream.turn)
        self.assertEqual(len(whole["branches"]), 1)

    def test_the_recorded_stream_of_a_left_branch_can_still_be_read(self):
        first, second = self.talk()
        self.admin.say("zwei", session=first.session, replaceFrom=2)
        with self.admin.resume(first.session, turn=second.turn) as old:
            old.read()
        self.assertEqual(old.text, "".join(answer_to("two")))

    def test_bad_places_are_refused_and_nothing_is_changed(self):
        first, _ = self.talk()
        before, _ = self.texts(first.session)
        for place in (9, "turn_" + "0" * 25 + "1", -1, "x", 1.5, True):
            with self.subTest(place):
                self.assert_refused(
                    self.admin.chat(
                        "x", session=first.session, replaceFrom=place
                    ),
                    400,
                    "INVALID_REQUEST",
                )
        self.assert_refused(
            self.admin.chat("x", replaceFrom=0), 400, says="replaceFrom"
        )
        self.assertEqual(self.texts(first.session)[0], before)
        self.assert_refused(
            self.admin.get(
                f"/api/chat/sessions/{first.session}/messages",
                branch="turn_" + "0" * 25 + "1",
            ),
            404,
        )


class HiddenPartialTest(ServerTest):
    agent_members = {"partial_answers": "hide"}

    def test_an_answer_that_was_cut_is_not_shown_to_the_model(self):
        stream = self.admin.chat(plan(tokens=["half "] * 500, gap=0.005))
        stream.until_text(3)
        self.admin.stop(stream.session)
        with stream:
            stream.read()
        self.admin.say("and now?", session=stream.session)
        seen = self.model.requests[-1][1]["messages"]
        # Without the answer between them, the two questions are one message.
        self.assertEqual([m["role"] for m in seen], ["user"])
        self.assertTrue(seen[0]["content"].endswith("\n\nand now?"))
        kept = self.admin.messages(stream.session)
        self.assertEqual(kept[1]["end"], "cancelled")
        self.assertTrue(kept[1]["content"].startswith("half half "))


if __name__ == "__main__":
    unittest.main()
