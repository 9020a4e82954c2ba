"""Who is calling: real session tokens, and what becomes of those that are
taken back."""

import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import time
import unittest

from hansard import Client, ServerTest, Stream

SECRET = "e2e-session-secret-0123456789-abcdef"
DID = "did:test:web-user"
SOURCES = pathlib.Path(__file__).parent / "session_tokens"


def node_folder():
    """The libraries of the lock file, installed once per build folder."""
    default = SOURCES.parents[2] / "build" / "dev" / "tests" / "e2e"
    folder = pathlib.Path(os.environ.get("E2E_NODE_FOLDER", default))
    folder = folder / "session_tokens"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        locked = (SOURCES / "package-lock.json").read_bytes()
        done = folder / "installed"
        if not done.exists() or done.read_bytes() != locked:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SOURCES / name, folder)
            subprocess.run(
                [
                    "npm", "ci", "--ignore-scripts", "--legacy-peer-deps",
                    "--no-audit", "--no-fund",
                ],
                cwd=folder,
                check=True,
                timeout=240,
                stdin=subprocess.DEVNULL,
            )
            done.write_bytes(locked)
        shutil.copy(SOURCES / "make_tokens.mjs", folder)
    return folder


def make_tokens(secret):
    out = subprocess.run(
        ["node", "make_tokens.mjs", secret, DID],
        cwd=node_folder(),
        check=True,
        timeout=120,
        capture_output=True,
    ).stdout
    return json.loads(out)


class CookieClient(Client):
    """A caller that shows cookies."""

    def __init__(self, server, parts):
        super().__init__(server.host, server.port, None, server.admin.agent)
        self.parts = parts

    def headers(self, extra=None):
        cookie = "; ".join(f"{name}={value}" for name, value in self.parts)
        return super().headers({"Cookie": cookie, **(extra or {})})


class SessionTokens(ServerTest):
    env = {"NEXTAUTH_SECRET": SECRET}
    flags = ("--auth-max-failures", "0")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens = make_tokens(SECRET)
        cls.server.admin.request("POST", "/api/users", {"did": DID})
        cls.server.admin.request(
            "POST", f"/api/users/{DID}/grants", {"agentDid": "*"}
        )

    def client(self, parts):
        return CookieClient(self.server, parts)

    def test_the_tokens_are_what_the_test_means(self):
        shapes = {(t["version"], t["name"][:2], t["chunked"])
                  for t in self.tokens}
        self.assertEqual(len(shapes), 8)

    def test_each_opens_a_chat(self):
        for token in self.tokens:
            with self.subTest(name=token["name"], chunked=token["chunked"]):
                said = self.client(token["parts"]).say("Hello.")
                self.assertTrue(said.text)
                me = self.client(token["parts"]).get("/api/users/me").json
                self.assertEqual(me["did"], DID)
                self.assertEqual(me["credential"], "sessionCookie")

    def test_each_opens_a_chat_as_bearer(self):
        for token in self.tokens:
            with self.subTest(name=token["name"], chunked=token["chunked"]):
                client = self.server.client(token["value"])
                self.assertTrue(client.say("Hello.").text)

    def test_no_tampered_one_does(self):
        for token in self.tokens:
            value = token["value"]
            dots = [i for i, c in enumerate(value) if c == "."]
            places = [0, dots[0] - 1, dots[1] + 1, dots[2] + 1, dots[3] - 1,
                      dots[3] + 1, len(value) - 1]
            for at in places:
                other = "A" if value[at] != "A" else "B"
                bad = value[:at] + other + value[at + 1:]
                with self.subTest(name=token["name"], at=at):
                    self.assert_refused(
                        self.client([(token["name"], bad)]).chat("Hello."),
                        401, "UNAUTHENTICATED")
                    self.assert_refused(
                        self.server.client(bad).chat("Hello."),
                        401, "UNAUTHENTICATED")

    def test_no_chunk_can_be_left_out_or_changed_for_another(self):
        for token in self.tokens:
            if not token["chunked"]:
                continue
            parts = token["parts"]
            swapped = [(parts[0][0], parts[1][1]), (parts[1][0], parts[0][1]),
                       *parts[2:]]
            for bad in (parts[:-1], parts[1:], swapped):
                self.assert_refused(
                    self.client(bad).get("/api/users/me"), 401)

    def test_a_stale_bare_cookie_beside_chunks_does_no_harm(self):
        for token in self.tokens:
            if token["chunked"]:
                stale = [(token["name"], "stale"), *token["parts"]]
                me = self.client(stale).get("/api/users/me")
                self.assertEqual(me.status, 200, me)

    def test_tokens_of_another_secret_do_not(self):
        for token in make_tokens(SECRET + "x"):
            self.assert_refused(
                self.client(token["parts"]).chat("Hello."), 401)

    def test_a_page_of_another_origin_can_not_write(self):
        client = self.client(self.tokens[0]["parts"])
        body = {"agentDid": client.agent,
                "messages": [{"role": "user", "content": "x"}]}
        for headers in ({"Origin": "https://evil.example"},
                        {"Sec-Fetch-Site": "cross-site"}):
            self.assert_refused(
                client.request("POST", "/api/chat", body, headers),
                403, "FORBIDDEN")


class Revocation(ServerTest):
    env = {"AUTH_SECRET": SECRET}

    def open_stream(self, client):
        """A demo answer that goes on for long."""
        stream = client.chat("Tell me. " * 400, agent="did:hansard:demo")
        self.assertIsInstance(stream, Stream, stream)
        return stream.until_text(2)

    def assert_cut(self, stream, began):
        with stream:
            stream.read()
        self.assertLess(time.monotonic() - began, 1.0)
        self.assertTrue(stream.finished)
        self.assertEqual(
            [e["code"] for e in stream.errors()], ["UNAUTHENTICATED"])

    def test_a_revoked_key_loses_its_stream_and_stays_revoked(self):
        member = self.member("revoked")
        keys = f"/api/users/{member.did}/keys"
        stream = self.open_stream(member)
        key = self.admin.get(keys).json["keys"][0]
        began = time.monotonic()
        gone = self.admin.request("DELETE", f"{keys}/{key['id']}")
        self.assertEqual(gone.status, 204, gone)
        self.assert_refused(member.get("/api/users/me"), 401)
        self.assert_cut(stream, began)
        self.server.restart()
        member = self.server.client(member.key)
        self.assert_refused(member.get("/api/users/me"), 401)

    def test_a_deactivated_user_loses_streams(self):
        member = self.member("deactivated")
        stream = self.open_stream(member)
        began = time.monotonic()
        self.admin.request("DELETE", f"/api/users/{member.did}")
        self.assert_cut(stream, began)
        self.assert_refused(member.chat("Hello."), 401)

    def test_a_revoked_cookie_loses_its_stream(self):
        did = DID
        self.admin.request("POST", "/api/users", {"did": did})
        self.admin.request(
            "POST", f"/api/users/{did}/grants", {"agentDid": "*"})
        client = CookieClient(self.server, make_tokens(SECRET)[4]["parts"])
        stream = self.open_stream(client)
        began = time.monotonic()
        done = self.admin.request(
            "POST", "/api/tokens/revocations",
            {"userDid": did, "issuedBefore": "2999-01-01T00:00:00Z"})
        self.assertEqual(done.status, 204, done)
        self.assert_cut(stream, began)
        self.assert_refused(client.get("/api/users/me"), 401)

    def test_the_use_of_a_key_is_recorded_once(self):
        member = self.member("used")
        for _ in range(20):
            member.get("/api/users/me")
        key = self.admin.get(f"/api/users/{member.did}/keys").json["keys"][0]
        self.assertIsNotNone(key["lastUsedAt"])


if __name__ == "__main__":
    unittest.main()
