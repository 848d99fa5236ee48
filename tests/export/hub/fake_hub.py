"""A hub of one repository on this machine: what the hub's library asks for, answered from a folder."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "1234567890abcdef1234567890abcdef12345678"


@contextmanager
def hub(folder: Path, repository: str, asked: list[str] | None = None) -> Iterator[str]:
    """Serve; gives the address. What is asked for is noted in `asked`."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *values: object) -> None:
            pass

        def _answer(self, content: bytes, status: int = 200, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if asked is not None:
                asked.append(f"{self.command} {path}")
            start = f"/{repository}/resolve/main/"
            if path == f"/api/models/{repository}":
                files = [{"rfilename": each.relative_to(folder).as_posix(), "size": each.stat().st_size}
                         for each in sorted(folder.rglob("*")) if each.is_file()]  # fmt: skip
                told = {"id": repository, "modelId": repository, "sha": COMMIT, "siblings": files, "private": False,
                        "tags": [], "downloads": 0, "likes": 0}  # fmt: skip
                self._answer(json.dumps(told).encode(), Content_Type="application/json")
            elif path.startswith(start) and (folder / path.removeprefix(start)).is_file():
                content = (folder / path.removeprefix(start)).read_bytes()
                etag = hashlib.sha256(content).hexdigest()
                self._answer(content, ETag=f'"{etag}"', X_Repo_Commit=COMMIT)
            else:
                self._answer(b"{}", 404, X_Error_Code="RepoNotFound")

        do_HEAD = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
