"""workbench serve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

PORT = 5006
ADDRESS = "127.0.0.1"
MAX_SESSIONS = 50


def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = PORT,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    address: Annotated[
        str,
        typer.Option(help="Address to listen on; any but this machine's own needs --token-file."),
    ] = ADDRESS,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="Keep the token in this file, so that open pages and links stay good after a "
            "restart; made where there is none."
        ),
    ] = None,
    max_sessions: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many windows may be open at once.")
    ] = MAX_SESSIONS,
) -> None:
    """Open the dashboard with its embedded study, for whoever has the address with its token."""
    from workbench import dashboard
    from workbench.cli.bar import progress_bar

    settings = dashboard.Settings(
        address=address,
        port=port,
        token_file=token_file,
        max_sessions=max_sessions,
        opens_browser=browser,
    )
    # What cannot be served is told before the study is computed.
    settings = replace(settings, port=dashboard.checked(settings))
    with progress_bar("Preparing the embedded study") as report:
        dashboard.prepare(on_progress=report)
    dashboard.serve(settings)
