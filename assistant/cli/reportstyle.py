"""The style sheet of a report's page: dark on white, a phone, a desk, and paper."""

STYLE = """
:root { color-scheme: light; --text: #1b2130; --soft: #555e70; --line: #d5dae3; --grid: #e3e7ee; --box: #f5f7fa; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 56rem; background: #fff; color: var(--text);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: break-word;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .2rem; } h2 { font-size: 1.2rem; margin: 0 0 .6rem; }
header p { margin: 0; color: var(--soft); } section { margin-top: 2.2rem; }
p.note, figcaption p, footer { color: var(--soft); font-size: .9rem; } p.note { margin: .6rem 0 0; }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .8rem; margin: 1.4rem 0 0; }
.tiles div { background: var(--box); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; }
.tiles dt { color: var(--soft); font-size: .85rem; line-height: 1.3; } .tiles dd { margin: 0; }
.tiles dd.figure { font-size: 1.6rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tiles dd.change { color: var(--soft); font-size: .85rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; font-size: .85rem; vertical-align: bottom; } tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 5.5rem; }
.table { overflow-x: auto; } .part-of + .part-of { margin-top: 1.6rem; }
th:last-child, td:last-child { padding-right: 0; }
.n { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; } td.n { white-space: nowrap; }
.part th { padding-left: 1.2rem; font-weight: 400; color: var(--soft); }
figure { margin: 0; } figcaption p { margin: -.4rem 0 .5rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; margin: 0 0 .4rem; padding: 0; font-size: .9rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }
.legend svg { width: .9rem; height: .9rem; flex: none; }
figure > svg { display: block; max-width: 100%; height: auto; margin: 0 0 1rem; } figure > svg.narrow { display: none; }
svg text { font-family: inherit; fill: var(--text); } .wide text { font-size: 14px; } .narrow text { font-size: 12px; }
.axis .line { fill: none; stroke: var(--grid); } .vertical .axis.x .line, .horizontal .axis.y .line { stroke: none; }
path.axis.line { stroke: #8a93a5; } .axis.x text, .centered { text-anchor: middle; } .axis.y text { text-anchor: end; }
.horizontal text.value { text-anchor: start; }
rect.rect, .legend rect { stroke: #fff; stroke-width: 1; }
.tones .color-0 { fill: #f6dd8d; } .tones .color-1 { fill: #f2b04c; } .tones .color-2 { fill: #df7430; }
.tones .color-3 { fill: #b03527; } .tones .color-4 { fill: #5f0f1f; }
.times .color-0 { fill: #5d9bd3; } .times .color-1 { fill: #1d4f86; } .days .color-0 { fill: #2f7f79; }
.causes .color-0 { fill: #33507e; } .causes .color-1 { fill: #b9c2d0; }
dl.terms { margin: 0; font-size: .92rem; } .terms dt { font-weight: 600; } .terms dd { margin: 0 0 .6rem; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .8rem; }
@media screen and (max-width: 40rem) {
  body { padding: 1rem .8rem 2rem; } h1 { font-size: 1.4rem; } .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  figure > svg.wide { display: none; } figure > svg.narrow { display: block; }
  th, td { padding-right: .5rem; } table { font-size: .88rem; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tr { display: block; border-bottom: 1px solid var(--line); padding: .5rem 0; }
  .cards th, .cards td { border: 0; padding: .05rem 0; } .cards tbody th { display: block; font-weight: 600; }
  .cards td { display: inline; white-space: normal; vertical-align: baseline; } .cards td.nil { display: none; }
  .cards td::before { content: attr(data-label) "\\00a0"; color: var(--soft); white-space: nowrap; } .cards td::after { content: "  "; white-space: pre-wrap; }
}
@page { size: A4; margin: 16mm 14mm; }
@media print {
  html { font-size: 9.5pt; } body { max-width: none; padding: 0; } section { margin-top: 1.6rem; } .table { overflow: visible; }
  h2 { break-after: avoid; } figure > svg, .tiles div, tr, .legend { break-inside: avoid; } thead { display: table-header-group; }
  thead tr, tbody tr:nth-child(-n+3) { break-after: avoid; } tbody tr:nth-last-child(-n+3) { break-before: avoid; }
  .legend, figcaption { break-after: avoid; } figure > svg.wide { max-height: 66mm; } .causes > svg.wide { max-height: 100mm; }
  th, td { padding: .14rem .5rem .14rem 0; } .terms dt { break-after: avoid; }
}
"""
