"""Own words -> Verdict.

`tokens` cuts text into sentences and words, `grammar` reads a rule's phrase, `automaton` finds
all phrases of all rules in one walk over the words, `judge` adds up the hits and names the tone,
`polarity` is TextBlob behind a typed face. Everything but `polarity` is pure.
"""
