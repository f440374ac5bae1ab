import { join } from 'node:path'
import { expect } from 'vitest'
import { install } from '../support/installation.ts'
import { openImage } from '../support/open-image.ts'
import { runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { writeTree } from '../support/write-tree.ts'

/**
 * Makes this Node look like one of another system: its name, without users on Windows, without
 * native code for Linux and without /proc.
 */
const disguise = `import fs from 'node:fs'
import module, { syncBuiltinESMExports } from 'node:module'
const { TEST_PLATFORM: platform } = process.env
Object.defineProperty(process, 'platform', { value: platform })
if (platform === 'win32') for (const name of ['getuid', 'geteuid', 'getgid', 'getegid', 'getgroups']) delete process[name]
const load = module._load
module._load = (name, ...more) => {
  if (name === 'koffi') throw new Error('native code was loaded')
  return load(name, ...more)
}
for (const object of [fs, fs.promises])
  for (const [name, value] of Object.entries(object))
    if (typeof value === 'function' && /^[a-z]/.test(name))
      object[name] = function (path, ...more) {
        if (String(path).startsWith('/proc')) throw new Error('used ' + path)
        return Reflect.apply(value, this, [path, ...more])
      }
syncBuiltinESMExports()
`

const program = `import { build } from './dist/index.js'
const context = { Dockerfile: 'FROM scratch\\nCOPY --chown=1:2 --chmod=750 a /b/\\nWORKDIR /w\\n', a: 'content' }
const args = { SOURCE_DATE_EPOCH: '1500000000' }
const outputs = [{ kind: 'oci', tar: false, dest: 'layout' }]
const { digest } = await build({ context, args, outputs, root: 'store', platforms: ['linux/amd64'] })
console.log(digest)
`

test('a COPY-only build uses nothing that only Linux has', async ({ directory }) => {
  await install(directory)
  await writeTree(directory, { 'disguise.mjs': disguise, 'program.mjs': program })
  const digests = []
  for (const platform of ['linux', 'darwin', 'win32']) {
    const work = join(directory, platform)
    await writeTree(work, { Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'content' })
    const env = { TEST_PLATFORM: platform, TSBUILD_ROOT: join(work, 'store') }
    const run = (...args: readonly string[]): ReturnType<typeof runProgram> =>
      runProgram('node', ['--import', join(directory, 'disguise.mjs'), ...args], { env, cwd: work })
    const library = await run(join(directory, 'program.mjs'))
    expect(library, library.stderr).toMatchObject({ code: 0, stderr: '' })
    expect((await openImage(join(work, 'layout'))).digest).toBe(library.stdout.trim())
    const command = await run(join(directory, 'dist/cli.js'), '-o', 'type=oci,dest=image.tar', '.')
    expect(command.code, command.stderr).toBe(0)
    digests.push(library.stdout)
  }
  expect(new Set(digests).size).toBe(1)
})

test('the disguise finds what only Linux has', async ({ directory }) => {
  await writeTree(directory, {
    'disguise.mjs': disguise,
    'proc.mjs': "import { readFileSync } from 'node:fs'\nreadFileSync('/proc/version')\n",
    'native.mjs': "import { createRequire } from 'node:module'\ncreateRequire(import.meta.url)('koffi')\n",
  })
  const run = async (file: string): Promise<string> =>
    (
      await runProgram('node', ['--import', join(directory, 'disguise.mjs'), join(directory, file)], {
        env: { TEST_PLATFORM: 'darwin' },
      })
    ).stderr
  expect(await run('proc.mjs')).toContain('used /proc/version')
  expect(await run('native.mjs')).toContain('native code was loaded')
})
