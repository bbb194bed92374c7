"""The browser itself: it shows pages of this machine, runs their scripts, and goes nowhere else."""

import http.server
import threading

import pytest

PAGE = b"""<!doctype html><html lang="en"><title>Spots</title><h1>before</h1>
<script>document.querySelector("h1").textContent = "after"</script>"""
ABROAD = b'<!doctype html><html lang="en"><title>Spots</title><img src="http://spots.example/a.png" alt="A">'


@pytest.fixture
def served():
    """`served(html)` is an address of this machine that answers with it."""
    servers = []

    def serve(html):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(html)

            def log_message(self, *words):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_page_is_shown_and_its_scripts_run(page, served):
    page.goto(served(PAGE))
    assert page.title() == "Spots"
    assert page.inner_text("h1") == "after"


def test_nothing_leaves_this_machine(page, served, expected):
    page.goto(served(ABROAD), wait_until="load")
    expected("would have asked http://spots.example/a.png")
    expected("ERR_FAILED")
