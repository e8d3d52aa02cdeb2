"""A function that stays, in Python's standard library: says in JSON how a call arrives, and adds numbers up."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, {"method": self.command, "path": self.path, "headers": dict(self.headers)})

    def do_POST(self):
        if "Content-Length" not in self.headers:
            self.close_connection = True  # http.server reads no chunks: what follows is not the next request
            return self.answer(411, {"error": "send the body with its length"})
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            numbers = json.loads(body)
            self.answer(200, {"sum": sum(numbers), "count": len(numbers)})
        except (ValueError, TypeError):
            self.answer(400, {"error": "the body must be a list of numbers in JSON"})

    def answer(self, status, value):
        body = (json.dumps(value) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        print(format % arguments, flush=True)


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
