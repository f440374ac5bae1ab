import { chmod, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'

// Each shell completes lines with the script that it is given, in a store with two images.
const lines: readonly (readonly [line: string, answers: readonly string[]])[] = [
  ['tsbuild bui', ['build']],
  ['tsbuild plan --no-cache-f', ['--no-cache-filter']],
  ['tsbuild --squash-', ['--squash-all']],
  ['tsbuild build --progress pl', ['plain']],
  ['tsbuild index ins', ['inspect']],
  ['tsbuild completion zs', ['zsh']],
  ['tsbuild history app:1.', ['app:1.0']],
  ['tsbuild push te', ['team/web:latest']],
]

let directory = ''
let env: Readonly<Record<string, string>> = {}

beforeAll(async () => {
  const place = await temporaryDirectory()
  directory = place.path
  const root = join(directory, 'store')
  const context = join(directory, 'context')
  await runOrThrow('mkdir', ['-p', context])
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nENV A=1\n')
  await tsbuild(['-q', '-t', 'app:1.0', context], { root })
  await tsbuild(['-q', '-t', 'team/web', context], { root })
  // The command that the scripts call for the names of images.
  await writeFile(join(directory, 'tsbuild'), `#!/bin/sh\nexec '${tsbuildPath}' "$@"\n`)
  await chmod(join(directory, 'tsbuild'), 0o755)
  env = {
    PATH: `${directory}:${dirname(process.execPath)}:/usr/bin:/bin`,
    TSBUILD_ROOT: root,
    HOME: directory,
    TERM: 'dumb',
  }
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await tsbuild(['completion', shell], { root })
    await writeFile(join(directory, `script.${shell}`), stdout)
  }
  return () => place[Symbol.asyncDispose]()
})

const answersIn = async (program: string, args: readonly string[]): Promise<readonly string[]> =>
  (await runOrThrow(program, args, { cwd: directory, env })).split('\n').filter((line) => line !== '')

const bashCode = `source "$0"; COMP_LINE="$1" COMP_POINT=\${#1}; _tsbuild; printf '%s\\n' "\${COMPREPLY[@]}"`

test.for(lines)('bash completes %j', async ([line, answers]) => {
  const found = await answersIn('bash', ['--norc', '-c', bashCode, join(directory, 'script.bash'), line])
  // bash takes what stands before a colon from the line.
  expect(found).toEqual(answers.map((answer) => (line.includes(':') ? answer.replace(/^.*:/, '') : answer)))
})

test('bash completes values behind =, commands and files', async () => {
  const complete = (line: string): Promise<readonly string[]> =>
    answersIn('bash', ['--norc', '-c', bashCode, join(directory, 'script.bash'), line])
  expect(await complete('tsbuild --progress=js')).toEqual(['json'])
  expect(await complete('tsbuild i')).toEqual(['images', 'inspect', 'index', 'imagetools', 'info'])
  expect(await complete('tsbuild -f script.b')).toEqual(['script.bash'])
  expect(await complete('tsbuild --no-such')).toEqual([])
})

const fish = withoutPrograms('fish')
describe.skipIf(fish !== undefined)(titled('fish', fish), () => {
  test.for(lines)('completes %j', async ([line, answers]) => {
    const code = 'source $argv[1]; complete -C $argv[2]'
    const found = await answersIn('fish', ['-N', '-c', code, join(directory, 'script.fish'), line])
    expect(found.map((answer) => answer.split('\t')[0])).toEqual(answers)
  })
})

const zsh = withoutPrograms('zsh')
describe.skipIf(zsh !== undefined)(titled('zsh', zsh), () => {
  test.for([...lines, ['tsbuild --progress=js', ['--progress=json']] as const])(
    'completes %j as it is typed',
    async ([line, [answer = '']]) => {
      const found = await answersIn('timeout', [
        '60',
        'zsh',
        '-f',
        join(import.meta.dirname, 'complete.zsh'),
        join(directory, 'script.zsh'),
        line,
      ])
      expect(found.map((typed) => typed.trim())).toEqual([line.replace(/\S*$/, () => answer)])
    },
  )
})
