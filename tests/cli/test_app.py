"""The command line as a user meets it: names, help, messages, exit codes."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from workbench.cli import main
from workbench.cli.app import COMMANDS, GROUPS, _without_traceback, app
from workbench.errors import ParameterError

RUNNER = CliRunner()


def test_help_lists_every_command():
    shown = RUNNER.invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert [c.__name__ for c in COMMANDS if c.__name__ not in shown.output] == []
    assert [name for name in GROUPS if name not in shown.output] == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_each_command_says_what_it_does(command):
    shown = RUNNER.invoke(app, [command.__name__, "--help"])
    assert shown.exit_code == 0
    assert command.__doc__.split(".")[0].split(";")[0] in " ".join(shown.output.split())


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_lists_its_commands_and_each_says_what_it_does(group):
    about, commands = GROUPS[group]
    listed = RUNNER.invoke(app, [group, "--help"])
    assert about in " ".join(listed.output.split())
    for name, command in commands.items():
        shown = RUNNER.invoke(app, [group, name, "--help"])
        assert (name in listed.output, shown.exit_code) == (True, 0)
        assert command.__doc__.split(".")[0].split(";")[0] in " ".join(shown.output.split())


def test_version_is_the_installed_one(capsys):
    import workbench

    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"circuit-workbench {workbench.__version__}\n"


def test_version_as_json(capsys):
    import workbench

    assert main(["version", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"name": "circuit-workbench", "version": workbench.__version__}


def test_no_command_is_a_usage_message():
    shown = RUNNER.invoke(app, [])
    assert "Usage" in shown.output


def test_unknown_commands_and_options_exit_with_two(capsys):
    assert main(["nonsense"]) == 2
    assert main(["learn", "digits", "--latents", "0"]) == 2
    assert "latents" in capsys.readouterr().err


@pytest.mark.parametrize("error", [ParameterError("cannot do", given=3), OSError("disk full")])
def test_user_errors_are_a_message_and_no_traceback(error, capsys):
    import typer

    def fails():
        raise error

    with pytest.raises(typer.Exit) as ended:
        _without_traceback(fails)()
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == f"error: {error}\n"


def test_our_own_mistakes_are_not_hidden():
    def fails():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _without_traceback(fails)()


@pytest.mark.parametrize("arguments", [["--help"], ["learn", "--help"], ["version"]])
def test_the_installed_command_starts_without_heavy_libraries(arguments):
    heavy = {"torch", "panel", "pandas", "matplotlib", "numpy", "numba", "apsw", "duckdb"}
    probe = (
        f"import sys; from workbench.cli import main; code = main({arguments}); "
        f"print(code, {heavy} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "0 set()"
