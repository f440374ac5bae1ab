import { existsSync, globSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Path of the file. */
export const noticesPath: string = join(root, 'THIRD-PARTY-NOTICES.txt')

/** A package of others that is part of tsbuild. */
export interface ThirdParty {
  readonly name: string
  readonly version: string
  /** SPDX expression. */
  readonly license: string
  /** Texts of its licence files; without any, the place of the text. */
  readonly texts: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly author?: string | { readonly name: string }
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Types are for compilers, and in no program. */
const isProgram = (name: string): boolean => !name.startsWith('@types/')

/** The dependencies of tsbuild and theirs, by name and version. Throws if one has no licence. */
export function readThirdParties(): readonly ThirdParty[] {
  const found = new Map<string, ThirdParty>()
  const visit = (directory: string): void => {
    const manifest: Manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    const key = `${manifest.name} ${manifest.version}`
    if (found.has(key)) return
    found.set(key, readThirdParty(directory, manifest))
    visitAll(directory, manifest)
  }
  const visitAll = (directory: string, { dependencies = {} }: Manifest): void => {
    for (const name of Object.keys(dependencies).filter(isProgram)) visit(findPackage(name, directory))
  }
  visitAll(root, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, party]) => party)
}

/** The directory of a package as Node finds it from a directory. */
function findPackage(name: string, from: string): string {
  for (let at = from; ; at = dirname(at)) {
    const path = join(at, 'node_modules', name)
    if (existsSync(join(path, 'package.json'))) return realpathSync(path)
    if (at === dirname(at)) throw new Error(`Cannot find the package "${name}" that "${from}" depends on`)
  }
}

/** Places of the texts of licences that some packages only name. */
const places: ReadonlyMap<string, string> = new Map([
  ['Apache-2.0', 'the file LICENSE of tsbuild'],
  ['BSD-3-Clause', 'https://spdx.org/licenses/BSD-3-Clause.html'],
  ['CC-BY-3.0', 'https://creativecommons.org/licenses/by/3.0/legalcode'],
  ['CC0-1.0', 'https://creativecommons.org/publicdomain/zero/1.0/legalcode'],
])

/** The MIT licence, https://spdx.org/licenses/MIT.html. */
const mit = (holder: string): string => `Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`

/** Text for a package without a file that has it. Throws for an unknown licence. */
function usualText({ name, license = '', author }: Manifest): string {
  const holder = typeof author === 'object' ? author.name : (author ?? `the authors of ${name}`)
  if (license === 'MIT') return mit(holder)
  const names = license.replaceAll(/[()]/g, '').split(/ AND | OR /)
  const known = names.map((each) => {
    const place = places.get(each)
    if (place === undefined) throw new Error(`The package "${name}" has no text of its licence ${license}`)
    return `${each}: ${place}`
  })
  return [`By ${holder}. Texts of the licence:`, ...known].join('\n')
}

function readThirdParty(directory: string, manifest: Manifest): ThirdParty {
  const { name, version, license } = manifest
  const files = globSync('*', { cwd: directory }).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file))
  const texts = files.toSorted().map((file) => readFileSync(join(directory, file), 'utf8').trim())
  if (license === undefined) throw new Error(`The package "${name}" names no licence`)
  return { name, version, license, texts: texts.length === 0 ? [usualText(manifest)] : texts }
}

/** Text of THIRD-PARTY-NOTICES.txt. */
export function formatNotices(parties: readonly ThirdParty[] = readThirdParties()): string {
  const sections = parties.map(({ name, version, license, texts }) => {
    const text = texts.join('\n\n').replaceAll('\r\n', '\n')
    return `${name} ${version} (${license.replaceAll(/[()]/g, '')})\n${'-'.repeat(72)}\n\n${text}\n`
  })
  return `Third-party software in tsbuild

The npm package loads these packages, and the bundle of its workers contains
some of them. The executable and the image contain all of them, and Node.js,
whose licence is the file NODE-LICENSE.txt beside this one in the directory that
the executable unpacks. Written by "node scripts/notices.ts".

${'='.repeat(72)}

${sections.join(`\n${'='.repeat(72)}\n\n`)}`
}

if (import.meta.main) writeFileSync(noticesPath, formatNotices())
