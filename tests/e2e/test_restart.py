"""How the program starts, stops and comes back."""

import json
import os
import signal
import subprocess
import threading
import time
import unittest

from hansard import (
    ADMIN,
    ADMIN_KEY,
    Client,
    DEMO,
    DEMO_TABLE,
    MODEL,
    PATIENCE,
    Server,
    agent_table,
    clean_environment,
    eventually,
    program,
    run,
)
from mock_model import MockModel, answer_to, plan


class RestartTest(unittest.TestCase):
    def setUp(self):
        self.model = MockModel()
        self.addCleanup(self.model.close)
        self.server = Server(
            DEMO_TABLE
            + agent_table(MODEL, self.model.base_url, "m", max_attempts=1),
            agent=MODEL,
        )
        self.addCleanup(self.server.remove)

    @property
    def admin(self):
        return self.server.admin

    def test_after_kill_every_token_seen_is_there(self):
        self.server.start()
        tokens = [f"t{i} " for i in range(400)]
        asked = plan(tokens=tokens, gap=0.004)
        stream = self.admin.chat(asked)
        stream.until_text(30)
        self.server.kill()
        stream.close()
        seen = stream.text
        self.assertTrue("".join(tokens).startswith(seen))

        self.server.start()
        messages = self.admin.messages(stream.session)
        self.assertEqual(messages[0]["content"], asked)
        kept = messages[1]["content"]
        self.assertTrue(kept.startswith(seen), (kept, seen))
        self.assertTrue("".join(tokens).startswith(kept))
        self.assertEqual(messages[1]["end"], "interrupted")
        types = [e["type"] for e in self.admin.recorded(stream.session)]
        self.assertEqual(types.count("generation_interrupted"), 1)
        again = self.admin.say("on we go", session=stream.session)
        self.assertEqual(again.text, "".join(answer_to("on we go")))
        self.assertEqual(self.server.stop(), 0)

    def test_a_term_lets_running_turns_end(self):
        self.server.start()
        tokens = [f"t{i} " for i in range(60)]
        stream = self.admin.chat(plan(tokens=tokens, gap=0.02))
        stream.until_text(3)
        idle = self.admin.connect()
        idle.connect()
        self.server.signal(signal.SIGTERM)
        stream.read()
        self.assertTrue(stream.finished)
        self.assertEqual(stream.text, "".join(tokens))
        self.assertEqual(stream.chunks[-1]["end"], "complete")
        idle.close()
        self.assertEqual(self.server.wait(), 0)
        with self.assertRaises(ConnectionError):
            self.admin.get("/healthz")

    def test_after_the_deadline_turns_are_interrupted_and_say_so(self):
        self.server.start(["--drain-timeout", "300ms"])
        stream = self.admin.chat(plan(tokens=["a"] * 10_000, gap=0.01))
        stream.until_text(3)
        begun = time.monotonic()
        self.server.signal(signal.SIGTERM)
        stream.read()
        self.assertTrue(stream.finished)
        self.assertEqual(
            [e["code"] for e in stream.errors()], ["INTERRUPTED"]
        )
        self.assertEqual(self.server.wait(), 0)
        self.assertLess(time.monotonic() - begun, PATIENCE / 2)
        self.server.start()
        last = self.admin.messages(stream.session)[-1]
        self.assertEqual(last["end"], "interrupted")
        self.assertTrue(last["content"].startswith(stream.text))
        self.assertEqual(self.server.stop(), 0)

    def test_a_second_term_ends_it_at_once(self):
        self.server.start()
        stream = self.admin.chat(plan(tokens=["a"] * 10_000, gap=0.05))
        stream.until_text(2)
        self.server.signal(signal.SIGTERM)
        eventually(
            lambda: any("stopping" in line for line in self.server.stderr)
        )
        self.server.signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(), -signal.SIGTERM)
        stream.close()
        self.server.start()
        self.assertEqual(
            self.admin.messages(stream.session)[-1]["end"], "interrupted"
        )
        self.assertEqual(self.server.stop(), 0)

    def test_while_it_drains_new_turns_are_told_to_wait(self):
        self.server.start()
        connection = self.admin.connect()
        connection.connect()
        stream = self.admin.chat(plan(tokens=["a"] * 50, gap=0.02))
        stream.until_text(1)
        # A request that has begun is answered, not dropped.
        body = json.dumps(
            {
                "agentDid": MODEL,
                "messages": [{"role": "user", "content": "late"}],
            }
        ).encode()
        connection.putrequest("POST", "/api/chat")
        for name, value in self.admin.headers(
            {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
            }
        ).items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(body[:10])
        self.server.signal(signal.SIGTERM)
        eventually(
            lambda: any("stopping" in line for line in self.server.stderr)
        )
        connection.send(body[10:])
        response = connection.getresponse()
        self.assertEqual(response.status, 503)
        self.assertEqual(json.loads(response.read())["code"], "DRAINING")
        connection.close()
        stream.read()
        self.assertTrue(stream.finished)
        self.assertEqual(self.server.wait(), 0)

    def test_two_processes_never_share_a_data_folder(self):
        self.server.start()
        code, _, err = run(
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--storage-path",
            self.server.data,
            env={"HANSARD_ADMIN_KEY": ADMIN_KEY},
        )
        self.assertEqual(code, 75, err)
        self.assertIn(str(self.server.data), err)
        self.assertIn(str(self.server.pid), err)
        for command in ("events", "rebuild"):
            code, out, err = run(
                command, "--storage-path", self.server.data
            )
            self.assertEqual(code, 75, err)
            self.assertEqual(out, "")
            self.assertIn(str(self.server.pid), err)
        self.admin.say("still here")
        self.assertEqual(self.server.stop(), 0)

    def test_agents_of_the_file_are_events_only_when_they_change(self):
        def configured():
            return [
                (e["type"], e["data"]["principal"])
                for e in self.server.events()
                if e["type"].startswith("agent_")
            ]

        self.server.start()
        self.server.stop()
        both = [("agent_registered", "hansard")] * 2
        self.assertEqual(configured(), both)
        self.server.start()
        self.server.stop()
        self.assertEqual(configured(), both)
        self.server.config.write_text(
            DEMO_TABLE + agent_table(MODEL, self.model.base_url, "other")
        )
        self.server.start()
        self.admin.say("hello")
        self.assertEqual(self.model.requests[-1][1]["model"], "other")
        self.server.stop()
        self.assertEqual(
            configured(), both + [("agent_reconfigured", "hansard")]
        )

    def test_projections_can_be_deleted_and_come_back_the_same(self):
        self.server.start()
        first = self.admin.say("one")
        self.admin.say("two", session=first.session)
        self.admin.say("three")
        lists = self.admin.get("/api/chat/sessions").body
        messages = self.admin.messages(first.session)
        self.server.stop()
        code, out, err = run(
            "rebuild", "--check", "--storage-path", self.server.data
        )
        self.assertEqual(code, 0, err)
        self.assertIn("equal to a rebuild", out)
        code, out, err = run("rebuild", "--storage-path", self.server.data)
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"\d+ events folded into \d+ rows in [\d.]+ s")
        self.server.start()
        self.assertEqual(self.admin.get("/api/chat/sessions").body, lists)
        self.assertEqual(self.admin.messages(first.session), messages)
        self.assertEqual(self.server.stop(), 0)

    def test_an_idle_server_sleeps(self):
        self.server.start()
        self.admin.say("warm up")
        connection = self.admin.connect()
        connection.connect()
        self.addCleanup(connection.close)

        def ticks():
            with open(f"/proc/{self.server.pid}/stat", encoding="ascii") as f:
                fields = f.read().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12])

        # What the last turn left to do, such as sealing, has had its time when
        # half a second has gone by almost without work.
        def calm():
            before = ticks()
            time.sleep(0.5)
            return ticks() - before <= 2

        eventually(calm)
        before = ticks()
        time.sleep(1)
        used = (ticks() - before) / os.sysconf("SC_CLK_TCK")
        self.assertLess(used, 0.1, "seconds of CPU in an idle one")
        self.assertEqual(self.server.stop(), 0)

    def test_the_last_lines_of_a_slow_reader_do_not_stop_the_server(self):
        # A supervisor that stops reading stderr fills the pipe.
        process = subprocess.Popen(
            [program(), "serve", "--listen", "127.0.0.1:0",
             "--storage-path", str(self.server.data)],
            env=clean_environment({"HANSARD_ADMIN_KEY": ADMIN_KEY}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            line = process.stdout.readline().decode()
            while line and not line.startswith("listening on "):
                line = process.stdout.readline().decode()
            port = int(line.rsplit(":", 1)[1])
            client = Client("127.0.0.1", port, ADMIN_KEY, DEMO)
            for _ in range(1500):
                self.assertEqual(client.get("/healthz").status, 200)
        finally:
            process.kill()
            process.communicate()


class FirstStartTest(unittest.TestCase):
    def server(self, **options):
        server = Server(**options)
        self.addCleanup(server.remove)
        return server

    def test_a_random_key_is_shown_once_and_kept_for_its_owner(self):
        server = self.server(admin_key=None).start()
        path = server.data / "admin.key"
        key = path.read_text().strip()
        self.assertGreaterEqual(len(key), 24)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(server.data.stat().st_mode & 0o077, 0)
        self.assertIn(key, "\n".join(server.stdout))
        self.assertIn(ADMIN, "\n".join(server.stdout))
        self.assertNotIn(key, "\n".join(server.stderr))
        admin = server.client(key)
        admin.agent = DEMO
        admin.say("demo:fast 3")
        server.stdout.clear()
        server.restart()
        self.assertNotIn(key, server.log)
        self.assertEqual(server.client(key).get("/api/users").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_a_chosen_key_is_taken_as_it_is(self):
        server = self.server().start()
        self.assertEqual(server.admin.get("/api/users").status, 200)
        self.assertFalse((server.data / "admin.key").exists())
        # Another one later is none, and that is said.
        server.stop()
        server.env["HANSARD_ADMIN_KEY"] = "another-key-0123456789abcdef"
        server.start()
        eventually(lambda: "admin_key_ignored" in server.log)
        self.assertEqual(server.admin.get("/api/users").status, 200)
        self.assertNotIn(ADMIN_KEY, server.log)
        self.assertEqual(server.stop(), 0)

    def test_a_short_chosen_key_is_refused(self):
        server = self.server()
        code, out, err = run(
            "serve", "--listen", "127.0.0.1:0", "--storage-path", server.data,
            env={"HANSARD_ADMIN_KEY": "too-short"},
        )
        self.assertEqual(code, 78, err)
        self.assertIn("HANSARD_ADMIN_KEY", err)
        self.assertIn("24", err)
        self.assertNotIn("listening", out)

    def test_a_start_that_was_cut_short_is_finished_by_the_next(self):
        # Whatever the instant of the kill, the key of the file works after.
        server = self.server(admin_key=None)
        for delay in (0.02, 0.05, 0.08, 0.12, 0.2):
            process = subprocess.Popen(
                [program(), "serve", "--listen", "127.0.0.1:0",
                 "--storage-path", str(server.data)],
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(delay)
            process.kill()
            process.wait()
        server.start()
        key = (server.data / "admin.key").read_text().strip()
        self.assertEqual(server.client(key).get("/api/users").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_the_demo_agent_is_there_without_any_configuration(self):
        server = self.server().start()
        agents = server.admin.get("/api/agents").json["agents"]
        self.assertEqual([a["did"] for a in agents], [DEMO])
        self.assertIn("demo", server.admin.say("hello").text.lower())
        self.assertEqual(server.stop(), 0)


class ManyClientsTest(unittest.TestCase):
    def test_turns_of_many_sessions_run_beside_each_other(self):
        model = MockModel()
        self.addCleanup(model.close)
        server = Server(
            agent_table(MODEL, model.base_url, "m"), agent=MODEL
        )
        self.addCleanup(server.remove)
        server.start()
        failures = []

        def talk(who):
            try:
                session = None
                for turn in range(5):
                    text = f"client {who} turn {turn}"
                    stream = server.admin.say(text, session=session)
                    session = stream.session
                    if stream.text != "".join(answer_to(text)):
                        raise AssertionError(stream.text)
                if len(server.admin.messages(session)) != 10:
                    raise AssertionError("messages are missing")
            except Exception as e:  # pylint: disable=broad-except
                failures.append(repr(e))

        threads = [
            threading.Thread(target=talk, args=(i,)) for i in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
