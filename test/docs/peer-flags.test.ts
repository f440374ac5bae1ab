import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { flagSamples, neededFlags, shownFlags } from '../../scripts/migration/flag-samples.ts'
import { peerPrograms } from '../../scripts/migration/peer-programs.ts'
import { takesValue, treatmentOf } from '../../scripts/migration/treatment.ts'
import { indifferent } from '../../src/cli/flags/peers/indifferent.ts'
import { longName } from '../../src/cli/flags/peers/peer-table.ts'
import { refused } from '../../src/cli/flags/peers/refused.ts'
import { call, type Outcome, recordingEngine } from '../../src/cli/testing/invocation.ts'
import type { BuildOptions } from '../../src/options.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// Every flag of the help texts of docker, podman, buildah and kaniko is honoured, noted or refused.
const known = [...new Set(peerPrograms.flatMap(({ flags }) => flags))]
const negated = [...Object.keys(indifferent), ...Object.keys(refused)]
  .map(longName)
  .filter((name) => name.includes('='))

let cwd = ''
beforeAll(async () => {
  const directory = await temporaryDirectory()
  cwd = directory.path
  await mkdir(join(cwd, 'sub'))
  const files = {
    Dockerfile: 'FROM scratch AS a\n',
    other: 'FROM scratch\n',
    'sub/Dockerfile': 'FROM scratch\n',
    'args.env': 'A=1\n',
    'auth.json': '{}',
    ignore: 'x\n',
    token: 't',
    key: 'k',
  }
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(cwd, name), text)))
  return () => directory[Symbol.asyncDispose]()
})

/** A call with a flag, and the options that the build then has. */
async function callWith(argv: readonly string[]): Promise<Outcome & { readonly options: BuildOptions | undefined }> {
  const { engine, builds } = recordingEngine({ digest: `sha256:${'a'.repeat(64)}`, names: ['app:latest'] })
  const answerSubrequest = async () => ({ text: 'answer\n', json: {}, notes: [], failed: false })
  const context = argv.includes('--context') ? [] : ['.']
  const outcome = await call(['build', ...argv, ...context], { engine: { ...engine, answerSubrequest }, cwd })
  return { ...outcome, options: builds[0] }
}

function argumentsFor(flag: string): readonly string[] {
  const sample = flagSamples[flag] ?? (takesValue(flag) ? 'x' : undefined)
  return [flag, ...(sample === undefined ? [] : [sample])]
}

const plain = (options: BuildOptions | undefined): string =>
  JSON.stringify({ ...options, signal: undefined, report: undefined })

test.for(known.filter((flag) => treatmentOf(flag).kind === 'honoured' && flag !== '--load'))(
  '%s is honoured',
  async (flag) => {
    const needed = neededFlags[flag] ?? []
    const without = await callWith(needed)
    const outcome = await callWith([...needed, ...argumentsFor(flag)])
    expect(outcome.stderr).not.toContain('no difference')
    expect([outcome.status, outcome.status === 0 ? '' : outcome.stderr]).toEqual([0, ''])
    if (!shownFlags.has(flag)) expect(plain(outcome.options)).not.toBe(plain(without.options))
  },
)

test.for([...known, ...negated].filter((flag) => treatmentOf(flag).kind === 'indifferent'))(
  '%s makes no difference, which a note explains',
  async (flag) => {
    const { status, stderr, options } = await callWith(argumentsFor(flag))
    expect(stderr).toContain(`note: no difference: ${flag} (`)
    expect(status).toBe(0)
    expect(plain(options)).toBe(plain((await callWith([])).options))
  },
)

test.for([...known, ...negated].filter((flag) => treatmentOf(flag).kind === 'refused'))(
  '%s is refused by name, with the way to do it here',
  async (flag) => {
    const { status, stderr, options } = await callWith(argumentsFor(flag))
    expect(stderr).toMatch(new RegExp(`^error: ${flag} is not supported\nhint: .+\n$`))
    expect([status, options]).toEqual([2, undefined])
  },
)

test('the tables have no flag twice, and none that a builder does not have', () => {
  const names = [...Object.keys(indifferent), ...Object.keys(refused)].map(longName)
  expect(names).toEqual([...new Set(names)])
  expect(names.filter((name) => !known.includes(name.replace(/=false$/, '')))).toEqual([])
})

test.for([
  [['--pull=never'], { pull: 'never' }],
  [['--pull=newer'], { pull: true }],
  [['--pull=missing'], { pull: false }],
  [['--squash-all', '--squash'], { squash: 'all' }],
  [['--single-snapshot'], { squash: 'new' }],
  [['--env', 'A=1', '--env', 'B', '--unsetenv', 'C,D'], { imageEnv: { A: '1', B: '' }, unsetEnv: ['C', 'D'] }],
  [['--jobs', '0'], { pull: false }],
  [['--retry', '0', '--retry-delay', '1m'], { retry: { times: 0, delay: 60_000 } }],
  [['--os', 'linux', '--arch', 'arm', '--variant', 'v7'], { platforms: ['linux/arm/v7'] }],
  [['--timestamp', '7'], { args: { SOURCE_DATE_EPOCH: '7' } }],
  [['--reproducible'], { args: { SOURCE_DATE_EPOCH: '0' } }],
  [['--cache=false'], { noCache: true }],
  [['--isolation', 'rootless'], { pull: false }],
  [['--isolation', 'default'], { pull: false }],
  [['--insecure-registry', 'a', '--skip-tls-verify-registry', 'b'], { insecureRegistries: ['a', 'b'] }],
  [['--tls-verify=false', '-t', 'r.example/app', '-t', 'app'], { insecureRegistries: ['r.example'] }],
  [['--insecure', '--cache-from', 'type=registry,ref=c.example:1/c'], { insecureRegistries: ['c.example:1'] }],
  [['--skip-tls-verify', '--build-context', 'b=docker-image://d.example/b'], { insecureRegistries: ['d.example'] }],
  [
    ['--creds', 'ann:p:w', '-t', 'r.example/app', '-o', 'type=image,"name=r.example/a,r.example/b"'],
    { credentials: { 'r.example': { username: 'ann', password: 'p:w' } } },
  ],
  [['--creds', 'ann:pw', '-t', 'app'], { credentials: { 'docker.io': { username: 'ann', password: 'pw' } } }],
  [['--http-proxy=false'], { args: { HTTP_PROXY: '', HTTPS_PROXY: '' } }],
] as const)('%j means %j', async ([argv, expected]) => {
  const { options, stderr } = await callWith(argv)
  expect(stderr).not.toContain('error')
  expect(options).toMatchObject(expected)
})

test.for([
  [['--creds', 'ann:pw', '-t', 'r.example/a', '--cache-from', 's.example/b'], 'r.example, s.example'],
  [['--creds', 'ann'], 'standard input is not a terminal'],
  [['--cert-dir', 'none'], 'cannot read --cert-dir "none"'],
  [['--jobs', 'x'], 'invalid --jobs "x"'],
  [['--retry', '101'], 'invalid --retry "101"'],
  [['--retry-delay', '2h'], 'at most 1h'],
  [['--env', '=1'], 'invalid --env "=1"'],
  [['--variant', 'v7'], '--variant needs --arch'],
  [['--timestamp', 'now'], 'expected seconds since 1970'],
  [['--context-sub-path', 'sub'], '--context-sub-path needs --context'],
  [['-c', '512'], 'hint: CPU shares are --cpu-shares 512'],
] as const)('%j is a wrong call', async ([argv, message]) => {
  const { status, stderr } = await callWith(argv)
  expect(stderr).toContain(message)
  expect(status).toBe(2)
})
