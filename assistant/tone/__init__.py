"""Own words -> Verdict.

`tokens` cuts text into sentences and words, `grammar` reads a rule's phrase, `classes` are its named
words, `automaton` finds all phrases of all rules in one walk over the words, `phrases` says which
rules hold, `words` is a sum over single words, `behaviour` knows what the thread proves, `polarity`
is TextBlob behind a typed face, `voices` turns what each says into points, `judge` adds them up and
names the tone, `lint` holds rules to their own examples. For `explain` only: `nearly` tells what was held
back, `flip` what would turn a verdict. Everything but `polarity` is pure.
"""
