"""Opens the session of a link that `make demo SERVE=1` printed; nowhere else (spec §14)."""

from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from loaders.app.auth import SESSION_COOKIE
from loaders.app.pages.visits import Visit, no_such_page

SEE_OTHER = 303
PATH = "/demo-session"


def open_session(visit: Visit) -> Response:
    """Keep the link's session and show its contact.

    Raises:
        NotFoundError: There is no such link; outside the demo there is none.
    """
    found = visit.settings.demo_sessions.get(visit.request.path_params["key"])
    if found is None:
        return no_such_page(visit)
    token, customer_id = found
    answer = RedirectResponse(f"/contacts/{quote(customer_id, safe='')}", SEE_OTHER)
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        httponly=True,
        samesite="lax",
        secure=visit.settings.secure_cookies,
    )
    return answer
