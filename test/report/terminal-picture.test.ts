import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runProgram } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { withoutShell } from '../support/write-base-image.ts'

const root = join(import.meta.dirname, '../..')
const obstacle = withoutShell() ?? withoutPrograms('script')

test.skipIf(obstacle !== undefined)(
  titled('the picture of the README is that of a real build of today', obstacle),
  async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'terminal.svg')
    const { code, stderr } = await runProgram(process.execPath, [join(root, 'scripts/terminal-picture.ts'), file])
    expect([code, stderr]).toEqual([0, ''])
    const made = await readFile(file, 'utf8')
    const kept = await readFile(join(root, 'docs/terminal.svg'), 'utf8')
    // Steps that run at the same time end in any order.
    expect(lastLines(made).sort()).toEqual(lastLines(kept).sort())
    for (const picture of [made, kept]) {
      expect(picture).toMatch(/waits for \[(assets|test) 3\/3\]<\/text>/)
      expect(picture).not.toMatch(/<(script|image|a)\b|href|url\(| on\w+=/)
      expect(picture.length).toBeLessThan(300_000)
    }
  },
)

/** The text of the last frame without times, digests and sizes. */
function lastLines(picture: string): string[] {
  const [, text = ''] = /<desc>([\s\S]*)<\/desc>/.exec(picture) ?? []
  const lines = text.split('\n')
  expect(lines.at(-1)).toBe('next: tsbuild push site:1.0, or tsbuild save -o image.tar site:1.0')
  return lines.map((line) =>
    line
      .replaceAll(/sha256:[0-9a-f]+/g, 'DIGEST')
      .replaceAll(/\b[\d.]+(s|MB)\b/g, 'NUMBER')
      .replaceAll(/ +/g, ' '),
  )
}
