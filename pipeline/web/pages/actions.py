"""Actions: what editors do. Each is carried out at the desk and noted in the audit log."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline import decide
from pipeline.approval import proposal_of
from pipeline.carry import Work
from pipeline.web.dash import Dash, said
from pipeline.web.gate import form_of
from pipeline.web.view import page
from schemas.errors import LeopardError

Fields = dict[str, str]
CHANGED = "Another plan has taken its place. Look at that one."


class Actions:
    """Run now, approve, refuse, retry, roll back, pause, resume."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        doers = (self.run, self.approve, self.refuse, self.retry, self.rollback, self.pause, self.resume)
        for doer in doers:
            yield Route(f"/do/{doer.__name__}", self._action(doer), methods=["POST"])

    def _action(self, do: Callable[[Request, Fields], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def act(request: Request) -> Response:
            sent = await form_of(request)
            if sent is None:
                return page(request, "missing.html", 403, what="The form was too old. Go back and try again.")
            try:
                return await run_in_threadpool(do, request, sent)
            except LeopardError as error:
                hint = f" {error.hint[0].upper()}{error.hint[1:]}." if error.hint else ""
                return said(request, f"{error.message[0].upper()}{error.message[1:]}.{hint}", "/")

        return act

    def _begin(self, request: Request, words: str, work: Work) -> Response:
        if not self.dash.desk.begin(words, _who(request), work):
            return said(request, "Something is under way already. Try again when it has ended.", "/")
        return said(request, f"Begun: {words}.", "/")

    def _channel(self, sent: Fields) -> str:
        self.dash.project.channel(sent.get("channel", ""))
        return sent["channel"]

    def run(self, request: Request, sent: Fields) -> Response:
        return self._sync(request, sent, "a run of", retry=False)

    def retry(self, request: Request, sent: Fields) -> Response:
        return self._sync(request, sent, "another try of", retry=True)

    def _sync(self, request: Request, sent: Fields, words: str, *, retry: bool) -> Response:
        names = (self._channel(sent),) if sent.get("channel") else ()
        work = partial(decide.run_now, names=names, who=_who(request), retry=retry)
        return self._begin(request, f"{words} {names[0] if names else 'all channels'}", work)

    def approve(self, request: Request, sent: Fields) -> Response:
        name = self._channel(sent)
        proposal = proposal_of(self.dash.ledger, name)
        if proposal.digest != sent.get("digest"):
            return said(request, CHANGED, "/plan")
        work = partial(decide.approve, proposal=proposal, who=_who(request))
        return self._begin(request, f"what was approved for {name}", work)

    def refuse(self, request: Request, sent: Fields) -> Response:
        name = self._channel(sent)
        proposal = proposal_of(self.dash.ledger, name)
        same = proposal.digest == sent.get("digest")
        if not same or not self.dash.ledger.hands.refuse(proposal, _who(request)):
            return said(request, CHANGED, "/plan")
        return said(request, f"Refused: {name} stays as it is until the plan is another one.", "/plan")

    def rollback(self, request: Request, sent: Fields) -> Response:
        run = sent.get("run", "")
        if self.dash.ledger.history.get(run) is None:
            return said(request, f"There is no run {run[:40]}.", "/runs")
        return self._begin(
            request, f"rollback of {run}", partial(decide.roll_back, run=run, who=_who(request))
        )

    def pause(self, request: Request, sent: Fields) -> Response:
        name = self._channel(sent)
        self.dash.ledger.hands.pause(name, _who(request))
        return said(request, f"{name} is paused.", "/")

    def resume(self, request: Request, sent: Fields) -> Response:
        name = self._channel(sent)
        self.dash.ledger.hands.resume(name, _who(request))
        return said(request, f"{name} is published to again, from the next run on.", "/")


def _who(request: Request) -> str:
    return str(request.state.visitor.name)
