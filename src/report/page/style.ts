/** The style of the page: light and dark, from 320 pixels on. */
export const style = `
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --track: #f2f4f7;
  --t0: #dbeafe; --t1: #bfdbfe; --t2: #93c5fd; --bar: #2563eb; --warn: #9a4a00; --error: #b42318;
  --critical: #b45309; --ran: #2563eb; --idle: #c3cad2; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1419; --text: #e6edf3; --soft: #9aa7b4;
  --line: #30363d; --track: #1a2129; --t0: #172a46; --t1: #1e3a66; --t2: #274c86; --bar: #60a5fa; --warn: #fbbf24; --error: #ff8a80;
  --critical: #fbbf24; --ran: #60a5fa; --idle: #4b5663; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 76rem; padding: 1rem 1.25rem 4rem; background: var(--back); color: var(--text);
  font: 0.94rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0.5rem 0 0; overflow-wrap: anywhere }
h2 { font-size: 1.15rem; margin: 2.25rem 0 0.5rem }
a { color: inherit } nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; list-style: none; padding: 0 }
p, dl { margin: 0.25rem 0 } .soft, dt, caption { color: var(--soft) } .warn { color: var(--warn) }
code, td.path { font-family: ui-monospace, monospace; font-size: 0.86em; unicode-bidi: isolate;
  overflow-wrap: anywhere; white-space: pre-wrap }
dl.sums { display: flex; flex-wrap: wrap; gap: 0.5rem 2.5rem; margin: 1rem 0 } dd { margin: 0; font-size: 1.2rem }
.scroll { overflow-x: auto } .scroll:focus-visible { outline: 2px solid var(--bar) }
table { border-collapse: collapse; width: 100% } caption { text-align: left; padding-bottom: 0.25rem }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600; white-space: nowrap } .n { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums } td.path { min-width: 14rem }
svg.map { display: block; width: 100%; height: auto; border: 1px solid var(--line) }
svg.map rect { stroke: var(--back) } .d0 { fill: var(--t0) } .d1 { fill: var(--t1) } .d2 { fill: var(--t2) }
svg.map text { fill: var(--text); font: 11px system-ui, sans-serif }
svg.bar { display: block; width: 7rem; height: 0.6rem; margin-top: 0.4rem } svg.bar rect { fill: var(--bar) }
h3 { font-size: 1rem; margin: 1rem 0 0.25rem; overflow-wrap: anywhere }
.error, tr.failed td { color: var(--error) } .failure { border-left: 4px solid var(--error); padding-left: 0.75rem }
pre { overflow-x: auto; border: 1px solid var(--line); padding: 0.75rem; font-size: 0.86em; unicode-bidi: isolate }
tr.stage th, tr.stage td { padding-top: 0.9rem; border-bottom-color: var(--soft) } tr:target, td:target { background: var(--t0) }
td.path p { font-family: system-ui, sans-serif; white-space: normal }
.mark { color: var(--critical); font-weight: 600 }
svg.time { display: block; width: 100%; min-width: 12rem; height: 0.8rem; margin-top: 0.3rem; background: var(--track) }
svg.time rect, .key { fill: var(--ran); background: var(--ran) } svg.time .span { fill: var(--soft) }
svg.time .critical, .key.critical { fill: var(--critical); background: var(--critical) }
svg.time .cached, svg.time .canceled, .key.cached { fill: var(--idle); background: var(--idle) }
svg.time .waited, .key.waited { fill: var(--t2); background: var(--t2) } svg.time .failed { fill: var(--error) }
td.why { min-width: 17rem } svg.time .grown { fill: var(--critical) } svg.time .shrunk { fill: var(--ran) }
.key { display: inline-block; width: 0.9rem; height: 0.7rem }
a:focus-visible, pre:focus-visible { outline: 2px solid var(--bar); outline-offset: 2px }
@media print { .scroll { overflow: visible } }
`
