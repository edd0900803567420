"""The notebook and the page on Python do what they say, with budgets of half a second."""

import re
import runpy
from pathlib import Path

import nbclient
import nbformat

ROOT = Path(__file__).parents[2]


def quick(text):
    return re.sub(r"budget( |=)\d+", r"budget\g<1>0.5", text)


def test_the_notebook_runs_and_shows_its_answers(tmp_path):
    notebook = nbformat.reads(quick((ROOT / "docs" / "notebook.ipynb").read_text()), as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    nbclient.NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": tmp_path}}
    ).execute()
    shown = [
        "".join(output["data"].get("text/html", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "execute_result"
    ]
    assert shown[0].lstrip().startswith('<div class="asyncbench">')
    assert "hand-overs" in "".join(shown)
    assert not list(tmp_path.iterdir())


def test_the_script_of_the_page_runs(tmp_path, monkeypatch, capsys):
    [script] = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "look.py").write_text(quick(script))
    runpy.run_path("look.py", run_name="__main__")
    assert "Interval(" in capsys.readouterr().out
    assert (tmp_path / "run.jsonl").stat().st_size
