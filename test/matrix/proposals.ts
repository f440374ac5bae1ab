/** A container of `docker run`. */
export interface Container {
  readonly flags: readonly string[]
  /** Lines that its Dockerfile has after those of tsbuild's image. */
  readonly lines: readonly string[]
}

/**
 * The container after a change that `doctor` proposes in the words of Docker: one for each
 * alternative. Empty for a change of the machine. Throws for words that it does not understand.
 */
export function applyProposal(container: Container, words: readonly string[]): readonly Container[] {
  return words.reduce<readonly Container[]>(
    (containers, word) => containers.flatMap((each) => applyWords(each, word)),
    [container],
  )
}

type Change = (container: Container, captured: readonly string[]) => readonly Container[]

const changes: readonly (readonly [RegExp, Change])[] = [
  [/^(?:on the machine of the engine|as root): sysctl /, () => []],
  [/^leave out (--\S+) (\S+)$/, (container, [name = '', value]) => [without(container, name, value)]],
  [
    /^run as root .* without (-u) and (--cap-drop); at least (.*)$/,
    (container, [user = '', drop = '', least = '']) => {
      const root = without(container, user)
      return [without(root, drop), adding(root, least)]
    },
  ],
  [
    /; in gVisor: (--runtime) (\S+)$/,
    (container, [name = '', value = '']) => [adding(without(container, name), `${name} ${value}`)],
  ],
  [
    /^install the package (\w+) /,
    (container, [name = '']) => [
      withLine(container, `RUN apt-get update && apt-get install -y --no-install-recommends ${name}`),
    ],
  ],
  [
    /: usermod (.*) USER$/,
    (container, [ids = '']) => {
      const uid = container.flags[container.flags.indexOf('-u') + 1] ?? ''
      const name = 'builder'
      return [withLine(container, `RUN useradd --uid ${uid.split(':')[0]} ${name} && usermod ${ids} ${name}`)]
    },
  ],
  [
    /: (chmod .*) \(setcap: package (\S+)\)$/,
    (container, [commands = '', name = '']) => [
      withLine(container, `RUN apt-get update && apt-get install -y --no-install-recommends ${name} && ${commands}`),
    ],
  ],
  [/^--.*$/, (container, [flags = '']) => flags.split(', or ').map((alternative) => adding(container, alternative))],
]

function applyWords(container: Container, words: string): readonly Container[] {
  for (const [pattern, change] of changes) {
    const match = pattern.exec(words)
    if (match !== null) return change(container, match.length === 1 ? [...match] : match.slice(1))
  }
  throw new Error(`unknown change of a container: ${words}`)
}

function adding({ flags, lines }: Container, more: string): Container {
  return { flags: [...flags, ...more.split(' ')], lines }
}

function withLine({ flags, lines }: Container, line: string): Container {
  return { flags, lines: [...lines, line] }
}

/** Without a flag and its value; with a `value`, only where it has that one. */
function without({ flags, lines }: Container, name: string, value?: string): Container {
  const starts = (at: number): boolean => flags[at] === name && (value === undefined || flags[at + 1] === value)
  return { flags: flags.filter((_, at) => !starts(at) && !starts(at - 1)), lines }
}
