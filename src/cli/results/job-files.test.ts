import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../../layer/testing/store.ts'
import { emptyResult, MemorySink } from '../testing/invocation.ts'
import { writeJobFiles } from './job-files.ts'

const digest = `sha256:${'a'.repeat(64)}` as const
const result = { ...emptyResult, digest, names: ['app|`x`:1'], outputs: ['<img src=x>'], steps: { run: 1, cached: 0 } }
const finished = { result, requests: [], slowest: [{ name: 'RUN a | b', duration: 1500 }] }

test('outputs of the step and a summary for GitHub, with names as text', async ({ directory }) => {
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_OUTPUT: join(directory, 'out'),
    GITHUB_STEP_SUMMARY: join(directory, 'summary'),
  }
  await writeJobFiles(finished, { env, stderr: new MemorySink() })
  const outputs = await readFile(env.GITHUB_OUTPUT, 'utf8')
  expect(outputs).toMatch(new RegExp(`^imageid<<(\\S+)\n${digest}\n\\1\ndigest<<(\\S+)\n${digest}\n\\2\n`))
  const summary = await readFile(env.GITHUB_STEP_SUMMARY, 'utf8')
  expect(summary).toContain('### <code>app&#124;&#96;x&#96;:1</code>')
  expect(summary).toContain('| Output | &#60;img src=x&#62; |')
  expect(summary).toContain('| RUN a &#124; b | 1.5s |')
})

test('a file that cannot be written is a warning; other services get none', async ({ directory }) => {
  const stderr = new MemorySink()
  await writeJobFiles(finished, { env: { GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: directory }, stderr })
  expect(stderr.text).toMatch(/^WARNING: cannot write the file of GITHUB_OUTPUT: /)
  await writeJobFiles(finished, { env: { GITLAB_CI: 'true', GITHUB_OUTPUT: directory }, stderr: new MemorySink() })
})
