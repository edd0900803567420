"""`asyncbench completion`: the script that teaches a shell to complete this command."""

from __future__ import annotations

import click

from asyncbench.cli.main import COMPLETION

EPILOG = """\b
Bash, in ~/.bashrc:   eval "$(asyncbench completion bash)"
Zsh, in ~/.zshrc:     eval "$(asyncbench completion zsh)"
Fish:                 asyncbench completion fish \\
                        > ~/.config/fish/completions/asyncbench.fish
"""

# Bash breaks words at @, = and :, which stand inside of words here (@-1, verdict=wins), and
# click's own script (8.5) takes bash's word. So words are read from the line, and of what is
# offered the part goes that bash leaves standing.
BASH = """\
_asyncbench_completion() {
    local IFS=$' \\t\\n' line=${COMP_LINE:0:COMP_POINT} words word kept= each type value
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    word=${words[-1]}
    for each in = :; do
        if [[ $COMP_WORDBREAKS == *$each* && $word == *$each* ]]; then
            kept+=${word%$each*}$each
            word=${word##*$each}
        fi
    done
    # Of these three, @ alone belongs to what bash replaces.
    [[ $COMP_WORDBREAKS == *@* && $word == *@* ]] && kept+=${word%@*}
    COMPREPLY=()
    while IFS=, read -r type value; do
        if [[ $type == file ]]; then
            compopt -o default
        elif [[ $type == dir ]]; then
            compopt -o dirnames
        elif [[ $type == plain ]]; then
            [[ $value == *= ]] && compopt -o nospace
            COMPREPLY+=("${value#"$kept"}")
        fi
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) \\
        _ASYNCBENCH_COMPLETE=bash_complete "$1" 2> /dev/null)
}
complete -o nosort -F _asyncbench_completion asyncbench
"""


@click.command("completion", epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> int:
    """Print the script that completes workloads, executors, saved runs and options."""
    from click.shell_completion import get_completion_class

    if shell == "bash":
        click.echo(BASH, nl=False)
        return 0
    found = get_completion_class(shell)
    assert found  # click has one for each of the choices
    script = found(ctx.find_root().command, {}, "asyncbench", COMPLETION).source()
    # In click's script for fish (8.5) an answer ends at its second comma: a list after one name.
    click.echo(script.replace('string split ","', 'string split --max 1 ","'))
    return 0
