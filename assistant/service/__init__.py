"""One pass over one mailbox: fetch, judge, record, perform.

`scan` is the pass: read it first. `judging` takes one message from bytes to a decision; `backlog`
performs what is planned and due, and `effects` one planned effect: looked for before it is done,
verified after. `ports` says what the service needs of a mailbox and of a reader, `report` what a
pass is asked and answers, `dry` swaps the writer for one that only remembers. With `store`, this is
where crash-safety lives:

* a verdict, its planned effects and the cursor are committed together, before a server hears of it;
* STORE can be repeated; the flags are read back;
* APPEND can't: the intent is committed with Drafts' UIDVALIDITY and UIDNEXT first, and after a
  crash the draft is looked for before anything is appended. Where it can't be known whether it
  was made, none is made and the user is told.
"""
