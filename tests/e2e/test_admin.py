"""Administration over HTTP: agents, users, keys, grants."""

import datetime
import unittest

from hansard import (
    ADMIN,
    ADMIN_KEY,
    DEMO,
    MODEL,
    ServerTest,
    Stream,
    eventually,
)


def in_seconds(seconds):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
        seconds=seconds
    )
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def refused(answer):
    """The answer if it is a refusal; a stream is read to its end."""
    if isinstance(answer, Stream):
        answer.read().close()
        return None
    return answer if answer.status >= 400 else None


class AdminTest(ServerTest):
    def agent(self, a_did, **members):
        return self.admin.request(
            "POST",
            "/api/agents",
            {
                "did": a_did,
                "name": "second",
                "provider": "openai-compatible",
                "baseUrl": self.model.base_url,
                "model": "mock-2",
                **members,
            },
        )

    def test_an_agent_is_made_changed_used_and_retired(self):
        did = "did:test:lifecycle"
        made = self.agent(did, systemPrompt="be brief")
        self.assertEqual(made.status, 201, made)
        self.assert_refused(self.agent(did), 409, "ALREADY_EXISTS")
        path = f"/api/agents/{did}"
        self.assertEqual(self.admin.get(path).json["model"], "mock-2")
        self.admin.say("hello", agent=did)
        self.assertEqual(
            self.model.requests[-1][1]["messages"],
            [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "hello"},
            ],
        )
        changed = self.admin.request("PATCH", path, {"model": "mock-3"})
        self.assertEqual(changed.status, 200, changed)
        session = self.admin.say("again", agent=did).session
        self.assertEqual(self.model.requests[-1][1]["model"], "mock-3")
        dids = [a["did"] for a in self.admin.get("/api/agents").json["agents"]]
        self.assertIn(did, dids)
        self.assertIn(DEMO, dids)
        gone = self.admin.request("DELETE", path)
        self.assertIn(gone.status, (200, 204), gone)
        self.assert_refused(
            self.admin.chat("x", agent=did), 404, "NOT_FOUND"
        )
        # What was said stays.
        self.assertEqual(len(self.admin.messages(session)), 2)

    def test_bad_agents_are_refused(self):
        for members in (
            {"did": ""},
            {"provider": "abacus"},
            {"baseUrl": "ftp://x"},
            {"model": 3},
            {"headers": {"a\nb": "c"}},
        ):
            with self.subTest(members):
                self.assert_refused(
                    self.agent("did:test:bad", **members),
                    400,
                    "INVALID_REQUEST",
                )

    def test_a_key_is_shown_once_and_works(self):
        member = self.member("keys")
        self.assertGreaterEqual(len(member.key), 24)
        users = self.admin.get("/api/users").json["users"]
        self.assertIn(ADMIN, [u["did"] for u in users])
        self.assertIn(member.did, [u["did"] for u in users])
        self.assertNotIn(member.key, str(users))
        member.say("hello")
        header = self.server.client(None).request(
            "GET", "/api/chat/sessions", headers={"x-api-key": member.key}
        )
        self.assertEqual(header.status, 200)

    def test_keys_and_keys_hashes_are_not_in_the_clear_on_disk(self):
        member = self.member("disk")
        found = [
            path
            for path in self.server.data.rglob("*")
            if path.is_file()
            and any(
                key.encode() in path.read_bytes()
                for key in (member.key, ADMIN_KEY)
            )
        ]
        self.assertEqual(found, [])

    def test_a_grant_opens_one_agent_until_it_is_revoked(self):
        member = self.member("granted", grant=MODEL)
        member.say("allowed")
        self.assert_refused(
            member.chat("not this one", agent=DEMO), 403, "FORBIDDEN"
        )
        path = f"/api/users/{member.did}/grants"
        grants = self.admin.get(path).json["grants"]
        self.assertEqual([g["agentDid"] for g in grants], [MODEL])
        revoked = self.admin.request("DELETE", f"{path}/{grants[0]['id']}")
        self.assertIn(revoked.status, (200, 204), revoked)
        self.assert_refused(member.chat("no more"), 403, "FORBIDDEN")

    def test_a_grant_opens_nothing_once_it_has_expired(self):
        member = self.member("expiring", grant=MODEL, expiresAt=in_seconds(2))
        member.say("in time")
        answer = eventually(lambda: refused(member.chat("too late?")))
        self.assert_refused(answer, 403, "FORBIDDEN")

    def test_times_in_the_past_are_refused(self):
        member = self.member("past")
        for path in ("keys", "grants"):
            self.assert_refused(
                self.admin.request(
                    "POST",
                    f"/api/users/{member.did}/{path}",
                    {"agentDid": MODEL, "expiresAt": "2020-01-01T00:00:00Z"},
                ),
                400,
                "INVALID_REQUEST",
            )

    def test_a_grant_for_another_capability_does_not_chat(self):
        member = self.member("reader", grant=MODEL, capabilities=["look"])
        self.assert_refused(member.chat("hello"), 403, "FORBIDDEN")

    def test_a_key_is_none_once_it_has_expired(self):
        member = self.member("stale")
        issued = self.admin.request(
            "POST",
            f"/api/users/{member.did}/keys",
            {"expiresAt": in_seconds(2)},
        )
        self.assertEqual(issued.status, 201, issued)
        stale = self.server.client(issued.json["key"])
        self.assertEqual(stale.get("/api/chat/sessions").status, 200)
        answer = eventually(lambda: refused(stale.get("/api/chat/sessions")))
        self.assert_refused(answer, 401, "UNAUTHENTICATED")

    def test_another_admin_may_do_all_that(self):
        did = "did:test:second-admin"
        made = self.admin.request(
            "POST", "/api/users", {"did": did, "role": "admin"}
        )
        self.assertEqual(made.status, 201, made)
        key = self.admin.request("POST", f"/api/users/{did}/keys", {}).json
        second = self.server.client(key["key"])
        self.assertEqual(second.get("/api/users").status, 200)
        second.say("without a grant")

    def test_bad_users_and_grants_are_refused(self):
        for path, body, status in (
            ("/api/users", {}, 400),
            ("/api/users", {"did": "x" * 300}, 400),
            ("/api/users", {"did": "did:x", "role": "king"}, 400),
            ("/api/users", {"did": ADMIN}, 409),
            ("/api/users/did:nobody/keys", {}, 404),
            ("/api/users/did:nobody/grants", {"agentDid": MODEL}, 404),
            (f"/api/users/{ADMIN}/grants", {}, 400),
            (f"/api/users/{ADMIN}/grants", {"agentDid": "did:none"}, 404),
            (
                f"/api/users/{ADMIN}/grants",
                {"agentDid": MODEL, "expiresAt": "soon"},
                400,
            ),
        ):
            with self.subTest(path=path, body=body):
                self.assert_refused(
                    self.admin.request("POST", path, body), status
                )

    def test_refusals_are_recorded(self):
        member = self.member("watched", grant=None)
        self.assert_refused(member.chat("let me in"), 403)

        # A refusal without a session is on a stream of its own; what is
        # recorded is read when the server has stopped.
        self.server.restart()
        self.server.stop()
        try:
            refused = [
                e
                for e in self.server.events()
                if e["type"] == "turn_refused"
                and e["data"]["principal"] == member.did
            ]
        finally:
            self.server.start()
        self.assertEqual(len(refused), 1)
        self.assertEqual(refused[0]["data"]["code"], "forbidden")
        eventually(lambda: self.admin.get("/readyz").status == 200)


if __name__ == "__main__":
    unittest.main()
