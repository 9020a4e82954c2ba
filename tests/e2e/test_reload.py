"""The configuration read anew while the server runs."""

import hashlib
import os
import signal
import ssl
import subprocess
import threading
import unittest

from hansard import (
    ADMIN,
    DEMO_TABLE,
    MODEL,
    OwnServerTest,
    Server,
    agent_table,
    eventually,
)
from mock_model import plan


class ReloadTest(OwnServerTest):
    def setUp(self):
        self.server = Server(self.text(), agent=MODEL)
        self.addCleanup(self.server.remove)
        self.server.start()

    def text(self, head="", tail="", **agent):
        return (
            head
            + DEMO_TABLE
            + agent_table(MODEL, self.model.base_url, "mock-1", **agent)
            + tail
        )

    def write(self, text):
        """As a careful hand does: the new file takes the old one's place."""
        new = self.server.folder / "new.toml"
        new.write_text(text)
        new.replace(self.server.config)

    def reload(self):
        return self.admin.request("POST", "/api/admin/reload")

    def reloaded(self, text):
        self.write(text)
        answer = self.reload()
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def refused(self, text, says):
        self.write(text)
        self.assert_refused(self.reload(), 400, "INVALID_REQUEST", says)

    def lines(self, name):
        return [x for x in self.server.stderr if f"event={name} " in x]

    def reloads(self):
        """On the control stream, of a server that is down."""
        return [
            e["data"]
            for e in self.server.events()
            if e["type"] == "configuration_reloaded"
        ]

    def test_one_that_meets_the_end_is_told_so(self):
        # The request has begun before the signal; its body comes after it.
        connection = self.admin.connect()
        connection.putrequest("POST", "/api/admin/reload")
        for name, value in self.admin.headers(
            {"Content-Type": "application/json", "Content-Length": "2"}
        ).items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(b"{")
        stream = self.admin.chat(plan(tokens=["a"] * 30, gap=0.02))
        stream.until_text(1)
        self.server.signal(signal.SIGTERM)
        eventually(
            lambda: any("stopping" in line for line in self.server.stderr)
        )
        stream.read()
        connection.send(b"}")
        self.assertIn(connection.getresponse().status, (200, 503))
        connection.close()
        self.assertEqual(self.server.wait(), 0)

    def test_a_file_that_nobody_writes_does_not_hold_it_up(self):
        pipe = self.server.folder / "pipe"
        os.mkfifo(pipe, 0o600)
        self.refused(
            self.text(f'[credentials]\nkey_file = "{pipe}"\n'),
            "is no regular file",
        )
        self.assertEqual(self.server.stop(), 0)

    def test_agents_policies_guardrails_and_limits_change_by_the_route(self):
        text = self.text(
            head='[server]\nmax_streams = 77\n[log]\nlevel = "debug"\n',
            tail='[[policies]]\nscope = "global"\nmax_input_chars = 40\n'
            '[[guardrails]]\nname = "mail"\ndetectors = ["email"]\n'
            'action = "mask"\n',
            system_prompt="You are new.",
        )
        done = self.reloaded(text)
        self.assertEqual(done["sha256"], hashlib.sha256(text.encode()).hexdigest())
        self.assertEqual(
            set(done["changed"]),
            {
                "server.max_streams",
                "log.level",
                f"agent {MODEL}",
                "policy global",
                "guardrail mail",
            },
        )
        self.assertEqual(done["needsRestart"], [])
        self.admin.say("I am a@b.de")
        sent = self.model.requests[-1][1]["messages"]
        self.assertEqual(sent[0]["content"], "You are new.")
        self.assertEqual(sent[1]["content"], "I am [mail]")
        self.assert_refused(self.admin.chat("x" * 41), 403)
        # Once more: there is nothing new.
        self.assertEqual(self.reloaded(text)["changed"], [])
        self.assertEqual(self.server.stop(), 0)
        first, second = self.reloads()
        self.assertEqual(first["principal"], ADMIN)
        self.assertEqual(first["sha256"], done["sha256"])
        self.assertEqual(first["changed"], done["changed"])
        self.assertEqual(second["changed"], [])

    def test_a_signal_reloads_and_the_record_says_so(self):
        self.write(self.text(system_prompt="By signal."))
        self.server.signal(signal.SIGHUP)
        eventually(lambda: self.lines("configuration_reloaded"))
        self.admin.say("hello")
        self.assertEqual(
            self.model.requests[-1][1]["messages"][0]["content"], "By signal."
        )
        self.assertEqual(self.server.stop(), 0)
        (event,) = self.reloads()
        self.assertEqual(event["principal"], "hansard")
        self.assertEqual(event["requestId"], "SIGHUP")

    def test_a_bad_file_changes_nothing_and_says_why(self):
        good = self.text(system_prompt="Good.")
        self.reloaded(good)
        agents = self.admin.get("/api/agents").json
        new = self.text(system_prompt="Bad.")
        for text, says in (
            (new + "[server]\nmax_streams = 0\n", "max_streams"),
            (new + "[sevrer]\n", "sevrer"),
            (new + "[[policies]]\nscope = 7\n", "[[policies]]"),
            (
                new + "[[guardrails]]\nname = 'a'\npatterns = ['(']\n",
                "[[guardrails]]",
            ),
            (new + '[auth.jwt]\nissuer = "https://i"\n', "audience"),
            (new + '[credentials]\nkey_file = "/nowhere"\n', "/nowhere"),
            # Half written.
            (new[: new.index("Bad.")], "not valid TOML"),
        ):
            with self.subTest(says):
                self.refused(text, says)
                self.assertEqual(self.admin.get("/api/agents").json, agents)
        self.refused("a = \n", "hansard.toml:1")
        # The signal says it in the log.
        before = len(self.lines("configuration_not_reloaded"))
        self.server.signal(signal.SIGHUP)
        eventually(
            lambda: len(self.lines("configuration_not_reloaded")) > before
        )
        self.assertIn(
            "hansard.toml:1", self.lines("configuration_not_reloaded")[-1]
        )
        self.admin.say("hello")
        self.assertEqual(
            self.model.requests[-1][1]["messages"][0]["content"], "Good."
        )
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(len(self.reloads()), 1)

    def test_what_needs_a_restart_is_told_and_left_alone(self):
        done = self.reloaded(
            self.text(
                head="[server]\nquery_threads = 3\n"
                "[sessions]\nmax_running_turns = 5\n"
            )
        )
        self.assertEqual(done["changed"], [])
        self.assertEqual(
            done["needsRestart"],
            ["server.query_threads", "sessions.max_running_turns"],
        )

    def test_a_turn_that_runs_goes_on_as_it_began(self):
        tokens = [f"{i} " for i in range(8)]
        with self.admin.chat(plan(tokens=tokens, gap=0.3)) as stream:
            stream.until_text(1)
            self.reloaded(
                self.text(head="[server]\nmax_streams = 5\n", history="strict")
            )
            stream.read()
            self.assertEqual(stream.text, "".join(tokens))
            self.assertTrue(stream.finished)

    def test_reloads_come_one_after_another(self):
        answers = []
        self.write(self.text(system_prompt="Once."))
        threads = [
            threading.Thread(target=lambda: answers.append(self.reload()))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({a.status for a in answers} - {200, 503}, set())
        changed = [a.json["changed"] for a in answers if a.status == 200]
        self.assertEqual(changed.count([f"agent {MODEL}"]), 1)
        self.assertEqual(changed.count([]), len(changed) - 1)

    def test_whom_to_believe_changes(self):
        origin = "https://app.example.org"
        headers = {"Origin": origin}
        before = self.admin.request("GET", "/api/agents", headers=headers)
        self.assertNotIn("access-control-allow-origin", before.headers)
        done = self.reloaded(
            self.text(head=f'[http]\ncors_origins = ["{origin}"]\n')
        )
        self.assertEqual(done["changed"], ["http.cors_origins"])
        after = self.admin.request("GET", "/api/agents", headers=headers)
        self.assertEqual(after.headers["access-control-allow-origin"], origin)


class CertificateReloadTest(unittest.TestCase):
    def test_a_renewed_certificate_is_shown_from_the_next_connection_on(self):
        server = Server()
        self.addCleanup(server.remove)
        names = [server.folder / name for name in ("cert.pem", "key.pem")]

        def renew(to):
            subprocess.run(
                [
                    *("openssl", "req", "-x509", "-nodes", "-days", "2"),
                    *("-newkey", "ec", "-pkeyopt"),
                    "ec_paramgen_curve:prime256v1",
                    *("-subj", "/CN=localhost"),
                    *("-out", str(to[0]), "-keyout", str(to[1])),
                ],
                check=True,
                capture_output=True,
            )

        def shown():
            return ssl.get_server_certificate((server.host, server.port))

        renew(names)
        server.config.write_text(
            DEMO_TABLE
            + "[server]\n"
            + f'tls_certificate = "{names[0]}"\ntls_key = "{names[1]}"\n'
        )
        server.start()
        first = shown()
        self.assertEqual(first.strip(), names[0].read_text().strip())
        # A certificate without its key is no pair, and changes nothing.
        key = names[1].read_text()
        renew(names)
        second_key = names[1].read_text()
        names[1].write_text(key)
        server.signal(signal.SIGHUP)
        eventually(lambda: "configuration_not_reloaded" in server.log)
        self.assertEqual(shown(), first)
        names[1].write_text(second_key)
        server.signal(signal.SIGHUP)
        eventually(lambda: "configuration_reloaded" in server.log)
        self.assertEqual(shown().strip(), names[0].read_text().strip())
        self.assertNotEqual(shown(), first)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
