import { defined } from './defined.ts'

/** Identity of a distribution (os-release(5)). */
export interface OsRelease {
  /** Lower-case word, such as `debian`; `linux` by default. */
  readonly id: string
  /** As people write it: `Debian GNU/Linux 12 (bookworm)`. */
  readonly name?: string
  /** Such as `12`; rolling distributions have none. */
  readonly version?: string
  readonly cpe?: string
}

/** Reads the text of /etc/os-release; unknown lines are left out. */
export function parseOsRelease(text: string): OsRelease {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key, value] = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim()) ?? []
    if (key !== undefined && value !== undefined) values.set(key, unquote(value))
  }
  const id = values.get('ID') ?? ''
  return {
    id: /^[a-z0-9._-]+$/.test(id) ? id : 'linux',
    ...defined({
      name: values.get('PRETTY_NAME') ?? values.get('NAME'),
      version: values.get('VERSION_ID'),
      cpe: values.get('CPE_NAME'),
    }),
  }
}

/** The `distro` qualifier of a package URL: `debian-12`. */
export function distroName({ id, version }: OsRelease): string {
  if (id === 'linux') return ''
  return version === undefined ? id : `${id}-${version}`
}

function unquote(value: string): string {
  const [, , inner = value] = /^(["'])(.*)\1$/.exec(value) ?? []
  return inner.replace(/\\(["'$`\\])/g, '$1')
}
