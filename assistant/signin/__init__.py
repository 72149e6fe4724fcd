"""How an account signs in. Takes plain values; the command line joins it to config and mailbox.

`providers` is the table of who wants what; `mx` asks who takes the mail of a domain of one's own.
The rest is for sign-ins in a browser, where a server wants a token instead of a password: `oauth`
gives a token that is still good and says what to do where there is none, `microsoft` and `google` are
the two kinds of sign-in server, `loopback` hears the browser come back, `tokens` keeps what was
granted: in the keyring, or in a file that only its owner reads.

A token or secret is in no error, no log and no ``repr``. Libraries that would log one are kept silent.
"""
