import { expect } from 'vitest'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

test('--check tells what it finds and exits with 1; without anything to tell with 0', async ({ directory, store }) => {
  await writeTree(directory, { Dockerfile: 'FROM scratch AS App\nCOPY a.env /\n', '.dockerignore': '*.env\n' })
  const found = await tsbuild(['build', '--check', '.'], { root: store, cwd: directory })
  expect(found).toMatchObject({ code: 1, stderr: '' })
  expect(found.stdout).toMatch(
    /^Check complete, 2 warnings have been found!\n\nWARNING: StageNameCasing - https:[^]*WARNING: CopyIgnoredFile/,
  )
  const ignored = await tsbuild(['build', '--call=lint,format=json,ignorestatus', '.'], { root: store, cwd: directory })
  expect([ignored.code, JSON.parse(ignored.stdout).warnings.length]).toEqual([0, 2])
  await writeTree(directory, { Dockerfile: 'FROM scratch AS app\nCOPY a.txt /\n' })
  expect(await tsbuild(['build', '--check', '.'], { root: store, cwd: directory })).toMatchObject({
    code: 0,
    stdout: 'Check complete, no warnings found.\n',
  })
})

test('an error of the Dockerfile is shown, in both forms', async ({ directory, store }) => {
  await writeTree(directory, { Dockerfile: 'FROM scratch AS App\nCOPY --from=1 a /\n' })
  const text = await tsbuild(['build', '--check', '.'], { root: store, cwd: directory })
  expect(text).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^ERROR: invalid stage index 1\nDockerfile:2\n-{20}\n/),
  })
  const json = await tsbuild(['build', '--call=check,format=json', '.'], { root: store, cwd: directory })
  expect([json.code, JSON.parse(json.stdout).buildError.message]).toEqual([1, 'invalid stage index 1'])
})

test('a registry that does not answer does not stop a check', async ({ directory, store }) => {
  await writeTree(directory, { Dockerfile: 'FROM localhost:1/nothing\nENV A=$MAYBE\n' })
  const { code, stdout, stderr } = await tsbuild(['build', '--check', '.'], { root: store, cwd: directory })
  expect([code, stdout]).toEqual([0, 'Check complete, no warnings found.\n'])
  expect(stderr).toMatch(/^note: assuming that localhost:1\/nothing:latest sets no variables: /)
})

test('error=true makes a warning stop the build', async ({ failBuild }) => {
  const { stderr } = await failBuild('# check=error=true\nFROM scratch AS App\n')
  expect(stderr).toContain('lint violation found for rules: StageNameCasing')
})

test('targets and outline', async ({ directory, store }) => {
  await writeTree(directory, { Dockerfile: '# app what runs\nFROM scratch AS app\nARG MODE=fast\n' })
  const ask = async (call: string) =>
    (await tsbuild(['build', `--call=${call}`, '.'], { root: store, cwd: directory })).stdout
  expect(await ask('targets')).toBe('TARGET        DESCRIPTION\napp (default) what runs\n')
  expect(await ask('outline')).toBe(
    'TARGET:      app\nDESCRIPTION: what runs\n\nBUILD ARG   VALUE   DESCRIPTION\nMODE        fast    \n\n',
  )
})
