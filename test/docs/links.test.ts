import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const pages = globSync(['*.md', '{docs,examples,src,packages,test,bench}/**/*.md'], {
  cwd: root,
  exclude: (path) => path.includes('node_modules') || path.includes('/cases/'),
})

interface Link {
  readonly page: string
  readonly target: string
}

/** Text without code: neither blocks nor spans have links. */
function proseOf(text: string): string {
  return text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '``')
}

/** Inline links, definitions of links, and uses of definitions that do not exist as `[name]`. */
function linksOf(page: string): readonly Link[] {
  const text = proseOf(readFileSync(join(root, page), 'utf8'))
  const inline = [...text.matchAll(/\]\(\s*([^)\s]+)\s*\)/g)]
  const defined = [...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)]
  return [...inline, ...defined].map(([, target = '']) => ({ page, target }))
}

/** Anchors of the headings of a page, as GitHub and other renderers make them. */
function anchorsOf(path: string): ReadonlySet<string> {
  const text = readFileSync(path, 'utf8').replaceAll(/^```[^]*?^```/gm, '')
  const anchors = new Set<string>()
  for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[*`]/g, '')
    const slug = plain
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

function faultOf({ page, target }: Link): string | undefined {
  if (/^(https?|mailto):/.test(target)) return undefined
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? join(root, page) : join(root, dirname(page), decodeURI(file))
  if (!existsSync(path)) return `${page}: ${target} does not exist`
  if (anchor === undefined || statSync(path).isDirectory()) return undefined
  return anchorsOf(path).has(anchor) ? undefined : `${page}: ${target} has no such heading`
}

test('links of pages lead to files and headings that exist', () => {
  const links = pages.flatMap(linksOf)
  expect(links.length).toBeGreaterThan(300)
  expect(links.flatMap((link) => faultOf(link) ?? [])).toEqual([])
})

test('links that lead nowhere are found', () => {
  const faults = ['missing.md', '#missing', '../README.md#missing', 'README.md#documentation', '../README.md'].map(
    (target) => faultOf({ page: 'docs/README.md', target }) !== undefined,
  )
  expect(faults).toEqual([true, true, true, false, false])
})

test('names in brackets behind a text are defined', () => {
  const missing = pages.flatMap((page) => {
    const text = proseOf(readFileSync(join(root, page), 'utf8'))
    const names = new Set([...text.matchAll(/^\[([^\]]+)\]:/gm)].map(([, name = '']) => name.toLowerCase()))
    return [...text.matchAll(/\]\[([^\]]+)\]/g)].flatMap(([, name = '']) =>
      names.has(name.toLowerCase()) ? [] : [`${page}: [${name}]`],
    )
  })
  expect(missing).toEqual([])
})

test('every page of docs can be reached from its index', () => {
  const reached = new Set(['docs/README.md'])
  for (const page of reached)
    for (const { target } of linksOf(page)) {
      const path = join(dirname(page), target.split('#')[0] ?? '')
      if (path.startsWith('docs/') && path.endsWith('.md') && existsSync(join(root, path))) reached.add(path)
    }
  expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([])
})
