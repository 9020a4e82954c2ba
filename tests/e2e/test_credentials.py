"""Provider credentials: they reach the model, and nobody else."""

import base64
import json
import os
import unittest

from hansard import (
    MODEL,
    OwnServerTest,
    Server,
    ServerTest,
    agent_table,
    eventually,
    run,
)
from mock_model import plan


def new_key():
    return base64.b64encode(os.urandom(32)).decode()


def new_value():
    return "sk-e2e-" + os.urandom(16).hex()


class CredentialTest(ServerTest):
    agent_members = {"credential": "mock", "max_attempts": 1}
    flags = ("--head-wait", "30s")

    @classmethod
    def setUpClass(cls):
        cls.key = new_key()
        cls.env = {"HANSARD_CREDENTIALS_KEY": cls.key}
        super().setUpClass()

    def set_value(self, value, status=None):
        answer = self.admin.request(
            "POST", "/api/credentials", {"name": "mock", "value": value}
        )
        self.assertIn(answer.status, (status,) if status else (200, 201))
        self.assertNotIn(value, answer.text)
        return answer.json

    def shown_to_the_model(self):
        return self.model.requests[-1][0]["Authorization"]

    def test_the_value_reaches_the_model_and_a_new_one_the_next_turn(self):
        one, two = new_value(), new_value()
        before = self.set_value(one)
        stream = self.admin.say("hello")
        self.assertEqual(self.shown_to_the_model(), f"Bearer {one}")
        after = self.set_value(two, 200)
        self.admin.say("again", session=stream.session)
        self.assertEqual(self.shown_to_the_model(), f"Bearer {two}")
        self.assertNotEqual(before["fingerprint"], after["fingerprint"])
        self.assertEqual(after["agents"], [MODEL])

    def test_without_its_credential_an_agent_says_so(self):
        self.set_value(new_value())
        gone = self.admin.request("DELETE", "/api/credentials/mock")
        self.assertEqual(gone.status, 204)
        before = len(self.model.requests)
        self.assert_refused(
            self.admin.chat("hello"), 502, "UPSTREAM_FAILED", '"mock"'
        )
        self.assertEqual(len(self.model.requests), before)

    def test_a_value_is_nowhere_but_at_the_model(self):
        old, value = new_value(), new_value()
        self.set_value(old)
        self.set_value(value)
        stream = self.admin.say("hello")
        # A model server that repeats the key, and requests that go wrong.
        echo = self.admin.chat(plan(status=401, echo=True))
        self.assert_refused(echo, 502, says="[key]")
        answers = [
            stream.raw,
            echo.body,
            self.admin.get("/api/credentials").body,
            self.admin.get("/api/agents").body,
            self.admin.get("/metrics").body,
            json.dumps(self.admin.recorded(stream.session)).encode(),
        ]
        for wrong in (
            {"name": "mo ck", "value": value},
            {"name": "mock", "value": value + "\n"},
            {"value": value},
            {"name": {"value": value}, "value": value},
        ):
            answer = self.admin.request("POST", "/api/credentials", wrong)
            self.assert_refused(answer, 400)
            answers.append(answer.body)
        self.assertEqual(self.server.stop(), 0)
        events = self.server.events()
        answers.append(json.dumps(events).encode())
        answers.append(self.server.log.encode())
        set_events = [e for e in events if e["type"] == "credential_set"]
        self.assertGreaterEqual(len(set_events), 2)
        self.assertEqual(
            set(set_events[-1]["data"]),
            {"name", "keyId", "fingerprint", "principal", "requestId"},
        )
        files = [p for p in self.server.folder.rglob("*") if p.is_file()]
        self.assertTrue(any(p.parent.name == "log" for p in files))
        for secret in (old, value, self.key):
            # Not assertNotIn, which would print it.
            for at, answer in enumerate(answers):
                self.assertFalse(secret.encode() in answer, at)
            for path in files:
                self.assertFalse(secret.encode() in path.read_bytes(), path)
        self.server.start()
        self.admin.say("hello")
        self.assertEqual(self.shown_to_the_model(), f"Bearer {value}")

    def test_members_have_no_say_in_credentials(self):
        member = self.member("mallory")
        for method, path in (
            ("GET", "/api/credentials"),
            ("POST", "/api/credentials"),
            ("DELETE", "/api/credentials/mock"),
            ("POST", "/api/admin/reload"),
        ):
            body = {} if method == "POST" else None
            self.assert_refused(
                member.request(method, path, body), 403, "FORBIDDEN"
            )


class CredentialKeyTest(OwnServerTest):
    """Servers that are started again with other keys."""

    def setUp(self):
        self.server = Server(
            agent_table(
                MODEL, self.model.base_url, "mock-1", credential="mock"
            ),
            ("--head-wait", "30s"),
            agent=MODEL,
        )
        self.addCleanup(self.server.remove)
        self.keys = self.server.folder / "keys"

    def start_with(self, *keys):
        if self.server.process:
            self.assertEqual(self.server.stop(), 0)
        self.keys.write_text("".join(f"{key}\n" for key in keys))
        self.keys.chmod(0o600)
        self.server.start(("--credentials-key-file", str(self.keys)))

    def listed(self):
        return self.admin.get("/api/credentials").json["credentials"]

    def test_without_a_key_nothing_is_kept_and_it_is_said_what_to_do(self):
        self.server.start()
        self.assert_refused(
            self.admin.request(
                "POST", "/api/credentials", {"name": "mock", "value": "sk-1"}
            ),
            501,
            "NOT_CONFIGURED",
            "key_file",
        )
        self.assertEqual(self.listed(), [])

    def test_keys_are_rotated_and_a_wrong_one_is_told(self):
        old, new, value = new_key(), new_key(), new_value()
        self.start_with(old)
        made = self.admin.request(
            "POST", "/api/credentials", {"name": "mock", "value": value}
        )
        self.assertEqual(made.status, 201, made)
        # The new key is for what comes; the old one opens what is there.
        self.start_with(new, old)
        self.admin.say("hello")
        self.assertEqual(
            self.model.requests[-1][0]["Authorization"], f"Bearer {value}"
        )
        self.start_with(new)
        eventually(lambda: "credential_unusable" in self.server.log)
        self.assertIn(made.json["keyId"], self.server.log)
        self.assertFalse(self.listed()[0]["usable"])
        self.assert_refused(
            self.admin.chat("hello"),
            502,
            "UPSTREAM_FAILED",
            made.json["keyId"],
        )
        again = self.admin.request(
            "POST", "/api/credentials", {"name": "mock", "value": value}
        )
        self.assertEqual(again.status, 200, again)
        self.assertTrue(self.listed()[0]["usable"])
        self.admin.say("hello")

    def test_a_key_file_that_others_can_read_keeps_the_server_down(self):
        self.keys.write_text(new_key() + "\n")
        self.keys.chmod(0o640)
        for command in ("serve", "config"):
            arguments = [command] + (["check"] if command == "config" else [])
            code, _, err = run(
                *arguments,
                "--listen",
                "127.0.0.1:0",
                "--storage-path",
                self.server.data,
                "--credentials-key-file",
                self.keys,
            )
            self.assertEqual(code, 78)
            self.assertIn("chmod 600", err)


if __name__ == "__main__":
    unittest.main()
