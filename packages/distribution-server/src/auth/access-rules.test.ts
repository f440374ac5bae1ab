import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from '@tsbuild/content/testing'
import { expect, test } from 'vitest'
import { type Action, catalogAccess } from '../names/scope.ts'
import { accessRules } from './access-rules.ts'

const text = `
# comments and empty lines
ann  *        pull,push,delete
ci   team/*   pull,push    # prefix
ci   tools    pull
*    public/* pull
-    public/x pull
`

const may = async (file: string, user: string | undefined, name: string, ...actions: readonly Action[]) =>
  (await accessRules(file)).allow(user, { type: 'repository', name, actions })

test.each([
  ['ann', 'any/thing', ['pull', 'push', 'delete'], true],
  ['ci', 'team/app', ['pull', 'push'], true],
  ['ci', 'team/deep/er', ['push'], true],
  ['ci', 'team', ['pull'], false],
  ['ci', 'teamwork/app', ['pull'], false],
  ['ci', 'team/app', ['delete'], false],
  ['ci', 'tools', ['pull'], true],
  ['ci', 'tools/x', ['pull'], false],
  ['bob', 'public/x', ['pull'], true],
  ['bob', 'public/x', ['pull', 'push'], false],
  ['bob', 'team/app', ['pull'], false],
  ['-', 'team/app', ['pull'], false],
  [undefined, 'public/x', ['pull'], true],
  [undefined, 'public/y', ['pull'], false],
] as const)('%s in %s: %j is %s', async (user, name, actions, allowed) => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'access')
  await writeFile(file, text)
  expect(await may(file, user, name, ...actions)).toBe(allowed)
})

test('the list of repositories is for users of all of them', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'access')
  await writeFile(file, text)
  const rules = await accessRules(file)
  expect(await rules.allow('ann', catalogAccess)).toBe(true)
  expect(await rules.allow('ci', catalogAccess)).toBe(false)
})

test('a changed file counts, a broken one does not', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'access')
  await writeFile(file, text)
  const rules = await accessRules(file)
  const push = { type: 'repository', name: 'new', actions: ['push'] } as const
  expect(await rules.allow('ci', push)).toBe(false)
  await writeFile(file, `${text}ci new push\n`)
  expect(await rules.allow('ci', push)).toBe(true)
  await writeFile(file, 'ci')
  expect(await rules.allow('ci', push)).toBe(true)
})

test.each([
  ['ci team/*', 'expected USER REPOSITORY RIGHTS'],
  ['ci team/* pull push', 'expected USER REPOSITORY RIGHTS'],
  ['ci team/* write', '"write" is not one of pull, push, delete'],
  ['ci te*m pull', 'neither a repository nor PATH/* nor *'],
  ['ci ../x pull', 'neither a repository nor PATH/* nor *'],
])('%j is refused with its line', async (line, message) => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'access')
  await writeFile(file, `ann * pull\n${line}\n`)
  await expect(accessRules(file)).rejects.toThrow(`"${file}", line 2: `)
  await expect(accessRules(file)).rejects.toThrow(message)
})
