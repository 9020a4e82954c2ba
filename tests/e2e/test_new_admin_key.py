"""The way back in when no key opens any more."""

import json
import unittest

from hansard import ADMIN, DEMO, DEMO_TABLE, Server, run


class NewAdminKeyTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(DEMO_TABLE, agent=DEMO)
        self.addCleanup(self.server.remove)

    def new_key(self):
        return run("new-admin-key", "--storage-path", self.server.data)

    def revoke_all_keys(self, admin):
        keys = admin.get(f"/api/users/{ADMIN}/keys").json["keys"]
        for key in keys:
            admin.request("DELETE", f"/api/users/{ADMIN}/keys/{key['id']}")

    def test_who_lost_every_key_gets_in_again(self):
        self.server.start()
        admin = self.server.admin
        self.revoke_all_keys(admin)
        self.assertEqual(admin.get("/api/users").status, 401)
        self.server.stop()

        code, out, err = self.new_key()
        self.assertEqual(code, 0, err)
        self.server.start()
        again = self.server.client(out.strip())
        self.assertEqual(again.get("/api/users").status, 200)
        self.assertEqual(self.server.admin.get("/api/users").status, 401)
        self.server.stop()

        code, log, err = run("events", "--storage-path", self.server.data)
        self.assertEqual(code, 0, err)
        issued = [
            e
            for e in map(json.loads, log.splitlines())
            if e["type"] == "api_key_issued"
        ]
        self.assertEqual(issued[-1]["data"]["label"], "new-admin-key")
        self.assertNotIn(out.strip(), log)

    def test_who_was_shut_out_is_an_active_admin_again(self):
        self.server.start()
        other = "did:example:other"
        admin = self.server.admin
        admin.request("POST", "/api/users", {"did": other, "role": "admin"})
        changed = admin.request(
            "PATCH", f"/api/users/{ADMIN}", {"role": "member"}
        )
        self.assertEqual(changed.status, 200)
        self.server.stop()

        code, out, err = self.new_key()
        self.assertEqual(code, 0, err)
        self.server.start()
        again = self.server.client(out.strip())
        me = again.get("/api/users/me").json
        self.assertEqual((me["did"], me["role"]), (ADMIN, "admin"))

    def test_a_running_server_or_no_data_is_an_error_that_says_so(self):
        self.server.start()
        code, out, err = self.new_key()
        self.assertEqual((code, out), (75, ""), err)
        self.assertIn(str(self.server.pid), err)
        nowhere = self.server.data / "nowhere"
        code, out, err = run("new-admin-key", "--storage-path", nowhere)
        self.assertEqual((code, out), (73, ""), err)
        self.assertFalse(nowhere.exists())


if __name__ == "__main__":
    unittest.main()
