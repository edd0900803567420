"""`asyncbench completion`: the script that teaches a shell to complete this command."""

from __future__ import annotations

import click

EPILOG = """\b
Bash, in ~/.bashrc:   eval "$(asyncbench completion bash)"
Zsh, in ~/.zshrc:     eval "$(asyncbench completion zsh)"
Fish:                 asyncbench completion fish > ~/.config/fish/completions/asyncbench.fish
"""


@click.command("completion", epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> int:
    """Print the script that completes names of workloads, executors, runs and options."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found  # click has one for each of the choices
    click.echo(found(ctx.find_root().command, {}, "asyncbench", "_ASYNCBENCH_COMPLETE").source())
    return 0
