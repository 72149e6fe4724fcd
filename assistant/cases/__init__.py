"""From the holding reply to "resolved": what a thread shows, and what is to be done next. Pure.

Read in this order: `stages` (entries and notes -> how far a case has come), `office` (working hours), `clocks`
(what is due, and when to remind). Then the call brief: `said` (a letter -> wishes, promises, the `days` they name),
`timeline` (who waited for whom), `right` (what the thread proves for the client), `feeling` and `who`, `asking` (open
questions, the order of the call), and `brief`, which puts them together. Beside them `clients` (whose a message is), `history` (what
passed between them and the user), `usual` and `trend` (how it mostly is, who is not so now), `today` (one page of
all), `figures` and `report` (what a period came to).
"""
