import { expect, test } from 'vitest'
import { call } from '../testing/invocation.ts'

const at = (...lines: number[]) => ({ ranges: lines.map((line) => ({ start: { line }, end: { line } })) })
const json = {
  warnings: [
    {
      ruleName: 'StageNameCasing',
      description: 'Lowercase',
      url: 'https://d.example',
      detail: 'A',
      location: at(2, 3),
    },
    { ruleName: 'StageNameCasing', description: 'Lowercase', url: 'https://d.example', detail: 'A', location: at(9) },
  ],
  sources: [{ filename: 'a b/Dockerfile' }],
  buildError: { message: 'no', location: {} },
}
const engine = { answerSubrequest: async () => ({ text: '', json, notes: [], failed: true }) }

test('SARIF names each rule once and every place', async () => {
  const { status, stdout } = await call(['--call', 'check,format=sarif', '.'], { engine })
  const [run] = JSON.parse(stdout).runs
  expect(status).toBe(1)
  expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(['StageNameCasing', 'error'])
  expect(run.results[0]).toEqual({
    ruleId: 'StageNameCasing',
    level: 'warning',
    message: { text: 'A' },
    locations: [
      { physicalLocation: { artifactLocation: { uri: 'a%20b/Dockerfile' }, region: { startLine: 2, endLine: 3 } } },
    ],
  })
  expect(run.results[2]).toMatchObject({ level: 'error', message: { text: 'no' } })
})

test('code quality: a fingerprint for each finding, also for two that are equal', async () => {
  const { stdout } = await call(['--call', 'check,format=codequality', '.'], { engine })
  const entries: readonly { fingerprint: string; severity: string; location: object }[] = JSON.parse(stdout)
  expect(new Set(entries.map(({ fingerprint }) => fingerprint)).size).toBe(3)
  expect(entries[1]?.location).toEqual({ path: 'a b/Dockerfile', lines: { begin: 9, end: 9 } })
  expect(entries.map(({ severity }) => severity)).toEqual(['minor', 'minor', 'blocker'])
})

test('in a CI service each finding is a remark as well', async () => {
  const { stderr } = await call(['--check', '.'], { engine, env: { GITHUB_ACTIONS: 'true' } })
  expect(stderr).toBe('::warning::StageNameCasing: A\n::warning::StageNameCasing: A\n::error::no\n')
})

test('TSBUILD_CI names the service, or none; another name is refused', async () => {
  const env = { GITHUB_ACTIONS: 'true', TSBUILD_CI: 'none' }
  expect((await call(['--check', '.'], { engine, env })).stderr).toBe('')
  const wrong = await call(['--check', '.'], { engine, env: { TSBUILD_CI: 'jenkins' } })
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('expected one of auto, github, gitlab') })
})
