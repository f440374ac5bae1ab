import { type Dockerfile, expandWord } from '@tsbuild/dockerfile'
import type { GlobalScope } from './global-scope.ts'

/**
 * Hint for an invalid word of FROM with a variable that has no value; undefined where all have one.
 */
export function unsetHint(
  word: string,
  { dockerfile, globals }: { readonly dockerfile: Dockerfile; readonly globals: GlobalScope },
): string | undefined {
  const unset: string[] = []
  const onLookup = (name: string, value: string | undefined): void => void (value || unset.push(name))
  expandWord(word, (name) => globals.get(name), { escape: dockerfile.directives.escape, onLookup })
  const [name] = unset
  if (name === undefined) return undefined
  const declared = dockerfile.globalArgs.some(({ args }) => args.some((arg) => arg.name === name))
  return declared
    ? `ARG ${name} has no value: give it a default, ARG ${name}=…, or pass --build-arg ${name}=…`
    : `FROM sees only what is declared above the first FROM: put ARG ${name}=… there`
}
