"""What a person sees: JupyterLab in Chromium, with an executed notebook and a live one."""

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

import pytest
from conftest import ROOT, quickstart
from playwright.sync_api import sync_playwright

CHROMIUM = next(
    filter(
        None,
        map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome")),
    ),
    None,
)
LIVE = ROOT / "environment/tests/live.ipynb"
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
