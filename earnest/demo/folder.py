"""A configuration folder that listens to the made-up world: the project's own, with other addresses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from earnest.commands.common import Failure
from earnest.demo.server import WorldServer
from earnest.settings import load

BRAND = "Larkspur"

_HEAD = """\
# Written by Earnest's demo: the sources of a made-up world on loopback, which ends with the demo.
# To listen for real, start from config/sources.yaml.
"""


def write_config(server: WorldServer, *, template: Path, home: Path) -> Path:
    """Write `home`/config: `template` with the world's sources, storing into `home`. Returns its path.

    template: a folder whose brands.yaml speaks of Larkspur. Raises Failure where it does not, since
    the world would seem silent; ConfigError where it cannot be read.
    """
    if BRAND not in {brand.name for brand in load(template, environment={}).brands}:
        raise Failure(
            f"{template / 'brands.yaml'} does not name {BRAND}, of whom the made-up world speaks",
            "keep your own brands in a folder of their own: earnest config init my-config",
        )
    folder = home / "config"
    shutil.copytree(template, folder, dirs_exist_ok=True)
    desk = folder / "desk.yaml"
    text = desk.read_text(encoding="utf-8") if desk.exists() else ""
    text = re.sub(r"(?m)^(data_dir|database):.*\n?", "", text)
    desk.write_text(f'{text.rstrip()}\ndata_dir: ".."\n', encoding="utf-8")
    sources = yaml.safe_dump({"sources": _sources(server)}, sort_keys=False, allow_unicode=True)
    (folder / "sources.yaml").write_text(_HEAD + sources, encoding="utf-8")
    return folder


def _sources(server: WorldServer) -> list[dict[str, object]]:
    own = [author.id for author in server.world.authors.values() if author.id]
    subreddits = {post.subreddit for post in server.world.posts if post.subreddit}
    return [
        {
            "kind": "x",
            "name": "x",
            "base_url": server.url,
            "mentions_of": own,
            "day_dollars": 50.0,
        },
        {
            "kind": "reddit",
            "name": "reddit",
            "base_url": server.url,
            "subreddits": sorted(subreddits),
            "search": True,
        },
        {
            "kind": "blogs",
            "name": "blogs",
            "feeds": [{"url": url, "title": title} for title, url in server.feed_urls.items()],
            "allow": ["127.0.0.1/32"],
            # Real feeds are asked once in half an hour; this world is over in a few minutes.
            "every_minutes": 0.03,
            "at_most_minutes": 0.06,
        },
    ]
