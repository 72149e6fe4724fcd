"""The style sheet of explain's page: light and dark, a narrow window and a wide one."""

STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1d2330; --soft: #5d6575; --line: #d9dde5; --box: #f6f7f9;
  --for: #ffe08a; --against: #bfe8c6; --reader: #e3e8f3; --bad: #a3231b; --good: #1b6b33; }
@media (prefers-color-scheme: dark) { :root { --back: #15181e; --text: #e4e7ee; --soft: #a0a8b8; --line: #353b47;
  --box: #1d2129; --for: #6b5200; --against: #1f5a30; --reader: #2b3447; --bad: #ff9b90; --good: #8fdca3; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 56rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.15rem; margin: 0 0 .5rem; } h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
header p, small, dt { color: var(--soft); } small { font-size: .8em; }
article { border-top: 2px solid var(--line); padding: 1.2rem 0; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem .8rem; margin: 0; } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0;
  border-bottom: 1px solid var(--line); } th { font-weight: 600; color: var(--soft); font-size: .85em; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; width: 1%; }
code { font-size: .85em; } td code { white-space: nowrap; }
.sum td { font-weight: 600; border: 0; } td.for { color: var(--bad); } td.against { color: var(--good); }
.nearly { color: var(--soft); } .nearly strong { color: var(--text); }
.margin { border-left: 4px solid var(--line); padding-left: .8rem; margin: .8rem 0; }
.badge { border-radius: 1rem; padding: .1rem .6rem; font-size: .8rem; font-weight: 600; border: 1px solid currentColor; white-space: nowrap; }
.flagged { color: var(--bad); } .fine { color: var(--good); } .none { color: var(--soft); }
.mail, .draft { background: var(--box); border: 1px solid var(--line); border-radius: .4rem; padding: .8rem; }
.own, .cut, .draft { white-space: pre-wrap; unicode-bidi: plaintext; } .own + .own, .cut + .own, .own + .cut, .cut + .cut { margin-top: .8rem; }
.cut { color: var(--soft); border-left: 3px solid var(--line); padding-left: .6rem; font-size: .9em; } .cut small { display: block; font-style: italic; }
mark { color: inherit; border-radius: .2rem; } mark.for { background: var(--for); } mark.against { background: var(--against); }
mark.reader { background: var(--reader); }
.own small, h2 small { margin: 0 .15rem; padding: 0 .25rem; border: 1px solid var(--line); border-radius: .2rem; font-weight: 400;
  white-space: nowrap; user-select: none; }
@media (max-width: 34rem) { body { padding: .7rem; } dl { grid-template-columns: minmax(0, 1fr); } dt { margin-top: .3rem; font-size: .8em; }
  .hits tr, .nearly tr { display: grid; grid-template-columns: 4rem minmax(0, 1fr); border-bottom: 1px solid var(--line); padding: .3rem 0; }
  .hits td, .nearly td { border: 0; padding: 0 .5rem 0 0; width: auto; } .hits td:nth-child(3), .nearly td:nth-child(3) { grid-column: 1 / 3; }
  .hits th, .nearly th { display: none; } .hits .n, .nearly .n { text-align: left; } td code { white-space: normal; } .own small, h2 small { white-space: normal; } }
@media print { body { max-width: none; } article { break-inside: avoid-page; } }
"""
