"""Runs benchmarks by name: `python -m benchmarks` lists them, `python -m benchmarks NAME …` runs one."""

from __future__ import annotations

import ast
import runpy
import sys
from pathlib import Path


def benchmarks() -> dict[str, str]:
    """Every benchmark with the first line of what it says of itself; helpers have no `main`."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").split("\n", 1)[0]
    return found


def run(arguments: list[str]) -> int:
    """List, or run the one that is named with the rest of the arguments as its own."""
    known = benchmarks()
    if not arguments:
        for name, about in known.items():
            print(f"{name:16} {about}")
        print("\nRun one with: python -m benchmarks NAME [--help]")
        return 0
    name, *rest = arguments
    if name not in known:
        print(f"there is no benchmark {name!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    sys.argv = [f"benchmarks {name}", *rest]
    runpy.run_module(f"benchmarks.{name}", run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
