"""The command line: help, configuration, events, rebuild, exit codes."""

import json
import os
import pathlib
import ssl
import subprocess
import tempfile
import unittest
import urllib.request

from hansard import (
    ADMIN_KEY,
    DEMO_TABLE,
    PATIENCE,
    Server,
    agent_table,
    program,
    run,
)


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="hansard-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, text, name="hansard.toml"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def test_help_shows_commands_and_examples(self):
        for arguments in (("--help",), ("serve", "--help")):
            code, out, _ = run(*arguments)
            self.assertEqual(code, 0)
            self.assertIn("--", out)
        code, out, _ = run("--help")
        for word in ("serve", "events", "rebuild", "config", "Examples"):
            self.assertIn(word, out)

    def test_every_setting_of_config_check_is_a_flag_of_serve(self):
        _, help_text, _ = run("serve", "--help")
        _, shown, _ = run("config", "check")
        section = ""
        for line in shown.splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif " = " in line:
                key = line.split(" = ")[0].replace("_", "-")
                flag = key if section == "server" else f"{section}-{key}"
                self.assertRegex(help_text, rf"--{flag}\s")

    def test_the_reference_of_settings_is_the_end_of_their_page(self):
        code, out, err = run("config", "reference")
        self.assertEqual((code, err), (0, ""))
        self.assertTrue(out.startswith("## Every setting\n"))
        root = pathlib.Path(__file__).parents[2]
        page = (root / "docs" / "configuration.md").read_text("utf-8")
        self.assertTrue(page.endswith("\n" + out))

    def test_a_wrong_command_line_is_a_usage_error(self):
        for arguments in (
            (),
            ("sevre",),
            ("serve", "--listne", "x"),
            ("events", "--from", "x"),
            ("events", "--session", "nonsense", "--storage-path", "/nowhere"),
        ):
            with self.subTest(arguments):
                code, out, err = run(*arguments)
                self.assertEqual(code, 64, out + err)
                self.assertTrue(err)

    def test_a_bad_configuration_stops_every_command_with_its_line(self):
        path = self.write("[server]\n\nlisen = 'x'\nbody_limit = '8 feet'\n")
        for command in (("serve",), ("config", "check"), ("rebuild",)):
            with self.subTest(command):
                code, _, err = run(*command, "--config", path)
                self.assertEqual(code, 78)
                self.assertIn(f"{path}:3: [server] lisen", err)
                self.assertIn('did you mean "listen"?', err)
                self.assertIn(f"{path}:4: [server] body_limit", err)

    def test_config_check_prints_what_it_reads_and_hides_secrets(self):
        path = self.write(
            '[server]\nlisten = "127.0.0.1:1"\n'
            + agent_table(
                "did:x", "http://127.0.0.1:9/v1", "m",
                headers={"X-Key": "tell-nobody"},
                api_key_env="E2E_UNSET_VARIABLE",
            )
        )
        code, out, err = run(
            "config", "check", "--config", path, "--log-level", "warn",
            env={"HANSARD_PING_INTERVAL": "3s", "HANSARD_LISTN": "x"},
        )
        self.assertEqual(code, 0, err)
        self.assertIn(f'listen = "127.0.0.1:1"  # {path}:2', out)
        self.assertIn('ping_interval = "3s"  # HANSARD_PING_INTERVAL', out)
        self.assertIn('level = "warn"  # --log-level', out)
        self.assertNotIn("tell-nobody", out + err)
        self.assertIn("HANSARD_LISTN", err)
        self.assertIn("E2E_UNSET_VARIABLE", err)
        again = self.write(out, "again.toml")
        code, second, err = run("config", "check", "--config", again)
        self.assertEqual(code, 0, err)

        def values(text):
            return [line.split("  #")[0] for line in text.splitlines()]

        self.assertEqual(
            [v for v in values(second) if not v.startswith("# agents")],
            [v for v in values(out) if not v.startswith("# agents")],
        )

    def test_an_address_in_use_is_told(self):
        server = Server()
        self.addCleanup(server.remove)
        server.start()
        code, _, err = run(
            "serve", "--listen", f"127.0.0.1:{server.port}",
            "--storage-path", os.path.join(self.folder, "other"),
            env={"HANSARD_ADMIN_KEY": ADMIN_KEY},
        )
        self.assertEqual(code, 69, err)
        self.assertIn(str(server.port), err)
        self.assertEqual(server.stop(), 0)

    def test_a_data_folder_that_can_not_be_made_is_told(self):
        path = os.path.join(self.write("x", "file"), "data")
        code, _, err = run("serve", "--storage-path", path)
        self.assertEqual(code, 73, err)
        self.assertIn(path.rsplit("/", 1)[0], err)

    def test_commands_need_a_log(self):
        for command in ("events", "rebuild"):
            code, out, err = run(command, "--storage-path", self.folder)
            self.assertEqual(code, 73, err)
            self.assertEqual(out, "")
            self.assertIn(self.folder, err)

    def test_an_unreadable_certificate_is_told(self):
        code, _, err = run(
            "serve",
            "--tls-certificate", os.path.join(self.folder, "no.pem"),
            "--tls-key", os.path.join(self.folder, "no.key"),
        )
        self.assertEqual(code, 78, err)
        self.assertIn("tls_certificate", err)


class RecordTest(unittest.TestCase):
    """`hansard events` and what it prints."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(DEMO_TABLE)
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()
        cls.stream = cls.server.admin.say("demo:fast 20")
        cls.other = cls.server.admin.say("demo:fast 3")
        cls.shown = cls.server.admin.get(
            f"/api/chat/sessions/{cls.stream.session}/events"
        ).text
        assert cls.server.stop() == 0, cls.server.log

    def events(self, *arguments):
        return self.server.events(*arguments)

    def test_a_session_is_printed_as_the_server_shows_it(self):
        code, out, err = run(
            "events", "--storage-path", self.server.data,
            "--session", self.stream.session,
        )
        self.assertEqual(code, 0, err)
        self.assertEqual(out, self.shown)

    def test_the_whole_log_is_in_the_order_of_positions(self):
        events = self.events()
        self.assertEqual(
            [e["position"] for e in events], list(range(1, len(events) + 1))
        )
        types = {e["type"] for e in events}
        self.assertLessEqual(
            {"user_registered", "api_key_issued", "agent_registered",
             "session_opened", "token_generated"},
            types,
        )
        self.assertNotIn(ADMIN_KEY, json.dumps(events))

    def test_from_leaves_out_what_came_before(self):
        everything = self.events()
        self.assertEqual(self.events("--from", "5"), everything[4:])
        mine = self.events("--session", self.stream.session)
        self.assertEqual(
            self.events("--session", self.stream.session, "--from", "4"),
            mine[3:],
        )
        middle = len(mine) // 2
        self.assertEqual(
            self.events(
                "--session", self.stream.session, "--from", str(middle)
            ),
            mine[middle - 1:],
        )

    def test_an_unknown_session_is_told(self):
        code, out, err = run(
            "events", "--storage-path", self.server.data,
            "--session", "sess_" + "0" * 26,
        )
        self.assertEqual(code, 1)
        self.assertEqual(out, "")
        self.assertIn("sess_", err)

    def test_a_reader_that_goes_away_is_no_crash(self):
        command = subprocess.Popen(
            [program(), "events", "--storage-path",
             str(self.server.data)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        command.stdout.close()
        command.stderr.read()
        command.stderr.close()
        # By SIGPIPE, or with the code for a broken output.
        self.assertIn(command.wait(PATIENCE), (0, 74, -13))


class TlsTest(unittest.TestCase):
    def test_https_is_served_with_a_certificate(self):
        server = Server(DEMO_TABLE)
        self.addCleanup(server.remove)
        certificate = str(server.folder / "cert.pem")
        key = str(server.folder / "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
             "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True,
        )
        server.start(["--tls-certificate", certificate, "--tls-key", key])
        self.assertTrue(server.url.startswith("https://127.0.0.1:"))
        trust = ssl.create_default_context(cafile=certificate)
        request = urllib.request.Request(
            server.url + "/api/chat",
            json.dumps(
                {
                    "agentDid": "did:hansard:demo",
                    "messages": [
                        {"role": "user", "content": "demo:fast 30"}
                    ],
                }
            ).encode(),
            {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {ADMIN_KEY}",
            },
        )
        with urllib.request.urlopen(
            request, timeout=PATIENCE, context=trust
        ) as answer:
            body = answer.read().decode()
        self.assertTrue(body.rstrip().endswith("data: [DONE]"))
        self.assertIn("token 30", body)
        self.assertEqual(server.stop(), 0)


class JsonLogTest(unittest.TestCase):
    def test_each_line_is_an_object(self):
        server = Server(DEMO_TABLE, ["--log-format", "json"])
        self.addCleanup(server.remove)
        server.start()
        server.admin.say("demo:fast 3")
        server.admin.get("/no%0awhere")
        self.assertEqual(server.stop(), 0)
        lines = [json.loads(line) for line in server.stderr]
        self.assertTrue(lines)
        for line in lines:
            self.assertLessEqual({"time", "level"}, set(line))
            self.assertTrue("event" in line or "message" in line)
        self.assertIn("started", [line.get("event") for line in lines])
        self.assertIn("stopped", [line.get("event") for line in lines])


if __name__ == "__main__":
    unittest.main()
