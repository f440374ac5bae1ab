import type { LinePair } from './format-dockerfile.ts'

/** Unchanged lines around a change. */
const context = 3

/** A unified diff of the lines, with headers; empty where nothing changes. */
export function formatDiff(name: string, lines: readonly LinePair[]): string {
  const shown = shownLines(lines)
  if (shown.size === 0) return ''
  const hunks: string[] = []
  let [before, after] = [0, 0]
  for (let at = 0; at < lines.length; ) {
    const start = at
    while (shown.has(at)) at++
    const hunk = lines.slice(start, at)
    if (hunk.length > 0) hunks.push(formatHunk(hunk, { before, after }))
    const passed = hunk.length > 0 ? hunk : lines.slice(at, ++at)
    before += passed.filter((pair) => pair.before !== undefined).length
    after += passed.filter((pair) => pair.after !== undefined).length
  }
  return [`--- ${name}`, `+++ ${name}`, ...hunks, ''].join('\n')
}

function shownLines(lines: readonly LinePair[]): ReadonlySet<number> {
  const shown = new Set<number>()
  for (const [index, { before, after }] of lines.entries()) {
    if (before === after) continue
    const end = Math.min(lines.length - 1, index + context)
    for (let near = Math.max(0, index - context); near <= end; near++) shown.add(near)
  }
  return shown
}

/** A hunk: removed lines come before the added ones that replace them. */
function formatHunk(
  hunk: readonly LinePair[],
  { before, after }: { readonly before: number; readonly after: number },
): string {
  const rows: string[] = []
  let added: string[] = []
  for (const pair of hunk) {
    if (pair.before === pair.after) {
      rows.push(...added, ` ${pair.before}`)
      added = []
      continue
    }
    if (pair.before !== undefined) rows.push(`-${pair.before}`)
    if (pair.after !== undefined) added.push(`+${pair.after}`)
  }
  rows.push(...added)
  return [`@@ -${span(before, hunk, 'before')} +${span(after, hunk, 'after')} @@`, ...rows].join('\n')
}

function span(passed: number, hunk: readonly LinePair[], side: 'before' | 'after'): string {
  const count = hunk.filter((pair) => pair[side] !== undefined).length
  return `${count === 0 ? passed : passed + 1},${count}`
}
