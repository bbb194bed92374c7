"""Coming in and going out."""

from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pipeline.web.dash import Dash, said
from pipeline.web.gate import form_of
from pipeline.web.view import page


class Login:
    """A name and a password, asked for with growing patience."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/login", self.show, methods=["GET"])
        yield Route("/login", self.enter, methods=["POST"])
        yield Route("/logout", self.leave, methods=["POST"])

    def show(self, request: Request) -> Response:
        if request.state.visitor is not None:
            return RedirectResponse("/", 303)
        return page(request, "login.html", wrong=None)

    async def enter(self, request: Request) -> Response:
        users, sent = self.dash.users, await form_of(request)
        if sent is None:
            return page(request, "login.html", 403, wrong="The form was too old. Please try again.")
        name, address = sent.get("name", "")[:64], request.client.host if request.client else ""
        subjects = (f"name:{name}", f"address:{address}")
        left = users.patience.left(subjects)
        if left > 0:
            answer = page(request, "login.html", 429, wrong=f"Too many tries. Wait {left:.0f} seconds.")
            answer.headers["Retry-After"] = f"{left + 1:.0f}"
            return answer
        visitor = await run_in_threadpool(users.with_password, name, sent.get("password", "")[:1024])
        if visitor is None:
            users.patience.wrong(subjects)
            return page(request, "login.html", 401, wrong="That is not the right name and password.")
        users.patience.right(subjects[0])
        request.session.clear()  # what a stranger may have put there before is gone
        request.session["name"] = visitor.name
        return RedirectResponse("/", 303)

    async def leave(self, request: Request) -> Response:
        if await form_of(request) is None:
            return said(request, "Nothing was done: the form was too old.", "/")
        request.session.clear()
        return RedirectResponse("/login", 303)
