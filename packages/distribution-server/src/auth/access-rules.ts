import { stat, readFile } from 'node:fs/promises'
import { TsbuildError } from '@tsbuild/errors'
import type { Access, Action } from '../names/scope.ts'

/** Rights of users in repositories. */
export interface AccessRules {
  /** True if a user has all the rights; `undefined` is a request without a login. */
  allow(user: string | undefined, access: Access): Promise<boolean>
}

interface Rule {
  /** Name, `*` for all users with a login, or `-` for requests without one. */
  readonly user: string
  /** A repository, `PATH/*` for all below a path, or `*`. */
  readonly pattern: string
  readonly actions: ReadonlySet<Action>
}

/** Largest file, in characters, and most rules. */
const maxLength = 1 << 20
const form = 'expected USER REPOSITORY RIGHTS, such as "ci team/* pull,push"'

/**
 * Rules of a file with lines `USER REPOSITORY RIGHTS`, which is read again when it changes. A right
 * exists if any line gives it. Rejects with `OPTION_INVALID` for other lines.
 */
export async function accessRules(path: string): Promise<AccessRules> {
  const file = new RulesFile(path)
  await file.read()
  return file
}

class RulesFile implements AccessRules {
  readonly #path: string
  #version = ''
  #rules: readonly Rule[] = []

  constructor(path: string) {
    this.#path = path
  }

  async read(): Promise<void> {
    const { ino, mtimeMs, size } = await stat(this.#path)
    const version = `${ino} ${mtimeMs} ${size}`
    if (version === this.#version) return
    this.#rules = parseRules(await readFile(this.#path, 'utf8'), this.#path)
    this.#version = version
  }

  async allow(user: string | undefined, { type, name, actions }: Access): Promise<boolean> {
    // A file that is being replaced leaves the rights as they were.
    await this.read().catch(() => undefined)
    const rules = this.#rules.filter(
      (rule) =>
        (user === undefined ? rule.user === '-' : rule.user === user || rule.user === '*') &&
        // The list of all repositories is for users of all repositories.
        (type === 'registry' ? rule.pattern === '*' : covers(rule.pattern, name)),
    )
    return actions.every((action) => rules.some((rule) => rule.actions.has(action)))
  }
}

function covers(pattern: string, repository: string): boolean {
  if (pattern === '*') return true
  return pattern.endsWith('/*') ? repository.startsWith(pattern.slice(0, -1)) : pattern === repository
}

function parseRules(text: string, path: string): readonly Rule[] {
  const fault = (line: number, reason: string): TsbuildError =>
    new TsbuildError('OPTION_INVALID', `cannot use "${path}", line ${line}: ${reason}`)
  if (text.length > maxLength) throw fault(1, `the file has more than ${maxLength} characters`)
  return text.split('\n').flatMap((line, index) => {
    const words = line.replace(/#.*$/, '').trim().split(/\s+/)
    const [user = '', pattern = '', rights = '', rest] = words
    if (user === '') return []
    if (rights === '' || rest !== undefined) throw fault(index + 1, form)
    if (!/^(?:\*|[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?:\/\*)?)$/.test(pattern))
      throw fault(index + 1, `"${pattern}" is neither a repository nor PATH/* nor *`)
    const actions = rights.split(',').map((word) => {
      const action = (['pull', 'push', 'delete'] as const).find((each) => each === word)
      if (action === undefined) throw fault(index + 1, `"${word}" is not one of pull, push, delete`)
      return action
    })
    return [{ user, pattern, actions: new Set(actions) }]
  })
}
