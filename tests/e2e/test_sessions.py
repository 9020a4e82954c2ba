"""Sessions: what was said is there after [DONE], and can be gone on with."""

import json
import unittest

from hansard import MODEL, ServerTest


class SessionTest(ServerTest):
    def texts(self, session, client=None):
        return [
            (m["role"], m["content"])
            for m in (client or self.admin).messages(session)
        ]

    def test_a_read_after_done_shows_the_turn(self):
        for i in range(5):
            text = f"question {i}"
            stream = self.admin.say(text)
            self.assertEqual(
                self.texts(stream.session),
                [("user", text), ("assistant", stream.text)],
            )
            listed = self.admin.get(
                "/api/chat/sessions", agentDid=MODEL, limit=1
            ).json["sessions"]
            self.assertEqual(listed[0]["id"], stream.session)
            self.assertEqual(listed[0]["messageCount"], 2)
            self.assertEqual(listed[0]["title"], text)
            for member in ("createdAt", "updatedAt"):
                self.assertRegex(
                    listed[0][member],
                    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
                )

    def test_one_session_is_shown_as_in_the_list(self):
        stream = self.admin.say("alone")
        one = self.admin.get(f"/api/chat/sessions/{stream.session}").json
        self.assertEqual(one["id"], stream.session)
        self.assertEqual(one["messageCount"], 2)
        self.assertEqual(one["title"], "alone")

    def test_a_session_goes_on_with_new_messages_alone(self):
        first = self.admin.say("one")
        second = self.admin.say("two", session=first.session)
        self.assertEqual(second.session, first.session)
        self.assertNotEqual(second.turn, first.turn)
        self.assertEqual(
            self.texts(first.session),
            [
                ("user", "one"),
                ("assistant", first.text),
                ("user", "two"),
                ("assistant", second.text),
            ],
        )

    def test_a_repeated_history_is_not_recorded_twice(self):
        first = self.admin.say("one")
        second = self.admin.say(
            None,
            session=first.session,
            messages=[
                {"role": "user", "content": "one"},
                {"role": "assistant", "content": first.text},
                {"role": "user", "content": "two"},
            ],
        )
        self.assertEqual(
            self.texts(first.session),
            [
                ("user", "one"),
                ("assistant", first.text),
                ("user", "two"),
                ("assistant", second.text),
            ],
        )
        received = [
            e
            for e in self.admin.recorded(first.session)
            if e["type"] == "messages_received"
        ]
        self.assertEqual(
            [len(e["data"]["messages"]) for e in received], [1, 1]
        )

    def test_a_history_that_departs_is_a_branch_and_the_log_keeps_both(self):
        first = self.admin.say("one")
        self.admin.say("two", session=first.session)
        third = self.admin.say(
            None,
            session=first.session,
            messages=[
                {"role": "user", "content": "one"},
                {"role": "assistant", "content": first.text},
                {"role": "user", "content": "other"},
            ],
        )
        self.assertEqual(
            self.texts(first.session),
            [
                ("user", "one"),
                ("assistant", first.text),
                ("user", "other"),
                ("assistant", third.text),
            ],
        )
        recorded = json.dumps(self.admin.recorded(first.session))
        self.assertIn('"two"', recorded)
        self.assertIn('"other"', recorded)

    def test_what_the_client_says_of_its_history_is_believed(self):
        first = self.admin.say("one")
        # The same first message again, as something new.
        second = self.admin.say("one", session=first.session, history="delta")
        self.assertEqual(len(self.texts(first.session)), 4)
        # And the whole of it, one more added.
        messages = [
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": first.text},
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": second.text},
            {"role": "user", "content": "three"},
        ]
        self.admin.say(
            None, session=first.session, messages=messages, history="full"
        )
        self.assertEqual(len(self.texts(first.session)), 6)

    def test_an_answer_of_another_is_marked_as_claimed(self):
        stream = self.admin.say(
            None,
            messages=[
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "a"},
                {"role": "assistant", "content": "never said here"},
                {"role": "user", "content": "b"},
            ],
        )
        origins = [m.get("origin") for m in self.admin.messages(stream.session)]
        self.assertEqual(
            origins, ["client", "client", "claimed", "client", "generated"]
        )

    def test_content_is_kept_as_it_arrived(self):
        blocks = [
            {"type": "text", "text": "look: "},
            {"type": "image_url", "image_url": {"url": "data:,x"}, "n": 1.50},
            {"type": "text", "text": "世界 \u0001 \"quoted\""},
        ]
        stream = self.admin.say(
            None,
            messages=[
                {"role": "user", "content": blocks, "custom": {"deep": [1]}}
            ],
        )
        message = self.admin.messages(stream.session)[0]
        self.assertEqual(message["content"], blocks)

    def test_titles_are_made_and_changed(self):
        stream = self.admin.say("First line\nsecond line")
        path = f"/api/chat/sessions/{stream.session}"
        self.assertEqual(self.admin.get(path).json["title"], "First line")
        changed = self.admin.request("PATCH", path, {"title": "Better ✓"})
        self.assertEqual(changed.status, 200, changed)
        self.assertEqual(self.admin.get(path).json["title"], "Better ✓")
        for bad in ({}, {"title": 3}, {"title": "x" * 10_000}):
            self.assert_refused(
                self.admin.request("PATCH", path, bad), 400, "INVALID_REQUEST"
            )

    def test_the_list_is_paged_newest_first(self):
        client = self.member("pager")
        made = [client.say(f"page {i}").session for i in range(7)]
        seen, cursor = [], None
        while True:
            query = {"limit": 3}
            if cursor:
                query["cursor"] = cursor
            page = client.get("/api/chat/sessions", **query).json
            self.assertLessEqual(len(page["sessions"]), 3)
            seen += [s["id"] for s in page["sessions"]]
            cursor = page.get("nextCursor")
            if not cursor:
                break
        self.assertEqual(seen, made[::-1])
        self.assert_refused(
            client.get("/api/chat/sessions", cursor="nonsense"), 400
        )
        for limit in ("-1", "x", "100000", ""):
            self.assert_refused(
                client.get("/api/chat/sessions", limit=limit), 400
            )

    def test_messages_are_paged_when_asked(self):
        first = self.admin.say("m0")
        for i in range(1, 4):
            self.admin.say(f"m{i}", session=first.session)
        everything = self.admin.messages(first.session)
        self.assertEqual(len(everything), 8)
        path = f"/api/chat/sessions/{first.session}/messages"
        seen, start = [], 0
        while start is not None:
            page = self.admin.get(path, **{"limit": 3, "from": start}).json
            seen += page["messages"]
            start = page.get("nextFrom")
        self.assertEqual(seen, everything)

    def test_the_events_tell_the_whole_story(self):
        stream = self.admin.say("tell")
        events = self.admin.recorded(stream.session)
        self.assertEqual(
            [e["version"] for e in events], list(range(1, len(events) + 1))
        )
        types = [e["type"] for e in events]
        for wanted in (
            "session_opened",
            "messages_received",
            "turn_admitted",
            "generation_started",
            "token_generated",
            "generation_completed",
        ):
            self.assertIn(wanted, types)
        text = "".join(
            e["data"]["text"] for e in events if e["type"] == "token_generated"
        )
        self.assertEqual(text, stream.text)
        times = [e["at"] for e in events]
        self.assertEqual(times, sorted(times))

    def test_members_see_their_own_and_admins_all(self):
        ann, bob = self.member("ann"), self.member("bob")
        hers = ann.say("hers").session
        his = bob.say("his").session
        self.assertEqual(
            [s["id"] for s in ann.get("/api/chat/sessions").json["sessions"]],
            [hers],
        )
        missing = "sess_" + "0" * 26
        for tail in ("", "/messages", "/events"):
            # Somebody else's and nobody's: the same answer.
            other = self.assert_refused(
                ann.get(f"/api/chat/sessions/{his}{tail}"), 404, "NOT_FOUND"
            )
            none = self.assert_refused(
                ann.get(f"/api/chat/sessions/{missing}{tail}"), 404
            )
            self.assertEqual(other["error"], none["error"])
        listed = self.admin.get("/api/chat/sessions", userDid=bob.did).json
        self.assertEqual([s["id"] for s in listed["sessions"]], [his])
        self.assertEqual(self.texts(his)[0], ("user", "his"))


if __name__ == "__main__":
    unittest.main()
