"""Executes notebooks cell by cell and shows what happens; runs inside the virtual environment."""

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

KERNEL = "directpred"
BRIEF_LINES = 6
SECONDS_BETWEEN_REPORTS = 10.0
KEPT_CELL_METADATA = {"tags", "jupyter", "slideshow", "name", "editable", "deletable"}
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Watched(NotebookClient):
    """A client that says what the running cell reports."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.reported = time.monotonic()

    def process_message(self, msg, cell, cell_index):
        result = super().process_message(msg, cell, cell_index)
        if msg["msg_type"] in ("display_data", "update_display_data"):
            text = msg["content"]["data"].get("text/plain", "")
            terminal = sys.stdout.isatty()
            due = time.monotonic() - self.reported >= SECONDS_BETWEEN_REPORTS
            if terminal:
                width = shutil.get_terminal_size().columns - 1
                print("\r" + ("      " + one_line(text))[:width].ljust(width), end="\r", flush=True)
            elif due and msg["msg_type"] == "update_display_data":
                self.reported = time.monotonic()
                print("      " + one_line(text), flush=True)
        return result


def one_line(text):
    lines = [line.strip() for line in "".join(text).splitlines() if line.strip()]
    return lines[0] if lines else ""


def first_line_of_code(cell):
    for line in cell.source.splitlines():
        if line.strip() and not line.strip().startswith(("//", "/*", "*", "import ")):
            return line.strip()
    return one_line(cell.source)


def brief(output):
    """An output's first lines, as text."""
    if output.output_type == "stream":
        text = output.text
    elif output.output_type == "error":
        text = "\n".join(output.traceback)
    else:
        text = output.data.get("text/plain", "")
    lines = ANSI.sub("", "".join(text)).rstrip().splitlines()
    if len(lines) > BRIEF_LINES:
        lines = lines[:BRIEF_LINES] + [f"... {len(lines) - BRIEF_LINES} more lines"]
    return lines


class CellFailed(Exception):
    """A cell threw, or its kernel died; the message is for a person."""


def execute(notebook, folder, kernel=KERNEL):
    """Executes the notebook in place, reporting as it goes. Raises CellFailed."""
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    client = Watched(
        notebook,
        kernel_name=kernel,
        timeout=None,
        startup_timeout=120,
        record_timing=False,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
    )
    start = time.monotonic()
    with client.setup_kernel():
        for number, index in enumerate(code, 1):
            cell = notebook.cells[index]
            if not cell.source.strip():
                continue
            print(f"[{number}/{len(code)}] {first_line_of_code(cell)[:90]}", flush=True)
            began = time.monotonic()
            try:
                client.execute_cell(cell, index)
            except CellExecutionError as error:
                raise CellFailed(
                    f"cell {number} of {len(code)} failed: {ANSI.sub('', error.evalue).strip()}"
                ) from error
            except DeadKernelError as error:
                raise CellFailed(
                    f"the kernel died in cell {number} of {len(code)}; was there enough memory?"
                ) from error
            finally:
                for output in cell.get("outputs", []):
                    for line in brief(output):
                        print("      " + line, flush=True)
                print(f"      ({time.monotonic() - began:.1f} s)", flush=True)
    print(f"{len(code)} cells in {time.monotonic() - start:.1f} s", flush=True)


def strip_volatile(notebook):
    """Removes what differs from run to run and says nothing about the results."""
    for cell in notebook.cells:
        for key in set(cell.metadata) - KEPT_CELL_METADATA:
            del cell.metadata[key]
        for output in cell.get("outputs", []):
            output.pop("transient", None)
    for key in set(notebook.metadata) - {"kernelspec", "language_info"}:
        del notebook.metadata[key]
    notebook.metadata.get("language_info", {}).pop("version", None)


def write(path, text):
    """Writes beside the place and renames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.chmod(name, 0o644)
    os.replace(name, path)


# An array of numbers, one a line; a new line stands in no text of JSON.
NUMBERS = re.compile(r"\[\n\s*((?:-?[\d.]+(?:e[-+]?\d+)?|null)(?:,\n\s*(?:-?[\d.]+(?:e[-+]?\d+)?|null))*)\n\s*\]")


def as_text(notebook):
    """The notebook's JSON, one line for each array of numbers, which halves its size."""
    text = nbformat.writes(notebook)
    return NUMBERS.sub(lambda found: "[" + re.sub(r",\n\s*", ",", found[1]) + "]", text) + "\n"


def read(path):
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        sys.exit(f"{path} cannot be read as a notebook: {error}")


def to_html(notebook):
    from nbconvert import HTMLExporter

    body, _ = HTMLExporter().from_notebook_node(notebook)
    return body


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, help="folder of the executed copies")
    parser.add_argument("--html", action="store_true", help="an HTML page beside each copy")
    parser.add_argument("--in-place", action="store_true", help="write the outputs back")
    parser.add_argument("--kernel", default=KERNEL)
    options = parser.parse_args()

    finished = []
    for path in options.notebooks:
        print(f"{path.name} at scale {os.environ.get('DIRECTPRED_SCALE', 'small')}", flush=True)
        notebook = read(path)
        failure = None
        try:
            execute(notebook, path.parent, options.kernel)
        except CellFailed as error:
            failure = error
        except NoSuchKernel:
            sys.exit(f"Jupyter knows no kernel '{options.kernel}'; environment/kernel installs it.")
        if options.output:
            copy = options.output / path.name
            write(copy, as_text(notebook))
            print(f"executed copy: {copy}", flush=True)
            if options.html:
                page = copy.with_suffix(".html")
                write(page, to_html(notebook))
                print(f"page: {page}", flush=True)
        if failure:
            sys.exit(f"{path}: {failure}")
        finished.append((path, notebook))
    if options.in_place:
        for path, notebook in finished:
            strip_volatile(notebook)
            write(path, as_text(notebook))
            print(f"outputs written to {path}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
