"""Bytes -> Message: the headers, the writer's own newest words, and what is doubtful about them.

Read in this order: `message` (the whole way), `headers` (the standard library, with mail-parser in `second`; `addresses`
is where the two must agree, `words` decodes), `mime` (which `parts` hold the text; `charset` and `flowed` decode them),
`own` (the plain text or the HTML, whichever is the better reading), `html` (HTML to text, quotes
cut by structure), `quotes` and `marks` (quotes and forwards cut from text), `signatures`,
`banners`, `disclaimers` and `closings` (what stands around a person's words), `language`. `phones` is asked for flagged
mail only, `places` (where cuts were) for a page of `explain` only. Hostile input is the normal case: sizes are capped before anything that could cost more
than linear time.
"""
