import { isRepositoryName } from './grammar.ts'

/** Rights in a repository. */
export type Action = 'pull' | 'push' | 'delete'

/**
 * Rights that a request needs or a token gives. The type `registry` is the list of repositories.
 */
export interface Access {
  readonly type: 'repository' | 'registry'
  readonly name: string
  readonly actions: readonly Action[]
}

/** Most scopes in one request for a token. */
const mostScopes = 100

/** Rights to list the repositories. Docker's name of that scope is `registry:catalog:*`. */
export const catalogAccess: Access = { type: 'registry', name: 'catalog', actions: ['pull'] }

/** A scope as Docker writes it: `repository:NAME:pull,push`. */
export function formatScope({ type, name, actions }: Access): string {
  return type === 'registry' ? 'registry:catalog:*' : `repository:${name}:${actions.join(',')}`
}

/** Reads the scopes of a request for a token. Unknown types, names and actions are left out. */
export function parseScopes(values: readonly string[]): readonly Access[] {
  const texts = values.flatMap((value) => value.split(' ')).slice(0, mostScopes)
  return texts.flatMap((text) => {
    if (text === 'registry:catalog:*') return [catalogAccess]
    const [, name = '', list = ''] = /^repository(?:\([^)]*\))?:(.+):([^:]*)$/.exec(text) ?? []
    if (!isRepositoryName(name)) return []
    const words = new Set(list.split(','))
    const actions = (['pull', 'push', 'delete'] as const).filter((each) => words.has(each) || words.has('*'))
    return actions.length === 0 ? [] : [{ type: 'repository' as const, name, actions }]
  })
}
