import { parseStanzas } from './stanzas.ts'

/**
 * The licences a machine-readable copyright file names (Debian's copyright-format 1.0), as SPDX
 * spells them where that is known. Nothing for files that are prose.
 */
export function debianLicenses(text: string): readonly string[] {
  if (!/^Format(-Specification)?:/i.test(text)) return []
  const terms = new Set<string>()
  for (const stanza of parseStanzas(text)) {
    if (!stanza.has('files') && !stanza.has('format')) continue
    // The first line is the name, the text follows.
    const [name = ''] = (stanza.get('license')?.[0] ?? '').split('\n')
    if (name.trim() !== '') terms.add(spdxName(name.trim()))
  }
  return [...terms].sort()
}

const names: Readonly<Record<string, string>> = {
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsd-4-clause': 'BSD-4-Clause',
  cc0: 'CC0-1.0',
  expat: 'MIT',
  zlib: 'Zlib',
}

/**
 * `GPL-2+ or Artistic` → `GPL-2.0-or-later OR Artistic`; a comma or anything else that binds in
 * another way leaves the text as it is.
 */
function spdxName(text: string): string {
  const words = text.split(/\s+/)
  if (!words.every((word, index) => (index % 2 === 0 ? /^[\w.+-]+$/ : /^(and|or)$/i).test(word))) return text
  return words.map((word, index) => (index % 2 === 0 ? oneName(word) : word.toUpperCase())).join(' ')
}

function oneName(word: string): string {
  const [, family, major, minor, plus] = /^(A?GPL|LGPL|GFDL)-?v?(\d)(\.\d)?(?:\.0)?(\+)?$/i.exec(word) ?? []
  if (family !== undefined)
    return `${family.toUpperCase()}-${major}${minor ?? '.0'}-${plus === undefined ? 'only' : 'or-later'}`
  return names[word.toLowerCase()] ?? word
}
