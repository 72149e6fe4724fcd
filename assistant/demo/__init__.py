"""A whole mail server in this process, with a small inbox to try the assistant on.

`server` embeds pymap (the extra `demo`; nothing leaves the machine, it listens on loopback),
`letters` loads the inbox of our own writing beside it. The tests use the same server.
"""
