"""From the holding reply to "resolved": what a thread shows, and what is to be done next. Pure.

Read in this order: `stages` (entries and notes -> how far a case has come), `office` (working hours), `clocks`
(what is due, and when to remind).
"""
