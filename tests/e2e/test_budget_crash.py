"""Budgets through kill -9: what is left is what the log says."""

import os
import random
import threading
import time
import unittest

from hansard import Answer, ServerTest
from mock_model import plan

LIMIT = 1_000_000
ROUNDS = 4
AT_ONCE = 6
CAP = 40


class BudgetCrashTest(ServerTest):
    # A head at once: the turns are to run when the process dies.
    flags = ("--head-wait", "0s")

    def setUp(self):
        self.user = self.member("spender")
        self.set_limit(LIMIT)

    def set_limit(self, tokens):
        answer = self.admin.request(
            "POST",
            "/api/policies",
            {
                "scope": "user",
                "subject": self.user.did,
                "maxTokensPerDay": tokens,
                "maxOutputTokens": CAP,
            },
        )
        self.assertIn(answer.status, (200, 201), answer)

    def chat(self, tokens, gap=0.0):
        """A new session's turn, not read; or the refusal."""
        # Each prompt is another, so that the mock keeps no count of it.
        return self.user.chat(
            plan(
                tokens=["word "] * tokens,
                gap=gap,
                note=os.urandom(4).hex(),
                usage={
                    "prompt_tokens": 11,
                    "completion_tokens": tokens,
                    "total_tokens": 11 + tokens,
                },
            )
        )

    def turns(self):
        """What the log says of each of the user's turns, by its id."""
        turns = {}
        for line in self.sessions():
            for event in self.admin.recorded(line["id"]):
                data = event["data"]
                if event["type"] == "turn_admitted":
                    turns[data["turnId"]] = {
                        "day": event["at"][:10],
                        "reserved": data["reservedTokens"],
                        "endings": 0,
                        "used": 0,
                    }
                elif event["type"].startswith("generation_") and (
                    "usage" in data
                    and event["type"] != "generation_attempt_failed"
                ):
                    turn = turns[data["turnId"]]
                    turn["endings"] += 1
                    turn["used"] += data["usage"]["promptTokens"]
                    turn["used"] += data["usage"]["completionTokens"]
        return turns

    def sessions(self):
        found, cursor = [], None
        while True:
            query = {"limit": 200}
            if cursor:
                query["cursor"] = cursor
            page = self.user.get("/api/chat/sessions", **query).json
            found += page["sessions"]
            cursor = page.get("nextCursor")
            if not cursor:
                return found

    def probe(self, limit):
        """A turn whose answer tells what is left; it must be what the log
        says. Gives the turn, as the log has it afterwards, and all."""
        before = self.turns()
        stream = self.chat(3)
        if isinstance(stream, Answer):
            return None, before
        with stream:
            stream.read()
        after = self.turns()
        turn = after[stream.turn]
        # A day may end in between: the budget is that of the turn's day.
        used = sum(
            t["used"] for t in before.values() if t["day"] == turn["day"]
        )
        self.assertEqual(
            int(stream.headers["x-ratelimit-remaining-tokens"]),
            limit - used - turn["reserved"],
            (before, turn),
        )
        return turn, after

    def kill_in_the_middle(self, dice):
        streams = []

        def run():
            stream = self.chat(30, gap=0.01)
            streams.append(stream)
            if not isinstance(stream, Answer):
                try:
                    stream.read()
                except Exception:
                    # The server dies under it, at whatever point.
                    stream.close()

        def run_quietly():
            try:
                run()
            except Exception:
                pass

        threads = [
            threading.Thread(target=run_quietly) for _ in range(AT_ONCE)
        ]
        for thread in threads:
            thread.start()
        time.sleep(dice.uniform(0, 0.45))
        self.server.kill()
        for thread in threads:
            thread.join()

    def restart(self):
        self.server.start()
        # The same user at another port.
        did = self.user.did
        self.user = self.server.client(self.user.key)
        self.user.did = did

    def test_what_is_left_after_a_crash_is_what_the_log_says(self):
        seed = int(os.environ.get("E2E_SEED", random.randrange(1 << 32)))
        print(f"E2E_SEED={seed}")
        dice = random.Random(seed)
        for _ in range(ROUNDS):
            self.kill_in_the_middle(dice)
            self.restart()
            turns = self.turns()
            # Recovery ended what was open, and each turn once.
            self.assertEqual(
                {t["endings"] for t in turns.values()} | {1}, {1}, turns
            )
            turn, _ = self.probe(LIMIT)
            self.assertIsNotNone(turn, "refused with nearly all left")

        # What remains is admitted, and no more than that.
        turn, turns = self.probe(LIMIT)
        prompt = turn["reserved"] - CAP
        day = turn["day"]

        def used(turns):
            return sum(t["used"] for t in turns.values() if t["day"] == day)

        limit = used(turns) + 3 * turn["reserved"] + 5
        self.set_limit(limit)
        admitted = 0
        while True:
            turn, turns = self.probe(limit)
            if turn is None or turn["day"] != day:
                break
            admitted += 1
            self.assertLessEqual(used(turns), limit)
            self.assertLess(admitted, 200)
        if turn is None:
            self.assertGreaterEqual(admitted, 3)
            # Not a whole prompt and a word fit into what is left.
            self.assertLess(limit - used(turns), prompt + 2)


if __name__ == "__main__":
    unittest.main()
