"""What shows the tones in somebody's mail program: settings for it, and steps for people. Pure.

Many programs hide IMAP keywords that they don't know, so each has to be told. `tags` takes from the
rules what is to be shown, in one order and one set of words and colours; `thunderbird` and `neomutt` write it as
settings; `steps` says what works in programs that show no keywords; `block` lays
settings into a file that is somebody's own, and takes them out again.
"""

from assistant.mailprograms.tags import OF_CASE, Tag, tags

__all__ = ["OF_CASE", "Tag", "tags"]
