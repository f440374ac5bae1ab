import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/support/temporary-directory.ts'
import { readDockerfile, readIgnoreFile } from './dockerfile-source.ts'

test('without -f three names are tried, the usual one first', async () => {
  await using directory = await temporaryDirectory()
  const context = directory.path
  for (const name of ['Dockerfile', 'dockerfile', 'Containerfile']) await writeFile(join(context, name), name)
  for (const name of ['Dockerfile', 'dockerfile', 'Containerfile']) {
    expect(await readDockerfile({ directory: context, cwd: context }, undefined)).toEqual({
      name,
      text: name,
      path: join(context, name),
    })
    await rm(join(context, name))
  }
  await expect(readDockerfile({ directory: context, cwd: '/' }, undefined)).rejects.toMatchObject({
    code: 'DOCKERFILE_NOT_FOUND',
  })
})

test('messages name it from the working directory, or alone where the context is elsewhere', async () => {
  await using directory = await temporaryDirectory()
  const context = join(directory.path, 'app')
  await mkdir(context)
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch')
  const nameFrom = async (cwd: string) => (await readDockerfile({ directory: context, cwd }, undefined)).name
  expect(await nameFrom(directory.path)).toBe('app/Dockerfile')
  expect(await nameFrom(join(directory.path, 'other'))).toBe('Dockerfile')
})

test('a Dockerfile that is named is read wherever it is, and nothing else', async () => {
  await using directory = await temporaryDirectory()
  const context = join(directory.path, 'context')
  await mkdir(context)
  await writeFile(join(context, 'Dockerfile'), 'no')
  const path = join(directory.path, 'other.Dockerfile')
  await expect(readDockerfile({ directory: context, cwd: '/' }, path)).rejects.toMatchObject({
    code: 'DOCKERFILE_NOT_FOUND',
  })
  await writeFile(path, 'FROM scratch')
  expect(await readDockerfile({ directory: context, cwd: '/' }, path)).toMatchObject({ text: 'FROM scratch', path })
  expect(await readDockerfile({ directory: context, cwd: '/' }, { text: 'FROM x', name: 'stdin' })).toEqual({
    text: 'FROM x',
    name: 'stdin',
  })
})

test('the ignore file of the Dockerfile comes before that of the context; they are not merged, others mean nothing', async () => {
  await using directory = await temporaryDirectory()
  const context = directory.path
  const dockerfile = join(context, 'build/prod.Dockerfile')
  await mkdir(join(context, 'build'))
  await writeFile(join(context, 'build/.dockerignore'), 'nobody reads this')
  expect(await readIgnoreFile({ directory: context, cwd: '/' }, dockerfile)).toBeUndefined()
  await writeFile(join(context, '.dockerignore'), 'of the context')
  expect(await readIgnoreFile({ directory: context, cwd: '/' }, dockerfile)).toMatchObject({ text: 'of the context' })
  await writeFile(`${dockerfile}.dockerignore`, 'of the Dockerfile')
  expect(await readIgnoreFile({ directory: context, cwd: '/' }, dockerfile)).toMatchObject({
    text: 'of the Dockerfile',
  })
  // A text from standard input has no place to look beside.
  expect(await readIgnoreFile({ directory: context, cwd: '/' })).toMatchObject({ text: 'of the context' })
})
