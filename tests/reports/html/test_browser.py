"""Pages and pictures as a real browser shows them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest

from drift.reports.renderer import render
from drift.reports.wording.escape import shorten, visible
from support.browser import CHROMIUM, MERMAID, chromium, violations
from support.builders import a_database, a_node, a_shard, a_snapshot
from support.golden import OVERVIEW
from support.hostile import ATTACKS, HOSTILE, attacked
from support.loopback import LOOPBACK, Quiet, serving
from support.markdown import MARKDOWN
from support.reports import a_checkup, a_history, a_report, many, mapped
from support.scenarios import everything, hostile, huge, planned, scale_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page

    from drift.core.model import Snapshot
    from drift.reports.content.report import Report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to show a page in")


def long_named(turned: int) -> Snapshot:
    """A shard on each of six data nodes with names without a gap, every shard so many data nodes further on."""
    names = [letter * 300 for letter in "abcdef"]
    shards = [a_shard(f"orders_{i:04}", on=names[(i + turned) % 6]) for i in range(6)]
    return a_snapshot(a_database(shards=shards), nodes=names, minutes=turned)


@cache
def pages() -> dict[str, str]:
    """One page of each kind, with all that it may have."""
    changed = mapped(many(200, later=False), many(230, later=True))
    return {
        "everything": render(everything(), "html"),
        "hostile": render(hostile(), "html"),
        "long": render(mapped(long_named(0), long_named(1)), "html"),
        "planned": render(planned(), "html"),
        "mapped": render(changed, "html"),
        "checkup": render(a_checkup(many(100, later=False)), "html"),
        "history": render(a_history("database"), "html"),
        "fleet": render(OVERVIEW, "html"),
    }


KINDS = ("everything", "hostile", "long", "planned", "mapped", "checkup", "history", "fleet")


POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""The policy that a page brings along, and that a server which trusts no page gives it."""

STRICTEST = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self'"
"""The policy that Jenkins gives what a build leaves: no style applies that is within the page."""

SHAPES = """[...document.querySelectorAll("svg")].map(each => {
    const box = each.getBoundingClientRect()
    return [each.classList[0], Math.round(box.width), Math.round(box.height)]
})"""
PAINTS = """[...document.querySelectorAll(".bars rect, .lane rect, pattern rect")]
    .map(each => getComputedStyle(each).fill)"""

PROVOKE = """document.querySelectorAll("*").forEach(each => {
    each.open = true
    for (const kind of ["mouseover", "focus", "click", "load", "error"]) each.dispatchEvent(new Event(kind))
})"""
"""Does with every element what starts a script in it."""

ELEMENTS = """[...document.querySelectorAll("script, img, iframe, object, form, input, base, a:not([href^='#'])")]
    .map(each => each.outerHTML)"""
"""What no page of drift has."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """A tab that shows one page after the other: a process, and axe-core, for all of them."""
    with browser.new_context() as context:
        yield context.new_page()


@contextmanager
def shown(tab: Page, kind: str, scheme: Literal["light", "dark"] = "light", width: int = 1280) -> Iterator[list[str]]:
    """Show a page at an address on loopback; whatever it asks for or says on its console."""
    tab.emulate_media(media="screen", color_scheme=scheme)
    tab.set_viewport_size({"width": width, "height": 800})
    with served(pages()[kind].encode()) as (address, said):
        listeners: dict[Any, Callable[[Any], None]] = {
            "console": lambda message: said.append(message.text),
            "pageerror": lambda error: said.append(str(error)),
            "request": lambda request: said.append(f"asks for {request.url.removeprefix(address)}"),
        }
        for event, listener in listeners.items():
            tab.on(event, listener)
        tab.goto(address)
        yield said
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_quiet_and_open_to_everyone(tab: Page, kind: str) -> None:
    """Nothing on the console, nothing fetched but the page; light or dark, axe-core finds nothing and all fits."""
    with shown(tab, kind) as said:
        for scheme, width in (("light", 1280), ("dark", 360)):
            tab.emulate_media(color_scheme=scheme)
            tab.set_viewport_size({"width": width, "height": 800})
            assert (violations(tab), tab.evaluate("document.documentElement.scrollWidth")) == ([], width), scheme
        assert sorted(said) == ["/report.html", "asks for "]


@pytest.mark.parametrize("kind", ["report", "check", "history"])
def test_names_do_nothing_in_a_page(tab: Page, kind: str) -> None:
    """Whatever everything is called, nothing runs and nothing is fetched: not even without the page's own policy."""
    page = attacked_page(kind)
    assert POLICY in page
    for policy, document in ((POLICY, page), (None, page.replace(POLICY, ""))):
        said: list[str] = []
        note = partial(_note, said)
        with served(document.encode(), policy) as (address, asked):
            tab.on("console", note)
            tab.goto(address)
            tab.evaluate(PROVOKE)
            tab.wait_for_load_state("networkidle")
            tab.remove_listener("console", note)
        assert (tab.evaluate("window.attacked"), said, asked) == (None, [], ["/report.html"])
        assert tab.evaluate(ELEMENTS) == []


@pytest.mark.parametrize("kind", ["mapped", "history", "checkup"])
def test_a_page_is_readable_where_styles_are_forbidden(tab: Page, kind: str) -> None:
    """Under the policy of Jenkins, pictures have size and colours, tables have lines, and all fits in a window."""
    tab.emulate_media(media="screen", color_scheme="light")
    tab.set_viewport_size({"width": 1280, "height": 800})
    with served(pages()[kind].encode(), STRICTEST) as (address, _):
        tab.goto(address)
        assert tab.evaluate("[document.styleSheets.length, getComputedStyle(document.body).maxWidth]") == [0, "none"]
        shapes = {(name, width, height) for name, width, height in tab.evaluate(SHAPES)}
        paints = set(tab.evaluate(PAINTS))
        assert tab.evaluate("document.documentElement.scrollWidth") == 1280
        assert {tab.locator("td").first.evaluate("each => getComputedStyle(each).borderStyle")} == {"inset"}
    fixed = {"sign": (20, 20), "bars": (224, 22), "lane": (640, 28), "defs": (0, 0)}
    assert {name for name, *_ in shapes} == {"defs", "sign", *(["lane"] if kind == "history" else ["bars", "map"])}
    for name, width, height in shapes:
        assert (width, height) == fixed.get(name, (608, height // 16 * 16))
    assert paints
    assert "rgb(0, 0, 0)" not in paints


def test_a_fleet_is_sorted_without_a_script(browser: Browser, tab: Page) -> None:
    """The head of a column leads to the table that is sorted by it; where styles are forbidden all tables are there."""
    document = pages()["fleet"].encode()
    tab.emulate_media(media="screen")
    with browser.new_context(java_script_enabled=False) as context, served(document) as (address, _):
        page = context.new_page()
        page.goto(address)
        for order in ("by-status", "by-skew", "by-name", "by-age"):
            shown = page.locator(".orders > section").filter(visible=True)
            shown.get_by_role("columnheader").get_by_role("link").and_(page.locator(f"[href='#{order}']")).click()
            assert shown.count() == 1
            assert shown.get_attribute("id") == order
    with served(document, STRICTEST) as (address, _):
        tab.goto(address)
        assert tab.locator(".orders > section").filter(visible=True).count() == 4


def _note(said: list[str], message: ConsoleMessage) -> None:
    said.append(message.text)


def attacked_page(kind: str) -> str:
    match kind:
        case "report":
            return render(mapped(attacked(0), attacked(1)), "html")
        case "check":
            return render(a_checkup(attacked(0)), "html")
    return render(a_history("database", [{attack: 1} for attack in ATTACKS], name=ATTACKS[0]), "html")


def test_figures_have_room_beside_any_name(tab: Page) -> None:
    """On a telephone, the heads of rows leave half of the page to the figures, whatever data nodes are called."""
    with shown(tab, "long", width=360):
        for head in tab.locator(".matrix th[scope=row]").all():
            assert (head.bounding_box() or {})["width"] <= 180


def test_a_table_shows_that_it_scrolls(tab: Page) -> None:
    """On a telephone, a box with more beside it has a shade at that edge, which what is there covers at the end."""
    with shown(tab, "long", width=400):
        wide = [
            box for box in tab.locator(".scroll").all() if box.evaluate("each => each.scrollWidth > each.clientWidth")
        ]
        assert wide
        for box in wide:
            attachments = box.evaluate("each => getComputedStyle(each).backgroundAttachment")
            assert attachments == "local, local, scroll, scroll"
            assert box.evaluate("each => getComputedStyle(each).backgroundImage").count("linear-gradient") == 4


@pytest.mark.parametrize("kind", ["mapped", "history"])
def test_a_page_needs_no_script(browser: Browser, tab: Page, kind: str) -> None:
    """With scripts forbidden a page looks the same, to the pixel."""
    with browser.new_context(java_script_enabled=False) as context:
        without = context.new_page()
        with shown(tab, kind), shown(without, kind):
            assert tab.screenshot() == without.screenshot()


@pytest.mark.parametrize("kind", ["everything", "mapped", "history"])
def test_a_page_is_printed_whole(tab: Page, kind: str) -> None:
    """On paper what is folded is unfolded, what leads around is gone, and nothing is dark."""
    with shown(tab, kind, "dark"):
        tab.emulate_media(media="print")
        folded = tab.locator("details:not(details details) > :not(summary)").all()
        assert all(each.is_visible() for each in folded)
        assert bool(folded) == (kind != "history")
        assert not tab.locator("nav, .skip").filter(visible=True).count()
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert tab.pdf(format="A4").startswith(b"%PDF")


def test_a_page_is_read_with_the_keyboard(tab: Page) -> None:
    """Tab shows a way past the links, and comes to every fold; Enter opens it."""
    with shown(tab, "everything"):
        tab.keyboard.press("Tab")
        assert tab.locator(".skip").bounding_box()["x"] >= 0
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.id") == "contents"
        opened = set()
        for _ in range(40):
            tab.keyboard.press("Tab")
            if tab.evaluate("document.activeElement.tagName") == "SUMMARY":
                tab.keyboard.press("Enter")
                opened.add(tab.evaluate("[...document.querySelectorAll('details')].filter(each => each.open).length"))
        assert max(opened) == tab.locator("details").count()


def test_every_cell_is_drawn(tab: Page) -> None:
    """Of a map with 16,000 scattered shards both sides have their height on the screen, a row for 64 of them."""
    document = render(mapped(many(16_000, later=False), many(16_000, later=True)), "html")
    tab.emulate_media(media="screen")
    tab.set_content(document)
    boxes = [tab.locator("svg.map").nth(place).bounding_box() for place in range(2)]
    assert [round(box["height"] / box["width"] * (72 + 64 * 12) / 12) for box in boxes] == [250, 250]
    assert boxes[0]["y"] == boxes[1]["y"]


@pytest.fixture(scope="module")
def mermaid(browser: Browser) -> Iterator[Page]:
    """A page with Mermaid, as strict as it is where others' diagrams are drawn."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content("<!DOCTYPE html><title>A picture</title>")
        page.add_script_tag(path=MERMAID)
        page.evaluate("mermaid.initialize({startOnLoad: false, securityLevel: 'strict'})")
        yield page


def drawn(mermaid: Page, report: Report) -> tuple[list[str], list[str]]:
    """The labels of data nodes and arrows in the picture of a report in Markdown."""
    (source,) = (token.content for token in MARKDOWN.parse(render(report, "markdown")) if token.info == "mermaid")
    return mermaid.evaluate(
        """async source => {
            document.body.innerHTML = (await mermaid.render("picture", source)).svg
            const labels = kind => [...document.querySelectorAll(kind)].map(each => each.innerText.trim())
            return [labels(".nodeLabel"), labels(".edgeLabel .edgeLabel").filter(Boolean)]
        }""",
        source,
    )


@pytest.mark.parametrize("scenario", [scale_out, everything, hostile, huge])
def test_mermaid_draws_what_moved(mermaid: Page, scenario: object) -> None:
    """Every flow of a report is an arrow with its number between data nodes that have their names."""
    assert callable(scenario)
    report = scenario()
    nodes, arrows = drawn(mermaid, report)
    moved = sum(judged.change.rule == "shard-moved" for judged in report.verdict.changes)
    assert sum(int(re.sub(r"\D", "", arrow)) for arrow in arrows) == moved
    known = {visible(node.name) for side in (report.before, report.after) for node in side.nodes.values()}
    unknown = {node_id[:8] for node_id in {*report.after.balance} - {*report.after.nodes}}
    assert {node.splitlines()[0] for node in nodes} <= known | unknown


@pytest.mark.parametrize("name", [name for name in HOSTILE if 0 < len(name.strip()) <= 100], ids=repr)
def test_mermaid_shows_any_name(mermaid: Page, name: str) -> None:
    """Whatever a data node is called, the picture says just that, and is nothing but a picture."""
    nodes = [msgspec.structs.replace(a_node("rds-1"), name=name), a_node("rds-2")]
    before, after = (
        a_snapshot(a_database(shards=1, on=[on]), nodes=nodes, minutes=minutes)
        for minutes, on in enumerate(["rds-1", "rds-2"])
    )
    labels, arrows = drawn(mermaid, a_report(before, after))
    assert labels[0].rpartition("\n")[0].split() == visible(shorten(name, 50)).split()
    assert arrows == ["1 shard"]
    assert not mermaid.locator("body").locator("script, img, a, iframe").count()


@contextmanager
def served(page: bytes, policy: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """The page at an address on loopback, and the paths that are asked for."""
    asked: list[str] = []

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page)

    with serving(ThreadingHTTPServer(LOOPBACK, Handler)) as url:
        yield f"{url}/report.html", asked
