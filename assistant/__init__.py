"""inbox-assistant: notices unhappy clients, labels their tone, lays a holding reply in Drafts.

The map. One message travels a straight line, and every stage has its own place::

    mailbox.fetch(uid)      BODY.PEEK, never marking as read      model.Fetched
    reading.read(bytes)     headers, own words, defects           model.Message
    store.known(message)    thread, sender's last draft, clock    model.Facts
    triage.decide(...)      screening -> tone -> reply; pure      model.Outcome
    store.record(outcome)   ONE transaction: verdict, planned effects, cursor
    service.perform         each planned effect: look, act, verify, done
    service.following       what the user has sent since, where each case stands, what is due

`explain FILE` runs the lines from `reading` to `triage` on a file. `--dry-run` runs them all, on
a copy of the state in memory and a mailbox that only pretends to write.

Read in this order (about 900 lines tell it all, the rest on demand):

1. `model`     the frozen types that everybody shares
2. `triage`    the decision about one message
3. `service`   one pass over one mailbox; `scan` is the pass, `effects` makes it crash-safe
4. `store`     what is remembered, and when it is committed
5. `mailbox`   IMAP; `wire` lists every verb that may ever be sent

Then by need: `reading` (bytes to a person's own words; its own map is in its `__init__`), `tone` (words to a verdict:
`judge` adds up, `phrases` are the rules, `words` and `voices` the rest), `encoder` (the reader, a small language
model that the worker asks where the others leave a message open), `reply` (verdict to a draft), `screening` (why
not), `cases` (from the reply to resolved: stages, clocks, the brief, `today`), `domains` (a firm's, or many
strangers'), `rulebook` and `config` (files to frozen data, every mistake at once), `signin` (who wants which sign-in,
and tokens), `worker` (a process that may be killed), `mailprograms` (what makes them show the tones), `shipped`
(where our own rules lie), `units` (services for systemd), `daemon` (for ever), `lab` (rules measured and tried),
`cli` (commands), `demo` (a mail server in this process). What was fitted, `training` fits (`make train`).

Imports go downwards only, and only `mailbox`, `store`, `config`, `rulebook`, `signin`,
`worker` and what lies above them do I/O; import-linter holds it (pyproject.toml).
"""
