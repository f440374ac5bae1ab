import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import { findProgram, titled, withoutPrograms } from '../support/obstacle.ts'
import { serveGitHttp } from '../support/serve-git-http.ts'
import { makeRepository } from '../support/serve-repositories.ts'
import { test } from '../support/edge.ts'

const obstacle = withoutPrograms('git')
const secretWord = 'wonderland'
const tokenHeader = `basic ${Buffer.from(`x-access-token:${secretWord}`).toString('base64')}`

/**
 * Puts a program first in the search path that writes its arguments to the file it returns, and
 * does what `script` says.
 */
async function shadow(directory: string, name: string, script: string): Promise<string> {
  const log = join(directory, `${name}.log`)
  await writeFile(log, '')
  await writeFile(join(directory, name), `#!/bin/sh\nprintf '%s\\n' "$@" >> '${log}'\n${script}\n`, { mode: 0o755 })
  vi.stubEnv('PATH', `${directory}${delimiter}${process.env['PATH']}`)
  return log
}

describe.skipIf(obstacle !== undefined)(titled('credentials of git', obstacle), () => {
  test('secrets authenticate: those for the host first, a header before a token', async ({ edge, directory }) => {
    await makeRepository(directory, 'r.git', { f: 'f' })
    await using server = await serveGitHttp(directory, ({ headers }) => headers.authorization !== undefined)
    const { host } = new URL(server.url)
    const sent = async (secrets: Record<string, string>): Promise<string | undefined> => {
      const values = Object.fromEntries(Object.entries(secrets).map(([id, value]) => [id, { value }]))
      await edge(`FROM scratch\nADD ${server.url}/r.git /\n`, { secrets: values, root: join(directory, 'store') })
      return server.requests.at(-1)?.headers.authorization
    }
    expect(await sent({ GIT_AUTH_TOKEN: `${secretWord}\n` })).toBe(tokenHeader)
    expect(await sent({ GIT_AUTH_TOKEN: 'x', [`GIT_AUTH_TOKEN.${host}`]: secretWord })).toBe(tokenHeader)
    expect(await sent({ GIT_AUTH_TOKEN: 'x', GIT_AUTH_HEADER: 'Bearer b' })).toBe('Bearer b')
    expect(await sent({ GIT_AUTH_HEADER: 'Bearer b', [`GIT_AUTH_TOKEN.${host}`]: secretWord })).toBe(tokenHeader)
    await expect(sent({ 'GIT_AUTH_TOKEN.elsewhere': 'x' })).rejects.toMatchObject({ code: 'GIT_UNREACHABLE' })
  })

  test('no secret is in arguments, files of the store, messages or events', async ({ edge, directory }) => {
    await makeRepository(directory, 'r.git', { f: 'f' })
    await using server = await serveGitHttp(directory, ({ headers }) => headers.authorization === tokenHeader)
    const log = await shadow(directory, 'git', `exec '${findProgram('git')}' "$@"`)
    const root = join(directory, 'store')
    const events: string[] = []
    const report = (event: object): void => void events.push(JSON.stringify(event))
    const withPassword = server.url.replace('//', `//x-access-token:${secretWord}@`)
    const secrets = { GIT_AUTH_TOKEN: { value: secretWord } }
    await edge(`FROM scratch\nADD --keep-git-dir=true ${server.url}/r.git /\n`, { secrets, root, report })
    await edge(`FROM scratch\nADD --keep-git-dir=true ${withPassword}/r.git /again\n`, { root, report })
    const failure = await edge(`FROM scratch\nADD ${withPassword}/none.git /\n`, { root, report }).then(
      () => 'none',
      String,
    )
    vi.unstubAllEnvs()
    const encoded = Buffer.from(`x-access-token:${secretWord}`).toString('base64')
    const kept = await Promise.all((await filesBelow(root)).map((path) => readFile(path, 'latin1')))
    const told = { arguments: await readFile(log, 'utf8'), events: events.join('\n'), failure }
    expect(told.arguments).toContain('/r.git')
    for (const [where, text] of Object.entries({ ...told, kept: kept.join('\n') })) {
      expect(text.includes(secretWord) || text.includes(encoded), where).toBe(false)
    }
  })

  test('ssh has the keys of the passed agent, never prompts, and refuses a server with another key', async ({
    edge,
    directory,
  }) => {
    await makeRepository(directory, 'r', { f: 'f' })
    const socket = join(directory, 'agent')
    const agent = createServer().listen(socket)
    const log = await shadow(
      directory,
      'ssh',
      'for last; do :; done\nprintf "agent %s\\n" "$SSH_AUTH_SOCK" >> "$0.log"\nexec sh -c "$last"',
    )
    try {
      const text = `FROM scratch\nADD someone@host.invalid:${join(directory, 'r')} /\n`
      await expect(edge(text)).rejects.toMatchObject({
        code: 'SSH_AGENT_MISSING',
        hint: expect.stringContaining('--ssh default'),
      })
      expect((await edge(text, { ssh: { default: [socket] } })).text('/f')).toBe('f')
    } finally {
      vi.unstubAllEnvs()
      agent.close()
    }
    const words = (await readFile(log, 'utf8')).split('\n')
    expect(words).toEqual(
      expect.arrayContaining([
        '-F',
        '/dev/null',
        'BatchMode=yes',
        'StrictHostKeyChecking=accept-new',
        'someone@host.invalid',
      ]),
    )
    expect(words).toContain(`agent ${socket}`)
  })
})

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
