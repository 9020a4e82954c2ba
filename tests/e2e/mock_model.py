"""A model server that speaks the OpenAI dialect, does as its caller's last
message says, and remembers what it was asked.

A message that begins with "!" is a plan in JSON; any other is answered with
answer_to(message), word by word.

  {"status": 503, "times": 2, "body": "…"}  that status, the first two times
  {"status": 401, "echo": true}             … with the key that was shown
  {"refuse": 2}                             accepts and closes, two times
  {"tokens": ["a", "b"], "gap": 0.01}       these, so many seconds apart
  {"cut": true}                             closes without a finish reason
  {"silence": 5}                            says nothing for so long first
  {"stall": 5}                              … after the tokens
  {"tools": [{"id", "name", "arguments"}]}  ends with tool calls
  {"usage": {…}, "finish": "length"}        as given
  {"repeat": 100}                           the tokens so many times
  {"endless": true}                         … for ever
  {"reset_after": 100}                      so many bytes of it, then a reset
  {"raw": "HTTP/1.1 200 …", "then": "stall"} these bytes and no others, and
                                            "close", "reset" or "stall"
  {"reasoning": ["hm"]}                     before the tokens
"""

import hashlib
import http.server
import itertools
import json
import os
import select
import socket
import struct
import threading
import time


def answer_to(prompt):
    """The words that the model says to a prompt: a function of it alone."""
    seed = hashlib.sha256(prompt.encode()).hexdigest()
    count = 40 + int(seed[:2], 16)
    return [
        f"{' ' if i else ''}w{i}-{seed[i % 56:i % 56 + 6]}é"
        for i in range(count)
    ]


def reset(connection):
    """Closes so that the peer sees a reset, whatever still refers to it."""
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    os.close(connection.detach())


class Gone(ConnectionError):
    """The one who asked has closed its connection."""


class CutAfter:
    """A file that resets its connection after so many bytes."""

    def __init__(self, connection, file, count):
        self.connection = connection
        self.file = file
        self.left = count

    def write(self, data):
        now, self.left = data[: self.left], self.left - len(data)
        self.file.write(now)
        if self.left <= 0:
            reset(self.connection)
            raise Gone
        return len(data)

    def __getattr__(self, name):
        return getattr(self.file, name)


class MockModel:
    def __init__(self, gap=0.0):
        model = self
        self.gap = gap
        self.requests = []
        # (prompt, time.monotonic()): the other side closed in the middle.
        self.closed = []
        self.counts = {}
        self.lock = threading.Lock()
        self.stopping = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                try:
                    model.answer(self)
                except ConnectionError:
                    self.close_connection = True

        class Threads(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_):
                pass

        self.server = Threads(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}
        )
        self.thread.start()

    def close(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def count(self, key):
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + 1
            return self.counts[key]

    def pause(self, seconds, handler):
        """Waits, unless the other side goes away meanwhile."""
        if not seconds:
            return
        deadline = time.monotonic() + seconds
        while not self.stopping.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                return
            # It asks for one thing at a time: what is readable is its end.
            if select.select([handler.connection], [], [], min(left, 0.5))[0]:
                raise Gone

    def answer(self, handler):
        try:
            self.answer_whole(handler)
        except ConnectionError:
            with self.lock:
                self.closed.append((handler.prompt, time.monotonic()))
            raise

    def answer_whole(self, handler):
        length = int(handler.headers["Content-Length"])
        request = json.loads(handler.rfile.read(length))
        with self.lock:
            self.requests.append((dict(handler.headers), request))
        # Questions that got no answer are joined to the one that follows them.
        prompt = text_of(request["messages"][-1]).rsplit("\n\n", 1)[-1]
        handler.prompt = prompt
        plan = json.loads(prompt[1:]) if prompt.startswith("!") else {}
        if "only" in plan and plan["only"] != request["model"]:
            plan = {}
        seen = self.count(prompt + request["model"])
        if seen <= plan.get("refuse", 0):
            handler.close_connection = True
            return
        self.pause(plan.get("silence"), handler)
        if "status" in plan and seen <= plan.get("times", 1 << 30):
            return self.refuse(handler, plan)
        if "raw" in plan:
            return self.send_raw(handler, plan)
        if "reset_after" in plan:
            handler.wfile = CutAfter(
                handler.connection, handler.wfile, plan["reset_after"]
            )
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        self.speak(handler, request, plan, prompt)

    def send_raw(self, handler, plan):
        handler.close_connection = True
        handler.wfile.write(plan["raw"].encode())
        if plan.get("then") == "stall":
            self.pause(600, handler)
        elif plan.get("then") == "reset":
            reset(handler.connection)

    def refuse(self, handler, plan):
        body = plan.get("body")
        if plan.get("echo"):
            body = handler.headers.get("Authorization", "")
        if body is None:
            body = json.dumps(
                {"error": {"message": "the mock says no", "type": "x"}}
            )
        body = body.encode()
        handler.send_response(plan["status"])
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        if "retry_after" in plan:
            handler.send_header("Retry-After", str(plan["retry_after"]))
        handler.end_headers()
        handler.wfile.write(body)

    def speak(self, handler, request, plan, prompt):
        def send(text):
            data = text.encode()
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

        def chunk(delta, finish=None, **more):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            body = {"id": "c", "object": "chat.completion.chunk"}
            body.update({"created": 1, "model": request["model"]})
            body.update({"choices": [choice], **more})
            send(f"data: {json.dumps(body, ensure_ascii=False)}\n\n")

        gap = plan.get("gap", self.gap)
        chunk({"role": "assistant", "content": ""})
        for text in plan.get("reasoning", ()):
            chunk({"reasoning_content": text})
        tokens = plan.get("tokens")
        if tokens is None:
            tokens = answer_to(prompt)
        tokens = tokens * plan.get("repeat", 1)
        if plan.get("endless"):
            tokens = itertools.cycle(tokens)
        for token in tokens:
            self.pause(gap, handler)
            if self.stopping.is_set():
                handler.close_connection = True
                return
            chunk({"content": token})
        self.pause(plan.get("stall"), handler)
        if plan.get("cut"):
            handler.close_connection = True
            handler.connection.close()
            return
        for index, call in enumerate(plan.get("tools", ())):
            function = {"name": call["name"], "arguments": ""}
            chunk({"tool_calls": [{"index": index, "id": call["id"],
                                   "type": "function",
                                   "function": function}]})
            half = len(call["arguments"]) // 2
            for part in (call["arguments"][:half], call["arguments"][half:]):
                chunk({"tool_calls": [{"index": index,
                                       "function": {"arguments": part}}]})
        finish = "tool_calls" if "tools" in plan else "stop"
        chunk({}, plan.get("finish", finish))
        usage = plan.get(
            "usage",
            {"prompt_tokens": 7, "completion_tokens": len(tokens),
             "total_tokens": 7 + len(tokens)},
        )
        if usage and request.get("stream_options", {}).get("include_usage"):
            body = {"id": "c", "object": "chat.completion.chunk",
                    "choices": [], "usage": usage}
            send(f"data: {json.dumps(body)}\n\n")
        send("data: [DONE]\n\n")
        handler.wfile.write(b"0\r\n\r\n")


def text_of(message):
    content = message["content"]
    if isinstance(content, str):
        return content
    return "".join(block.get("text", "") for block in content or ())


def plan(**members):
    """A message that tells the mock what to do."""
    return "!" + json.dumps(members, sort_keys=True)
