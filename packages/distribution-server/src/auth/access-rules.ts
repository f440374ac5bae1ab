import type { Access, Action } from '../names/scope.ts'
import { reloadedFile, unusable } from './reloaded-file.ts'

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

/** Largest file, in characters. */
const maxLength = 1 << 20
const form = 'expected USER REPOSITORY RIGHTS, such as "ci team/* pull,push"'

/**
 * Rules of a file with lines `USER REPOSITORY RIGHTS`, which is read again when it changes. A right
 * exists if any line gives it. Rejects with `OPTION_INVALID` for other lines.
 */
export async function accessRules(path: string): Promise<AccessRules> {
  const current = await reloadedFile(path, (text) => parseRules(text, path))
  return {
    allow: async (user, { type, name, actions }) => {
      const rules = (await current()).filter(
        (rule) =>
          (user === undefined ? rule.user === '-' : rule.user === user || rule.user === '*') &&
          // The list of all repositories is for users of all repositories.
          (type === 'registry' ? rule.pattern === '*' : covers(rule.pattern, name)),
      )
      return actions.every((action) => rules.some((rule) => rule.actions.has(action)))
    },
  }
}

function covers(pattern: string, repository: string): boolean {
  if (pattern === '*') return true
  return pattern.endsWith('/*') ? repository.startsWith(pattern.slice(0, -1)) : pattern === repository
}

function parseRules(text: string, path: string): readonly Rule[] {
  if (text.length > maxLength) throw unusable(path, `the file has more than ${maxLength} characters`)
  return text.split('\n').flatMap((line, index) => {
    const fault = (reason: string): Error => unusable(path, reason, { line: index + 1 })
    const words = line.replace(/#.*$/, '').trim().split(/\s+/)
    const [user = '', pattern = '', rights = '', rest] = words
    if (user === '') return []
    if (rights === '' || rest !== undefined) throw fault(form)
    if (!/^(?:\*|[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?:\/\*)?)$/.test(pattern))
      throw fault(`"${pattern}" is neither a repository nor PATH/* nor *`)
    const actions = rights.split(',').map((word) => {
      const action = (['pull', 'push', 'delete'] as const).find((each) => each === word)
      if (action === undefined) throw fault(`"${word}" is not one of pull, push, delete`)
      return action
    })
    return [{ user, pattern, actions: new Set(actions) }]
  })
}
