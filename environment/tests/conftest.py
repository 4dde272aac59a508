"""What the tests of the environment share. They run inside the virtual environment."""

import os
import sys
import time
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "environment"))

ANSWER_LIMIT = 120


def notebooks():
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def quickstart():
    """The first notebook that a newcomer opens."""
    return ROOT / "notebooks" / "00-quickstart.ipynb"


class Cell:
    """What came back from one cell."""

    def __init__(self):
        self.outputs = []
        self.updates = []
        self.error = None

    @property
    def text(self):
        return "".join(
            output["text"] if "text" in output else output["data"].get("text/plain", "") + "\n"
            for output in self.outputs
        )

    def data(self, mime):
        """The last output of that kind."""
        found = [o["data"][mime] for o in self.outputs if mime in o.get("data", {})]
        assert found, f"no {mime} among {[list(o.get('data', o)) for o in self.outputs]}"
        return found[-1]


class Kernel:
    """A running kernel that executes cells as a notebook does."""

    def __init__(self, environment=None, inherit=True, name="directpred", specs=None):
        found = {"kernel_spec_manager": specs} if specs else {}
        self.manager = KernelManager(kernel_name=name, **found)
        inherited = os.environ if inherit else {}
        self.manager.start_kernel(env={**inherited, **(environment or {})})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=ANSWER_LIMIT)

    def start(self, code):
        return self.client.execute(code)

    def collect(self, request):
        """Gathers the outputs of a request until the kernel is idle again."""
        cell = Cell()
        limit = time.monotonic() + ANSWER_LIMIT
        while time.monotonic() < limit:
            message = self.client.get_iopub_msg(timeout=ANSWER_LIMIT)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind in ("display_data", "execute_result", "stream"):
                cell.outputs.append(content)
            elif kind == "update_display_data":
                cell.updates.append(content)
            elif kind == "error":
                cell.error = content
            elif kind == "status" and content["execution_state"] == "idle":
                return cell
        raise AssertionError("the cell did not end")

    def run(self, code):
        cell = self.collect(self.start(code))
        assert cell.error is None, "\n".join(cell.error["traceback"])
        return cell

    def next_output(self, request):
        """Waits for the next thing that the running cell shows."""
        while True:
            message = self.client.get_iopub_msg(timeout=ANSWER_LIMIT)
            if message["parent_header"].get("msg_id") == request and message["msg_type"] in (
                "display_data",
                "update_display_data",
                "stream",
            ):
                return message

    def close(self):
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel():
    running = Kernel()
    yield running
    running.close()


@pytest.fixture
def fresh_kernel():
    running = Kernel()
    yield running
    running.close()
