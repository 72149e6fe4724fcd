"""Verdict -> Draft: a short holding reply that asks for a call. Pure.

Read in this order: `holding` (the whole way from message and verdict to a guarded text), `client` (what the client's own
words tell: how to address them, calls wanted or not, what it is about), `times` (when a call can be had),
`wording` (picks and fills the parts), `guard` (refuses what must never be said; guidance section 2), `quoting` (the
original, if the user wants it), `compose` (the bytes of a threaded message, read back before they leave).

What follows it (guidance section 4): `followup` (Case -> Draft: a call's summary, an update, the check-in, a parting), `agreed` (what
the user told of the case, line by line).
"""
