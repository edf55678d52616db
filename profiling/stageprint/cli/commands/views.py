"""``stageprint views``."""

from __future__ import annotations

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write
from stageprint.cli.statuses import DONE
from stageprint.redact import redacted


@command(
    place=130,
    reads="nothing",
    writes="the views in the store's schema; for a store at a path, SQL statements to stdout",
    examples=(
        "views --config shop.yml",
        "views --config shop.yml > views.sql",
    ),
)
@options.config
def views(config_file: str) -> int:
    """Create the SQL views over the result tables.

    For a store in a catalog's schema, creates the views there. A store at a path has no place for views, so the command
    prints statements that create temporary views, without Spark; run them in any session of Spark with Delta.
    """
    config = wiring.load_config(config_file)
    made = wiring.make_views(config)
    if isinstance(made, str):
        shown = redacted(made)
        if shown != made:
            write("-- Credentials of the store's URL are left out here: give them to the session.")
        write(shown)
    else:
        result_console(config, "views")
        write("\n".join(f"{config.store}.{name}" for name in made))
    return DONE
