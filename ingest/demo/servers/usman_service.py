"""The demo's user-management service: a real HTTP server over a JSON file (rule: usman)."""

import base64
import json
import secrets
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

MAX_EMAILS = 50


def create_app(users_file: Path, username: str, password: str) -> Starlette:
    """Return the service over `{company_sso_id: [{sso_id, email, status}]}`."""
    credentials = base64.b64encode(f"{username}:{password}".encode()).decode()

    def users(request: Request) -> JSONResponse:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Basic {credentials}".encode()):
            return JSONResponse({"error": "unauthorized"}, 401, {"WWW-Authenticate": "Basic"})
        asked = [email for email in request.query_params.get("emails", "").split(",") if email]
        if len(asked) > MAX_EMAILS:
            return JSONResponse({"error": f"at most {MAX_EMAILS} emails a call"}, 400)
        known = json.loads(users_file.read_text()) if users_file.exists() else {}
        wanted = {email.lower() for email in asked}
        company = known.get(request.query_params.get("company_sso_id", ""), [])
        return JSONResponse(
            {"users": [user for user in company if user["email"].lower() in wanted]}
        )

    return Starlette(routes=[Route("/private/users", users)])
