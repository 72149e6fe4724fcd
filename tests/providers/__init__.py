"""A small IMAP server that behaves as one provider or another, for tests.

It keeps users, folders and messages in memory, speaks IMAP on a loopback port, and takes every
difference between providers from one frozen row of facts. It knows nothing of the program: its
measures are RFC 9051 and its extensions, research/imap.md, and what public transcripts show.

Read in this order:

1. `profile`    the facts that make one provider other than the next
2. `profiles`   the table of providers, each fact with its source
3. `store`      users, folders, messages; `labels` is Gmail's kind, where folders are labels
4. `server`     the port, and the faults that a test can order; `session` is one connection
5. `sign_in`, `folders`, `messages`, `fetch`, `search`, `idle`: the commands
6. `grammar`, `connection`: bytes to commands, and bytes in and out
7. `stand`      the face of `tests.servers`, so that the contract suite runs on every provider

A provider announces capabilities that are not built here (SORT, COMPRESS, MOVE and others): they
are announced as the provider does, and answered as an unknown command.
"""
