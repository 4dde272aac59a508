"""What becomes of the cells that are queued behind one that failed: Jupyter's stop_on_error."""

import time

import pytest

ANSWER_LIMIT = 60

FAILURES = {
    "it throws": 'Thread.sleep(300); throw new IllegalStateException("no");',
    "it throws an error": 'Thread.sleep(300); throw new StackOverflowError("no");',
    "it does not compile": "Thread.sleep(300); int x = 1 +* 2;",
    "it ends too early": "Thread.sleep(300); if (true) {",
    "it returns": "Thread.sleep(300); return 5;",
    "its magic is unknown": "Thread.sleep(300);\n%nosuchmagic",
}


def replies(kernel, requests):
    """The answer to each request, in the order of the requests."""
    found = {}
    while not found.keys() >= set(requests):
        message = kernel.client.get_shell_msg(timeout=ANSWER_LIMIT)
        found[message["parent_header"]["msg_id"]] = message
    return [found[request]["content"] for request in requests]


def states(kernel, request):
    """The states that the kernel tells of a request, and what else it publishes about it."""
    told, others = [], []
    while told[-1:] != ["idle"]:
        message = kernel.client.get_iopub_msg(timeout=ANSWER_LIMIT)
        if message["parent_header"].get("msg_id") == request:
            if message["msg_type"] == "status":
                told.append(message["content"]["execution_state"])
            else:
                others.append(message["msg_type"])
    return told, others


def mark(name):
    return f'System.setProperty("{name}", "ran");'


def ran(kernel, name):
    return "ran" in kernel.run(f'System.getProperty("{name}")').text


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_what_is_queued_behind_a_cell_is_aborted_when(kernel, failure):
    name = str(time.monotonic_ns())
    requests = [kernel.start(failure), *(kernel.start(mark(name + i)) for i in "abc")]
    answers = replies(kernel, requests)
    assert [answer["status"] for answer in answers] == ["error"] + 3 * ["aborted"]
    assert answers[0]["ename"] and answers[0]["execution_count"] > 0
    # Sent after the answer, a cell runs.
    fresh = kernel.start("40 + 2")
    assert replies(kernel, [fresh])[0]["status"] == "ok"
    assert not any(ran(kernel, name + i) for i in "abc")


def test_an_aborted_cell_is_told_busy_and_idle_and_nothing_else(kernel):
    kernel.start(FAILURES["it throws"])
    queued = kernel.start("1 + 1")
    assert states(kernel, queued) == (["busy", "idle"], [])


def test_stop_aborts_what_is_queued(kernel):
    first = kernel.start('System.out.println("begun"); Thread.sleep(60_000);')
    name = str(time.monotonic_ns())
    queued = [kernel.start(mark(name)) for _ in range(3)]
    kernel.next_output(first)
    kernel.manager.interrupt_kernel()
    answers = replies(kernel, [first, *queued])
    assert [answer["status"] for answer in answers] == ["error"] + 3 * ["aborted"]
    assert not ran(kernel, name)


def test_stop_is_not_lost_between_two_statements(kernel):
    # Between the print and the sleep the second statement is compiled: the press falls there.
    statements = 'System.out.println("begun");' + 200 * "int filler = 1; filler++;\n"
    for _ in range(5):
        first = kernel.start(statements + "Thread.sleep(60_000);")
        kernel.next_output(first)
        began = time.monotonic()
        kernel.manager.interrupt_kernel()
        assert replies(kernel, [first])[0]["status"] == "error"
        assert time.monotonic() - began < 30
    assert kernel.run("40 + 2").data("text/plain") == "42"


def test_a_request_that_asks_for_it_stops_none(kernel):
    code = FAILURES["it throws"]
    failing = kernel.client.execute(code, stop_on_error=False)
    name = str(time.monotonic_ns())
    queued = kernel.start(mark(name))
    assert [a["status"] for a in replies(kernel, [failing, queued])] == ["error", "ok"]
    silent = kernel.client.execute(code, silent=True)
    after = kernel.start("1")
    assert [a["status"] for a in replies(kernel, [silent, after])] == ["error", "ok"]
    assert ran(kernel, name)


def test_a_second_failure_in_the_queue_aborts_the_second_queue(kernel):
    for _ in range(2):
        first = kernel.start(FAILURES["it throws"])
        queued = [kernel.start("1"), kernel.start("int y = ;"), kernel.start("2")]
        answers = replies(kernel, [first, *queued])
        assert [a["status"] for a in answers] == ["error"] + 3 * ["aborted"]
    ok, bad, late = kernel.start("1"), kernel.start("int y = ;"), kernel.start("2")
    assert [a["status"] for a in replies(kernel, [ok, bad, late])] == ["ok", "error", "aborted"]


def test_other_requests_in_the_queue_are_answered(kernel):
    failing = kernel.start(FAILURES["it throws"])
    information = kernel.client.kernel_info()
    queued = kernel.start("1")
    completion = kernel.client.complete("Math.ab", 7)
    answers = replies(kernel, [failing, information, queued, completion])
    assert answers[1]["implementation"] == "JJava"
    assert answers[2]["status"] == "aborted"
    assert "abs(" in answers[3]["matches"]
    assert kernel.run("1 + 1").text.strip() == "2"


def test_two_hundred_queued_cells_are_all_answered(kernel):
    requests = [kernel.start(FAILURES["it throws"]), *(kernel.start("1") for _ in range(200))]
    answers = replies(kernel, requests)
    assert [a["status"] for a in answers] == ["error"] + 200 * ["aborted"]


def test_a_shutdown_in_the_queue_is_obeyed(fresh_kernel):
    fresh_kernel.run("1")
    fresh_kernel.start(FAILURES["it throws"])
    fresh_kernel.start("1")
    request = fresh_kernel.client.session.msg("shutdown_request", {"restart": False})
    fresh_kernel.client.shell_channel.send(request)
    assert fresh_kernel.manager.provisioner.process.wait(timeout=30) == 0


def test_the_first_cell_of_all_aborts_too(fresh_kernel):
    first = fresh_kernel.start("throw new RuntimeException();")
    second = fresh_kernel.start("1")
    assert [a["status"] for a in replies(fresh_kernel, [first, second])] == ["error", "aborted"]


@pytest.mark.parametrize(
    "code, sentence",
    [
        ("return 5;", "leave 'return' out"),
        ("return;", "leave 'return' out"),
        ("int f() { return; }", "missing return value"),
        ("public int h() { return 3; }\nreturn h();", "leave 'return' out"),
        ("int x = notDefined(3);", "There is no method notDefined(int) here: run the cell"),
        ("notDefinedEither", "There is no variable notDefinedEither here: run the cell"),
        ("new NoSuchClass()", "There is no class NoSuchClass here: run the cell"),
        ("import no.such.Type;", "There is no package no.such on the kernel's class path"),
        ("int laterUser() { return later(); }\nlaterUser()", "method later() is not defined yet"),
        ("class Open {", "The cell ends too early"),
        ('String s = 5;', "int cannot be converted to java.lang.String"),
        ("final var o = (Object) null;\no.hashCode()", "NullPointerException"),
    ],
)
def test_an_error_says_in_a_sentence_what_to_do(kernel, code, sentence):
    cell = kernel.collect(kernel.start(code))
    assert sentence in cell.error["evalue"]
    assert "\n" not in cell.error["evalue"]
    assert cell.error["traceback"]
    assert "org.dflib" not in "".join(cell.error["traceback"])
    (answer,) = replies(kernel, [kernel.start(code)])
    assert sentence in answer["evalue"]
