"""A WordPress of the tests, from its other side: as its people and its visitors see it."""

import requests

from exporters.cms.media import address_of


class WordPress:
    """What the tests do to the server as the administrator."""

    def __init__(self, server):
        self.url, self.plugins, self.server = server["url"], server["plugins"], server
        self.http = requests.Session()
        self.http.auth = (server["administrator"]["username"], server["administrator"]["password"])

    def call(self, method, path, **sent):
        answer = self.http.request(method, f"{self.url}/wp-json{path}", timeout=60, **sent)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def empty(self):
        self.call("POST", "/workbench/v1/empty")

    def page(self, number, route="pages"):
        """A page, as its editors see it."""
        return self.call("GET", f"/wp/v2/{route}/{number}", params={"context": "edit"})

    def change(self, number, route="pages", **fields):
        return self.call("POST", f"/wp/v2/{route}/{number}", json=fields)

    def trash(self, number, route="pages"):
        self.call("DELETE", f"/wp/v2/{route}/{number}")

    def media(self, remote):
        return requests.get(address_of(remote.id), timeout=60).content


def channel(server, url, **more):
    """What leopard.yaml says of the channel."""
    return {
        "use": "wordpress",
        "url": url,
        "username": "leopard",
        "password": "env:LEOPARD_WORDPRESS",
        **more,
    }
