import type { Frame } from './record.ts'
import type { Cell, Picture } from './screen.ts'

const cell = { width: 8.4, height: 18 }
const margin = 14
/** Frames closer than this, in milliseconds, would not be seen. */
const shortestFrame = 250

/** Colours are those of GitHub's themes; all have a contrast of at least 4.5 to the ground. */
const style = `
svg { --back: #f6f8fa; --text: #1f2328; --soft: #59636e; --red: #b42318; --green: #1a7f37; --yellow: #8a5a00; --cyan: #1b6f86 }
@media (prefers-color-scheme: dark) { svg { --back: #151b23; --text: #e6edf3; --soft: #9198a1; --red: #ff8a80;
  --green: #4ac26b; --yellow: #e3b341; --cyan: #56c8d8 } }
rect { fill: var(--back) } text { fill: var(--text); font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.s2 { fill: var(--soft) } .s31 { fill: var(--red) } .s32 { fill: var(--green) } .s33 { fill: var(--yellow) } .s36 { fill: var(--cyan) }
.frame { visibility: hidden } @keyframes show { from, to { visibility: visible } } @keyframes hide { from, to { visibility: hidden } }
@media (prefers-reduced-motion: reduce) { g { animation: none !important } }
`

/**
 * The frames of a recording as one SVG that plays once and ends with the last. Viewers that do not
 * animate, and readers who do not want it, see the last only.
 */
export function drawFrames(frames: readonly Frame[], columns: number): string {
  const chosen = chooseFrames(frames)
  const rows = Math.max(...chosen.map(({ picture }) => picture.length))
  const [width, height] = [columns * cell.width + 2 * margin, rows * cell.height + 2 * margin]
  const last = chosen.at(-1)
  const title = (last?.picture ?? []).map(textOf).join('\n')
  const groups = chosen.map(({ time, picture }, index) => {
    const next = chosen[index + 1]?.time
    if (chosen.length === 1) return drawPicture(picture)
    if (next === undefined) return `<g style="animation: hide ${time}ms">${drawPicture(picture)}</g>`
    return `<g class="frame" style="animation: show ${next - time}ms ${time}ms">${drawPicture(picture)}</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" width="${width.toFixed(0)}" height="${height}" role="img">
<title>A build in a terminal</title>
<desc>${escape(title)}</desc>
<style>${style}</style>
<rect width="100%" height="100%" rx="8"/>
${groups.join('\n')}
</svg>
`
}

/** The first frame of each interval, and the last of all. */
function chooseFrames(frames: readonly Frame[]): readonly Frame[] {
  const chosen: Frame[] = []
  for (const [index, frame] of frames.entries()) {
    const before = chosen.at(-1)
    const isLast = index === frames.length - 1
    if (isLast || before === undefined || frame.time - before.time >= shortestFrame) chosen.push(frame)
  }
  return chosen
}

function drawPicture(picture: Picture): string {
  return picture.map((line, row) => drawLine(line, row)).join('')
}

/** Runs of equal style; each has its exact place in any font. */
function drawLine(line: readonly Cell[], row: number): string {
  const y = margin + row * cell.height + 13
  const runs: { at: number; style: string; text: string }[] = []
  for (const [at, { text, style: own }] of line.entries()) {
    const run = runs.at(-1)
    if (run !== undefined && run.style === own && run.at + run.text.length === at) run.text += text
    else runs.push({ at, style: own, text })
  }
  return runs
    .flatMap((run) => splitAtGaps(run))
    .map(({ at, style: own, text }) => {
      const x = (margin + at * cell.width).toFixed(1)
      const length = (text.length * cell.width).toFixed(1)
      const name = own === '' ? '' : ` class="s${own.replaceAll(/\D/g, '')}"`
      return `<text x="${x}" y="${y}" textLength="${length}"${name}>${escape(text)}</text>`
    })
    .join('')
}

/** Words of a run; gaps of two or more spaces are left out. */
function splitAtGaps({
  at,
  style: own,
  text,
}: {
  readonly at: number
  readonly style: string
  readonly text: string
}): readonly { readonly at: number; readonly style: string; readonly text: string }[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ at: at + match.index, style: own, text: match[0] }))
}

function textOf(line: readonly Cell[]): string {
  return line.map(({ text }) => text).join('')
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
