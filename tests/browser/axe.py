"""Axe against one page: everything that WCAG 2.0 to 2.2, levels A and AA, lets a program judge."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
    "resultTypes": ["violations"],
}


def violations(page: Page) -> list[str]:
    """Each violated rule with the elements that violate it."""
    # Once a page: reading the script takes longer than judging a small screen.
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options).then((said) => said.violations)", OPTIONS)
    return [
        f"{rule['id']}: {' '.join(str(node['target']) for node in rule['nodes'])}" for rule in found
    ]
