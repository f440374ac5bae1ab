import { expect, test } from 'vitest'
import { call, recordingEngine } from '../testing/invocation.ts'

const secret = ['--secret', 'id=a,env=TOKEN']
const github = { GITHUB_ACTIONS: 'true', TOKEN: 'first%line\nabc\nsecond line\n' }

async function run(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const { engine } = recordingEngine()
  return call(['build', ...secret, ...args, '.'], { engine, env })
}

test('secrets are masked line by line on request, in the words of the service', async () => {
  const { stderr } = await run({ ...github, TSBUILD_CI_MASK: 'true' })
  expect(stderr).toBe('::add-mask::first%25line\n::add-mask::second line\n')
  const azure = { TF_BUILD: 'True', TOKEN: 'a-token', TSBUILD_CI_MASK: '1' }
  expect((await run(azure)).stderr).toBe('##vso[task.setsecret]a-token\n')
})

test('no secret is printed without the request, nor in a log that is not for the service', async () => {
  for (const outcome of [
    await run(github),
    await run({ ...github, TSBUILD_CI_MASK: 'false' }),
    await run({ ...github, TSBUILD_CI_MASK: 'true' }, '--progress', 'plain'),
    await run({ ...github, TSBUILD_CI_MASK: 'true' }, '--progress', 'json'),
    await run({ ...github, TSBUILD_CI_MASK: 'true' }, '-q'),
  ])
    expect(outcome.stderr + outcome.stdout).not.toContain('second')
})

test('a service without masks is an error, and so is another value', async () => {
  expect(await run({ GITLAB_CI: 'true', TOKEN: 'abcdef', TSBUILD_CI_MASK: 'true' })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('error: TSBUILD_CI_MASK needs GitHub Actions or Azure Pipelines\n'),
  })
  expect((await run({ ...github, TSBUILD_CI_MASK: 'maybe' })).stderr).toContain('invalid TSBUILD_CI_MASK "maybe"')
})
