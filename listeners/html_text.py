"""HTML as a person would read it: plain text with its paragraphs, nothing that runs or is hidden."""

from __future__ import annotations

import re
from html import unescape

import lxml.etree
import lxml.html
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig

_CONFIG = ParserConfig(css=STRICT_CSS_PROFILE)
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_LINE_ENDS = re.compile(r"[ \t\xa0]+\n")
_TAG = re.compile(r"<[^<>]*>")
_HIDDEN = re.compile(r"<(script|style|template)\b.*?(</\1|$)|<!--.*?(-->|$)", re.I | re.S)
# Not allowed in XML text, and libxml2 stops reading at a zero byte.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def readable(html: str) -> str:
    """The text of an HTML fragment. Scripts, styles and tags go; words, lists and breaks stay.

    Text that holds no markup at all is returned as written, trimmed. Never raises: what no HTML
    parser can read comes back as the bare words between its tags.
    """
    html = _CONTROL.sub("", html).strip()
    if "<" not in html and "&" not in html:
        return html
    try:
        tree = lxml.html.fromstring(f"<div>{html}</div>")
        lxml.etree.strip_elements(tree, "template", with_tail=False)  # inscriptis would show it
        text = Inscriptis(tree, _CONFIG).get_text()
    except (lxml.etree.LxmlError, ValueError, RecursionError, IndexError, AttributeError):
        text = ""
    if not text.strip():  # beyond the parser, such as thousands of nested tags: the bare words
        text = unescape(_TAG.sub(" ", _HIDDEN.sub(" ", html)))
    return _BLANK_LINES.sub("\n\n", _LINE_ENDS.sub("\n", text)).strip()


def one_line(text: str) -> str:
    """`text` with every run of white space as one space: for titles and names."""
    return " ".join(text.split())
