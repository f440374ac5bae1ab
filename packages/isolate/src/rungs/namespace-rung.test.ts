import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const rungs = fileURLToPath(new URL('./rungs.ts', import.meta.url))
const script = `import(${JSON.stringify(rungs)}).then(async ({ rungs }) => {
  const rung = rungs.find(({ name }) => name === 'userns')
  process.stdout.write(JSON.stringify(await rung.probe({ directory: '/nonexistent' })))
})`
const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath]
const works = process.geteuid?.() === 0 && spawnSync('setpriv', [...asNobody, '--check', rungs]).status === 0

test.skipIf(!works)(
  'no_new_privs and missing subordinate ids are reported together (skipped without root, setpriv and a checkout that others can read)',
  () => {
    const { stdout } = spawnSync('setpriv', ['--no-new-privs', ...asNobody, '--eval', script], { encoding: 'utf8' })
    expect(JSON.parse(stdout)).toEqual({
      available: false,
      reason: expect.stringMatching(/^newuidmap cannot work under no_new_privs; .*\/etc\/subuid gives user/),
      hint: expect.stringMatching(/without no-new-privileges.*usermod --add-subuids/),
      obstacles: expect.arrayContaining(['no-new-privileges', 'subordinate-ids']),
    })
  },
)

test.skipIf(!works).for([
  ['-sys_admin', 'mapper-capabilities'],
  ['-sys_admin,-setuid', 'id-capabilities'],
] as const)(
  'without the capabilities %s, newuidmap is refused by name (skipped without root, setpriv and a checkout that others can read)',
  ([dropped, obstacle]) => {
    const { stdout } = spawnSync('setpriv', [`--bounding-set=${dropped}`, ...asNobody, '--eval', script], {
      encoding: 'utf8',
    })
    expect(JSON.parse(stdout).obstacles).toContain(obstacle)
  },
)
