import { inflateSync } from 'node:zlib'
import type { FoundPackage } from './found-package.ts'
import { readObjects, parseObject, readText } from '../json.ts'

const mostBytes = 16 << 20

/**
 * The crates a Rust program is made of, from the section `.dep-v0` that `cargo auditable` adds:
 * JSON, compressed.
 */
export function* crates(section: Buffer, source: string): Generator<FoundPackage> {
  const document = parseObject(inflateSync(section, { maxOutputLength: mostBytes }).toString('utf8'))
  for (const one of readObjects(document['packages'])) {
    const name = readText(one['name'])
    const version = readText(one['version'])
    // What only built the program is not in it.
    if (name === undefined || version === undefined || one['kind'] === 'build') continue
    yield { name, version, purl: { type: 'cargo', name, version }, source }
  }
}
