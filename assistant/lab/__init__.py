"""The rule lab: what judging is worth, measured, and what a change of rules would do.

`figures` says how good verdicts are against labels (pure), `intervals` how sure that is, `labelled` reads
labelled mail, `evaluation` joins them into what `assistant eval` shows. `bench` measures with the same.
"""
