"""Verdict -> Draft: a short holding reply that asks for a call. Pure.

`wording` picks and fills the parts, `guard` refuses what must never be said (docs: guidance
section 2), `compose` turns the text into the bytes of a threaded message, and reads them back.
"""
