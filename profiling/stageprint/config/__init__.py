"""The YAML configuration of a pipeline.

Import from the modules, not from here:

* ``sketches``, ``sources``, ``tables``, ``decision``, ``notify``, ``pipeline``: the pydantic models. They
  know no plug-in, so that states, checks and statistics may import them.
* ``loader``: reads a YAML file into a `pipeline.PipelineConfig`; every error names file, line and key.
* ``validation``: asks the registries whether the checks, statistics and alert sinks that a configuration names exist.
* ``run_dates``: the date in a run's name, and the placeholders ``{run_id}`` and ``{run_date}``.
* ``run_ids``: which run ids may be profiled. ``substitution`` puts them into paths, table names and queries.
* ``run_order``: which of two runs is the earlier one.
* ``problems``: what is wrong with a configuration, in sentences.
"""
