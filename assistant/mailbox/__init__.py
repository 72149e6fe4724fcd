"""IMAP: the only part of the program that talks to a mail server.

`wire` lists the verbs that may ever be sent and checks every byte that leaves; `transport`
carries them, each command under a deadline; `session` signs in and turns errors into ours;
`folders` finds Drafts, Sent and Trash; `imap` is the mailbox that the service works on.
"""
