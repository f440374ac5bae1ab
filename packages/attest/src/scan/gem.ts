import type { Catalogue } from './catalogue.ts'
import { defined } from './defined.ts'

const mostBytes = 1 << 20

const record = /\/specifications\/(?:default\/)?[^/]+\.gemspec$/

/**
 * Packages of Ruby: the specifications RubyGems writes for installed gems. They are programs, of
 * which the plain assignments are read.
 */
export const gem: Catalogue = {
  claims: ({ path }) => path.endsWith('.gemspec') && record.test(path),
  async *read(file, { files }) {
    const text = (await files.bytes(file, mostBytes)).toString('utf8')
    const name = assigned(text, 'name')
    const version = assigned(text, 'version')
    if (name === undefined || version === undefined) throw new Error('it does not name its gem')
    const platform = assigned(text, 'platform') ?? 'ruby'
    const terms = [...(/^[ \t]*\w+\.licenses? = (.*)$/m.exec(text)?.[1] ?? '').matchAll(/"([^"\\]+)"/g)].flatMap(
      ([, term]) => term ?? [],
    )
    yield {
      name,
      version,
      purl: { type: 'gem', name, version, qualifiers: { platform: platform === 'ruby' ? '' : platform } },
      source: file.path,
      ...(terms.length > 0 && { licenses: { terms, joined: 'OR' } }),
      ...defined({ homepage: assigned(text, 'homepage') }),
    }
  },
}

/** `s.name = "rake".freeze` */
function assigned(text: string, member: string): string | undefined {
  return new RegExp(`^[ \\t]*\\w+\\.${member} = "([^"\\\\]+)"`, 'm').exec(text)?.[1]
}
