"""Failures told to people: what went wrong, where, and the mend; never a traceback for the expected."""

from __future__ import annotations

import errno
import os
import sys
import traceback

import typer

from earnest.commands.common import FAILED, USAGE, Failure

_MENDS = {
    errno.ENOSPC: ("the disk is full", "free some space and run it again; what was committed is kept"),
    errno.EDQUOT: (
        "the disk quota is used up",
        "free some space and run it again; what was committed is kept",
    ),
    errno.EADDRINUSE: ("the port is in use", "choose another with --port"),
    errno.EACCES: ("permission denied", "correct the permissions, or choose another folder"),
    errno.EPERM: ("permission denied", "correct the permissions, or choose another folder"),
    errno.EROFS: ("the file system is read-only", "choose another data_dir in desk.yaml"),
    errno.ENOENT: ("no such file", "check the name"),
    errno.EISDIR: ("is a folder", "name a file"),
}


def tell_failure(error: Exception) -> int:
    """Say on stderr what happened, and return the exit code."""
    # Imported on the way out: a command that fails has most of them loaded, one that does not fail
    # never pays for them.
    from earnest.config_errors import ConfigError
    from earnest.ledger.errors import LedgerError
    from earnest.search.query import QueryError
    from listeners.listener import ListenError
    from nlp.weights import BadWeights

    match error:
        case Failure():
            return say(error.what, error.mend, error.code)
        case ConfigError():
            for problem in error.problems:
                key = f"{problem.key}: " if problem.key else ""
                say(f"{problem.place}: {key}{problem.what}", problem.mend)
            return USAGE
        case QueryError():
            return say(f"the query is not understood: {error}", code=USAGE)
        case ListenError() | LedgerError() | BadWeights():
            return say(str(error))
        case BrokenPipeError():
            # Whoever read our output went away (`earnest search … | head`): not worth a word, and the
            # interpreter must not stumble over it again while closing stdout.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        case OSError():
            what, mend = _MENDS.get(error.errno or 0, (error.strerror or str(error), ""))
            return say(f"{error.filename}: {what}" if error.filename else what, mend)
        case _:
            traceback.print_exception(error)
            return say("this is a fault of Earnest, not of yours", "please report it with the lines above")


def say(what: str, mend: str = "", code: int = FAILED) -> int:
    """One failure on stderr: the error, and the mend on a line of its own."""
    typer.echo(typer.style("error: ", fg="red", bold=True) + what, err=True)
    if mend:
        typer.echo(typer.style("  mend: ", fg="green") + mend, err=True)
    return code
