"""What is done once by hand on a new Ghost: its owner is named, an integration and two of the staff get keys."""

import json
import secrets
import sqlite3
import sys
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, Request, build_opener

OWNER, CONTRIBUTOR = "owner@example.org", "contributor@example.org"


class Admin:
    """The Admin API as one person's browser uses it."""

    def __init__(self, url):
        self.url = url
        self.http = build_opener(HTTPCookieProcessor(CookieJar()))

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json", "Origin": self.url}
        data = json.dumps(body).encode() if body else None
        request = Request(f"{self.url}/ghost/api/admin{path}", data, headers, method=method)
        with self.http.open(request, timeout=120) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith("{") else text

    def sign_in(self, email, password):
        self.ask("POST", "/session/", {"username": email, "password": password})

    def staff_token(self):
        key = self.ask("GET", "/users/me/token/")["apiKey"]
        return f"{key['id']}:{key['secret'].rpartition(':')[2]}"


def integration(admin):
    made = admin.ask("POST", "/integrations/?include=api_keys", {"integrations": [{"name": "Leopard"}]})
    (key,) = (key for key in made["integrations"][0]["api_keys"] if key["type"] == "admin")
    return f"{key['id']}:{key['secret'].rpartition(':')[2]}"


def contributor(admin, database):
    """The staff token of somebody who may only write drafts. The letter that invites them is not sent."""
    roles = {role["name"]: role["id"] for role in admin.ask("GET", "/roles/?limit=all")["roles"]}
    admin.ask("POST", "/invites/", {"invites": [{"email": CONTRIBUTOR, "role_id": roles["Contributor"]}]})
    with sqlite3.connect(database) as known:
        (token,) = known.execute("SELECT token FROM invites WHERE email = ?", [CONTRIBUTOR]).fetchone()
    them, password = Admin(admin.url), f"Pw-{secrets.token_hex(12)}"
    named = {"token": token, "email": CONTRIBUTOR, "name": "Contributor", "password": password}
    them.ask("POST", "/authentication/invitation/", {"invitation": [named]})
    them.sign_in(CONTRIBUTOR, password)
    return them.staff_token()


def close(admin):
    """A site with a password does not tell other sites of the links to them (Webmention)."""
    shut = {"is_private": True, "password": secrets.token_hex(8)}
    admin.ask(
        "PUT", "/settings/", {"settings": [{"key": key, "value": value} for key, value in shut.items()]}
    )


def main(url, work):
    kept = work / "credentials.json"
    if not kept.exists():
        admin, password = Admin(url), f"Pw-{secrets.token_hex(12)}"
        owner = {"name": "Leopard", "email": OWNER, "password": password, "blogTitle": "Spots"}
        admin.ask("POST", "/authentication/setup/", {"setup": [owner]})
        admin.sign_in(OWNER, password)
        close(admin)
        known = {
            "url": url,
            "admin_key": integration(admin),
            "staff_key": admin.staff_token(),
            "contributor_key": contributor(admin, work / "content" / "data" / "ghost.db"),
        }
        kept.write_text(json.dumps(known))
    print(kept.read_text())


main(sys.argv[1], Path(sys.argv[2]))
