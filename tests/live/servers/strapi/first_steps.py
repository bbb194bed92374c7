"""Make the first administrator, the tokens and the languages of a new Strapi: first_steps.py URL FILE."""

import json
import os
import sys
from pathlib import Path

import requests

LOCALES = {"en": "English", "fr": "French", "de": "German"}
READ = ("find", "findOne")
WRITE = ("create", "update", "delete", "unpublish")
FILES = ("find", "findOne", "upload", "destroy")
MODEL = ("content-types.getContentTypes", "content-types.getContentType", "components.getComponents")


class Admin:
    """The API that the admin panel uses."""

    def __init__(self, url: str) -> None:
        self.url, self.http = url, requests.Session()
        person = {"email": "admin@example.org", "password": os.environ["ADMIN_PASSWORD"]}
        known = self.ask("GET", "/admin/init")["hasAdmin"]
        path = "/admin/login" if known else "/admin/register-admin"
        names = {} if known else {"firstname": "Ada", "lastname": "Spots"}
        self.token = self.ask("POST", path, json={**person, **names})["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def ask(self, method, path, **sent):
        answer = self.http.request(method, self.url + path, timeout=60, **sent)
        if answer.status_code >= 400:
            sys.exit(f"{method} {path} answered {answer.status_code}: {answer.text}")
        data = answer.json()
        return data.get("data", data) if isinstance(data, dict) else data

    def new_token(self, name, kind, permissions=None):
        for old in self.ask("GET", "/admin/api-tokens"):
            if old["name"] == name:
                self.ask("DELETE", f"/admin/api-tokens/{old['id']}")
        sent = {"name": name, "description": "", "type": kind, "lifespan": None, "permissions": permissions}
        return self.ask("POST", "/admin/api-tokens", json=sent)["accessKey"]

    def languages(self):
        known = {one["code"] for one in self.ask("GET", "/i18n/locales")}
        for code, name in LOCALES.items():
            if code not in known:
                self.ask("POST", "/i18n/locales", json={"code": code, "name": name, "isDefault": False})


def rights(admin, actions, *others):
    """Those on our own content types, and others."""
    types = [one["uid"] for one in admin.ask("GET", "/content-manager/content-types")]
    ours = [uid for uid in types if uid.startswith("api::leopard-")]
    return [*(f"{uid}.{action}" for uid in ours for action in actions), *others]


def main(url, file):
    if file.exists():
        known = json.loads(file.read_text())
        bearer = {"Authorization": f"Bearer {known['token']}"}
        if requests.get(f"{url}/api/leopard-pages", headers=bearer, timeout=60).ok:
            return known
    admin = Admin(url)
    admin.languages()
    plain = {"sizeOptimization": False, "responsiveDimensions": False, "autoOrientation": False}
    admin.ask("PUT", "/upload/settings", json=plain)  # pictures stay as they are
    common = ["plugin::i18n.locales.listLocales", *(f"plugin::content-type-builder.{one}" for one in MODEL)]
    files = [f"plugin::upload.content-api.{one}" for one in FILES]
    made = {
        "token": admin.new_token("leopard", "custom", rights(admin, READ + WRITE, *common, *files)),
        "read_token": admin.new_token("reader", "custom", rights(admin, READ, *common, *files[:2])),
        "admin_token": admin.new_token("tests", "full-access"),
        "locales": sorted(LOCALES),
    }
    file.write_text(json.dumps(made))
    return made


if __name__ == "__main__":
    found = main(sys.argv[1], Path(sys.argv[2]))
    sys.stdout.write(json.dumps({"url": sys.argv[1], **found}) + "\n")
