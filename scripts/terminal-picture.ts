// Draws the picture of a build in a terminal that the README shows, from a real run:
//   node scripts/terminal-picture.ts [--columns 80] [--rows 24] [--at PERCENT] [--plain] [FILE]
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeBaseImage } from '../test/support/write-base-image.ts'
import { drawFrames } from './terminal-picture/draw.ts'
import { recordCommand } from './terminal-picture/record.ts'

const root = join(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    columns: { type: 'string', default: '80' },
    rows: { type: 'string', default: '24' },
    /** One picture: that of this percentage of the time of the build. */
    at: { type: 'string' },
    /** Without colours. */
    plain: { type: 'boolean', default: false },
  },
})
const [file = join(root, 'docs/terminal.svg')] = positionals
const columns = Number(values.columns)
const directory = await mkdtemp(join(tmpdir(), 'tsbuild-picture-'))
try {
  const base = join(directory, 'base')
  await writeBaseImage(base)
  const frames = await recordCommand({
    command: [
      join(root, 'scripts/tsbuild'),
      ...['build', '--progress=tty', '--build-context', `base=oci-layout://${base}:latest`, '-t', 'site:1.0', '.'],
    ],
    prompt: '$ tsbuild -t site:1.0 .',
    cwd: join(root, 'scripts/terminal-picture/app'),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      TSBUILD_ROOT: join(directory, 'store'),
      ...(values.plain && { NO_COLOR: '1' }),
    },
    columns,
    rows: Number(values.rows),
  })
  const last = frames.at(-1)?.time ?? 0
  const until = last * (Number(values.at ?? 100) / 100)
  const shown = frames.filter(({ time }) => time <= until)
  await writeFile(file, drawFrames(values.at === undefined ? shown : shown.slice(-1), columns))
} finally {
  await rm(directory, { recursive: true, force: true })
}
