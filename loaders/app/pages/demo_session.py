"""Opens the session of a link that `make demo SERVE=1` printed; nowhere else (spec §14)."""

from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from loaders.app.auth import SESSION_COOKIE
from loaders.app.pages.visits import Visit, no_such_page

SEE_OTHER = 303
PATH = "/demo-session"


def open_session(visit: Visit) -> Response:
    """Keep the link's token as the session and show its contact, which looks whether it holds.

    Raises:
        NotFoundError: This is not the demo.
    """
    if not visit.settings.is_demo:
        return no_such_page(visit)
    asked = visit.request.query_params
    answer = RedirectResponse(f"/contacts/{quote(asked.get('contact', ''), safe='')}", SEE_OTHER)
    answer.set_cookie(SESSION_COOKIE, asked.get("token", ""), httponly=True, samesite="lax")
    return answer
