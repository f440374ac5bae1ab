import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

/** Prints the peak of the resident set, in kB, when the process ends. */
const printPeak = encodeURIComponent(
  'process.on("exit", () => console.error(`peak:${process.resourceUsage().maxRSS}`))',
)

test('a sparse file of 1 GiB is stored in bounded memory', { timeout: 300_000 }, async ({ directory }) => {
  const context = join(directory, 'context')
  await writeTree(context, { Dockerfile: 'FROM scratch\nCOPY sparse /\n', sparse: '' })
  await truncate(join(context, 'sparse'), 2 ** 30)
  const output = ['-o', `type=oci,dest=${join(directory, 'image.tar')}`]
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${printPeak}` }
  const { code, stderr } = await tsbuild([...output, context], { root: join(directory, 'store'), env })
  expect(code, stderr).toBe(0)
  // 215 MiB on two cores, of which Node takes 100. More cores compress more blocks at a time.
  expect(Number(/^peak:(\d+)$/m.exec(stderr)?.[1])).toBeLessThan(384 * 1024)
})
