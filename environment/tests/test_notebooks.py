"""Every notebook runs from its first cell to its last; its own assertions must hold."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT, notebooks
from nbformat import v4

RUNNER = ROOT / "environment" / "run_notebook.py"


@pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)
def test_notebook_runs_at_scale_smoke(notebook, tmp_path):
    answer = subprocess.run(
        [sys.executable, RUNNER, "--output", tmp_path, notebook],
        env={**os.environ, "DIRECTPRED_SCALE": "smoke"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(answer.stdout)
    assert answer.returncode == 0, answer.stdout[-2000:]


@pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)
def test_notebook_is_committed_executed_and_without_what_changes_from_run_to_run(notebook):
    content = json.loads(notebook.read_text(encoding="utf-8"))
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code" and cell["source"]]
    counts = [cell["execution_count"] for cell in code]
    assert counts == list(range(1, len(code) + 1)), "run environment/execute"
    assert not any(
        output["output_type"] == "error" for cell in code for output in cell["outputs"]
    )
    assert content["metadata"]["kernelspec"]["name"] == "directpred"
    assert set(content["metadata"]) <= {"kernelspec", "language_info"}
    assert not any("execution" in cell["metadata"] for cell in code)


def write_notebook(path, *sources):
    notebook = v4.new_notebook(
        cells=[v4.new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "directpred", "display_name": "Java"}},
    )
    nbformat.write(notebook, path)


def run(*arguments):
    return subprocess.run(
        [sys.executable, RUNNER, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_failing_cell_is_named_and_its_notebook_left_as_it_was(tmp_path):
    notebook = tmp_path / "fails.ipynb"
    write_notebook(notebook, "1 + 1", 'throw new IllegalStateException("rank 1.0");')
    before = notebook.read_bytes()
    answer = run("--in-place", notebook)
    assert answer.returncode == 1
    last = answer.stdout.strip().splitlines()[-1]
    assert "cell 2 of 2 failed" in last and "rank 1.0" in last
    assert notebook.read_bytes() == before
    assert list(tmp_path.iterdir()) == [notebook]


def test_outputs_are_written_back_and_a_second_run_changes_nothing(tmp_path):
    notebook = tmp_path / "works.ipynb"
    write_notebook(notebook, "var variants = 3;", "variants * 2")
    assert run("--in-place", notebook).returncode == 0
    first = notebook.read_bytes()
    outputs = json.loads(first)["cells"][1]["outputs"]
    assert outputs[0]["data"]["text/plain"] == ["6"]
    assert run("--in-place", notebook).returncode == 0
    assert notebook.read_bytes() == first
    assert list(tmp_path.iterdir()) == [notebook]


def test_numbers_of_a_figure_stand_in_one_line(tmp_path):
    notebook = tmp_path / "figure.ipynb"
    write_notebook(
        notebook,
        "new Figure(ScatterTrace.builder("
        "new double[] {1, -2.5, 1e-9}, new double[] {0, Double.NaN, 1e30}).build())",
        'System.out.println("[\\n 1,\\n 2\\n]");',
    )
    assert run("--in-place", notebook).returncode == 0
    text = notebook.read_text(encoding="utf-8")
    assert '"x": [1.0,-2.5,1e-09]' in text and '"y": [0.0,null,1e+30]' in text
    cells = json.loads(text)["cells"]
    assert cells[1]["outputs"][0]["text"] == ["[\n", " 1,\n", " 2\n", "]\n"]


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    file = tmp_path / "text.ipynb"
    file.write_text("not JSON")
    answer = run(file)
    assert answer.returncode == 1
    assert f"{file} cannot be read as a notebook" in answer.stdout
