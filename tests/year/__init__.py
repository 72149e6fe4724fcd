"""A scripted year of a small agency: 12 clients, 40 cases, about 2,000 messages, and what must come of each.

`hours` counts working time, `cast` has who writes and what, `plot` what happens in a case and what the program must
make of it, `script` the forty, `replay` plays them on a real mail server with a clock that travels. Nothing here is
taken from the program: what must come of a case is worked out anew, from the plot.
"""
