"""A stream that is resumed is the stream, exactly."""

import unittest

from hansard import Answer, ServerTest
from mock_model import answer_to, plan

TOKENS = [f"t{i} " for i in range(120)]


class ResumeTest(ServerTest):
    def resume(self, session, after=None, **headers):
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        return self.admin.open_stream(
            "GET", f"/api/chat/sessions/{session}/stream", headers=headers
        )

    @staticmethod
    def text_after(stream, version):
        return "".join(
            e.json["chunk"]
            for e in stream.events
            if not e.done and e.id > version
        )

    def test_a_lost_stream_goes_on_where_it_stopped(self):
        stream = self.admin.chat(plan(tokens=TOKENS, gap=0.01))
        stream.until_text(10)
        stream.close()
        with self.resume(stream.session, stream.last_id) as rest:
            rest.read()
        self.assertTrue(rest.finished)
        self.assertEqual(stream.text + rest.text, "".join(TOKENS))
        self.assertEqual(rest.turn, stream.turn)
        ids = [e.id for e in rest.events if e.id is not None]
        self.assertTrue(all(i > stream.last_id for i in ids))

    def test_any_cut_of_an_ended_stream_gives_the_exact_rest(self):
        whole = self.admin.say("tell me all")
        ids = [e.id for e in whole.events if e.id is not None]
        for cut in (0, 1, 2, len(ids) // 2, len(ids) - 2):
            with self.subTest(cut):
                with self.resume(whole.session, ids[cut]) as rest:
                    rest.read()
                self.assertTrue(rest.finished)
                self.assertEqual(rest.text, self.text_after(whole, ids[cut]))
                self.assertEqual(rest.chunks[-1], whole.chunks[-1])

    def test_with_everything_seen_there_is_nothing_to_send(self):
        whole = self.admin.say("short")
        answer = self.resume(whole.session, whole.last_id)
        if isinstance(answer, Answer):
            self.assertEqual(answer.status, 204, answer)
        else:
            with answer:
                self.assertEqual(answer.read().text, "")

    def test_without_an_id_the_newest_turn_is_told_from_its_start(self):
        first = self.admin.say("one")
        second = self.admin.say("two", session=first.session)
        with self.resume(first.session) as again:
            again.read()
        self.assertEqual(again.turn, second.turn)
        self.assertEqual(again.text, "".join(answer_to("two")))

    def test_two_watchers_of_one_answer_see_the_same(self):
        stream = self.admin.chat(plan(tokens=TOKENS, gap=0.01))
        stream.until_text(5)
        with self.resume(stream.session) as second, stream:
            second.read()
            stream.read()
        self.assertEqual(second.text, "".join(TOKENS))
        self.assertEqual(stream.text, second.text)

    def test_a_turn_goes_on_without_clients(self):
        stream = self.admin.chat(plan(tokens=TOKENS, gap=0.005))
        stream.until_text(1)
        stream.close()
        # The resumed stream ends when the turn has.
        with self.resume(stream.session, stream.last_id) as rest:
            rest.read()
        last = self.admin.messages(stream.session)[-1]
        self.assertEqual(last["content"], "".join(TOKENS))
        self.assertEqual(last["end"], "complete")

    def test_a_stopped_turn_is_recorded_as_cancelled(self):
        stream = self.admin.chat(plan(tokens=["x"] * 5000, gap=0.01))
        stream.until_text(3)
        path = f"/api/chat/sessions/{stream.session}/stop"
        stopped = self.admin.request("POST", path, {"turnId": stream.turn})
        self.assertEqual(stopped.status, 200, stopped)
        with stream:
            stream.read()
        self.assertTrue(stream.finished)
        self.assertEqual(stream.chunks[-1]["end"], "cancelled")
        last = self.admin.messages(stream.session)[-1]
        self.assertEqual(last["end"], "cancelled")
        self.assertEqual(last["content"], stream.text)
        # Once more is no error.
        self.assertEqual(self.admin.request("POST", path, {}).status, 200)

    def test_bad_places_are_refused(self):
        whole = self.admin.say("short")
        self.assert_refused(self.resume(whole.session, "x"), 400)
        self.assert_refused(self.resume(whole.session, 10**6), 400)
        self.assert_refused(
            self.resume("sess_" + "0" * 26), 404, "NOT_FOUND"
        )
        other = self.member("stranger")
        self.assert_refused(
            other.open_stream(
                "GET", f"/api/chat/sessions/{whole.session}/stream"
            ),
            404,
            "NOT_FOUND",
        )

    def test_after_a_restart_the_rest_is_still_there(self):
        whole = self.admin.say("before the restart")
        ids = [e.id for e in whole.events if e.id is not None]
        self.server.restart()
        with self.resume(whole.session, ids[3]) as rest:
            rest.read()
        self.assertEqual(rest.text, self.text_after(whole, ids[3]))


if __name__ == "__main__":
    unittest.main()
