"""The server-rendered pages (rule: pages)."""

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from loaders.app.pages import api_page, contact_page, errand_forms, many, operations
from loaders.app.pages.rendering import STATIC
from loaders.app.pages.visits import no_such_page, page
from loaders.jobs.errands import What

POST = ("POST",)
AT_ONCE: tuple[What, ...] = ("probe", "dry_run", "docs")


def page_routes() -> list[BaseRoute]:
    """Return the routes of the pages; what is beneath them and is none is a page too."""
    return [
        Mount("/static", StaticFiles(directory=STATIC)),
        page("/contacts/{customer_id}", contact_page.timeline),
        page("/contacts/{customer_id}/logs/{log_id:path}", contact_page.whole),
        page("/contacts/{rest:path}", no_such_page),
        page("/", operations.front),
        page("/api", api_page.api),
        page("/ops", operations.accounts),
        page("/ops", many.start_or_cancel, POST),
        page("/ops/{account}", operations.account),
        page("/ops/{account}/trigger", operations.trigger_run, POST),
        page("/ops/{account}/cancel", operations.cancel_run, POST),
        *(page(f"/ops/{{account}}/{what}", errand_forms.ask_for(what), POST) for what in AT_ONCE),
        page("/ops/{account}/signoff", errand_forms.confirm_sign_off),
        page("/ops/{account}/signoff", errand_forms.ask_sign_off, POST),
        page("/ops/{account}/rollback", operations.confirm_rollback),
        page("/ops/{account}/rollback", operations.run_rollback, POST),
        page("/ops/{account}/report/index.html", operations.file),
        page("/ops/{account}/docs/index.html", operations.file),
        page("/ops/{account}/runs/index.html", operations.file),
        page("/ops/{account}/preview/index.html", operations.file),
        page("/ops/{account}/report", operations.file),
        page("/ops/{account}/docs", operations.file),
        page("/ops/{account}/report/{name}.csv", operations.audit_list),
        page("/ops/{account}/runs/{job_id:uuid}/index.html", operations.run_report),
        page("/ops/{rest:path}", no_such_page),
    ]
