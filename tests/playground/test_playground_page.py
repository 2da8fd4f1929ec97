"""The page in a real browser: every family loads, trains, pauses, steps and restarts, and can be used by anybody.

Needs Debian's chromium (or CHROMIUM) and Playwright for Python; ZOO_AXE names axe.min.js of axe-core for the audit.
Where one is not there, the tests skip and say which.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from working import weights_digest

import zoo
from zoo.cli import main
from zoo.registry import lookup
from zoo.training.prepare import prepare
from zoo.training.run import train

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(os.environ.get("ZOO_AXE") or "/nowhere")
STATES = 'html[data-state="{}"]'

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no chromium; apt-get install chromium, or name one with CHROMIUM"
)
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`served("moons")` starts the command and gives the address that it prints."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> str:
        folder = tmp_path_factory.mktemp("served")
        words = [sys.executable, "-m", "zoo", "playground", "--no-browser", *arguments]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=folder)
        running.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    start.processes = running  # type: ignore[attr-defined]
    yield start
    for process in running:
        process.send_signal(signal.SIGINT)
    for process in running:
        process.wait(20)


class Page:
    """A page of the browser, with what a reader sees."""

    def __init__(self, browser: Any, address: str, **look: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True, **look)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.wrong: list[str] = []
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        began = time.monotonic()
        self.page.goto(address)
        self.page.locator("html[data-state]").wait_for(state="attached")
        self.seconds = time.monotonic() - began
        self.run = -1

    def state(self, state: str, seconds: float = 20) -> None:
        self.page.locator(STATES.format(state)).wait_for(state="attached", timeout=1000 * seconds)

    def data(self, name: str) -> str:
        return str(self.page.locator("html").get_attribute(f"data-{name}"))

    @property
    def steps(self) -> int:
        return int(self.data("steps"))

    def until(self, steps: int) -> None:
        self.page.locator(f'html[data-steps="{steps}"][data-state="paused"]').wait_for(state="attached")

    def choose(self, name: str) -> None:
        before = self.data("run")
        self.page.select_option("#name", name)
        self.named(name, before)

    def named(self, name: str, before: str = "") -> None:
        """Until another run than `before` is shown, which has this name, before its first batch."""
        self.page.locator(f'html[data-name="{name}"][data-steps="0"]:not([data-run="{before}"])').wait_for(
            state="attached"
        )

    def pictures(self) -> list[str]:
        script = "() => [...document.querySelectorAll('#views canvas.drawn')].map((each) => each.toDataURL())"
        return list(self.page.evaluate(script))

    def blank(self) -> int:
        """How many drawings show one colour alone."""
        script = """() => [...document.querySelectorAll('#views canvas.drawn')].filter((each) => {
            const data = new Uint32Array(each.getContext('2d').getImageData(0, 0, each.width, each.height).data.buffer);
            return data.every((pixel) => pixel === data[0]);
        }).length"""
        return int(self.page.evaluate(script))

    def audit(self) -> list[str]:
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {each['help']} ({each['nodes'][0]['html'][:120]})"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]


@pytest.fixture(scope="module")
def address(served: Callable[..., str]) -> str:
    return served("xor")


@pytest.fixture(scope="module")
def page(browser: Any, address: str) -> Page:
    """One page for all tests of this file that leave it as it was."""
    return Page(browser, address)


@pytest.fixture(autouse=True)
def nothing_on_the_console(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "page" in request.fixturenames:
        page = request.getfixturevalue("page")
        found, page.wrong = page.wrong, []
        assert not found


def digest_after(name: str, steps: int) -> str:
    """Of the weights that `zoo train NAME` has after so many updates."""
    run, done = prepare(name), []

    def listen(event: Any) -> None:
        if isinstance(event, zoo.events.BatchDone):
            done.append(event)

    train(run, listen=listen, stop=lambda: len(done) >= steps, measure=False)
    assert len(done) == steps
    return weights_digest(run.model.weights)


FAMILIES = {
    "feedforward": "moons",
    "convolutional": "lenet5",
    "recurrent": "lstm-reber",
    "boltzmann": "bars",
    "som": "som-colours",
    "rbf": "sinc",
    "art": "moons-fuzzy-art",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_trains_steps_pauses_and_restarts(family, page):
    name = FAMILIES[family]
    assert page.seconds < 2 or os.getloadavg()[0] > (os.cpu_count() or 1)  # of a machine that does little else
    page.choose(name)
    page.page.wait_for_timeout(150)
    fresh = page.pictures()
    page.page.click("#step")
    page.until(1)
    page.page.click("#step")
    page.until(2)
    assert page.data("digest") == digest_after(name, 2)
    page.page.select_option("#speed", "30")
    page.page.click("#play")
    page.page.wait_for_timeout(400)
    if page.data("state") == "playing":  # a short run may end meanwhile: then the button is off
        page.page.evaluate("() => document.getElementById('play').click()")
    page.page.locator('html:not([data-state="playing"])').wait_for(state="attached")
    page.page.wait_for_timeout(150)
    steps, trained = page.steps, page.pictures()
    assert steps > 2
    assert page.data("digest") == digest_after(name, steps)
    assert trained != fresh
    assert not page.blank()
    page.page.click("#restart")
    page.until(0)
    page.page.click("#epoch")
    page.page.locator('html:not([data-steps="0"]):not([data-state="playing"])').wait_for(state="attached")


@pytest.mark.skipif(not AXE.is_file(), reason="there is no axe-core; ZOO_AXE names its axe.min.js (npm pack axe-core)")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("family", FAMILIES)
def test_axe_finds_nothing_serious(family, theme, page):
    page.choose(FAMILIES[family])
    if page.data("theme") != theme:
        page.page.click("#theme")
    closed = page.page.locator("#views details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    page.page.click("#step")
    page.until(1)
    page.page.wait_for_timeout(100)
    assert not page.audit()
    page.page.evaluate("() => sessionStorage.clear()")


def test_a_shared_address_arrives_at_the_same_weights_in_a_fresh_profile(page, browser, served):
    page.choose("moons")
    page.page.locator("#knob-architecture-hidden").fill("7,3")
    page.page.locator("#knob-architecture-hidden").press("Tab")
    page.page.locator("#command", has_text="--hidden 7,3").wait_for()
    page.until(0)
    for number in range(1, 4):
        page.page.click("#step")
        page.until(number)
    page.page.locator("#knob-training-learning_rate").fill("0.05")
    page.page.locator("#knob-training-learning_rate").press("Tab")
    page.page.locator("#status", has_text="changes when this epoch is done").wait_for()
    page.page.click("#epoch")
    page.page.locator("#command", has_text="--train-2.learning-rate 0.05").wait_for()
    page.until(25)
    page.page.click("#step")
    page.until(26)
    page.page.click("#share")
    page.page.wait_for_timeout(100)
    link = page.page.locator("#link").input_value()
    assert "#run=" in link and "token" not in link
    other = Page(browser, served(link))
    other.until(26)
    assert other.data("digest") == page.data("digest")
    assert other.page.locator("#command").inner_text() == page.page.locator("#command").inner_text()
    assert not other.wrong
    other.context.close()


def test_a_downloaded_file_resumes_on_the_command_line(page, tmp_path, capsys):
    page.choose("xor")
    page.page.click("#step")
    page.until(1)
    with page.page.expect_download() as download:
        page.page.click("#download")
    assert download.value.suggested_filename == "xor-1.h5"
    download.value.save_as(tmp_path / "xor-1.h5")
    assert main(["train", "--resume", str(tmp_path / "xor-1.h5"), "--quiet"]) == 0
    assert main(["train", "xor", "--out", str(tmp_path / "whole.h5"), "--quiet"]) == 0
    files = [zoo.read(tmp_path / name).arrays["weights/hidden1/W"] for name in ("xor-1.h5", "whole.h5")]
    assert (files[0] == files[1]).all()


def test_points_are_painted_with_the_mouse_and_with_the_keyboard(page):
    page.choose("xor")
    page.page.click("#paint")
    plane = page.page.locator("#painter canvas")
    box = plane.bounding_box()
    for k in range(4):
        page.page.mouse.click(box["x"] + 40 + 12 * k, box["y"] + 60)
    page.page.locator("#painter button", has_text="B").click()
    plane.focus()
    for _ in range(4):
        page.page.keyboard.press("ArrowRight")
        page.page.keyboard.press("Enter")
    assert "8 points, 2 classes" in page.page.locator("#painter [role=status]").inner_text()
    page.page.locator("#painter button.main").click()
    page.page.locator("#about", has_text="samples of").wait_for()
    page.page.locator("#command", has_text=re.compile("--data .*csv")).wait_for()
    page.page.click("#step")
    page.until(1)
    page.page.click("#paint")


def test_a_table_is_uploaded(page, tmp_path):
    rows = "\n".join(f"{n * 37 % 41},{n * n % 7},{'low' if n < 20 else 'high'}" for n in range(40))
    (tmp_path / "own table.csv").write_text(f"a,b,kind\n{rows}\n", encoding="utf-8")
    page.choose("moons")
    page.page.set_input_files("#file", tmp_path / "own table.csv")
    page.page.locator("#data option:checked", has_text="own table.csv").wait_for(state="attached")
    page.page.click("#step")
    page.until(1)
    page.page.locator("#views .legend", has_text="high").first.wait_for()


def test_keys_train_step_and_restart(page):
    page.choose("xor")
    page.page.locator("#views").focus()
    page.page.keyboard.press("s")
    page.until(1)
    page.page.keyboard.press("r")
    page.until(0)
    page.page.keyboard.press(" ")
    page.state("playing")
    page.page.keyboard.press(" ")
    page.state("paused")


def test_a_lesson_leaves_controls_away_and_sets_its_runs_up(page):
    page.choose("moons")
    page.page.select_option("#lesson", "xor")
    page.page.locator("#lesson-panel", has_text="One unit divides the plane").wait_for()
    page.named("perceptron")
    assert page.page.locator("#paint").is_hidden()
    page.page.locator("#lesson-panel button", has_text="With a hidden layer").click()
    page.named("xor")
    page.page.select_option("#lesson", "")
    assert page.page.locator("#paint").is_visible()


@pytest.mark.parametrize(
    "lesson",
    re.findall(r'^    id: "(\w+)"', (Path(zoo.__file__).parent / "playground/page/lessons.js").read_text(), re.M),
)
def test_every_run_of_a_lesson_can_be_trained(lesson, page):
    page.page.select_option("#lesson", lesson)
    for button in page.page.locator("#lesson-panel ol button").all():
        before = page.data("run")
        button.click()
        page.page.locator(f'html[data-steps="0"]:not([data-run="{before}"])').wait_for(state="attached")
        page.page.click("#step")
        page.until(1)
        assert page.page.locator("#alert").is_hidden(), lesson
    page.page.select_option("#lesson", "")


def test_what_does_not_fit_is_said_and_the_run_stays(page):
    page.choose("moons")
    page.page.select_option("#data", "adding")
    page.page.locator("#alert", has_text="expected").wait_for()
    assert page.page.locator("#data").input_value() == "moons"
    page.page.locator("#alert button").click()
    field = page.page.locator("#knob-architecture-hidden")
    field.fill("100000,100000")
    field.press("Tab")
    page.page.locator("#alert", has_text="weights").wait_for()
    page.page.locator("#alert button").click()
    assert page.page.locator("#knob-architecture-hidden").input_value() == "16"


def test_what_was_named_and_cannot_be_shown_is_said(browser, served, tmp_path):
    (tmp_path / "broken.toml").write_text('architecture = "mlp"\n[data]\nname = "adding"\n', encoding="utf-8")
    page = Page(browser, served(str(tmp_path / "broken.toml")))
    page.page.locator("#alert", has_text="expected").wait_for()
    page.named("moons")
    page.context.close()


def test_the_connection_comes_back(browser, served):
    context = browser.new_context()
    page = context.new_page()
    lines: list[Any] = []

    def relay(socket: Any) -> None:
        server = socket.connect_to_server()
        lines.append((socket, server))

    page.route_web_socket(re.compile("/socket$"), relay)
    page.goto(served("xor"))
    page.locator("html[data-state=paused]").wait_for(state="attached")
    page.click("#step")
    page.locator("html[data-steps='1']").wait_for(state="attached")
    lines[0][0].close()
    lines[0][1].close()
    page.locator("#alert", has_text="connection to zoo is lost").wait_for()
    page.locator("#alert").wait_for(state="hidden")
    page.click("#step")
    page.locator("html[data-steps='2']").wait_for(state="attached")
    context.close()


def test_a_killed_process_can_be_started_again(browser, served):
    page = Page(browser, served("xor"))
    page.page.click("#step")
    page.until(1)
    digest = page.data("digest")
    os.kill(worker_of(served.processes[-1].pid), signal.SIGKILL)  # type: ignore[attr-defined]
    page.page.locator("#alert", has_text="The process that trains has ended").wait_for()
    page.page.locator("#alert button", has_text="up to batch 1").click()
    page.page.locator("#alert").wait_for(state="hidden")
    page.until(1)
    assert page.data("digest") == digest
    page.context.close()


def worker_of(server: int) -> int:
    """The process that trains for a server."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == server:
                return int(path.parent.name)
    raise AssertionError("there is no process that trains")


def test_two_tabs_show_one_run(page):
    page.choose("xor")
    other = page.context.new_page()
    other.goto(page.page.url.split("#")[0])
    other.locator("html[data-steps='0']").wait_for(state="attached")
    page.page.bring_to_front()
    page.page.click("#step")
    page.until(1)
    other.bring_to_front()
    other.locator("html[data-steps='1']").wait_for(state="attached")
    other.click("#step")
    other.locator("html[data-steps='2']").wait_for(state="attached")
    other.close()
    page.page.bring_to_front()
    page.until(2)


def test_a_phone_s_width_needs_no_scrolling_to_the_side(browser, page):
    page.choose("moons")
    page.page.set_viewport_size({"width": 360, "height": 740})
    page.page.wait_for_timeout(400)
    assert page.page.evaluate("() => document.documentElement.scrollWidth") <= 360
    page.page.set_viewport_size({"width": 1300, "height": 900})


def test_the_theme_follows_the_system(browser, served):
    page = Page(browser, served("xor"), color_scheme="dark")
    assert page.data("theme") == "dark"
    page.page.click("#theme")
    assert page.data("theme") == "light"
    page.context.close()


def test_every_family_has_views_of_its_own():
    own = {view.name for view in lookup.registry().views()}
    general = {"plane", "fit", "predictions", "image", "gradients", "weights"}
    for family, name in FAMILIES.items():
        views = {view.name for view in lookup.views_for(prepare(name).model)}
        assert views <= own
        assert views - general, family
