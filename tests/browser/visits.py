"""Open a page as a visitor does, and fail on everything that a visitor should never meet."""

import contextlib
import time
from pathlib import Path

AXE = Path(__file__).parent / "vendor/axe-core/4.14.1/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@contextlib.contextmanager
def visit(browser, site, path, *, start=True, **options):
    """Open ``path`` of ``site``, at once unless ``start`` is False; fail on any error, failed or foreign request."""
    options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"} | options
    context, faults = browser.new_context(**options), []
    page = context.new_page()
    page.on(
        "console",
        lambda said: (
            faults.append(said.text) if said.type in ("error", "warning") else None
        ),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "requestfailed", lambda one: faults.append(f"failed: {one.url} {one.failure}")
    )
    page.on(
        "response",
        lambda one: (
            faults.append(f"{one.status}: {one.url}") if one.status >= 400 else None
        ),
    )
    page.on(
        "request",
        lambda one: faults.append(one.url) if not one.url.startswith(site) else None,
    )
    if start:
        page.goto(site + path, wait_until="networkidle")
    yield page
    context.close()
    # A video that is left while it loads is no fault.
    assert [fault for fault in faults if "net::ERR_ABORTED" not in fault] == []


def scrolls_sideways(page):
    """Return whether the page is wider than its window."""
    return page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )


def until(page, expression, given=None):
    """Wait until an expression is true; the pages' policy forbids the eval of Playwright's own waiting."""
    deadline = time.monotonic() + 10
    while not page.evaluate(expression, given):
        assert time.monotonic() < deadline, expression
        time.sleep(0.02)


def violations(page):
    """Return what axe-core finds against WCAG 2.2 AA: rule, and the elements that break it."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG
    )
    return [
        (one["id"], node["html"][:200], node["failureSummary"])
        for one in found["violations"]
        for node in one["nodes"]
    ]
