"""`hansard admin` and `hansard apply`: the real program asks a real server,
and servers that are none."""

import base64
import contextlib
import json
import os
import pathlib
import pty
import socket
import subprocess
import tempfile
import termios
import threading
import unittest

from hansard import (
    ADMIN,
    ADMIN_KEY,
    DEMO,
    PATIENCE,
    ServerTest,
    clean_environment,
    eventually,
    program,
    run,
)

ANN = "did:test:ann/1?x#%"


class CommandTest(ServerTest):
    env = {"HANSARD_CREDENTIALS_KEY": base64.b64encode(os.urandom(32)).decode()}

    def ask(self, *arguments, key=ADMIN_KEY, env=None):
        """(exit code, stdout, stderr) of the program, asking this server."""
        settings = {"HANSARD_SERVER": self.server.url, **(env or {})}
        if key:
            settings["HANSARD_KEY"] = key
        return run(*arguments, env=settings)

    def done(self, *arguments, **options):
        code, out, err = self.ask(*arguments, **options)
        self.assertEqual(code, 0, err)
        return out

    def admin_json(self, *arguments):
        return json.loads(self.done("admin", *arguments, "--json"))

    def file(self, text):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "org.toml"
        path.write_text(text)
        return path


class AdminCommandTest(CommandTest):
    def test_a_users_life_from_the_command_line(self):
        self.assertIn(f"did: {ADMIN}\n", self.done("admin", "whoami"))
        made = self.admin_json("users", "create", ANN, "--name", "Ann")
        self.assertEqual(made["did"], ANN)
        self.done("admin", "users", "update", ANN, "--role", "auditor")
        self.done("admin", "users", "update", ANN, "--role", "member")
        key = self.admin_json("keys", "create", ANN, "--scope", "chat")
        self.assertEqual(key["scopes"], ["chat"])
        grant = self.admin_json(
            "grants", "add", "--user", ANN, DEMO, "--capability", "chat"
        )
        ann = self.server.client(key["key"])
        ann.say("hello", agent=DEMO)
        self.done("admin", "grants", "revoke", "--user", ANN, grant["id"])
        self.assertEqual(ann.chat("again", agent=DEMO).status, 403)
        self.done("admin", "keys", "revoke", ANN, key["id"])
        self.assertEqual(ann.chat("again", agent=DEMO).status, 401)
        sessions = self.admin_json("sessions", "list", "--user", ANN)
        session = sessions["sessions"][0]["id"]
        messages = self.admin_json("sessions", "messages", session)
        self.assertEqual(messages["messages"][0]["content"], "hello")
        self.assertIn("hello", self.done("admin", "sessions", "messages", session))
        self.done("admin", "sessions", "stop", session)
        self.done("admin", "sessions", "delete", session)
        self.done("admin", "users", "deactivate", ANN)
        table = self.done("admin", "users", "list").splitlines()
        self.assertRegex(table[0], r"^did +displayName +role +active$")
        row = next(line for line in table if line.startswith(ANN))
        self.assertRegex(row, r"Ann +member +false$")

    def test_agents_policies_and_guardrails(self):
        did = "did:test:from-flags"
        self.done(
            *("admin", "agents", "create", did, "--name", "x"),
            *("--provider", "demo", "--model", "demo"),
            *("--parameters", '{"temperature": 0.5}'),
        )
        self.done("admin", "agents", "update", did, "--max-output-tokens", 77)
        agent = self.admin_json("agents", "show", did)
        self.assertEqual(agent["maxOutputTokens"], 77)
        self.assertEqual(agent["parameters"], {"temperature": 0.5})
        body = self.file(json.dumps({"name": "y", "provider": "demo"}))
        self.done("admin", "agents", "update", did, "--file", body)
        self.assertEqual(self.admin_json("agents", "show", did)["name"], "y")
        self.done("admin", "agents", "retire", did)
        self.assertNotIn(did, self.done("admin", "agents", "list"))
        retired = self.done("admin", "agents", "list", "--retired")
        self.assertIn(did, retired)

        limit = self.admin_json(
            *("policies", "set", "--scope", "group", "--subject", "interns"),
            *("--max-tokens-per-day", 5, "--active-day", "mon"),
            *("--active-day", "tue", "--active-from", "08:00"),
        )
        self.assertEqual(limit["activeHours"]["days"], ["mon", "tue"])
        listed = self.admin_json("policies", "list")["policies"]
        self.assertEqual([p["id"] for p in listed], [limit["id"]])
        before = self.admin_json("policies", "list", "--at", limit["createdAt"][:4] + "-01-01T00:00:00Z")
        self.assertNotIn(limit["id"], str(before["policies"]))
        self.done("admin", "policies", "remove", limit["id"])

        self.done(
            *("admin", "guardrails", "set", "mail", "--detector", "email"),
            *("--action", "mask", "--mask", "(mail)"),
        )
        tried = self.admin_json("guardrails", "test", "--text", "a@b.example.org")
        self.assertEqual(tried["shown"], "(mail)")
        text = self.file("a@b.example.org\n")
        tried = self.admin_json("guardrails", "test", "--text-file", text)
        self.assertEqual(tried["shown"], "(mail)")
        self.done("admin", "guardrails", "remove", "mail")

    def test_lists_are_read_to_their_last_page(self):
        dids = [f"did:test:page-{i:03}" for i in range(205)]
        for did in dids:
            made = self.admin.request("POST", "/api/users", {"did": did})
            self.assertEqual(made.status, 201, made)
        found = self.admin_json("users", "list", "--query", "PAGE-")
        self.assertEqual([u["did"] for u in found["users"]], dids)
        self.assertIsNone(found["nextCursor"])
        few = self.admin_json("users", "list", "--limit", 3)
        self.assertEqual(len(few["users"]), 3)
        shown = self.admin_json("users", "show", dids[0])
        self.assertEqual(shown, found["users"][0])

    def test_usage_and_reload(self):
        member = self.member("using")
        member.say("hello")
        used = self.admin_json("usage", "show", member.did)
        self.assertEqual(used["turns"], 1)
        self.assertIn(member.did, self.done("admin", "usage", "list"))
        self.assertIn("sha256", self.admin_json("reload"))

    def test_json_is_what_the_api_says(self):
        said = self.admin.get("/api/users/me").json
        self.assertEqual(self.admin_json("whoami"), said)
        said = self.admin.get(f"/api/agents/{DEMO}").text
        self.assertEqual(
            self.done("admin", "agents", "show", DEMO, "--json"), said + "\n"
        )

    def test_exit_codes_tell_what_happened(self):
        for expected, arguments, key in (
            (64, ("users", "create"), ADMIN_KEY),
            (64, ("users", "nonsense"), ADMIN_KEY),
            (64, ("users", "list", "--server", "ftp://x"), ADMIN_KEY),
            (64, ("grants", "list"), ADMIN_KEY),
            (64, ("whoami",), None),
            (64, ("whoami",), "two words"),
            (77, ("whoami",), "hsd_wrong"),
            (1, ("agents", "show", "did:test:nobody"), ADMIN_KEY),
            (1, ("users", "create", ADMIN), ADMIN_KEY),
        ):
            with self.subTest(arguments=arguments, key=key):
                code, out, err = self.ask("admin", *arguments, key=key)
                self.assertEqual(code, expected, err)
                self.assertEqual(out, "")
                self.assertTrue(err)
                self.assertNotIn(ADMIN_KEY, err)
        member = self.member("member")
        code, _, err = self.ask("admin", "users", "list", key=member.key)
        self.assertEqual(code, 77)
        self.assertIn("FORBIDDEN", err)

    def test_the_key_can_be_in_a_file(self):
        path = self.file(ADMIN_KEY + "\n")
        out = self.done("admin", "whoami", "--key-file", path, key=None)
        self.assertIn(ADMIN, out)
        self.assertEqual(
            self.ask("admin", "whoami", "--key-file", "/none", key=None)[0], 64
        )

    def test_a_value_is_asked_for_on_a_terminal_that_does_not_show_it(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        asking = subprocess.Popen(
            [program(), "admin", "credentials", "set", "typed"],
            env=clean_environment(
                {"HANSARD_SERVER": self.server.url, "HANSARD_KEY": ADMIN_KEY}
            ),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # No terminal but stdin, whoever runs this test.
            start_new_session=True,
        )
        os.close(theirs)

        def is_silent():
            return not termios.tcgetattr(ours)[3] & termios.ECHO

        try:
            eventually(is_silent)
            os.write(ours, b"sk-typed-value\n")
            out, err = asking.communicate(timeout=PATIENCE)
        finally:
            asking.kill()
        self.assertEqual(asking.returncode, 0, err)
        self.assertIn(b"Value: ", err)
        os.set_blocking(ours, False)
        with contextlib.suppress(OSError):
            self.assertNotIn(b"sk-typed", os.read(ours, 4096))
        listed = self.admin_json("credentials", "list")["credentials"]
        self.assertIn("typed", [one["name"] for one in listed])
        self.done("admin", "credentials", "delete", "typed")

    def test_the_writer_of_a_name_does_not_write_on_the_terminal(self):
        did = "did:test:bidi"
        self.done("admin", "users", "create", did, "--name", "a\u202eb")
        out = self.done("admin", "users", "list")
        self.assertIn("a\\u202eb", out)
        self.assertNotIn("\u202e", out)


class Impostor:
    """Answers each connection with the same bytes, whatever is asked."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer, contextlib.suppress(OSError):
                self.asked.append(peer.recv(65536))
                for piece in self.answer():
                    peer.sendall(piece)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def answer(status, content_type, body, headers=""):
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return lambda: [head.encode() + body]


def endless():
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[1"
    while True:
        yield b",1" * 50_000


def endless_head():
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-A: b\r\n" * 1000


class ImpostorTest(unittest.TestCase):
    def ask(self, reply, *arguments):
        impostor = Impostor(reply)
        try:
            done = run(
                *(arguments or ("admin", "users", "list")),
                env={"HANSARD_SERVER": impostor.url, "HANSARD_KEY": "hsd_x"},
            )
        finally:
            impostor.close()
        return impostor, *done

    def test_answers_that_no_hansard_gives(self):
        page = b"<html>hello</html>"
        for name, reply, expected, says in (
            ("html", answer("200 OK", "text/html", page), 1, "text/html"),
            ("html as json", answer("200 OK", "application/json", page), 1, ""),
            ("500", answer("500 No", "text/html", page), 1, "500"),
            ("no list", answer("200 OK", "application/json", b"{}"), 1, "users"),
            ("nothing", lambda: [], 69, "ended"),
            ("no http", lambda: [b"220 mail.example ESMTP\r\n\r\n"], 1, ""),
            ("half", lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"],
             69, "ended"),
            ("endless body", endless, 1, "64 MiB"),
            ("endless head", endless_head, 1, ""),
            ("huge length", lambda: [
                b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n"],
             1, "64 MiB"),
        ):
            with self.subTest(name):
                _, code, out, err = self.ask(reply)
                self.assertEqual(code, expected, err)
                self.assertEqual(out, "")
                self.assertIn(says, err)
                self.assertNotIn("hsd_x", err)

    def test_redirects_are_not_followed(self):
        asked = []
        for status in ("301 Moved", "302 Found", "307 Again", "308 Moved"):
            with self.subTest(status):
                elsewhere = Impostor(lambda: [])
                reply = answer(
                    status, "text/html", b"",
                    f"Location: {elsewhere.url}/\r\n",
                )
                _, code, _, err = self.ask(reply)
                elsewhere.close()
                asked += elsewhere.asked
                self.assertEqual(code, 1)
                self.assertIn(elsewhere.url, err)
        self.assertEqual(asked, [])

    def test_a_write_is_asked_for_once(self):
        impostor, code, _, err = self.ask(
            lambda: [], "admin", "users", "create", "did:test:x"
        )
        self.assertEqual(code, 69)
        self.assertEqual(len(impostor.asked), 1)
        self.assertIn("not known", err)

    def test_apply_stops_at_an_impostor_too(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("users = []\n")
            file.flush()
            reply = answer("200 OK", "text/html", b"<html>")
            _, code, out, _ = self.ask(reply, "apply", "-f", file.name)
            self.assertEqual((code, out), (1, ""))

    def test_a_silent_server_is_left(self):
        # Connections wait in the backlog, and nobody takes them.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = "http://127.0.0.1:%d" % listener.getsockname()[1]
            code, _, err = run(
                *("admin", "whoami", "--timeout", "200ms"),
                env={"HANSARD_SERVER": url, "HANSARD_KEY": "hsd_x"},
            )
        self.assertEqual(code, 69)
        self.assertIn("200 ms", err)

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        code, _, err = run(
            *("admin", "whoami", "--server", f"http://127.0.0.1:{port}"),
            env={"HANSARD_KEY": "hsd_x"},
        )
        self.assertEqual(code, 69)
        self.assertIn("HANSARD_SERVER", err)


ORG = """
[[agents]]
did = "did:org:analyst"
name = "analyst"
provider = "openai-compatible"
base_url = "http://127.0.0.1:1/v1"
model = "{model}"
idle_timeout = "30s"
parameters = {{ temperature = 0.7, stop = ["a"] }}
headers = {{ "X-Team" = "geheim" }}

[[users]]
did = "did:org:ann"
name = "{name}"

[[users]]
did = "did:org:bob"
role = "auditor"
active = false

[[grants]]
user = "did:org:ann"
agent = "did:org:analyst"

[[grants]]
group = "staff/all"
agent = "*"
expires_at = "{expires}"

[[policies]]
scope = "group"
subject = "staff/all"
max_tokens_per_day = 200_000

[[guardrails]]
name = "cards"
detectors = ["card"]
action = "{action}"
"""


def org(model="m1", name="Ann", action="mask", expires="2030-01-01T00:00:00Z"):
    return ORG.format(model=model, name=name, action=action, expires=expires)


class ApplyTest(CommandTest):
    def apply(self, text, *flags):
        return self.ask("apply", "-f", self.file(text), *flags)

    def users(self):
        return {u["did"]: u for u in self.admin.get("/api/users").json["users"]}

    def test_a_file_is_applied_changed_and_has_nothing_left_to_do(self):
        code, out, err = self.apply(org(), "--dry-run")
        self.assertEqual(code, 2, err)
        self.assertNotIn("did:org:ann", self.users())
        self.assertNotIn("geheim", out)
        planned = [line for line in out.splitlines() if line[0] in "+~-"]
        self.assertEqual(len(planned), 7)
        code, out, err = self.apply(org())
        self.assertEqual(code, 0, err)
        self.assertEqual(out.splitlines()[:7], planned)
        users = self.users()
        self.assertEqual(users["did:org:ann"]["displayName"], "Ann")
        self.assertFalse(users["did:org:bob"]["active"])
        for flags in ((), ("--dry-run",)):
            code, out, err = self.apply(org(), *flags)
            self.assertEqual((code, out), (0, "nothing to do\n"), err)
        code, out, err = self.apply(
            org("m2", "Anna", "block", "2031-01-01T00:00:00Z")
        )
        self.assertEqual(code, 0, err)
        self.assertEqual(
            out.splitlines(),
            [
                "~ agent did:org:analyst: model: m1 → m2",
                "~ guardrail cards: action: mask → block",
                "~ user did:org:ann: displayName: Ann → Anna",
                "~ grant group staff/all → *: expiresAt: "
                "2030-01-01T00:00:00.000Z → 2031-01-01T00:00:00.000Z",
                "4 done",
            ],
        )
        grants = self.admin.get("/api/groups/staff%2Fall/grants").json["grants"]
        self.assertEqual([g["revoked"] for g in grants], [True, False])
        code, out, err = self.apply(
            org("m2", "Anna", "block", "2031-01-01T00:00:00Z"), "--json"
        )
        self.assertEqual(
            json.loads(out), {"dryRun": False, "steps": [], "error": None}
        )

    def test_prune_removes_what_the_file_does_not_name_but_the_caller(self):
        member = self.member("pruned")
        keep = "did:org:keep"
        self.done("admin", "users", "create", keep)
        text = f'[[users]]\ndid = "{keep}"\n'
        self.assertEqual(self.apply(text)[0], 0)
        self.assertTrue(self.users()[member.did]["active"])
        agents = self.admin.get("/api/agents").json
        code, out, err = self.apply(text, "--prune")
        self.assertEqual(code, 0, err)
        self.assertIn(f"- user {member.did}\n", out)
        users = self.users()
        self.assertFalse(users[member.did]["active"])
        self.assertTrue(users[keep]["active"])
        self.assertTrue(users[ADMIN]["active"])
        # Of other kinds the file says nothing.
        self.assertEqual(self.admin.get("/api/agents").json, agents)
        self.assertEqual(self.apply(text, "--prune")[1], "nothing to do\n")

    def test_prune_revokes_grants_of_users_and_groups(self):
        member = self.member("granted")
        for owner in (("--user", member.did), ("--group", "a/b")):
            self.done("admin", "grants", "add", *owner, DEMO)
        text = '[[grants]]\ngroup = "c"\nagent = "*"\n'
        code, out, err = self.apply(text, "--prune")
        self.assertEqual(code, 0, err)
        self.assertIn(f"- grant user {member.did} → {DEMO}\n", out)
        self.assertIn(f"- grant user {member.did} → *\n", out)
        self.assertIn(f"- grant group a/b → {DEMO}\n", out)
        self.assertEqual(member.chat("hello", agent=DEMO).status, 403)
        listed = self.admin_json("groups", "list", "--query", "A/B")["groups"]
        self.assertEqual([g["grantCount"] for g in listed], [0])
        self.assertEqual(self.apply(text, "--prune")[1], "nothing to do\n")

    def test_a_credential_is_set_where_there_is_none(self):
        value = self.file("sk-from-file\n")
        text = (
            '[[credentials]]\nname = "one"\nvalue_env = "THE_VALUE"\n'
            f'[[credentials]]\nname = "two"\nvalue_file = "{value}"\n'
            '[[agents]]\ndid = "did:org:keyed"\ncredential = "two"\n'
            'provider = "openai-compatible"\nmodel = "m"\n'
            f'base_url = "{self.model.base_url}"\n'
        )
        path = self.file(text)
        code, _, err = self.ask("apply", "-f", path)
        self.assertEqual(code, 78)
        self.assertIn("THE_VALUE", err)
        env = {"THE_VALUE": "sk-from-env"}
        code, out, err = self.ask("apply", "-f", path, env=env)
        self.assertEqual(code, 0, err)
        self.assertNotIn("sk-from", out + err)
        self.admin.say("hello", agent="did:org:keyed")
        sent = self.model.requests[-1][0]["Authorization"]
        self.assertEqual(sent, "Bearer sk-from-file")
        again = self.ask("apply", "-f", path, env=env)
        self.assertEqual(again[1], "nothing to do\n", again[2])
        self.done(
            *("admin", "credentials", "set", "two"),
            *("--value-file", self.file("sk-newer\n")),
        )
        self.admin.say("hello", agent="did:org:keyed")
        sent = self.model.requests[-1][0]["Authorization"]
        self.assertEqual(sent, "Bearer sk-newer")
        self.done("admin", "credentials", "delete", "one")
        listed = self.admin_json("credentials", "list")["credentials"]
        self.assertEqual([c["name"] for c in listed], ["two"])

    def test_nobody_takes_their_own_rights(self):
        for members in ('role = "admin"\nactive = false', 'role = "member"'):
            code, _, err = self.apply(
                f'[[users]]\ndid = "{ADMIN}"\n{members}\n'
            )
            self.assertEqual(code, 78, err)
            self.assertIn(ADMIN, err)
        self.assertEqual(self.users()[ADMIN]["role"], "admin")

    def test_the_first_failure_ends_it_and_says_what_is_left(self):
        text = (
            '[[users]]\ndid = "did:org:early"\n'
            '[[grants]]\nuser = "did:org:early"\nagent = "did:org:none"\n'
            '[[grants]]\nuser = "did:org:early"\nagent = "*"\n'
        )
        code, out, err = self.apply(text, "--json")
        self.assertEqual(code, 1)
        said = json.loads(out)
        self.assertEqual([s["done"] for s in said["steps"]], [True, False, False])
        self.assertIn("org.toml:3", said["error"])
        self.assertIn("org.toml:3", err)
        self.assertIn("did:org:early", self.users())
        code, _, err = self.apply(text)
        self.assertIn("0 of 2 steps were done", err)
        self.assertIn("+ grant user did:org:early → *", err)

    def test_a_wrong_file_changes_nothing_and_names_its_lines(self):
        code, out, err = self.apply(
            '[[users]]\ndid = "did:org:wrong"\n[[users]]\nrole = "king"\n[x]\n'
        )
        self.assertEqual((code, out), (78, ""))
        for line in ("org.toml:3", "org.toml:5"):
            self.assertIn(line, err)
        self.assertNotIn("did:org:wrong", self.users())
        self.assertEqual(self.ask("apply", "-f", "/none.toml")[0], 64)

    def test_who_may_not_administer_changes_nothing(self):
        member = self.member("unprivileged")
        path = self.file(org())
        code, _, err = self.ask("apply", "-f", path, key=member.key)
        self.assertEqual(code, 77, err)


if __name__ == "__main__":
    unittest.main()
