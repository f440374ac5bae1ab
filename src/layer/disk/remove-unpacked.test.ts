import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { removeUnpacked } from './remove-unpacked.ts'
import { test } from '../testing/store.ts'

test('removes a directory with its content; a missing one is no error', async ({ store: { paths } }) => {
  const directory = join(paths.unpacked, 'layer')
  mkdirSync(join(directory, 'a/b'), { recursive: true })
  writeFileSync(join(directory, 'a/b/c'), '')
  await removeUnpacked(directory, paths)
  expect(existsSync(directory)).toBe(false)
  await removeUnpacked(directory, paths)
})

const program = fileURLToPath(new URL('./remove-unpacked.ts', import.meta.url))
const nobody = { uid: 65534, gid: 65534 }
const canEnter =
  process.geteuid?.() === 0 &&
  spawnSync(process.execPath, ['--check', program], nobody).status === 0 &&
  spawnSync('unshare', ['-Ur', 'true'], nobody).status === 0

test.skipIf(!canEnter)(
  'a user without subordinate ids removes directories whose modes lock it out (skipped without root, user namespaces or a checkout that others can read)',
  () => {
    const home = mkdtempSync('/var/tmp/remove-')
    mkdirSync(join(home, 'tree/locked/deep'), { recursive: true })
    for (const path of ['tree/locked/deep', 'tree/locked', 'tree', ''])
      chownSync(join(home, path), nobody.uid, nobody.gid)
    chmodSync(join(home, 'tree/locked'), 0o500)
    const script = `import { removeUnpacked } from ${JSON.stringify(program)}; await removeUnpacked(process.argv[1], { temporary: process.argv[2] })`
    const args = ['--input-type=module', '--eval', script, join(home, 'tree'), home]
    const { status, stderr } = spawnSync(process.execPath, args, {
      ...nobody,
      encoding: 'utf8',
      env: { HOME: home, PATH: process.env['PATH'] },
    })
    expect({ status, stderr, left: existsSync(join(home, 'tree')) }).toEqual({ status: 0, stderr: '', left: false })
    rmSync(home, { recursive: true })
  },
)
