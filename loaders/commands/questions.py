"""Commands that answer a question: one audit, an analyst's own SQL, the docs, the lake."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ingest.shared.seeds import find_account
from ingest.shared.settings import environment, var_dir
from loaders.commands.options import AccountName, AsJson, option
from loaders.commands.topics import LOOK
from loaders.review.asked import print_answer, write_answer
from loaders.review.explain.explaining import explain
from loaders.review.explain.printing import page_console, page_json, print_page
from loaders.transform.docs import write_docs
from loaders.transform.lake.publishing import ask

app = typer.Typer()


@app.command("explain", rich_help_panel=LOOK)
def explain_command(
    account: AccountName,
    audit: Annotated[
        int,
        option("--audit", "AUDIT", min=-(2**63), max=2**63 - 1, help="The audit's id in the CRM."),
    ],
    as_json: AsJson = False,
) -> None:
    """Show one audit's way through every layer: why it is, or is not, in MongoDB."""
    found = explain(find_account(account), audit, environment())
    if as_json:
        typer.echo(page_json(found))
    else:
        print_page(found, page_console())
    found.raise_unless_answered()


@app.command("sql", rich_help_panel=LOOK)
def sql_command(
    account: AccountName,
    query: Annotated[str, option("--sql", "SQL", help="One `select` over the account's file.")],
    csv_path: Annotated[
        Path | None, option("--csv", "CSV", help="Write the whole answer to this file.")
    ] = None,
) -> None:
    """Ask the account's DuckDB file; nothing is written to it."""
    folder = var_dir(environment()) / find_account(account).account
    if csv_path is None:
        typer.echo(print_answer(folder, query, Console().width))
        return
    count = write_answer(folder, query, csv_path)
    typer.echo(f"{account}: {count:,} rows in {csv_path}")


@app.command("docs", rich_help_panel=LOOK)
def docs_command(account: AccountName = "demo-small") -> None:
    """Build the dbt docs as one static page."""
    env = environment()
    found = find_account(account)
    typer.echo(f"docs: {write_docs(found, var_dir(env), env)}")


@app.command("lake-query", rich_help_panel=LOOK)
def lake_query_command(
    query: Annotated[str, typer.Argument(envvar="SQL", show_envvar=False, help="SQL over `lake`.")],
) -> None:
    """Print the lake's answer to a query."""
    ask(query, environment())
