"""The rule lab: what judging is worth, measured, and what a change of rules would do.

`eval`: `labelled` reads labelled mail, `figures` says how good verdicts are (pure), `intervals` how sure that is,
`evaluation` joins them. `bench` measures with the same.

`try`: `features` is what is found out about a message once and holds for every rulebook (pure), `trial` judges by two
of them (pure), `tried` takes mail through it from files or a mailbox, `cache` keeps features for the next time.

`learn`: `proposal` says what is learned from and what is proposed, `learning` finds and cross-validates it by the changes of
`steps` and the phrases of `separating` (all pure).
"""
