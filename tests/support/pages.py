"""Pages, read back as browsers read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import html5lib

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


ELEMENTS = {
    "html", "head", "meta", "link", "title", "style", "body", "a", "header", "nav", "main", "section", "footer",
    "h1", "h2", "h3", "p", "b", "strong", "span", "code", "ul", "li", "div", "table", "caption", "thead", "tbody",
    "tfoot", "tr", "th", "td", "details", "summary", "figure", "figcaption", "svg", "defs", "pattern", "rect", "path",
    "text",
}  # fmt: skip

ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "rel", "href", "class", "id", "scope", "role", "tabindex",
    "aria-label", "aria-labelledby", "aria-hidden", "focusable", "viewBox", "preserveAspectRatio", "width", "height",
    "x", "y", "d", "fill", "stroke", "stroke-width", "vector-effect", "patternUnits", "pointer-events", "font-family",
    "font-size", "font-weight", "text-anchor", "border", "cellpadding", "aria-sort",
}  # fmt: skip


def parsed(document: str) -> Element:
    """The document as browsers read it; a mistake in it is an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(document)


def name_of(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else "#"


def named(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter() if name_of(element) == name]


def texts(root: Element, name: str) -> list[str]:
    return ["".join(element.itertext()) for element in named(root, name)]


def foreign(root: Element) -> list[str]:
    """What of a page is not its own: elements, attributes and addresses, and ids that are missing or there twice."""
    attributes = [(key, value) for element in root.iter() for key, value in element.attrib.items()]
    ids = [value for key, value in attributes if key == "id"]
    return [
        *{name_of(element) for element in root.iter()} - ELEMENTS,
        *{key for key, _ in attributes} - ATTRIBUTES,
        *(each for each in set(ids) if ids.count(each) > 1),
        *{value.removeprefix("#") for key, value in attributes if key == "href"} - {*ids, "data:,"},
        *{value for key, value in attributes if value.startswith("url(")} - {f"url(#{each})" for each in ids},
        *{value for key, value in attributes if key == "aria-labelledby"} - set(ids),
        *(word for word in ("url(", "@import") if word in texts(root, "style")[0]),
    ]
