import { expect, test } from 'vitest'
import { TsbuildError } from '@tsbuild/errors'
import type { LoweredTarget } from '../../frontend/state/lowered.ts'
import { call } from '../testing/invocation.ts'

const key = `sha256:${'1'.repeat(64)}` as const

test('plan prints state and reason of every step, and the id', async () => {
  const steps = [
    { name: 'FROM base', platform: 'linux/amd64', state: 'hit' as const },
    { name: 'RUN a\u001b[2J', platform: 'linux/amd64', state: 'miss' as const, reason: 'never done' },
  ]
  const plan = async () => ({ id: key, steps, warnings: [{ code: 'W', message: 'careful', line: 2 }] })
  const { status, stdout, stderr } = await call(['plan', '.'], { engine: { plan } })
  expect([status, stderr]).toEqual([0, 'WARNING: W: careful (line 2)\n'])
  expect(stdout).toBe(`CACHE  PLATFORM     STEP       WHY
hit    linux/amd64  FROM base
miss   linux/amd64  RUN a      never done

plan ${key}
`)
  expect(JSON.parse((await call(['plan', '--format', 'json', '.'], { engine: { plan } })).stdout)).toMatchObject({
    id: key,
  })
})

test('graph prints dot or JSON', async () => {
  const base = { op: { kind: 'inline' as const, files: [] }, inputs: [], name: 'FROM scratch' }
  const rootfs = { op: { kind: 'merge' as const }, inputs: [base], name: 'COPY --link a b' }
  const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' }
  const lower = async (): Promise<readonly LoweredTarget[]> => [
    { platform, rootfs, layers: 0, config: platform, history: [], baseHistory: 0, scanTargets: [], warnings: [] },
  ]
  const { stdout } = await call(['graph', '.'], { engine: { lower } })
  expect(stdout).toMatch(/^digraph build \{[\s\S]*v0 -> v1[\s\S]*\}\n$/)
  const [graph] = JSON.parse((await call(['graph', '--format=json', '.'], { engine: { lower } })).stdout)
  expect(graph.steps.map(({ name }: { name: string }) => name)).toEqual(['FROM scratch', 'COPY --link a b'])
})

test('errors of either point into the Dockerfile', async () => {
  const range = { start: { line: 1, column: 1 }, end: { line: 1, column: 4 } }
  const failing = () =>
    Promise.reject(
      new TsbuildError('UNKNOWN_INSTRUCTION', 'no', { range, source: { name: 'Dockerfile', text: 'CPY a b\n' } }),
    )
  const options = { engine: { plan: failing, lower: failing }, input: 'CPY a b\n' }
  for (const name of ['plan', 'graph']) {
    expect(await call([name, '-f', '-', '.'], options)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/Dockerfile:1:1\n> 1 \| CPY a b/),
    })
  }
})
