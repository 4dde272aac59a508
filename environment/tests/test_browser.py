"""What a person sees: JupyterLab in Chromium, with an executed notebook and a live one."""

import copy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import plotly
import pytest
from conftest import ROOT, notebooks, quickstart
from nbformat import v4
from playwright.sync_api import sync_playwright

CHROMIUM = next(
    filter(
        None,
        map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome")),
    ),
    None,
)
LIVE = ROOT / "environment/tests/live.ipynb"
PLOTLY = "application/vnd.plotly.v1+json"
# Plotly as the extension has it, to draw beside it what should be seen.
PLOTLY_SCRIPT = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
# How long a page may take before it is given up on; nothing waits so long when it works.
LIMIT_MS = 120_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="apt install chromium")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Notebooks to open: the quickstart as it is committed, one executed here, and one to run."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(LIVE, folder / "live.ipynb")
    subprocess.run(
        [sys.executable, ROOT / "environment/run_notebook.py", "--output", folder / "done", LIVE],
        check=True,
    )
    shutil.move(folder / "done" / LIVE.name, folder / "executed.ipynb")
    shutil.copy(quickstart(), folder / "quickstart.ipynb")
    return folder


def wait_until_it_listens(process, port):
    """The address is printed a moment before anybody answers there."""
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab ended with status {process.returncode}")


@pytest.fixture(scope="module")
def lab(folder):
    """The address, with its token, that environment/lab prints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            ROOT / "environment/lab",
            folder,
            "--",
            "--no-browser",
            f"--port={port}",
            "--LabApp.expose_app_in_browser=True",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = []
    address = None
    for line in process.stdout:
        said.append(line)
        found = re.search(rf"http://127\.0\.0\.1:{port}/\S*\?token=(\w+)", line)
        if found:
            address = f"http://127.0.0.1:{port}", found.group(1)
            break
    assert address, "JupyterLab did not start:\n" + "".join(said)
    wait_until_it_listens(process, port)
    # What it says from now on is read and dropped, or its pipe would fill up.
    threading.Thread(target=process.stdout.read, daemon=True).start()
    yield address
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with sync_playwright() as playwright:
        # Chromium has no sandbox for the superuser, who runs most containers.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        home = tmp_path_factory.mktemp("home")
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=arguments, env={**os.environ, "HOME": str(home)}
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1200, "height": 4000})
    page.set_default_timeout(LIMIT_MS)
    yield page
    page.close()


def open_notebook(page, lab, name):
    address, token = lab
    # A workspace of its own, or the tabs of the page before would open too.
    page.goto(f"{address}/lab/workspaces/{name}/tree/{name}.ipynb?token={token}")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext !== undefined")


def find_plot_and_table(page):
    # The extension shows the bitmap until the pointer comes near, then the figure itself.
    page.hover(".jp-OutputArea .jp-RenderedPlotly")
    plot = page.wait_for_selector(".jp-OutputArea .js-plotly-plot .main-svg")
    assert plot.bounding_box()["height"] > 100
    # Curves and bars are traces; a heat map is an image in the plane of the axes.
    page.wait_for_selector(
        ".js-plotly-plot .cartesianlayer .trace, .js-plotly-plot .cartesianlayer image",
        state="attached",
    )
    assert page.wait_for_selector(".jp-RenderedHTMLCommon table tbody tr td").inner_text()


def test_the_server_asks_for_its_token(lab):
    address, token = lab
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/api/contents")
    assert refused.value.code == 403
    with urllib.request.urlopen(f"{address}/api/contents?token={token}") as answer:
        assert answer.status == 200


def test_an_executed_notebook_shows_its_plot_table_and_bar(page, lab):
    open_notebook(page, lab, "executed")
    find_plot_and_table(page)
    bar = page.wait_for_selector(".jp-OutputArea progress")
    assert bar.get_attribute("value") == bar.get_attribute("max") == "30"


def test_the_quickstart_shows_a_plot_and_a_table_as_it_is_committed(page, lab):
    open_notebook(page, lab, "quickstart")
    find_plot_and_table(page)


def test_a_live_notebook_draws_its_plot_and_table_and_moves_its_bar(page, lab):
    open_notebook(page, lab, "live")
    page.evaluate(
        """async () => {
            const notebook = window.jupyterapp.shell.currentWidget;
            await notebook.sessionContext.ready;
            await notebook.sessionContext.session.kernel.info;
            window.jupyterapp.commands.execute('notebook:run-all-cells');
        }"""
    )
    page.wait_for_selector(".jp-OutputArea progress")
    # Each new value is a step that a person sees.
    values = page.evaluate(
        """() => new Promise(resolve => {
            const seen = [];
            const look = () => {
                const bar = document.querySelector('.jp-OutputArea progress');
                const value = bar && bar.value;
                if (value !== null && seen[seen.length - 1] !== value) seen.push(value);
                if (value === 30) resolve(seen); else setTimeout(look, 20);
            };
            look();
        })"""
    )
    assert len(values) >= 4 and values == sorted(values)
    find_plot_and_table(page)
    assert page.wait_for_selector(".jp-RenderedImage img[src^='data:image/png']")


def figures_of(notebook):
    """The figures that a notebook holds, as it is committed."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [output["data"][PLOTLY] for output in outputs if PLOTLY in output.get("data", {})]


def has_slider(figure):
    return bool(figure["layout"].get("sliders"))


def show_output(page, lab, folder, name, data):
    """An output in a notebook of its own."""
    cell = v4.new_code_cell("", outputs=[v4.new_output("display_data", data)])
    notebook = v4.new_notebook(
        cells=[cell],
        metadata={"kernelspec": {"name": "directpred", "display_name": "Java"}},
    )
    nbformat.write(notebook, folder / f"{name}.ipynb")
    open_notebook(page, lab, name)


def show_figure(page, lab, folder, name, figure):
    """The figure, drawn by JupyterLab in a notebook of its own."""
    show_output(page, lab, folder, name, {PLOTLY: figure})
    page.hover(".jp-OutputArea .jp-RenderedPlotly")
    plot = page.wait_for_selector(".jp-OutputArea .js-plotly-plot")
    plot.wait_for_selector(".cartesianlayer", state="attached")
    page.add_script_tag(path=PLOTLY_SCRIPT)
    return plot


# What is seen of a plot, trace by trace: the lines and points themselves and not what they came of.
SEEN = """plot => {
    const texts = of => [...plot.querySelectorAll(of)].map(text => text.textContent);
    const looks = path => [path.getAttribute('d'), path.getAttribute('transform'),
        ...['stroke', 'strokeWidth', 'strokeDasharray', 'fill'].map(name => path.style[name])];
    return {
        title: texts('.gtitle'),
        axes: texts('.xtitle, .ytitle, .xtick text, .ytick text'),
        legend: texts('.legendtext'),
        traces: plot._fullData.map(trace => ({
            name: trace.name,
            paths: [...plot.querySelectorAll(`.cartesianlayer .trace${trace.uid} path`)].map(looks),
        })),
    };
}"""


def expected(page, figure, frame):
    """What a plot of this frame alone shows, which no other frame has touched."""
    alone = copy.deepcopy(figure)
    for trace, changed in zip(alone["data"], frame["data"], strict=True):
        trace.update(changed)
    alone["layout"].update(frame.get("layout", {}))
    alone["layout"]["sliders"][0]["active"] = [f["name"] for f in figure["frames"]].index(
        frame["name"]
    )
    return page.evaluate(
        """async ([figure, seen]) => {
            const plot = document.createElement('div');
            plot.style.cssText = 'position: absolute; left: -5000px';
            document.body.append(plot);
            await window.Plotly.newPlot(plot, figure.data, figure.layout, figure.config);
            const result = eval(seen)(plot);
            window.Plotly.purge(plot);
            plot.remove();
            return result;
        }""",
        [alone, SEEN],
    )


def move_slider(page, plot, place, places):
    rail = plot.query_selector(".slider-rail-touch-rect").bounding_box()
    # A grip's half stays inside the rail at both ends.
    ends = plot.query_selector_all(".slider-tick-rect")
    boxes = [tick.bounding_box() for tick in ends]
    left = boxes[0]["x"]
    right = boxes[-1]["x"]
    page.mouse.click(left + (right - left) * place / (places - 1), rail["y"] + rail["height"] / 2)


def check_slider(page, plot, figure):
    """Moves the slider to its end and back to its start, and looks at each step."""
    frames = figure["frames"]
    assert len(frames) > 1
    wanted = [expected(page, figure, frame) for frame in frames]
    assert any(trace["paths"] for trace in wanted[0]["traces"])
    assert any(one != wanted[0] for one in wanted), "all frames look alike"
    way = [*range(len(frames)), *reversed(range(len(frames)))]
    for place in way:
        move_slider(page, plot, place, len(frames))
        limit = time.monotonic() + 10
        while (seen := plot.evaluate(SEEN)) != wanted[place] and time.monotonic() < limit:
            page.wait_for_timeout(20)
        where = f"at {frames[place]['name']!r}"
        for part in ("title", "axes", "legend"):
            assert seen[part] == wanted[place][part], where
        for one, other in zip(seen["traces"], wanted[place]["traces"], strict=True):
            assert one == other, f"{where}, trace {other['name']!r}"


def test_a_notebook_has_a_slider():
    assert any(has_slider(figure) for notebook in notebooks() for figure in figures_of(notebook))


@pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)
def test_every_slider_draws_the_frame_it_stands_at(notebook, page, lab, folder):
    for number, figure in enumerate(filter(has_slider, figures_of(notebook))):
        plot = show_figure(page, lab, folder, f"slider-{notebook.stem}-{number}", figure)
        check_slider(page, plot, figure)


# What people call their variants, classes and files.
TEXTS = [
    "\\rho",
    "C:\\runs\\new\\table",
    "ends in \\",
    "\\u0041 \\x41",
    "it's \"quoted\"",
    "a & b",
    "<bias> < 1 </script><!--",
    "two\nlines",
    "; var layout = {title: 'x'};",
    "$\\rho$ and $1",
    "\\(x\\) \\[y\\]",
    "=1+1",
    "100 % ρ → 0, naïve 日本 🙂",
    "\u05e9\u05dc\u05d5\u05dd",
    "null",
    "NaN",
    "1",
    "10",
    "007",
    "1d",
    "2026-11-25",
    "a name that is much longer than the fifteen letters of a hover label",
]
TITLE = "\\rho \\new \"it's\" <bias> & $x$ $y$ 🙂"


@pytest.fixture(scope="module")
def texts(kernel):
    """A kernel that has the texts."""
    kernel.run(
        "import org.directpred.figure.*;\n"
        f"var texts = List.of({', '.join(map(json.dumps, TEXTS))});\n"
        f"var title = {json.dumps(TITLE)};"
    )
    return kernel


def as_drawn(text):
    """Lines of a drawn text follow one another."""
    return " ".join(text.split())


def all_drawn(page, plot, where):
    return [as_drawn(text) for text in plot.evaluate(
        "(plot, where) => [...plot.querySelectorAll(where)].map(text => text.textContent)", where
    )]


def test_a_plot_draws_titles_and_names_as_they_were_given(texts, page, lab, folder):
    data = texts.run(
        "var curves = Curves.of(title, title, title);\n"
        "for (String text : texts) curves.add(text, 0, 1).add(text, 1, texts.indexOf(text));\n"
        "curves.figure()"
    ).data(PLOTLY)
    assert [trace["name"] for trace in data["data"]] == TEXTS
    plot = show_figure(page, lab, folder, "names", data)
    assert all_drawn(page, plot, ".legendtext") == list(map(as_drawn, TEXTS))
    for place in (".gtitle", ".xtitle", ".ytitle"):
        assert all_drawn(page, plot, place) == [TITLE]
    # The curve of the long name ends highest.
    layer = plot.query_selector(".nsewdrag").bounding_box()
    page.mouse.move(layer["x"] + layer["width"] - 3, layer["y"] + layer["height"] * 0.05)
    hover = page.wait_for_selector(".hoverlayer .name")
    assert as_drawn(hover.text_content()) == TEXTS[-1]


def test_bars_and_cells_have_the_names_that_were_given(texts, page, lab, folder):
    data = texts.run(
        "var bars = new LinkedHashMap<String, Double>();\n"
        "for (String text : texts) bars.put(text, 1.0);\n"
        "Bars.of(title, title, bars)"
    ).data(PLOTLY)
    assert data["data"][0]["y"] == TEXTS[::-1]
    plot = show_figure(page, lab, folder, "bars", data)
    assert all_drawn(page, plot, ".ytick text") == list(map(as_drawn, TEXTS[::-1]))
    assert len(plot.query_selector_all(".barlayer .point")) == len(TEXTS)


def test_a_table_shows_names_as_they_were_given(texts, page, lab, folder):
    html = texts.run(
        "Table.create(title, StringColumn.create(title, texts.toArray(String[]::new)))"
    ).data("text/html")
    show_output(page, lab, folder, "table", {"text/html": html})
    page.wait_for_selector(".jp-RenderedHTMLCommon table tbody tr td")
    # Mathematics is set some time later.
    page.wait_for_timeout(3000)
    read = "cells => cells.map(cell => cell.innerText)"
    for place, wanted in (("td", TEXTS), ("th", [TITLE]), ("caption", [TITLE])):
        seen = page.eval_on_selector_all(f".jp-RenderedHTMLCommon {place}", read)
        for one, other in zip(seen, wanted, strict=True):
            assert one == other


def test_a_bar_has_the_name_that_was_given(texts, page, lab, folder):
    cell = texts.run("try (var bar = Progress.bar(title, 2)) { bar.update(2, title); }")
    html = cell.updates[-1]["data"]["text/html"]
    show_output(page, lab, folder, "bar", {"text/html": html})
    page.wait_for_selector(".jp-RenderedHTMLCommon progress")
    page.wait_for_timeout(3000)
    shown = page.inner_text(".jp-RenderedHTMLCommon")
    assert shown.strip().startswith(TITLE + ": 2/2") and shown.rstrip().endswith(TITLE)


def test_plot_show_shows_under_the_cell_and_leaves_nothing(texts, page, tmp_path):
    file = tmp_path / "page.html"
    cell = texts.run(
        "import tech.tablesaw.plotly.Plot;\n"
        "var names = Curves.of(title, title, title);\n"
        "for (String text : texts) names.add(text, 0, 1).add(text, 1, texts.indexOf(text));\n"
        "Plot.show(names.figure());\n"
        f"Plot.show(names.figure(), new java.io.File({json.dumps(str(file))}));\n"
        'Path.of("testoutput").toFile().exists()'
    )
    assert [trace["name"] for trace in cell.outputs[0]["data"][PLOTLY]["data"]] == TEXTS
    assert str(file) in cell.text and cell.outputs[-1]["data"]["text/plain"] == "false"
    # The page's script comes from the network; here it is the one that is installed.
    page.route(re.compile("^https:"), lambda route: route.fulfill(path=PLOTLY_SCRIPT))
    page.goto(file.as_uri())
    plot = page.wait_for_selector(".js-plotly-plot")
    assert all_drawn(page, plot, ".legendtext") == list(map(as_drawn, TEXTS))
    assert page.title() == as_drawn(TITLE)
