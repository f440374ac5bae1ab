/**
 * The variables of a stage while it is built, in order of their last declaration. Image ENV, ENV
 * and ARG with a value: the later declaration wins.
 */
export type Environment = ReadonlyMap<string, string>

/** An ARG of a stage or of the stage it continues. */
export interface DeclaredArg {
  readonly name: string
  readonly value?: string
}

/** PATH of images that do not set one. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Reads `NAME=value` strings as an image config has them; a string without `=` is a name with an
 * empty value.
 */
export function parseEnvironment(entries: readonly string[]): Environment {
  return new Map(
    entries.map((entry) => {
      const equals = entry.indexOf('=')
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)]
    }),
  )
}

/** `NAME=value` strings for an image config, in order. */
export function formatEnvironment(environment: Environment): readonly string[] {
  return [...environment].map(([name, value]) => `${name}=${value}`)
}

/** The environment with variables set; they go to its end. */
export function withVariables(
  environment: Environment,
  variables: Iterable<readonly [name: string, value: string]>,
): Environment {
  const result = new Map(environment)
  for (const [name, value] of variables) {
    result.delete(name)
    result.set(name, value)
  }
  return result
}
