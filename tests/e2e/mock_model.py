"""A model server that speaks the OpenAI dialect, does as its caller's last
message says, and remembers what it was asked.

A message that begins with "!" is a plan in JSON; any other is answered with
answer_to(message), word by word.

  {"status": 503, "times": 2, "body": "…"}  that status, the first two times
  {"refuse": 2}                             accepts and closes, two times
  {"tokens": ["a", "b"], "gap": 0.01}       these, so many seconds apart
  {"cut": true}                             closes without a finish reason
  {"silence": 5}                            says nothing for so long first
  {"stall": 5}                              … after the tokens
  {"tools": [{"id", "name", "arguments"}]}  ends with tool calls
  {"usage": {…}, "finish": "length"}        as given
  {"reasoning": ["hm"]}                     before the tokens
"""

import hashlib
import http.server
import json
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


class MockModel:
    def __init__(self, gap=0.0):
        model = self
        self.gap = gap
        self.requests = []
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
                except (BrokenPipeError, ConnectionResetError):
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

    def pause(self, seconds):
        if seconds:
            self.stopping.wait(seconds)

    def answer(self, handler):
        length = int(handler.headers["Content-Length"])
        request = json.loads(handler.rfile.read(length))
        with self.lock:
            self.requests.append((dict(handler.headers), request))
        prompt = text_of(request["messages"][-1])
        plan = json.loads(prompt[1:]) if prompt.startswith("!") else {}
        if "only" in plan and plan["only"] != request["model"]:
            plan = {}
        seen = self.count(prompt + request["model"])
        if seen <= plan.get("refuse", 0):
            handler.close_connection = True
            return
        self.pause(plan.get("silence"))
        if "status" in plan and seen <= plan.get("times", 1 << 30):
            return self.refuse(handler, plan)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        self.speak(handler, request, plan, prompt)

    def refuse(self, handler, plan):
        body = plan.get("body")
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
        for token in tokens:
            self.pause(gap)
            if self.stopping.is_set():
                handler.close_connection = True
                return
            chunk({"content": token})
        self.pause(plan.get("stall"))
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
