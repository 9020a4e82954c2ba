"""Guardrails over real sockets: across token borders, before and after."""

import json
import unittest

from hansard import ServerTest
from mock_model import plan

CARD = ["My card is 4", "111 11", "11 1111 1", "111, and", " that is it."]


class GuardrailTest(ServerTest):
    def setUp(self):
        for rule in self.admin.get("/api/guardrails").json["guardrails"]:
            self.admin.request("DELETE", f"/api/guardrails/{rule['name']}")

    def set_rule(self, status=201, **rule):
        answer = self.admin.request("POST", "/api/guardrails", rule)
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def shown(self, tokens, who=None, **options):
        return (who or self.admin).say(plan(tokens=tokens), **options)

    def test_a_match_across_tokens_is_never_on_the_wire(self):
        self.set_rule(name="card", detectors=["card"], action="mask")
        member = self.member("carol")
        stream = self.shown(CARD, member, agent=None)
        self.assertEqual(
            stream.text, "My card is [card], and that is it."
        )
        for chunk in stream.chunks:
            self.assertNotIn("1111", json.dumps(chunk))
        session = stream.session
        again = member.resume(session, after=0)
        again.read()
        self.assertEqual(again.text, stream.text)
        answer = member.messages(session)[-1]
        self.assertEqual(answer["content"], stream.text)
        self.assertNotIn("said", answer)
        audited = self.admin.messages(session)[-1]
        self.assertEqual(audited["content"], stream.text)
        self.assertEqual(audited["said"], "".join(CARD))
        raw = json.dumps(member.recorded(session))
        self.assertNotIn("4111", raw.replace(" ", "").replace('"', ""))
        matched = [
            e["data"]
            for e in self.admin.recorded(session)
            if e["type"] == "guardrail_matched"
        ]
        self.assertEqual(len(matched), 1)
        self.assertEqual(matched[0]["rule"], "card")
        self.assertEqual(matched[0]["offset"], 11)
        self.assertEqual(matched[0]["length"], 19)

    def test_the_model_gets_what_was_shown_and_sent(self):
        self.set_rule(name="mail", detectors=["email"], action="mask")
        first = self.shown(["write to a@b.", "de ok"])
        self.admin.say("I am c@d.org", session=first.session)
        sent = self.model.requests[-1][1]["messages"]
        self.assertEqual(sent[1]["content"], "write to [mail] ok")
        self.assertEqual(sent[2]["content"], "I am [mail]")
        mine = self.admin.messages(first.session)[2]
        self.assertEqual(mine["content"], "I am c@d.org")
        self.assertEqual(mine["sent"]["content"], "I am [mail]")

    def test_a_blocked_answer_ends_as_content_filter(self):
        self.set_rule(
            name="word", patterns=["forbidden"], on="output", action="block"
        )
        stream = self.shown(["so for", "bid", "den things"])
        self.assertEqual(stream.text, "so ")
        self.assertEqual(stream.chunks[-1]["end"], "content_filter")
        self.assertEqual(stream.chunks[-1]["finishReason"], "guardrail")

    def test_a_blocked_message_never_reaches_the_model(self):
        self.set_rule(
            name="word", patterns=["(?i)top secret"], on="input", action="block"
        )
        asked = len(self.model.requests)
        answer = self.admin.request(
            "POST",
            "/api/chat",
            {
                "agentDid": self.admin.agent,
                "messages": [{"role": "user", "content": "TOP \u0073ecret!"}],
            },
        )
        self.assert_refused(answer, 403, "GUARDRAIL")
        self.assertEqual(answer.json["details"], {"rule": "word"})
        self.assertEqual(len(self.model.requests), asked)

    def test_a_rule_that_can_not_work_is_refused_when_it_is_set(self):
        for rule in (
            {"name": "r", "patterns": ["("]},
            {"name": "r", "patterns": ["a*"]},
            {"name": "r", "patterns": ["(?:\\pL{1,100}){1,100}"]},
            {"name": "r", "detectors": ["shoes"]},
            {"name": "r", "patterns": ["a"], "action": "delete"},
            {"name": "r"},
        ):
            answer = self.admin.request("POST", "/api/guardrails", rule)
            self.assert_refused(answer, 400, "INVALID_REQUEST")
        self.assertEqual(self.admin.get("/api/guardrails").json["guardrails"], [])

    def test_a_dry_run_tells_what_would_be_shown(self):
        answer = self.admin.request(
            "POST",
            "/api/guardrails/test",
            {
                "text": "mail a@b.de or call",
                "rules": [
                    {"name": "m", "detectors": ["email"], "action": "mask"},
                    {"name": "c", "patterns": ["call"], "action": "flag"},
                ],
            },
        )
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json["shown"], "mail [m] or call")
        self.assertEqual(
            [(m["rule"], m["text"]) for m in answer.json["matches"]],
            [("m", "a@b.de"), ("c", "call")],
        )

    def test_members_have_no_say_in_rules(self):
        member = self.member("mallory")
        for method, path in (
            ("GET", "/api/guardrails"),
            ("POST", "/api/guardrails"),
            ("POST", "/api/guardrails/test"),
            ("DELETE", "/api/guardrails/x"),
        ):
            answer = member.request(method, path, {} if method == "POST" else None)
            self.assert_refused(answer, 403, "FORBIDDEN")

    def test_a_rule_for_a_user_is_for_nobody_else(self):
        guarded, other = self.member("gwen"), self.member("otto")
        self.set_rule(
            name="mail",
            detectors=["email"],
            action="mask",
            users=[guarded.did],
            groups=["nobody"],
        )
        for who, text in ((guarded, "I am [mail]"), (other, "I am a@b.de")):
            shown = self.shown(["I am ", "a@b.de"], who)
            self.assertEqual(shown.text, text)

    def test_rules_and_masks_outlive_the_process(self):
        self.set_rule(name="mail", detectors=["email"], action="mask")
        first = self.shown(["I am a@b", ".de now"])
        self.server.kill()
        self.server.start()
        audited = self.admin.messages(first.session)[-1]
        self.assertEqual(audited["content"], "I am [mail] now")
        self.assertEqual(audited["said"], "I am a@b.de now")
        again = self.shown(["and c@", "d.de"], session=first.session)
        self.assertEqual(again.text, "and [mail]")

    def test_what_was_seen_before_a_kill_is_on_record(self):
        self.set_rule(name="mail", detectors=["email"], action="mask")
        stream = self.admin.chat(
            plan(tokens=[" to a@", "b.de,", " and"], gap=0.001, endless=True)
        )
        with stream:
            stream.until_text(60)
            session = stream.session
            self.server.kill()
            seen = stream.text
        self.assertGreater(seen.count("[mail]"), 3)
        self.assertNotIn("@", seen)
        self.server.start()
        shown = "".join(
            e["data"]["text"]
            for e in self.admin.recorded(session)
            if e["type"] == "token_generated"
            and e["data"]["channel"] in ("answer", "substitute")
        )
        self.assertTrue(shown.startswith(seen))


if __name__ == "__main__":
    unittest.main()
