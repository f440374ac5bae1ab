import { type Dockerfile, parseDockerfile } from '@tsbuild/dockerfile'

/** Members that describe the text of an instruction, not what it does. */
const textual: ReadonlySet<string> = new Set(['asKeyword', 'keyword', 'range', 'source'])

/** True if two Dockerfiles have the same directives, instructions and comments above them. */
export function isSameBuild(before: string, after: string): boolean {
  return meaning(parseDockerfile(before)) === meaning(parseDockerfile(after))
}

/** True if a part of a Dockerfile still has the same instructions. `escape` is that of the file. */
export function isSamePart(before: string, after: string, escape: string): boolean {
  const whole = (part: string): string => `# escape=${escape}\nFROM scratch\n${part}\n`
  try {
    return isSameBuild(whole(before), whole(after))
  } catch {
    return false
  }
}

function meaning({ directives, globalArgs, stages }: Dockerfile): string {
  return JSON.stringify([directives, globalArgs, stages], (name, value: unknown) =>
    textual.has(name) ? undefined : value,
  )
}
