"""workbench serve."""

from __future__ import annotations

from typing import Annotated

import typer

PORT = 5006


def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = PORT,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Open the dashboard with its embedded study; only this machine can reach it."""
    from workbench import dashboard
    from workbench.cli.console import progress_bar

    chosen = dashboard.free_port(port)  # a taken port is told before the study is computed
    with progress_bar("Preparing the embedded study") as report:
        dashboard.prepare(on_progress=report)
    dashboard.serve(port=chosen, open_browser=browser)
