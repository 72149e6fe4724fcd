"""Fits what judging has learned: `make train`. Nothing here runs in the product, or in CI.

`sources` reads the labelled texts, `words`, `reader` and `voices` each fit one file, `folds` says
who is left out when. Every choice is made by figures from texts whose source was left out.
"""
